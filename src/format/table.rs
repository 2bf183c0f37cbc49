//! The table of formats, a file for each family.

use super::Format;

mod apache;
mod cloud;
mod columns;
mod json;
mod keyed;
mod nginx;
mod proxy;
mod server;

macro_rules! combined {
    (nginx $($tail:literal)?) => {
        concat!(r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""# $(, $tail)?)
    };
    (apache $($tail:literal)?) => {
        concat!(r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""# $(, $tail)?)
    };
    (vhost $($tail:literal)?) => {
        concat!(r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""# $(, $tail)?)
    };
}

macro_rules! sample {
    ($($tail:literal)?) => {
        concat!(r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a?b=1 HTTP/1.1" 200 5316 "https://e.example/" "curl/8.5.0""# $(, $tail)?)
    };
}

use {combined, sample};

/// The families, in the order in which their formats are preferred.
const FAMILIES: &[&[Format]] = &[
    nginx::FORMATS,
    apache::FORMATS,
    server::FORMATS,
    proxy::FORMATS,
    cloud::FORMATS,
    columns::FORMATS,
    json::FORMATS,
    keyed::FORMATS,
];

/// Every format that is known by name. Those that explain a line best come first among equals.
pub const FORMATS: &[Format] = &all::<{ count() }>();

const fn count() -> usize {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
}

/// The families as one list; a constant, so that its slices live as long as the program.
const fn all<const COUNT: usize>() -> [Format; COUNT] {
    let mut all = [FAMILIES[0][0]; COUNT];
    let (mut at, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut member = 0;
        while member < FAMILIES[family].len() {
            all[at] = FAMILIES[family][member];
            (at, member) = (at + 1, member + 1);
        }
        family += 1;
    }
    all
}
