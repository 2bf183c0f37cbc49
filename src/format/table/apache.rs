//! Apache httpd, and servers that took its format over.

use super::{combined, sample};
use crate::format::{Dialect, Format, Product};

/// The formats, the most telling first among equals.
pub(super) const FORMATS: &[Format] = &[
    Format {
        name: "apache-combined",
        help: "Apache httpd, 'combined'",
        label: "combined",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(apache),
        samples: &[
            sample!(),
            r#"192.0.2.1 - - [10/Oct/2025:13:55:36 +0200] "GET /a?q=\"x\" HTTP/1.1" 304 - "-" "UA \"quoted\" \\""#,
        ],
        others: &[
            sample!(" 1834"),
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
            r#"www.example.com 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
    Format {
        name: "apache-common",
        help: "Apache httpd, 'common' (the common log format)",
        label: "common",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: r#"%h %l %u %t "%r" %>s %b"#,
        samples: &[
            r#"192.0.2.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-vhost-combined",
        help: "Apache httpd, 'vhost_combined' (Debian)",
        label: "vhost combined",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(vhost),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-vhost-noport-combined",
        help: "Apache httpd, the virtual host without port and combined",
        label: "vhost combined",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: concat!("%v ", combined!(apache)),
        samples: &[
            r#"www.example.com 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-vhost-common",
        help: "Apache httpd, virtual host and common",
        label: "vhost common",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: r#"%v:%p %h %l %u %t "%r" %>s %b"#,
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299"#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-combinedio",
        help: "Apache httpd, 'combinedio': combined and %I %O",
        label: "combinedio",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(apache " %I %O"),
        samples: &[sample!(" 412 5650")],
        others: &[sample!(" 412 0.120 x"), sample!(), sample!(" 412")],
    },
    Format {
        name: "apache-combined-us",
        help: "Apache httpd, combined and %D (microseconds)",
        label: "combined + microseconds",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(apache " %D"),
        samples: &[sample!(" 1834")],
        others: &[sample!(), sample!(" x")],
    },
    Format {
        name: "apache-combined-ms",
        help: "Apache httpd, combined and %{ms}T (milliseconds)",
        label: "combined + milliseconds",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(apache " %{ms}T"),
        samples: &[sample!(" 1834")],
        others: &[sample!(), sample!(" x")],
    },
    Format {
        name: "apache-combined-s",
        help: "Apache httpd, combined and %T or %{s}T (whole seconds)",
        label: "combined + whole seconds",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(apache " %{s}T"),
        samples: &[sample!(" 1834")],
        others: &[sample!(), sample!(" x")],
    },
    Format {
        name: "apache-vhost-combined-us",
        help: "Apache httpd, vhost_combined and %D (microseconds)",
        label: "vhost combined + microseconds",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(vhost " %D"),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-" 1834"#,
        ],
        others: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
    Format {
        name: "apache-vhost-combined-ms",
        help: "Apache httpd, vhost_combined and %{ms}T (milliseconds)",
        label: "vhost combined + milliseconds",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(vhost " %{ms}T"),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-" 1834"#,
        ],
        others: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
    Format {
        name: "apache-vhost-combined-s",
        help: "Apache httpd, vhost_combined and %T or %{s}T (whole seconds)",
        label: "vhost combined + whole seconds",
        product: Product::Apache,
        dialect: Dialect::Apache,
        string: combined!(vhost " %{s}T"),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-" 1834"#,
        ],
        others: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
];
