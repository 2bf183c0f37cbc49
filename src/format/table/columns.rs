//! Columns by name: logs with header lines, and the same without them.

use super::sample;
use crate::format::columns::names::{CLOUDFRONT, CLOUDFRONT_REAL_TIME};
use crate::format::{Dialect, Format, Product};

/// The end of a line of CloudFront that was added over the years.
macro_rules! cloudfront {
    ($($tail:literal)?) => {
        concat!("2025-10-10\t13:55:01\tLHR62-C1\t5316\t192.0.2.1\tGET\td111111abcdef8.cloudfront.net\t/a%20b\t200\thttps://example.com/\tMozilla/5.0%20(X11)\tb=1\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\twww.example.com\thttps\t23\t0.120" $(, $tail)?)
    };
}

/// The columns of CloudFront's real-time logs up to the 42nd.
macro_rules! real_time {
    ($($tail:literal)?) => {
        concat!("1760104501.250\t192.0.2.1\t0.115\t200\t5316\tGET\thttps\td111111abcdef8.cloudfront.net\t/a?b=1\t23\tLHR62-C1\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\twww.example.com\t0.120\tHTTP/2.0\tIPv4\tMozilla/5.0%20(X11)\t-\t-\tb=1\tMiss\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tMiss\t-\t-\ttext/html\t5000\t-\t-\t11040\tMiss\tGB\tgzip\t*/*\t*\thost:www.example.com\thost\t1\tEXAMPLE\td111111abcdef8.cloudfront.net" $(, $tail)?)
    };
}

/// The formats, the most telling first among equals.
pub(super) const FORMATS: &[Format] = &[
    Format {
        name: "cloudfront",
        help: "Amazon CloudFront, standard logs, with their header lines or without",
        also: &[],
        label: "cloudfront",
        product: Product::CloudFront,
        dialect: Dialect::Columns,
        string: CLOUDFRONT,
        samples: &[
            cloudfront!(),
            cloudfront!("\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-"),
            cloudfront!(
                "\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.119\tHit\ttext/html\t78\t-\t-"
            ),
        ],
        others: &[
            cloudfront!("\t-\tTLSv1.3"),
            cloudfront!("\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-"),
            real_time!("\t0.001\t0.114\t64496"),
            sample!(),
        ],
    },
    Format {
        name: "cloudfront-real-time",
        help: "Amazon CloudFront, real-time logs with all fields; else give a list, tsv:timestamp,...",
        also: &[],
        label: "cloudfront-real-time",
        product: Product::CloudFront,
        dialect: Dialect::Columns,
        string: CLOUDFRONT_REAL_TIME,
        samples: &[
            real_time!(),
            real_time!("\t0.001\t0.114\t64496"),
            real_time!("\t-\t-\t64496\t-"),
        ],
        others: &[cloudfront!(), real_time!("\t0.001"), sample!()],
    },
    Format {
        name: "iis-w3c",
        help: "Microsoft IIS (W3C), by its header lines or in its default columns",
        also: &[],
        label: "iis-w3c",
        product: Product::Iis,
        dialect: Dialect::Columns,
        string: "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
        samples: &[
            "2025-10-10 13:55:01 203.0.113.5 GET /a b=1 443 - 192.0.2.1 Mozilla/5.0+(X11) https://example.com/ 200 0 0 120",
            "2025-10-10 13:55:02 203.0.113.5 POST /a - 443 EXAMPLE\\frank 192.0.2.1 - - 500 19 64 15",
        ],
        others: &[
            "2025-10-10 13:55:01 203.0.113.5 GET /a b=1 443 - 192.0.2.1 Mozilla/5.0+(X11) 200 0 0 120",
            "2025-10-10 13:55:01 203.0.113.5 GET /a b=1 443 - 192.0.2.1 Mozilla/5.0 (X11) 200 0 0 120 -",
            sample!(),
        ],
    },
    Format {
        name: "iis-w3c-no-referer",
        help: "Microsoft IIS (W3C), the default columns of IIS 7 without header lines",
        also: &[],
        label: "iis-w3c",
        product: Product::Iis,
        dialect: Dialect::Columns,
        string: "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken",
        samples: &[
            "2025-10-10 13:55:01 203.0.113.5 GET /a b=1 443 - 192.0.2.1 Mozilla/5.0+(X11) 200 0 0 120",
        ],
        others: &[
            "2025-10-10 13:55:01 203.0.113.5 GET /a b=1 443 - 192.0.2.1 Mozilla/5.0+(X11) https://example.com/ 200 0 0 120",
            sample!(),
        ],
    },
    Format {
        name: "zeek-http",
        help: "Zeek http.log, by its header lines",
        also: &[],
        label: "zeek-http",
        product: Product::Zeek,
        dialect: Dialect::Columns,
        string: "#fields",
        samples: &[
            "#separator \\x09",
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tmethod\thost\turi\treferrer\tversion\tuser_agent\tresponse_body_len\tstatus_code\tstatus_msg",
            "#types\ttime\tstring\taddr\tport\tstring\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tstring",
            "1760104501.250000\tCwFs1P2UcUdlSxD2La\t192.0.2.1\t52026\tGET\twww.example.com\t/a?b=1\t-\t1.1\tMozilla/5.0 (X11)\t5316\t200\tOK",
            "1760104502.250000\tCwFs1P2UcUdlSxD2La\t2001:db8::1\t52026\tGET\t-\t-\t-\t-\t-\t0\t-\t-",
        ],
        others: &["1760104501.250000\tCwFs1P2UcUdlSxD2La\t192.0.2.1\t52026", sample!()],
    },
    Format {
        name: "w3c",
        help: "W3C extended log file format, by its header lines (#Fields: ...)",
        also: &[],
        label: "w3c",
        product: Product::Unknown,
        dialect: Dialect::Columns,
        string: "#Fields:",
        samples: &[
            "#Version: 1.0",
            "#GMT-Offset: -0800",
            "#Fields:  c-ip  date  time  cs-method  cs-uri  sc-status  bytes  time-taken  cs(User-Agent)",
            "192.0.2.1  2025-10-10  13:55:01  GET  /a?b=1  200  5316  1200  \"Mozilla/5.0 (X11; U)\"",
        ],
        others: &["192.0.2.1 2025-10-10 13:55:01 GET /a 200", sample!()],
    },
];
