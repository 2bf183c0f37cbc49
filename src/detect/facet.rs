//! The group that a value of a request is judged by: a client by its network, a user agent by its
//! family, a referer by its host. One client of a botnet, one version of a browser or one page that
//! links here is too little to stand out; the group is not.
//!
//! All of it is text of strangers, so it is read as bytes and nothing is trusted. Results borrow
//! from the value, from a table, or, where they have to be written anew, from an arena.

use bumpalo::Bump;
use memchr::memmem::{self, Finder};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

/// Families are cut here: a longer name is no name.
const MAX_FAMILY: usize = 48;

/// The network of a client's address: `/24` for IPv4, `/48` for IPv6, which is what a site is given
/// (RFC 6177). An IPv4-mapped address is IPv4. A port after the address is not looked at. `None` for
/// host names and everything else.
pub(super) fn network<'a>(client: &[u8], arena: &'a Bump) -> Option<&'a [u8]> {
    // The longest is an address of eight groups and `/48`.
    let mut text = [0; 64];
    let mut rest = &mut text[..];
    match address(client)? {
        // Of nothing but digits and dots: what was written, not written anew.
        IpAddr::V4(_) if client.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') => {
            let last = memchr::memrchr(b'.', client)?;
            rest.write_all(&client[..=last]).ok()?;
            rest.write_all(b"0/24").ok()?;
        }
        IpAddr::V4(address) => {
            let network = Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8));
            write!(rest, "{network}/24").ok()?;
        }
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80));
            write!(rest, "{network}/48").ok()?;
        }
    }
    let free = rest.len();
    Some(arena.alloc_slice_copy(&text[..text.len() - free]))
}

/// The address that a client is written as, without its port.
fn address(client: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(client).ok()?.trim_ascii();
    let host = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?.0,
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => text,
        },
    };
    // A zone (`fe80::1%eth0`) is a matter of the machine that wrote the log.
    let host = host.split_once('%').map_or(host, |(host, _)| host);
    host.parse().map(|address: IpAddr| address.to_canonical()).ok()
}

/// The family of a user agent: what it calls itself, without its version. `None` when it is empty
/// or names nothing.
///
/// Browsers name each other for the sake of old servers, so they are told by the most particular
/// token (Edge names Chrome and Safari, Chrome names Safari; RFC 9110, section 10.1.5 gives the
/// grammar). Robots that dress up as browsers name themselves after `compatible;` or as a token that
/// ends in `bot` and the like. Everything else is what stands before the first version: `acme-sdk`
/// of `acme-sdk/2.3 (linux; x86_64)`.
pub(super) fn family(agent: &[u8]) -> Option<&[u8]> {
    let agent = agent.trim_ascii();
    if !agent.starts_with(b"Mozilla/") {
        return product(agent);
    }
    if let Some(robot) = robot(agent) {
        return Some(robot);
    }
    static TOKENS: LazyLock<Vec<(Finder<'static>, &'static str)>> = LazyLock::new(|| {
        BROWSERS.iter().map(|(token, name)| (Finder::new(token), *name)).collect()
    });
    let known = TOKENS.iter().find(|(token, _)| token.find(agent).is_some());
    Some(known.map_or(&b"Mozilla"[..], |(_, name)| name.as_bytes()))
}

/// Tokens of browsers and what they are called, the most particular first.
const BROWSERS: &[(&str, &str)] = &[
    ("HeadlessChrome/", "HeadlessChrome"),
    ("FBAN/", "Facebook app"),
    ("FBAV/", "Facebook app"),
    ("Instagram ", "Instagram app"),
    ("Electron/", "Electron"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPiOS/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("UCBrowser/", "UC Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("MSIE ", "Internet Explorer"),
    ("Trident/", "Internet Explorer"),
    ("Android ", "Android Browser"),
    ("Safari/", "Safari"),
    ("AppleWebKit/", "WebKit"),
];

/// Endings of the names of robots, in lower case.
const ROBOTS: &[&[u8]] = &[
    b"bot",
    b"spider",
    b"crawler",
    b"slurp",
    b"externalhit",
    b"preview",
    b"monitor",
    b"scanner",
    b"checker",
    b"robot",
    b"fetcher",
    b"lighthouse",
    b"-user",
    b"inspect",
];

/// The robot that an agent is, although it calls itself Mozilla.
fn robot(agent: &[u8]) -> Option<&[u8]> {
    // `(compatible; bingbot/2.0; +http://…)`: the first name behind it, but browsers of old wrote
    // `(compatible; MSIE 8.0; …`, `(compatible; Konqueror/4.5; …`.
    const COMPATIBLE: &[u8] = b"compatible;";
    if let Some(at) = memmem::find(agent, COMPATIBLE) {
        let name = product(agent[at + COMPATIBLE.len()..].trim_ascii_start())?;
        return (name != b"MSIE").then_some(name);
    }
    agent
        .split(|byte| matches!(byte, b' ' | b';' | b'(' | b')' | b','))
        .filter_map(|token| token.split(|byte| *byte == b'/').next())
        .filter(|name| name.len() <= MAX_FAMILY)
        .find(|name| {
            ROBOTS.iter().any(|end| {
                let tail = name.len().checked_sub(end.len()).map(|start| &name[start..]);
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
            })
        })
}

/// The words before the first version or comment: `curl` of `curl/8.5.0`, `Amazon CloudFront`,
/// `MyApp` of `MyApp 1.2.3 (iPhone)`.
fn product(agent: &[u8]) -> Option<&[u8]> {
    let stop = agent.iter().position(|byte| matches!(byte, b'/' | b'(' | b';' | b',' | b'['));
    let mut name = &agent[..stop.unwrap_or(agent.len())];
    // A word that begins with a digit, or with `v` and a digit, is a version.
    let is_version = |word: &[u8]| match word {
        [b'v' | b'V', second, ..] => second.is_ascii_digit(),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    };
    let mut from = 0;
    while let Some(space) = memchr::memchr(b' ', &name[from..]) {
        let next = from + space + 1;
        if is_version(&name[next..]) {
            name = &name[..next - 1];
            break;
        }
        from = next;
    }
    // Interpreters say little; what follows them is the client: `Python/3.11 aiohttp/3.9.1`.
    if name == b"Python"
        && let Some(at) = memchr::memchr(b' ', agent)
        && let Some(library) = product(agent[at + 1..].trim_ascii_start())
    {
        return Some(library);
    }
    let name = name[..name.len().min(MAX_FAMILY)].trim_ascii();
    (!name.is_empty()).then_some(name)
}

/// The host of a `Referer`, in lower case, without user and port: `www.example.com` of
/// `https://www.example.com:8443/page`. `None` when the value is no URL with an authority.
pub(super) fn referer_host<'a>(referer: &'a [u8], arena: &'a Bump) -> Option<&'a [u8]> {
    let scheme = memmem::find(referer, b"://")?;
    // A scheme is a few letters (RFC 3986, section 3.1); a query further on may hold a URL too.
    let is_of_scheme =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if scheme == 0 || !referer[..scheme].iter().all(is_of_scheme) {
        return None;
    }
    let rest = &referer[scheme + 3..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\'));
    let authority = &rest[..end.unwrap_or(rest.len())];
    let host = memchr::memrchr(b'@', authority).map_or(authority, |at| &authority[at + 1..]);
    let host = match host.strip_prefix(b"[") {
        Some(inner) => &inner[..memchr::memchr(b']', inner)?],
        None => memchr::memchr(b':', host).map_or(host, |colon| &host[..colon]),
    };
    if host.iter().any(u8::is_ascii_uppercase) {
        let host = arena.alloc_slice_copy(host);
        host.make_ascii_lowercase();
        return Some(host);
    }
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: Option<&[u8]>) -> String {
        value.map_or("none".into(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    #[test]
    fn a_client_is_of_its_network() {
        let arena = Bump::new();
        for (client, expected) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("192.0.2.77:52711", "192.0.2.0/24"),
            ("::ffff:198.51.100.9", "198.51.100.0/24"),
            ("2001:db8:17:2::5", "2001:db8:17::/48"),
            ("[2001:db8:17:2::5]:443", "2001:db8:17::/48"),
            ("2001:db8::1", "2001:db8::/48"),
            ("fe80::1%eth0", "fe80::/48"),
            ("0.0.0.0", "0.0.0.0/24"),
            ("255.255.255.255", "255.255.255.0/24"),
            ("crawl-1.example.com", "none"),
            ("192.0.2.256", "none"),
            ("192.0.2.0/24", "none"),
            ("192.0.2.1, 10.0.0.1", "none"),
            ("[2001:db8::1", "none"),
            ("unix:", "none"),
            ("-", "none"),
            ("", "none"),
        ] {
            assert_eq!(text(network(client.as_bytes(), &arena)), expected, "{client}");
        }
        assert_eq!(network(b"192.0.2.\xff", &arena), None);
    }

    #[test]
    fn an_agent_is_of_its_family() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/129.0.0.0 Safari/537.36",
                "Chrome",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0",
                "Edge",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/17.6 Safari/605.1.15",
                "Safari",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) CriOS/129.0.6668.46 Mobile/15E148 Safari/604.1",
                "Chrome",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox"),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 HeadlessChrome/120.0.0.0 Safari/537.36",
                "HeadlessChrome",
            ),
            ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "Internet Explorer"),
            ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer"),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Googlebot",
            ),
            (
                "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 \
                 (KHTML, like Gecko) Chrome/99.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; \
                 +http://www.google.com/bot.html)",
                "Googlebot",
            ),
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; \
                 +http://www.bing.com/bingbot.htm) Chrome/116.0 Safari/537.36",
                "bingbot",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/13.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
                "Applebot",
            ),
            ("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/)", "Yahoo! Slurp"),
            ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/)", "Baiduspider"),
            ("Mozilla/5.0 zgrab/0.x", "Mozilla"),
            ("Mozilla/5.0", "Mozilla"),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/)", "facebookexternalhit"),
            ("curl/8.5.0", "curl"),
            ("Wget/1.21.4", "Wget"),
            ("okhttp/4.12.0", "okhttp"),
            ("python-requests/2.32.3", "python-requests"),
            ("Python/3.11 aiohttp/3.9.1", "aiohttp"),
            ("Python/3.11", "Python"),
            ("Go-http-client/1.1", "Go-http-client"),
            ("Apache-HttpClient/4.5.14 (Java/17.0.9)", "Apache-HttpClient"),
            ("acme-sdk/2.3 (linux; x86_64)", "acme-sdk"),
            ("Amazon CloudFront", "Amazon CloudFront"),
            ("MyApp 1.2.3 (iPhone; iOS 17.6)", "MyApp"),
            ("My App v2.0", "My App"),
            ("ELB-HealthChecker/2.0", "ELB-HealthChecker"),
            ("kube-probe/1.29", "kube-probe"),
            ("sqlmap/1.7.2#stable (https://sqlmap.org)", "sqlmap"),
            (" Zabbix ", "Zabbix"),
            ("() { :;}; echo", "none"),
            ("/1.0", "none"),
            ("", "none"),
        ] {
            assert_eq!(text(family(agent.as_bytes())), expected, "{agent}");
        }
        assert_eq!(family(b"\xff\x1b[31m/1"), Some(&b"\xff\x1b"[..]));
        assert_eq!(family(&[b'a'; 4000]).map(<[u8]>::len), Some(MAX_FAMILY));
    }

    #[test]
    fn a_referer_is_of_its_host() {
        let arena = Bump::new();
        for (referer, expected) in [
            ("https://www.example.com/page?x=1", "www.example.com"),
            ("http://example.com", "example.com"),
            ("https://WWW.Example.com:8443/", "www.example.com"),
            ("https://user:pw@example.com/", "example.com"),
            ("https://[2001:db8::1]:8080/x", "2001:db8::1"),
            ("android-app://com.example.app/", "com.example.app"),
            ("https://example.com?next=https://other.example/", "example.com"),
            ("/local?u=https://other.example/", "none"),
            ("example.com/page", "none"),
            ("https://", "none"),
            ("https://[2001:db8::1", "none"),
            ("://example.com", "none"),
            ("about:blank", "none"),
            ("-", "none"),
            ("", "none"),
        ] {
            assert_eq!(text(referer_host(referer.as_bytes(), &arena)), expected, "{referer}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(value in prop::collection::vec(any::<u8>(), 0..80), at in 0usize..6) {
            let starts: [&[u8]; 6] = [b"", b"Mozilla/5.0 (", b"https://", b"[::1", b"Python/3 ",
                b"Mozilla/4.0 (compatible;"];
            let value = [starts[at], &value].concat();
            let arena = Bump::new();
            for found in [network(&value, &arena), family(&value), referer_host(&value, &arena)] {
                prop_assert!(found.is_none_or(|found| !found.is_empty()));
            }
            prop_assert!(family(&value).is_none_or(|name| name.len() <= MAX_FAMILY));
        }
    }
}
