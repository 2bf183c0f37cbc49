//! Clients by address, network or name.

use anyhow::{Context as _, Result, ensure};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What `client=` names.
#[derive(Clone, Debug)]
pub(super) enum Client {
    /// A network, or one address: the address's bits, and those of them that count.
    V4 {
        network: u32,
        mask: u32,
    },
    V6 {
        network: u128,
        mask: u128,
    },
    /// A host name, for servers that look names up.
    Name(Box<[u8]>),
}

impl Client {
    pub(super) fn parse(value: &str) -> Result<Self> {
        let expected = || {
            format!(
                "{value:?} is not an address; write it as '10.0.0.1', '10.0.0.0/8' or '2001:db8::/32'"
            )
        };
        let (host, length) = match value.split_once('/') {
            Some((host, length)) => (host, Some(length)),
            None => (value, None),
        };
        let Ok(address) = host.parse::<IpAddr>() else {
            // Only what cannot be a mistyped address is a name: no network, no colon, and a last
            // label that does not begin with a digit, as the WHATWG URL standard decides it.
            let last = value.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
            let numeric = last.starts_with(|c: char| c.is_ascii_digit());
            ensure!(length.is_none() && !value.contains(':') && !numeric, expected());
            return Ok(Self::Name(value.as_bytes().into()));
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|n| *n <= width && text.bytes().all(|b| b.is_ascii_digit()))
                .with_context(|| {
                    format!("{value:?}: the prefix length is a number from 0 to {width}")
                })?,
            None => width,
        };
        let v4 = |address: Ipv4Addr, length: u32| {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            Self::V4 { network: address.to_bits() & mask, mask }
        };
        Ok(match address {
            IpAddr::V4(address) => v4(address, length),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(mapped) => {
                    let length = length.checked_sub(96).with_context(|| {
                        format!("{value:?} holds more than the IPv4 addresses; write '0.0.0.0/0'")
                    })?;
                    v4(mapped, length)
                }
                None => {
                    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
                    Self::V6 { network: address.to_bits() & mask, mask }
                }
            },
        })
    }

    pub(super) fn fits(&self, address: Option<IpAddr>, value: &[u8]) -> bool {
        match (self, address) {
            (Self::V4 { network, mask }, Some(IpAddr::V4(a))) => a.to_bits() & mask == *network,
            (Self::V6 { network, mask }, Some(IpAddr::V6(a))) => a.to_bits() & mask == *network,
            (Self::Name(name), _) => name.eq_ignore_ascii_case(value),
            _ => false,
        }
    }
}

/// The address that a log names, without its port; an IPv4-mapped one (`::ffff:10.0.0.1`, a
/// server on a dual-stack socket) as IPv4.
pub(super) fn address(value: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(value).ok()?;
    let address = match text.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => text.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(address.to_canonical())
}
