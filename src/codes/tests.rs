#![allow(clippy::unwrap_used, clippy::print_stderr)]
use super::*;
use crate::record::{Absence, NoStatus};
use serde_json::Value;

#[test]
fn ordered_and_unique() {
    for table in TABLES {
        for pair in table.windows(2) {
            assert!(pair[0].code <= pair[1].code, "{} after {}", pair[1].code, pair[0].code);
        }
    }
    let mut owned: Vec<_> = all().map(|entry| (entry.code, entry.origin)).collect();
    let count = owned.len();
    owned.sort_unstable();
    owned.dedup();
    assert_eq!(owned.len(), count, "a code has the same owner twice");
}

#[test]
fn usual_owner_comes_first() {
    for (code, name, origin, owners) in [
        (404, "Not Found", "IANA", 1),
        (420, "Enhance Your Calm", "Twitter", 2),
        (444, "No Response", "nginx", 1),
        (460, "Client Closed Connection", "AWS ALB", 1),
        (499, "Client Closed Request", "nginx", 2),
        (526, "Invalid SSL Certificate", "Cloudflare", 1),
        (530, "Origin DNS Error", "Cloudflare", 3),
        (999, "Request Denied", "LinkedIn", 1),
    ] {
        let entry = lookup(code).unwrap();
        assert_eq!((entry.name, entry.origin), (name, origin));
        assert_eq!(entries(code).count(), owners, "{code}");
    }
    assert_eq!(lookup(299), None);
    assert_eq!((entries(0).count(), entries(u16::MAX).count()), (0, 0));
}

/// The log's product decides what a number means, and where it has no such code, the usual owner.
#[test]
fn a_code_is_that_of_the_log() {
    for (code, product, origin) in [
        (530, "Pantheon", "Pantheon"),
        (530, "Cloudflare", "Cloudflare"),
        (530, "nginx", "Cloudflare"),
        (499, "Esri", "Esri"),
        (499, "AWS ALB", "nginx"),
        (460, "nginx", "AWS ALB"),
        (404, "unknown", "IANA"),
    ] {
        assert_eq!(lookup_in(code, product).unwrap().origin, origin, "{code} in {product}");
    }
    assert_eq!(lookup_in(299, "nginx"), None);
}

#[test]
fn every_spelling_of_no_status_is_explained() {
    for spelling in NoStatus::ALL {
        let found = no_status(spelling.name(), Absence::Unknown.name());
        assert!(found.is_some(), "{}", spelling.name());
    }
    for meaning in Absence::ALL {
        let found = no_status("200", meaning.name());
        assert_eq!(found.is_some(), meaning != Absence::Unknown, "{}", meaning.name());
    }
}

/// Text is ASCII, without spaces at its ends or in a row, as a broken literal would leave them.
fn is_clean(text: &str) -> bool {
    let is_text = |c: char| c == ' ' || c.is_ascii_graphic();
    !text.is_empty() && text.chars().all(is_text) && !text.contains("  ") && text.trim() == text
}

#[track_caller]
fn is_item(text: &str) {
    assert!(is_clean(text) && !text.ends_with('.'), "no item of a list: {text:?}");
}

#[track_caller]
fn is_sentence(text: &str) {
    assert!(is_clean(text) && text.ends_with('.'), "no sentence: {text:?}");
    assert!(
        !text.starts_with(|c: char| c.is_ascii_lowercase()) || text.starts_with("nginx "),
        "{text:?}"
    );
}

#[test]
fn every_entry_is_whole() {
    let known = |name: &str| PRODUCTS.iter().any(|product| product.name == name);
    for entry in all() {
        let code = entry.code;
        assert!((100..=999).contains(&code));
        assert!(is_clean(entry.name) && entry.name.len() <= 34, "{} in a table", entry.name);
        assert!(entry.origin.len() <= 10, "{} is too long for a table", entry.origin);
        let is_owner = matches!(entry.origin, "IANA" | "proxies");
        assert!(is_owner || Product::find(entry.origin).is_some(), "{}", entry.origin);
        is_sentence(entry.meaning);
        is_item(entry.sender);
        assert!(!entry.owners.is_empty() && !entry.sources.is_empty(), "{code}");
        let lists = [entry.causes, entry.checks, entry.sources];
        lists.into_iter().flatten().for_each(|text| is_item(text));
        if (400..600).contains(&code) {
            let is_whole = !entry.causes.is_empty() && !entry.checks.is_empty();
            assert!(is_whole || matches!(code, 456 | 510), "{code} has no causes or checks");
            assert_ne!(entry.owners, [Owner::Nobody], "{code}");
        }
        for (neighbour, difference) in entry.neighbours {
            is_item(difference);
            assert!(lookup(*neighbour).is_some(), "{code}: {neighbour}");
            let is_other = *neighbour != code;
            assert!(is_other, "{code} is its own neighbour");
        }
        for (product, looks) in entry.logs {
            is_item(looks);
            assert!(known(product), "{code}: {product}");
        }
        for (product, message, meaning) in entry.messages {
            is_item(message);
            is_item(meaning);
            assert!(known(product), "{code}: {product}");
        }
        let grouped = entry.messages.chunk_by(|a, b| a.0 == b.0).map(|group| group[0].0);
        let mut products: Vec<_> = grouped.collect();
        let groups = products.len();
        products.sort_unstable();
        products.dedup();
        assert_eq!(products.len(), groups, "{code}: messages of a product stand together");
    }
}

#[test]
fn every_reason_is_whole() {
    for family in families() {
        assert!(PRODUCTS.iter().any(|product| product.name == family.origin), "{}", family.origin);
        [family.kind, family.place, family.source].into_iter().for_each(is_item);
        for reason in family.reasons {
            is_sentence(reason.meaning);
            is_item(reason.check);
            assert!(!reason.owners.is_empty());
            for token in reason.tokens {
                assert!(is_clean(token), "{token}");
                let same = family.reasons.iter().flat_map(|reason| reason.tokens);
                assert_eq!(same.filter(|other| *other == token).count(), 1, "{token} twice");
            }
            for status in reason.statuses.split(", ") {
                let digits = status.trim_end_matches("xx").parse::<i16>();
                assert!(matches!(status, "any" | "none") || digits.is_ok(), "{status}");
            }
        }
    }
    for class in CLASSES {
        is_sentence(class.meaning);
        for hop in class.hops {
            assert!(PRODUCTS.iter().any(|product| product.name == hop.product));
            [hop.passed, hop.made].into_iter().for_each(is_item);
        }
    }
}

/// The codes that are confused with one another name one another.
#[test]
fn confusable_codes_are_told_apart() {
    for group in [
        &[500, 502, 503, 504][..],
        &[401, 403],
        &[400, 422],
        &[301, 302, 307, 308],
        &[408, 504],
        &[499, 504],
        &[521, 522],
    ] {
        for code in group {
            for other in group.iter().filter(|other| *other != code) {
                let entry = lookup(*code).unwrap();
                let found = entry.neighbours.iter().any(|(neighbour, _)| neighbour == other);
                assert!(found, "{code} does not tell itself from {other}");
            }
        }
    }
}

#[test]
fn words_are_found() {
    let find = |name| Product::find(name).map(|product| product.name);
    for (format, product) in [
        ("nginx", Some("nginx")),
        ("Heroku router", Some("Heroku")),
        ("Azure Application Gateway", Some("Azure App Gateway")),
        ("ALB", Some("AWS ALB")),
        ("Apache", Some("Apache httpd")),
        ("Tomcat", None),
    ] {
        assert_eq!(find(format), product);
    }
    for (word, product, codes, reasons) in [
        ("502", "", "502 IANA", "HAProxy SC, HAProxy SH, HAProxy PH, Envoy UPE"),
        ("502", "envoy", "502 IANA", "Envoy UPE"),
        ("499", "", "499 nginx, 499 Esri", "Heroku H27, Heroku H28"),
        ("499", "esri", "499 Esri", ""),
        ("499", "cloudflare", "499 nginx", "Cloudflare 1034"),
        ("420", "spring", "420 Spring", ""),
        ("530", "pantheon", "530 Pantheon", ""),
        ("521", "nginx", "521 Cloudflare", ""),
        ("1XX", "", "100 IANA, 101 IANA, 102 IANA, 103 IANA, 104 IANA", ""),
        ("UF", "", "", "Envoy UF"),
        ("uf", "", "", "Envoy UF"),
        ("h12", "", "", "Heroku H12"),
        ("LR", "", "", "HAProxy LR, Envoy LR"),
        ("LR", "envoy", "", "Envoy LR"),
        ("LR", "heroku", "", "HAProxy LR, Envoy LR"),
        ("sH", "", "", "HAProxy sH"),
        ("SH", "", "", "HAProxy SH"),
        ("sh", "", "", "HAProxy SH, HAProxy sH"),
        ("sH--", "", "", "HAProxy sH"),
        ("CDVN", "", "", "HAProxy CD"),
        ("UC", "", "", "Envoy UC"),
        ("UC", "haproxy", "", "HAProxy U*"),
        ("DD--", "", "", "HAProxy D*"),
        ("404.13", "", "", "IIS 404.13"),
        ("1007", "", "", "Cloudflare 1006"),
        ("TCP_MISS_ABORTED", "", "", "Squid *_ABORTED"),
        ("backend www: busy", "", "", "Varnish backend *: busy"),
        ("-1", "", "", "HAProxy -1"),
        ("009", "", "", "nginx 009"),
        ("000", "azure-front-door", "", "Azure Front Door 000"),
    ] {
        let page = page(word, Product::find(product)).unwrap();
        let found: Vec<_> =
            page.entries.iter().map(|e| format!("{} {}", e.code, e.origin)).collect();
        assert_eq!(found.join(", "), codes, "{word} {product}");
        let found =
            page.reasons.iter().map(|(family, of)| format!("{} {}", family.origin, of.tokens[0]));
        let found: Vec<_> = found.take(4).collect();
        assert_eq!(found.join(", "), reasons, "{word} {product}");
    }
    for word in ["", "50", "512", "5xy", "+502", "0502", "6xx", "zz", "_ABORTED", "DX", "*", "sH-"]
    {
        assert!(page(word, None).is_none(), "{word}");
    }
}

#[test]
fn a_product_has_a_page() {
    let count = |name| {
        let page = product_page(Product::find(name).unwrap());
        (page.entries.len(), page.reasons.len())
    };
    assert_eq!(count("nginx"), (6, 2));
    assert_eq!(count("heroku"), (0, 23));
    assert_eq!(count("caddy"), (0, 0));
}

/// The research notes, where they are at hand beside the working copy.
fn notes() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/diagnosis/codes.json");
    match std::fs::read_to_string(path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(_) => {
            eprintln!("skipped: {path} is not there to compare with");
            None
        }
    }
}

fn names(owners: &[Owner]) -> Vec<&'static str> {
    let mut names: Vec<_> = owners.iter().map(|owner| owner.name()).collect();
    names.sort_unstable();
    names
}

fn noted(note: &Value) -> Vec<&str> {
    let mut names: Vec<_> =
        note["responsible"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn codes_are_those_of_the_notes() {
    let Some(notes) = notes() else { return };
    let mut codes = Vec::new();
    for note in notes["codes"].as_array().unwrap() {
        let code = note["code"].as_i64().unwrap();
        // -1, 0 and 9 are spellings of "no status".
        let Ok(code @ 100..) = u16::try_from(code) else {
            let word = if code < 0 { code.to_string() } else { format!("{code:03}") };
            assert!(page(&word, None).is_some(), "{word}");
            continue;
        };
        codes.push(code);
        let origin = note["origin"].as_str().unwrap();
        let is_of = |entry: &&Entry| match entry.origin {
            "IANA" => origin == "IANA/RFC",
            "proxies" => origin.starts_with("Some proxies"),
            of => origin.starts_with(of),
        };
        let entry = entries(code).find(is_of).unwrap_or_else(|| panic!("{code} of {origin}"));
        if origin == "IANA/RFC" {
            let name = note["name"].as_str().unwrap();
            assert!(name.starts_with(entry.name), "{code}: {name}");
        }
        assert_eq!(names(entry.owners), noted(note), "{code} of {origin}");
    }
    codes.sort_unstable();
    let mut ours: Vec<u16> = all().map(|entry| entry.code).collect();
    ours.sort_unstable();
    assert_eq!(ours, codes);
}

/// The tokens that one of the notes stands for: `403.13/.16`, `403.501-.504`.
fn tokens(origin: &str, token: &str) -> Vec<String> {
    match origin {
        "Apache httpd" => vec![token.replace(' ', "")],
        "Varnish" if token.ends_with("errno") => vec![token.replace("%s", "*") + "*"],
        "Varnish" => vec![token.replace("%s", "*")],
        "Cloudflare" => token.split('/').map(str::to_owned).collect(),
        "IIS" => {
            let (status, rest) = token.split_once('.').unwrap();
            let number = |text: &str| text.trim_start_matches('.').parse::<u16>().unwrap();
            let numbers: Vec<u16> = match rest.split_once('-') {
                Some((first, last)) => (number(first)..=number(last)).collect(),
                None => rest.split('/').map(number).collect(),
            };
            numbers.iter().map(|number| format!("{status}.{number}")).collect()
        }
        _ => vec![token.to_owned()],
    }
}

#[test]
fn reasons_are_those_of_the_notes() {
    let Some(notes) = notes() else { return };
    let mut found = 0;
    for note in notes["tokens"].as_array().unwrap() {
        let origin = match note["origin"].as_str().unwrap() {
            "Envoy/Istio" => "Envoy",
            "Apache %X" => "Apache httpd",
            "GCP LB statusDetails" => "Google Cloud LB",
            origin => PRODUCTS.iter().find(|of| origin.starts_with(of.name)).unwrap().name,
        };
        let noted_token = note["token"].as_str().unwrap();
        for token in tokens(origin, noted_token) {
            let of_product = families().filter(|family| family.origin == origin);
            let mut all = of_product.flat_map(|family| family.reasons);
            let reason = all.find(|reason| reason.tokens.contains(&&*token));
            let reason = reason.unwrap_or_else(|| panic!("{origin} {token}"));
            assert_eq!(names(reason.owners), noted(note), "{origin} {token}");
            for status in note["http_status"].as_str().unwrap().split('/') {
                // Front Door's notes name all that there are. 400 is in HAProxy's src/http_ana.c.
                let is_exact = status.parse::<u16>().is_ok_and(|code| code >= 100);
                if is_exact && origin != "Azure Front Door" {
                    assert!(reason.statuses.contains(status), "{origin} {token}: {status}");
                }
            }
        }
        found += 1;
    }
    assert_eq!(found, 225);
}

#[test]
fn an_owner_is_found_by_its_name() {
    for owner in all().flat_map(|entry| entry.owners) {
        assert_eq!(Owner::find(owner.name()), Some(*owner));
    }
    assert_eq!(Owner::find("someone"), None);
}
