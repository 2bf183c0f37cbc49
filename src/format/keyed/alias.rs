//! The key names in circulation, and what each stands for.
//!
//! A name is compared without case, `_` and `-`: `requestTime`, `request_time` and `Request-Time`
//! are one name. A dot is either part of the key (`"http.route": …`) or a step into an object
//! (`"http": {"route": …}`). An array stands for its first element.
//!
//! A product's own log is one more [`KeySet`] in [`JSON`], before the generic one: the keys that
//! give it away, and what its keys mean where that differs from the generic meaning. Its names are
//! written as the product writes them, with the objects around them: a key that stands in few lines
//! (the reason of an error) is read although the sample does not have it.

use crate::format::Product;
use crate::format::field::Unit;
use std::sync::LazyLock;

mod cdn;
mod cloud;
mod generic;
mod pairs;
mod proxy;

pub use generic::GENERIC;

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Time of the request.
    Time,
    /// Day of the request, beside a [`Means::Clock`].
    Date,
    /// Time of the day of the request.
    Clock,
    /// When the request ended, where the time is its start: the latency of a line that has no other.
    End,
    /// Request line, request target or path: the value tells which.
    Request,
    /// Request method.
    Method,
    /// Protocol.
    Protocol,
    /// Status sent to the client.
    Status,
    /// Bytes sent to the client.
    Bytes,
    /// The client's address or name.
    Client,
    /// The client, but only if the values are IP addresses: a name would be something else.
    ClientAddress,
    /// The host that was asked for.
    Host,
    /// `Referer` header.
    Referer,
    /// `User-Agent` header.
    UserAgent,
    /// How long the whole request took.
    Latency(Hint),
    /// How long the upstreams took, perhaps a list.
    UpstreamLatency(Hint),
    /// Addresses of the upstream attempts, perhaps a list.
    UpstreamAddress,
    /// Statuses of the upstream attempts, perhaps a list.
    UpstreamStatus,
    /// Time to connect to the upstream, perhaps a list.
    Connect(Hint),
    /// Time to the first byte of the upstream's response, perhaps a list.
    Header(Hint),
    /// One of the durations whose sum is how long the request took; only all of them together.
    Part(Unit),
    /// One of these, and how long the upstream took by itself.
    UpstreamPart(Unit),
    /// How long the request took, in a unit that only the product's rule can tell: this clue.
    ClueLatency(u8),
    /// What the cache did.
    Cache,
    /// The client's country, or the place of the edge: a country is named first.
    Location,
    /// Why the response is what it is.
    Reason,
    /// Id of the request.
    RequestId,
    /// A value that only the product's rule reads, of this number.
    Clue(u8),
    /// Lines that have it tell of no request.
    Stranger,
    /// What kind of line it is: lines with another value than these, in any case, tell of no request
    /// (classic Front Door writes `FrontdoorAccessLog`).
    OneOf(&'static [&'static str]),
    /// Another list of upstream values.
    UpstreamOther,
}

/// What a key's name says of the unit of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The name fixes the unit.
    Is(Unit),
    /// A name of nginx among others of nginx, or of <http://ltsv.org> in LTSV: seconds with three
    /// decimals, if the values agree.
    Thousandths,
    /// Seconds when there is a fraction, nanoseconds when there never is (Caddy's encodings).
    SecondsOrNanoseconds,
    /// Nothing: programs differ. Names of nginx were taken over everywhere, its unit was not.
    Unknown,
}

/// A name that fixes the unit.
const SECONDS: Hint = Hint::Is(Unit::Seconds);
/// As [`SECONDS`].
const MILLISECONDS: Hint = Hint::Is(Unit::Milliseconds);
/// As [`SECONDS`].
const MICROSECONDS: Hint = Hint::Is(Unit::Microseconds);
/// As [`SECONDS`].
const NANOSECONDS: Hint = Hint::Is(Unit::Nanoseconds);

/// Names of one meaning, the preferred one first.
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    /// What they stand for.
    pub means: Means,
    /// The names.
    pub keys: &'static [&'static str],
}

impl Alias {
    const fn new(means: Means, keys: &'static [&'static str]) -> Self {
        Self { means, keys }
    }
}

/// The keys of one product, or of the common stock.
#[derive(Clone, Copy, Debug)]
pub struct KeySet {
    /// Its name in reports; a product's is that of its entry in [`FORMATS`](crate::format::FORMATS).
    pub name: &'static str,
    /// The product that writes them.
    pub product: Product,
    /// Keys that give the product away; none for the common stock. `=` before a name: it is so in
    /// every letter.
    pub signature: &'static [&'static str],
    /// How many of them a line must have.
    pub enough: usize,
    /// Those that hardly anybody else writes: a line with one of them needs one less.
    pub sure: &'static [&'static str],
    /// The names; earlier ones are preferred.
    pub aliases: &'static [Alias],
    /// Whether the common stock says what its other keys mean: people choose them. Where it does
    /// not, every key is the vendor's, and the same name may be something else.
    pub open: bool,
    /// The object that makes a line a request when the key of the status is absent: without it all
    /// lines without that key tell of no response.
    pub request: Option<&'static str>,
}

/// Key sets of JSON lines, in the order in which they are tried. The last one has no signature.
pub const JSON: &[&KeySet] = &[
    &cdn::CLOUDFLARE,
    &cdn::AKAMAI,
    &cdn::FASTLY,
    &cdn::CLOUDFRONT,
    &cloud::GOOGLE_CLOUD_LB,
    &cloud::AZURE_FRONT_DOOR,
    &cloud::AZURE_APPLICATION_GATEWAY,
    &cloud::AZURE_APP_SERVICE,
    &cloud::API_GATEWAY,
    &cloud::VERCEL,
    &proxy::TRAEFIK,
    &proxy::CADDY,
    &proxy::ENVOY,
    &proxy::HAPROXY,
    &cdn::AZION,
    &generic::NGINX,
    &GENERIC,
];

/// Key sets of LTSV lines.
pub const LTSV: &[&KeySet] = &[&generic::LABELS, &GENERIC];

/// Key sets of logfmt lines.
pub const LOGFMT: &[&KeySet] = &[&pairs::HEROKU, &pairs::PAIRS, &GENERIC];

/// The key under which Azure says what kind of line it is, of any of its products.
pub const KIND: &str = "category";
/// The kinds that are requests
/// (<https://learn.microsoft.com/azure/azure-monitor/reference/logs-index>).
pub const REQUESTS: &[&str] = &[
    "FrontDoorAccessLog",
    "AzureCdnAccessLog",
    "ApplicationGatewayAccessLog",
    "AppServiceHTTPLogs",
];

/// The key set that has this name among `sets`, if there is one.
pub fn named(sets: &[&'static KeySet], name: &str) -> Option<&'static KeySet> {
    sets.iter().copied().find(|set| set.name == name)
}

/// Objects that only wrap the request: `{"nginx": {"access": {"status": 200}}}`.
pub const WRAPPERS: &[&str] = &[
    "access",
    "accesslog",
    "apache",
    "attributes",
    "data",
    "fields",
    "json",
    "jsonpayload",
    "log",
    "message",
    "nginx",
    "properties",
];

/// Endings that name a unit, longest first. A lone `s` counts only after `_`, `-` or `.`.
pub const UNIT_SUFFIXES: &[(&str, Unit)] = &[
    ("milliseconds", Unit::Milliseconds),
    ("microseconds", Unit::Microseconds),
    ("nanoseconds", Unit::Nanoseconds),
    ("microsec", Unit::Microseconds),
    ("millisec", Unit::Milliseconds),
    ("nanosec", Unit::Nanoseconds),
    ("seconds", Unit::Seconds),
    ("millis", Unit::Milliseconds),
    ("micros", Unit::Microseconds),
    ("nanos", Unit::Nanoseconds),
    ("msec", Unit::Milliseconds),
    ("usec", Unit::Microseconds),
    ("nsec", Unit::Nanoseconds),
    ("secs", Unit::Seconds),
    ("sec", Unit::Seconds),
    ("ms", Unit::Milliseconds),
    ("us", Unit::Microseconds),
    ("ns", Unit::Nanoseconds),
];

/// Keys that say which share of the requests is in the log, or one of how many.
pub const SAMPLING: &[&str] =
    &["samplerate", "sampleinterval", "samplingrate", "samplingratio", "sampleratio"];

/// Whether `name`, which is [`normal`] and has no [`WRAPPERS`] before it, is this key.
pub(super) fn is(key: &str, name: &str) -> bool {
    let mut own = key;
    while let Some((first, rest)) = own.split_once('.')
        && WRAPPERS.iter().any(|wrapper| same(first, wrapper))
    {
        own = rest;
    }
    same(own, name)
}

/// Whether a string under this key may be an object that was encoded twice. Under the keys of
/// shippers and runtimes (`log`, `message`) it is a line of its own, which a
/// [`Wrapper`](crate::format::wrapper::Wrapper) takes out: other lines there are text, or pieces.
pub(in crate::format) fn is_encoded_twice(key: &[u8]) -> bool {
    /// Azure's: <https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema>.
    const KEYS: &[&str] = &["properties"];
    std::str::from_utf8(key).is_ok_and(|key| KEYS.iter().any(|known| same(key, known)))
}

/// Whether a key is this normal name; nothing is allocated, as every key is compared with all names.
fn same(key: &str, name: &str) -> bool {
    let letters = key.bytes().filter(|b| !matches!(b, b'_' | b'-'));
    letters.map(|b| b.to_ascii_lowercase()).eq(name.bytes())
}

/// A name without case, `_` and `-`.
pub fn normal(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether values under this key are lists of upstream attempts, whatever objects it is in.
pub(in crate::format) fn may_be_list(key: &[u8]) -> bool {
    let Ok(key) = std::str::from_utf8(key) else { return false };
    // Asked for every key of a sample: the names are written the normal way once.
    static LISTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let lists = GENERIC.aliases.iter().filter(|alias| alias.means.is_list());
        lists.flat_map(|alias| alias.keys).map(|key| normal(key)).collect()
    });
    let key = normal(key);
    LISTS.contains(&key)
}

impl Means {
    /// Whether the values can be lists of upstream attempts.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Self::UpstreamLatency(_)
                | Self::Connect(_)
                | Self::Header(_)
                | Self::UpstreamAddress
                | Self::UpstreamStatus
                | Self::UpstreamOther
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_name_has_each_meaning_once_in_a_set() {
        for set in JSON.iter().chain(LTSV).chain(LOGFMT) {
            let mut seen = HashSet::new();
            for alias in set.aliases {
                for key in alias.keys {
                    let kind = std::mem::discriminant(&alias.means);
                    assert!(seen.insert((normal(key), kind)), "{}: {key}", set.name);
                }
            }
        }
    }

    #[test]
    fn the_last_set_takes_every_line() {
        for sets in [JSON, LTSV, LOGFMT] {
            assert!(sets.last().is_some_and(|set| set.enough == 0));
        }
    }

    #[test]
    fn longer_units_come_before_their_own_endings() {
        for (at, (suffix, _)) in UNIT_SUFFIXES.iter().enumerate() {
            for (later, _) in &UNIT_SUFFIXES[at + 1..] {
                assert!(!later.ends_with(suffix), "{later} is hidden by {suffix}");
            }
        }
    }
}
