//! `statlog explain`: what it says, how, and what it does not know.

use crate::folder;
use crate::support::{shell, statlog};
use serde_json::{Value, json};

/// The pages of a run with `--format json`.
fn pages(arguments: &[&str]) -> Vec<Value> {
    let done = statlog(["explain", "--format", "json"]).args(arguments).done();
    assert_eq!((done.code, done.errors()), (0, ""), "{arguments:?}");
    let document = done.json();
    assert_eq!(document["schema"], "statlog.explain/1");
    document["pages"].as_array().expect("it is a list").clone()
}

#[test]
fn a_code_has_a_page_to_learn_from() {
    let done = statlog(["explain", "504"]).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    for part in [
        " 504  Gateway Timeout\n The server behind the proxy did not answer in time.\n",
        "\n sent by  a proxy",
        "\n owner    the operators of the origin (capacity), the application, the network\n",
        "\n Not to be taken for\n  500  Internal Server Error: ",
        "\n Causes\n · ",
        "\n Check first\n 1 ",
        "\n  HAProxy           state sH at timeout server; ",
        "\n    while reading response header from upstream ",
        "\n  Envoy             UT, UMSDR\n",
        "\n source   RFC 9110 15.6.5",
    ] {
        assert!(done.text().contains(part), "{part} in {}", done.text());
    }
    assert!(!done.text().contains('\u{1b}'), "colour without a terminal");
}

/// Each word has its page, in the order asked; several flags of one field are several words.
#[test]
fn words_are_explained_in_order() {
    let found =
        pages(&["5xx", "UF,URX", "h12", "-1", "sH--", "502.3", "Too many retries, delivering 503"]);
    let asked: Vec<_> = found.iter().map(|page| page["asked"].as_str().unwrap_or("")).collect();
    let all =
        ["5xx", "UF", "URX", "h12", "-1", "sH--", "502.3", "Too many retries, delivering 503"];
    assert_eq!(asked, all);
    let products: Vec<_> =
        found.iter().skip(1).map(|page| page["reasons"][0]["product"].clone()).collect();
    let expected = ["Envoy", "Envoy", "Heroku", "HAProxy", "HAProxy", "IIS", "Varnish"];
    assert_eq!(Value::from(products), json!(expected));
    let class = &found[0];
    assert_eq!((&class["kind"], &class["class"]["name"]), (&json!("class"), &json!("5xx")));
    assert!(class["codes"].as_array().is_some_and(|codes| codes.len() > 25), "{class}");
}

/// One number, several owners: all of them, or the product's.
#[test]
fn the_product_decides() {
    let origins = |arguments: &[&str]| -> Value {
        let page = pages(arguments).swap_remove(0);
        let codes = page["codes"].as_array().expect("it is a list");
        codes.iter().map(|code| code["origin"].clone()).collect()
    };
    assert_eq!(origins(&["530"]), json!(["Cloudflare", "Edgio", "Pantheon"]));
    assert_eq!(origins(&["530", "--product", "pantheon"]), json!(["Pantheon"]));
    assert_eq!(origins(&["499", "-p", "NGINX"]), json!(["nginx"]));
    let reasons = |product| pages(&["000", "-p", product]).swap_remove(0)["reasons"].clone();
    assert_eq!(reasons("afd")[0]["owners"], json!(["origin_capacity"]));
    assert_eq!(reasons("cloudfront")[0]["owners"], json!(["client", "network"]));
    let all = pages(&["--product", "heroku"]).swap_remove(0);
    assert_eq!((&all["kind"], &all["product"]), (&json!("product"), &json!("heroku")));
    assert_eq!(all["reasons"].as_array().map(Vec::len), Some(23));
}

#[test]
fn what_is_not_known_is_said() {
    let done = statlog(["explain", "512", "OriginTimeot", "xyzzy"]).done();
    assert_eq!((done.code, done.text()), (3, ""));
    assert_eq!(
        done.errors(),
        "statlog: 512: not a status code or reason that statlog knows (did you mean '511'?); \
         clients treat it as 500\n\
         statlog: OriginTimeot: not a status code or reason that statlog knows \
         (did you mean 'OriginTimeout'?)\n\
         statlog: xyzzy: not a status code or reason that statlog knows\n"
    );
    // What is known is said all the same.
    let done = statlog(["explain", "404", "xyzzy"]).done();
    assert!(done.text().starts_with(" 404  Not Found\n"), "{}", done.text());
    done.says(3, "xyzzy");
    statlog(["explain"]).done().says(2, "<CODE>");
    statlog(["explain", "502", "--product", "ngimx"]).done().says(2, "'nginx'");
    statlog(["explain", "502", "--format", "xml"]).done().says(2, "[possible values: text, json]");
}

/// What is typed may come out of a log: nothing of it reaches the terminal as it is.
#[test]
fn typed_text_is_harmless() {
    let hostile = "x\u{1b}]0;owned\u{7}\u{202e}_ABORTED";
    let done = statlog(["explain", hostile]).done();
    assert_eq!(done.code, 0);
    let done = statlog(["explain", "--format", "json", hostile]).done();
    assert!(done.text().contains(r"\u001b]0;owned\u0007\u202e_ABORTED"), "{}", done.text());
    assert_eq!(done.json()["pages"][0]["asked"], hostile);
    statlog(["explain", "\u{1b}[2J"]).done().says(3, r"\x1b[2J: not a status code");
}

#[test]
fn it_looks_as_the_terminal_needs_it() {
    let narrow = statlog(["explain", "403", "UF", "4xx", "--width", "40", "--ascii"]).done();
    let wide = narrow.text().lines().find(|line| line.len() > 40);
    assert_eq!(wide, None);
    assert!(narrow.text().is_ascii());
    let colored = statlog(["explain", "502", "--color", "always"]).done();
    assert!(colored.text().contains("\u{1b}[1m\u{1b}[31m502\u{1b}[0m"), "{}", colored.text());
    let settings = folder(&[("statlog.toml", "color = \"always\"\nascii = true\n")]);
    let done = statlog(["explain", "304"]).dir(&settings).done();
    assert!(done.text().contains('\u{1b}') && done.text().is_ascii(), "{}", done.text());
    let done = shell("set -e; $0 explain 5xx 4xx | head -n 1").done();
    assert_eq!((done.code, done.text(), done.errors()), (0, " 5xx  server errors\n", ""));
}
