//! Where settings come from: flag, environment, `--config`, `./statlog.toml`, the user's file.

use crate::support::statlog;
use crate::{folder, lines};

/// Settings in every place, each nearer one stronger.
#[test]
fn the_nearest_place_wins() {
    let user = folder(&[]);
    std::fs::create_dir(user.path().join("statlog")).expect("it can be made");
    std::fs::write(
        user.path().join("statlog/config.toml"),
        "top = 1\nmax_line = '1MiB'\ntz = 'Asia/Tokyo'\nmax_rejected = '1%'\nascii = true\n",
    )
    .expect("it can be written");
    let here = folder(&[
        ("statlog.toml", "top = 2\nmax_line = '2MiB'\ntz = 'Europe/Berlin'\nmax_rejected = '2%'\n"),
        ("named.toml", "top = 3\nmax_line = '3MiB'\ntz = 'UTC'\n[targets]\nclient_error = '3%'\n"),
    ]);
    let run = statlog(["config", "--config", "named.toml"])
        .dir(&here)
        .env("XDG_CONFIG_HOME", user.path())
        .env("STATLOG_TOP", "4")
        .env("STATLOG_MAX_LINE", "4MiB")
        .env("STATLOG_COUNT_ALL", "1");
    let done = run.done();
    assert_eq!((done.code, done.errors()), (0, ""));
    for part in [
        "top = 4 ",
        "# STATLOG_TOP\n",
        "max_line = \"4MiB\" ",
        "count_all = true ",
        "# STATLOG_COUNT_ALL\n",
        "tz = \"UTC\" ",
        "# named.toml:3\n",
        "max_rejected = \"2%\" ",
        "# statlog.toml:4\n",
        "ascii = true ",
        "statlog/config.toml:5\n",
        "[targets]\nclient_error = \"3%\" ",
        "server_error = \"0.1%\" ",
        "# built-in\n",
    ] {
        assert!(done.text().contains(part), "{part}: {}", done.text());
    }
    // What `config` prints is a configuration file.
    let again = folder(&[("statlog.toml", done.text())]);
    let done = statlog(["config"]).dir(&again).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    assert!(done.text().contains("top = 4 "), "{}", done.text());
}

#[test]
fn settings_reach_the_report() {
    let here =
        folder(&[("statlog.toml", "top = 2\nformat = 'json'\n[targets]\nclient_error = '60%'\n")]);
    let run = || statlog(["analyze"]).dir(&here).stdin(lines(&[200, 404, 404, 200, 200]));
    let report = run().report();
    // The first two by requests, which are as frequent as any, and the first two by errors.
    assert_eq!(report["top"]["routes"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["targets"][0]["target"], 0.6);
    assert_eq!(report["targets"][0]["met"], true);
    assert_eq!(report["verdict"]["status"], "healthy");
    let report = run().env("STATLOG_TOP", "1").report();
    assert_eq!(report["top"]["routes"].as_array().map(Vec::len), Some(2));
    let report =
        run().env("STATLOG_TOP", "1").args(["--top", "9", "--target-client-error", "40%"]).report();
    assert_eq!(report["top"]["routes"].as_array().map(Vec::len), Some(5));
    assert_eq!(report["verdict"]["status"], "degraded", "40 % is not below 40 %");
    assert!(run().args(["--format", "text"]).done().text().contains("requests in"));
}

#[test]
fn mistakes_are_said_with_their_place() {
    for (text, part) in [
        ("top = 2\ntopp = 3\n", "statlog.toml:2: unknown key \"topp\" (did you mean 'top'?)"),
        (
            "client_error = '3%'\n",
            "statlog.toml:1: unknown key \"client_error\" (did you mean 'targets.client_error'?)",
        ),
        ("top = 'x'\n", "statlog.toml:1: top: "),
        ("top = \n", "statlog.toml:1: "),
        ("[targets]\n\nclient_error = '3'\n", "statlog.toml:3: targets.client_error: "),
        ("log_format = '@/etc/passwd'\n", "a file that is found cannot name another"),
    ] {
        let here = folder(&[("statlog.toml", text)]);
        for command in ["analyze", "config", "detect"] {
            let done = statlog([command]).dir(&here).stdin(lines(&[200])).done();
            done.says(2, part);
            assert_eq!(done.text(), "", "{command}");
        }
    }
    let done = statlog(["analyze"]).env("STATLOG_TOP", "many").stdin(lines(&[200])).done();
    done.says(2, "STATLOG_TOP: ");
    let done = statlog(["analyze", "--config", "nosuch.toml"]).stdin(lines(&[200])).done();
    done.says(2, "nosuch.toml: ");
}

#[test]
fn a_setting_set_to_nothing_is_not_set() {
    let done = statlog(["config"]).env("STATLOG_TOP", "").done();
    assert!(done.text().contains("top = 10 "), "{}", done.text());
}
