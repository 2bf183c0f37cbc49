//! The registry of status codes and of the reasons beside them: what each is called, who sends it,
//! what it means, what causes it, what to check first, and how it looks in the log.
//!
//! The IANA registry (RFC 9110 and its neighbours) and what servers, proxies, content networks and
//! hosters write on their own. One table a family; a new code is one entry. Some numbers have
//! several owners: the one met most often in server logs comes first, and a log's product decides.
//! All text is ASCII, for it is shown on any terminal.

mod class;
mod client;
mod cloudflare;
mod informational;
mod nginx;
mod page;
mod product;
mod reasons;
mod redirection;
mod server;
mod success;
mod vendors;

pub use class::{CLASSES, Class, Hop};
pub use page::{Kind, Page, page, product_page, words};
pub use product::{PRODUCTS, Product};
pub use reasons::{Family, Of, Reason, families};

/// Who can do something about a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody has to.
    Nobody,
    /// Whoever sends the requests.
    Client,
    /// Those who run the network between.
    Network,
    /// Those who run the proxy, load balancer or content network, and its rules.
    Edge,
    /// Those who write the application.
    OriginApp,
    /// Those who give the application its machines, workers and limits.
    OriginCapacity,
    /// Those who write the configuration of any of these.
    Config,
}

impl Owner {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::Nobody,
        Self::Client,
        Self::Network,
        Self::Edge,
        Self::OriginApp,
        Self::OriginCapacity,
        Self::Config,
    ];

    /// The owner with this [`name`](Self::name).
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|owner| owner.name() == name)
    }

    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "none",
            Self::Client => "client",
            Self::Network => "network",
            Self::Edge => "edge",
            Self::OriginApp => "origin_app",
            Self::OriginCapacity => "origin_capacity",
            Self::Config => "config",
        }
    }

    /// Its name for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Client => "the client",
            Self::Network => "the network",
            Self::Edge => "the edge or proxy",
            Self::OriginApp => "the application",
            Self::OriginCapacity => "the operators of the origin (capacity)",
            Self::Config => "the configuration",
        }
    }
}

/// One code as one owner defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code, 100 to 999.
    pub code: u16,
    /// What its owner calls it.
    pub name: &'static str,
    /// `IANA`, or the product that defines it.
    pub origin: &'static str,
    /// Who can do something about it, the likeliest first.
    pub owners: &'static [Owner],
    /// What it means, in sentences.
    pub meaning: &'static str,
    /// Who sends it.
    pub sender: &'static str,
    /// What causes it, the likeliest first.
    pub causes: &'static [&'static str],
    /// What to check, in this order.
    pub checks: &'static [&'static str],
    /// Codes that are taken for it, and how each of them differs.
    pub neighbours: &'static [(u16, &'static str)],
    /// How it looks in the access log, by product.
    pub logs: &'static [(&'static str, &'static str)],
    /// What to search the error log for: the product, a part of the message as it is written, and
    /// what it means.
    pub messages: &'static [(&'static str, &'static str, &'static str)],
    /// Where the facts are from.
    pub sources: &'static [&'static str],
}

/// What an entry of a table is where it says nothing else.
const BLANK: Entry = Entry {
    code: 0,
    name: "",
    origin: "IANA",
    owners: &[Owner::Nobody],
    meaning: "",
    sender: "",
    causes: &[],
    checks: &[],
    neighbours: &[],
    logs: &[],
    messages: &[],
    sources: &[],
};

/// The tables: of one code, the one whose owner is met most often first.
static TABLES: [&[Entry]; 8] = [
    informational::CODES,
    success::CODES,
    redirection::CODES,
    client::CODES,
    server::CODES,
    nginx::CODES,
    cloudflare::CODES,
    vendors::CODES,
];

/// What a line without a status means where the product says so, by the names of
/// [`Absence`](crate::record::Absence).
static ABSENCES: &[(&str, &str)] = &[
    ("client_gone", "client left before a response"),
    ("origin_timeout", "origin did not answer in time"),
    ("implied_200", "200 on the wire"),
    ("http_0_9", "HTTP/0.9 has no status line"),
];

/// What the spellings of "no status" mean, by the names of
/// [`NoStatus`](crate::record::NoStatus).
static NO_STATUS: &[(&str, &str)] = &[
    ("000", "nothing was sent"),
    ("009", "no HTTP/1 answer (nginx)"),
    ("-", "no status line"),
    ("-1", "client aborted (HAProxy)"),
    ("empty", "the field is empty"),
    ("null", "the field is null"),
    ("missing", "the line has no such field"),
];

/// Every entry, table by table.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TABLES.into_iter().flatten()
}

/// The entry of a code's usual owner; `None` for a code that nobody is known to send.
pub fn lookup(code: u16) -> Option<&'static Entry> {
    entries(code).next()
}

/// The entry of a code in the log of a product, by its name: the product's own, else that of the
/// code's usual owner.
pub fn lookup_in(code: u16, product: &str) -> Option<&'static Entry> {
    let product = Product::find(product);
    let own = entries(code).find(|entry| product.is_some_and(|of| of.is(entry.origin)));
    own.or_else(|| lookup(code))
}

/// Every entry of a code, the usual owner first; empty for a code that nobody is known to send.
pub fn entries(code: u16) -> impl Iterator<Item = &'static Entry> {
    all().filter(move |entry| entry.code == code)
}

/// What a line without a status means, in words: by the meaning that the product gives it
/// (`client_gone`, ...), else by how it is spelled (`000`, `-`, ...). `None` when neither is known.
pub fn no_status(spelling: &str, meaning: &str) -> Option<&'static str> {
    let find = |table: &[(&str, &'static str)], name: &str| {
        table.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
    };
    find(ABSENCES, meaning).or_else(|| find(NO_STATUS, spelling))
}

#[cfg(test)]
mod tests;
