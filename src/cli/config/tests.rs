#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use tempfile::TempDir;

/// A working directory and a home with the files given, and an environment.
struct Place {
    folder: TempDir,
    env: HashMap<&'static str, OsString>,
}

impl Place {
    fn new(files: &[(&str, &str)], env: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("work")).unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut env: HashMap<_, _> = env.iter().map(|(k, v)| (*k, OsString::from(v))).collect();
        env.entry("HOME").or_insert(folder.path().join("home").into());
        Self { folder, env }
    }

    fn load(&self, explicit: Option<&str>) -> Result<Layers> {
        let env = |name: &str| self.env.get(name).cloned();
        Layers::load(explicit.map(Path::new), env, &self.folder.path().join("work"))
    }
}

fn local(text: &str) -> Result<Layers> {
    Place::new(&[("work/statlog.toml", text)], &[]).load(None)
}

#[test]
fn the_table_is_sound() {
    let layers = Place::new(&[], &[]).load(None).unwrap();
    let mut tables = false;
    for (setting, value, origin) in layers.iter() {
        assert_eq!(origin, &Origin::BuiltIn);
        assert_eq!(value.is_none(), matches!(setting.default, Fallback::Unset(_)));
        let upper = setting.key.replace("targets.", "target_").to_uppercase();
        assert_eq!(setting.env, format!("STATLOG_{upper}"));
        assert!(!setting.help.ends_with('.') && setting.help.len() < 80, "{}", setting.help);
        assert!(tables <= setting.key.contains('.'), "{} is after a table", setting.key);
        tables = setting.key.contains('.');
    }
    assert_eq!(layers.rate("targets.client_error"), "5%".parse().ok());
    assert_eq!(layers.rate("targets.server_error"), "0.1%".parse().ok());
    assert_eq!(layers.micros("targets.latency_p95"), Some(200_000));
    assert_eq!(layers.bytes("max_line"), Some(65_536));
    assert_eq!(layers.text("tz"), None);
    assert_eq!((layers.count("top"), layers.count("threads")), (Some(10), None));
    assert_eq!((layers.flag("ascii"), layers.list("where").len()), (false, 0));
}

/// From the farthest place to the nearest, each found below all before it.
#[test]
fn the_nearest_place_wins() {
    let file = |n: u64| format!("# a comment\ntop = {n}\n");
    let files = [
        ("home/.config/statlog/config.toml", file(1)),
        ("xdg/statlog/config.toml", file(2)),
        ("work/statlog.toml", file(3)),
        ("work/env.toml", file(4)),
        ("work/flag.toml", file(5)),
    ];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let mut place = Place::new(&files[..1], &[]);
    let check = |place: &Place, explicit, count, origin: &str| {
        let layers = place.load(explicit).unwrap();
        let (value, from) = layers.get("top").unwrap();
        assert_eq!(value, &Value::Count(count));
        assert!(from.to_string().ends_with(origin), "{from}");
    };
    check(&place, None, 1, "config.toml:2");
    let env = |place: &mut Place, name, value: &Path| _ = place.env.insert(name, value.into());

    place = Place::new(&files[..2], &[]);
    let xdg = place.folder.path().join("xdg");
    env(&mut place, "XDG_CONFIG_HOME", Path::new("xdg"));
    check(&place, None, 1, "config.toml:2");
    env(&mut place, "XDG_CONFIG_HOME", &xdg);
    check(&place, None, 2, "config.toml:2");

    place = Place::new(&files, &[]);
    check(&place, None, 3, "statlog.toml:2");
    env(&mut place, "STATLOG_CONFIG", Path::new("env.toml"));
    check(&place, None, 4, "env.toml:2");
    check(&place, Some("flag.toml"), 5, "flag.toml:2");
    env(&mut place, "STATLOG_TOP", Path::new("6"));
    check(&place, Some("flag.toml"), 6, "STATLOG_TOP");
    env(&mut place, "STATLOG_TOP", Path::new(""));
    check(&place, Some("flag.toml"), 5, "flag.toml:2");
}

#[test]
fn settings_of_every_kind() {
    let file = r#"
log_format = "nginx"
latency = "request_time"
tz = "Europe/Berlin"
where = ["status=5xx", "route~^/api/"]
max_line = "1MiB"
max_rejected = "0%"
threads = 0x10
color = "never"
ascii = true
targets.client_error = "1%"
[targets]
"#;
    // A dotted key and its table are the same table twice.
    assert!(local(file).unwrap_err().to_string().starts_with("statlog.toml:"));
    let layers = local(file.trim_end_matches("[targets]\n")).unwrap();
    assert_eq!(layers.text("log_format"), Some("nginx"));
    assert_eq!(layers.list("where"), ["status=5xx", "route~^/api/"]);
    assert_eq!(layers.count("threads"), Some(16));
    assert!(layers.flag("ascii"));
    assert_eq!(layers.text("targets.client_error"), Some("1%"));
    assert_eq!(layers.get("targets.client_error").unwrap().1.to_string(), "statlog.toml:11");

    let env = [
        ("STATLOG_WHERE", "status=5xx\n\n route~a,b \n"),
        ("STATLOG_ASCII", "1"),
        ("STATLOG_TARGET_LATENCY_P95", "1.5s"),
        ("STATLOG_LOG_FORMAT", "@format.txt"),
    ];
    let layers = Place::new(&[], &env).load(None).unwrap();
    assert_eq!(layers.list("where"), ["status=5xx", "route~a,b"]);
    assert!(layers.flag("ascii"));
    assert_eq!(layers.text("targets.latency_p95"), Some("1.5s"));
}

#[test]
fn mistakes_in_a_file_are_named_with_their_line() {
    for (text, expected) in [
        (
            "\n\ntpo = 5",
            "statlog.toml:3: unknown key \"tpo\" (did you mean 'top'?); keys: log_format, ",
        ),
        ("log-format = 'x'", "unknown key \"log-format\" (did you mean 'log_format'?)"),
        ("client_error = '5%'", "(did you mean 'targets.client_error'?)"),
        (
            "[target]\nclient_error = '5%'",
            "statlog.toml:1: unknown key \"target\" (did you mean 'target",
        ),
        (
            "[targets]\n\ntop = 5",
            "statlog.toml:3: unknown key \"targets.top\" (did you mean 'top'?)",
        ),
        ("[output]\nfile = 'x'", "statlog.toml:1: unknown key \"output\"; keys"),
        ("\"t\\u001Bx\" = 1", "unknown key \"t\\u{1b}x\""),
        ("top = '5'", "statlog.toml:1: top: expected a whole number such as 10, found a string"),
        ("top = 5.0", "found a float"),
        ("top = 0", "top: must be from 1 to 1000"),
        ("top = -1", "top: must be from 1 to 1000"),
        ("ascii = 1", "ascii: expected true or false, found an integer"),
        (
            "where = 'status=5xx'",
            "where: expected a list of strings such as [\"status=5xx\"], found a string",
        ),
        ("where = ['status=5xx', 5]", "found an integer"),
        (
            "where = ['sttaus=5xx']",
            "where: \"sttaus=5xx\": unknown key \"sttaus\" (did you mean 'status'?)",
        ),
        ("targets = '5%'", "targets: expected a table such as [targets], found a string"),
        (
            "[targets]\nserver_error = 0.001",
            "statlog.toml:2: targets.server_error: expected a string such as \"0.1%\", found a float",
        ),
        ("[targets]\nserver_error = '5'", "write '5%'"),
        ("[targets]\nserver_error = '0%'", "no rate is below 0%"),
        ("[targets]\nlatency_p95 = '200'", "lacks a unit"),
        ("tz = 'Europe/Berln'", "tz: \"Europe/Berln\" is not a time zone (did you mean"),
        (
            "color = 'alway'",
            "color: unknown value \"alway\" (did you mean 'always'?); values: auto, always, never",
        ),
        ("max_line = '1TiB'", "max_line: \"1TiB\" is not a size"),
        ("max_line = '1'", "max_line: must be from 256 to 1073741824"),
        ("latency = ' '", "latency: is empty"),
        ("log_format = '@/etc/passwd'", "log_format: a file that is found cannot name another"),
        ("top = 1\ntop = 2", "statlog.toml:2: duplicate key"),
        ("top = 1\nformat = ", "statlog.toml:2: "),
    ] {
        let error = local(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}\n{error}\n{expected}");
        assert!(error.starts_with("statlog.toml:"), "{error}");
        assert!(!error.contains(['\n', '\u{1b}']), "{error}");
    }
    let own = Place::new(&[("work/own.toml", "log_format = '@f'")], &[]);
    assert_eq!(own.load(Some("own.toml")).unwrap().text("log_format"), Some("@f"));
}

#[test]
fn a_mistake_shows_also_where_a_nearer_place_wins() {
    let place = Place::new(&[("work/statlog.toml", "top = 'x'")], &[("STATLOG_TOP", "5")]);
    assert!(place.load(None).unwrap_err().to_string().starts_with("statlog.toml:1: top:"));
}

#[test]
fn mistakes_in_the_environment_name_the_variable() {
    for (name, value, expected) in [
        ("STATLOG_TOP", "many", "STATLOG_TOP: expected a whole number such as 10, found \"many\""),
        ("STATLOG_TOP", "0", "STATLOG_TOP: must be from 1 to 1000"),
        ("STATLOG_ASCII", "yes", "STATLOG_ASCII: expected true, false, 1 or 0, found \"yes\""),
        ("STATLOG_TARGET_SERVER_ERROR", "1", "STATLOG_TARGET_SERVER_ERROR: \"1\" could be percent"),
        ("STATLOG_WHERE", "a=b", "STATLOG_WHERE: \"a=b\": unknown key"),
        ("STATLOG_CONFIG", "absent.toml", "absent.toml: No such file"),
    ] {
        let error = Place::new(&[], &[(name, value)]).load(None).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn files_that_cannot_be_read() {
    let place = Place::new(&[("work/statlog.toml/x", ""), ("work/big.toml", "")], &[]);
    assert_eq!(place.load(None).unwrap_err().to_string(), "statlog.toml: is not a file");
    let file = std::fs::File::create(place.folder.path().join("work/big.toml")).unwrap();
    file.set_len((1 << 20) + 1).unwrap();
    let error = place.load(Some("big.toml")).unwrap_err().to_string();
    assert!(error.starts_with("big.toml: is larger than 1 MiB"), "{error}");
    let bytes = Place::new(&[], &[]);
    std::fs::write(bytes.folder.path().join("work/statlog.toml"), b"# \xff\n").unwrap();
    let error = bytes.load(None).unwrap_err().to_string();
    assert!(error.contains("UTF-8"), "{error}");
    // No home, and a home that is no folder, are no mistakes.
    for home in ["", "/dev/null"] {
        Place::new(&[], &[("HOME", home)]).load(None).unwrap();
    }
}

#[test]
fn what_is_shown_says_where_it_comes_from() {
    let file = "where = ['host=\u{202e}\"a']\n[targets]\nclient_error = '2%'";
    let place = Place::new(&[("work/statlog.toml", file)], &[("STATLOG_TOP", "7")]);
    let shown = place.load(None).unwrap().to_string();
    for line in [
        "# log_format: found from the log",
        "where = [\"host=\\U0000202E\\\"a\"]           # statlog.toml:1",
        "top = 7                                  # STATLOG_TOP",
        "[targets]",
        "client_error = \"2%\"                      # statlog.toml:3",
        "server_error = \"0.1%\"                    # built-in",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(text in "\\PC{1,10}|[\"'\\\\\n\t\u{7f}\u{202e}a]{1,10}", top in 1..1000u64) {
        prop_assume!(!text.trim().is_empty());
        let mut layers = Place::new(&[], &[("STATLOG_TOP", "1")]).load(None).unwrap();
        let at = |key| SETTINGS.iter().position(|setting| setting.key == key).unwrap();
        layers.values[at("latency")].0 = Some(Value::Text(text));
        layers.values[at("top")].0 = Some(Value::Count(top));
        let shown = layers.to_string();
        let hidden = shown.contains(['\u{7f}', '\u{202e}', '\t']);
        prop_assert!(!hidden);
        let again = local(&shown).unwrap();
        for ((setting, a, _), (_, b, _)) in layers.iter().zip(again.iter()) {
            prop_assert_eq!(a, b, "{}", setting.key);
        }
    }
}
