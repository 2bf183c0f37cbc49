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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::Line;
    use crate::format::detect::{Reading, given, of_table};
    use crate::format::marks::Quotes;
    use crate::record::Record;

    /// Where this line's client or edge is, after the reading was made.
    fn location(reading: &Reading, line: &str) -> Option<String> {
        let (scratch, mut record) = (reading.parser.scratch(), Record::default());
        let found = reading.parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
        assert_eq!(found, Line::Request, "{line}");
        record.location.map(|text| String::from_utf8(text.to_vec()).unwrap())
    }

    #[test]
    fn the_country_or_else_the_edge() {
        for (name, expected) in [
            ("cloudflare", Some("de")),
            ("akamai", Some("DE")),
            ("fastly-json", Some("france")),
            ("cloudfront-json", Some("SFO53-P7")),
            ("cloudfront", Some("LHR62-C1")),
            ("cloudfront-real-time", Some("GB")),
            ("azion", Some("Brazil")),
            ("google-cloud-lb", Some("DE")),
            ("azure-front-door", Some("France")),
            ("vercel", Some("cdg1")),
            ("bunny", Some("DE")),
            ("nginx-combined", None),
            ("caddy", None),
            ("aws-alb", None),
        ] {
            let format = FORMATS.iter().find(|format| format.name == name).unwrap();
            let found = location(&of_table(format), format.samples[0]);
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn formats_of_the_user() {
        let cloudflare = r#"{"EdgeResponseStatus":200,"EdgeStartTimestamp":1760104501,"RayID":"a","EdgeColoCode":"LHR"}"#;
        for (text, line, expected) in [
            ("cloudflare", cloudflare, Some("LHR")),
            ("$remote_addr $status $http_cf_ipcountry", "192.0.2.1 200 GB", Some("GB")),
            ("$status $http_cf_ipcountry $geoip_country_code", "200 - GB", Some("GB")),
            ("$status $http_cf_ipcountry", "200 -", None),
            ("csv:status,client,location", "200,192.0.2.1,DE", Some("DE")),
            ("json", r#"{"status":200,"path":"/a","geo_country":"DE","city":"Bonn"}"#, Some("DE")),
        ] {
            let reading = given(text, &[line.as_bytes()], None).unwrap();
            assert_eq!(location(&reading, line).as_deref(), expected, "{text}");
        }
    }
}
