//! The names of columns in header lines and what they mean: W3C extended log files
//! (<https://www.w3.org/TR/WD-logfile>), IIS, CloudFront and Zeek.

use crate::format::Product;
use crate::format::field::{Digits, Field, TimeShape, Unit};

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The value of a field, as it is written.
    Is(Field),
    /// The day.
    Date,
    /// The time of day.
    Clock,
    /// The whole duration of the request; its unit is the product's.
    Latency,
    /// Time to the first byte that was sent, in the product's unit.
    FirstByte,
    /// Time to the first byte of the origin.
    OriginFirstByte,
    /// Time to the last byte of the origin.
    OriginLastByte,
}
use Meaning::{Clock, Date, FirstByte, Is, Latency, OriginFirstByte, OriginLastByte};

/// Names of one meaning; where a header has several, the first of them counts. The host that users
/// ask CloudFront for is `x-host-header`: `cs(Host)` is the distribution.
const NAMES: &[(Meaning, &[&str])] = &[
    (Date, &["date"]),
    (Clock, &["time"]),
    (Is(Field::Time(TimeShape::EpochSeconds)), &["timestamp", "ts"]),
    (Is(Field::Time(TimeShape::Any)), &["timestamp(ms)"]),
    (Is(Field::Client), &["c-ip", "id.orig_h", "c-dns"]),
    (Is(Field::Method), &["cs-method", "method"]),
    (Is(Field::Target), &["cs-uri-stem", "cs-uri", "uri"]),
    (Is(Field::Protocol), &["cs-protocol-version", "cs-version", "version"]),
    (Is(Field::Status), &["sc-status", "status_code"]),
    (Is(Field::Bytes), &["sc-bytes", "bytes", "response_body_len"]),
    (Is(Field::Host), &["x-host-header", "cs-host", "cs(host)", "host"]),
    (Is(Field::Referer), &["cs(referer)", "cs(referrer)", "cs-referer", "referrer"]),
    (Is(Field::UserAgent), &["cs(user-agent)", "cs-user-agent", "user_agent"]),
    // The second is of IIS Advanced Logging.
    (Latency, &["time-taken", "timetakenms"]),
    (FirstByte, &["time-to-first-byte"]),
    (OriginFirstByte, &["origin-fbl"]),
    (OriginLastByte, &["origin-lbl"]),
    (Is(Field::Cache), &["x-edge-result-type", "x-edge-response-result-type"]),
    (Is(Field::Location), &["c-country", EDGE]),
    (Is(Field::RequestId), &["x-edge-request-id"]),
    (Is(Field::Clue(0)), &["x-edge-detailed-result-type", "sc-substatus"]),
    (Is(Field::Clue(1)), &["sc-win32-status"]),
];

/// The columns of CloudFront's standard logs
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>).
pub(in crate::format) const CLOUDFRONT: &str = "#Fields: date time x-edge-location sc-bytes c-ip \
    cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) \
    x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken \
    x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version \
    fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type \
    sc-content-type sc-content-len sc-range-start sc-range-end";

/// The columns of CloudFront's real-time logs when all are chosen, in their fixed order. Those of
/// CMCD and later ones come behind them.
pub(in crate::format) const CLOUDFRONT_REAL_TIME: &str = "#Fields: timestamp c-ip \
    time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes \
    x-edge-location x-edge-request-id x-host-header time-taken cs-protocol-version c-ip-version \
    cs-user-agent cs-referer cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for \
    ssl-protocol ssl-cipher x-edge-result-type fle-encrypted-fields fle-status sc-content-type \
    sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type c-country \
    cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers cs-header-names \
    cs-headers-count primary-distribution-id primary-distribution-dns-name origin-fbl origin-lbl \
    asn";

/// How many columns the lines of older and newer versions of a product have. CloudFront added
/// columns at the end, over the years; a count in between is a line that was cut off.
pub(super) fn other_counts(string: &str) -> &'static [usize] {
    match string {
        CLOUDFRONT => &[19, 20, 23, 24, 26],
        CLOUDFRONT_REAL_TIME => &[
            40, 42, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65,
            66, 67, 68, 69, 70,
        ],
        _ => &[],
    }
}

/// The column in which headerless lines of CloudFront name the edge.
pub(super) const EDGE: &str = "x-edge-location";

/// What a name means. Case does not matter.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    NAMES.iter().find(|(_, names)| names.iter().any(is)).map(|(means, _)| *means)
}

/// What each column of a header means; `None` for those that are not used.
pub(super) fn meanings(header: &[String]) -> Vec<Option<Meaning>> {
    let mut found = vec![None; header.len()];
    for (means, names) in NAMES {
        let at = names
            .iter()
            .find_map(|known| header.iter().position(|name| name.eq_ignore_ascii_case(known)));
        if let Some(at) = at {
            found[at] = Some(*means);
        }
    }
    found
}

/// The product that writes such a header. `microsoft` is whether its `#Software` is Microsoft's.
pub(super) fn product(header: &[String], microsoft: bool) -> Product {
    let has = |wanted: &str| header.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    if header.iter().any(|name| name.starts_with("x-edge-")) || has("primary-distribution-id") {
        Product::CloudFront
    } else if has("uid") && has("id.orig_h") {
        Product::Zeek
    } else if microsoft || has("s-sitename") || has("sc-win32-status") {
        Product::Iis
    } else {
        Product::Unknown
    }
}

/// The unit of a product's durations, where it is known.
pub(super) fn unit(product: Product) -> Option<Unit> {
    match product {
        Product::CloudFront => Some(Unit::Seconds),
        Product::Iis => Some(Unit::Milliseconds),
        _ => None,
    }
}

impl Meaning {
    /// The field of a value that is more than a text; `None` for date and clock, which are one
    /// field together, and for a duration whose unit is not known.
    pub(super) fn field(self, unit: Option<Unit>, latency: bool) -> Option<Field> {
        let digits = Digits::Any;
        match self {
            Is(field) => Some(field),
            Date | Clock => None,
            Latency | FirstByte => Some(Field::Duration { unit: unit?, digits, latency }),
            OriginFirstByte => Some(Field::Header { unit: unit? }),
            OriginLastByte => Some(Field::UpstreamDuration { unit: unit?, digits, latency }),
        }
    }

    /// Whether it is a duration that can be the latency.
    pub(super) fn is_duration(self) -> bool {
        matches!(self, Latency | FirstByte | OriginLastByte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_better_of_two_names_counts() {
        let found = meanings(&header("cs(Host) cs-uri x-host-header cs-uri-stem Time x"));
        let target = Some(Is(Field::Target));
        assert_eq!(found, [None, None, Some(Is(Field::Host)), target, Some(Clock), None]);
    }

    #[test]
    fn a_header_gives_its_product_away() {
        for (names, microsoft, product) in [
            ("date time x-edge-location sc-status", false, Product::CloudFront),
            ("timestamp(ms) sc-status x-edge-result-type", false, Product::CloudFront),
            ("date time cs-method sc-status", true, Product::Iis),
            ("date time s-sitename sc-status", false, Product::Iis),
            ("ts uid id.orig_h status_code", false, Product::Zeek),
            ("date time cs-method sc-status", false, Product::Unknown),
        ] {
            assert_eq!(super::product(&header(names), microsoft), product, "{names}");
        }
    }

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<_> = NAMES.iter().flat_map(|(_, names)| names.iter()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
