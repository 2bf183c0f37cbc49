//! The products that write access logs: what the time of their lines means, and what follows from
//! the values of a line together, which no column says alone.
//!
//! A rule reads the record of a line after all its values are set: who made the status, what a
//! missing status means, which requests are none of a client's. The rules of a family are in one
//! file: `cdn`, `cloud`, `proxy`.

mod cdn;
mod cloud;
mod proxy;

use super::TimeMeaning;
use crate::record::{NoStatus, Producer, Record, Status};
use bumpalo::Bump;
pub(super) use cloud::FIRST_VERSION;

/// A product that writes access logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// The lines do not tell.
    #[default]
    Unknown,
    /// nginx and what is made of it.
    Nginx,
    /// Apache httpd.
    Apache,
    /// lighttpd.
    Lighttpd,
    /// Tomcat, and Atlassian's products on it.
    Tomcat,
    /// HAProxy.
    HaProxy,
    /// Envoy, Istio, Envoy Gateway.
    Envoy,
    /// Traefik.
    Traefik,
    /// Caddy.
    Caddy,
    /// Squid.
    Squid,
    /// Varnish.
    Varnish,
    /// Zoraxy.
    Zoraxy,
    /// uWSGI.
    Uwsgi,
    /// Microsoft IIS.
    Iis,
    /// Zeek's `http.log`.
    Zeek,
    /// Cloudflare.
    Cloudflare,
    /// Amazon CloudFront.
    CloudFront,
    /// Fastly.
    Fastly,
    /// Akamai.
    Akamai,
    /// Azion.
    Azion,
    /// Bunny CDN.
    Bunny,
    /// Azure Front Door and Azure CDN.
    AzureFrontDoor,
    /// Azure Application Gateway.
    AzureApplicationGateway,
    /// Azure App Service.
    AzureAppService,
    /// Amazon's Application Load Balancer.
    Alb,
    /// Amazon's Classic Load Balancer.
    Clb,
    /// Amazon S3.
    S3,
    /// Amazon API Gateway.
    ApiGateway,
    /// Google Cloud's HTTP(S) load balancers.
    GoogleCloudLb,
    /// Heroku's router.
    Heroku,
    /// Vercel.
    Vercel,
}

impl Product {
    /// What it is called in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Nginx => "nginx",
            Self::Apache => "Apache httpd",
            Self::Lighttpd => "lighttpd",
            Self::Tomcat => "Tomcat",
            Self::HaProxy => "HAProxy",
            Self::Envoy => "Envoy",
            Self::Traefik => "Traefik",
            Self::Caddy => "Caddy",
            Self::Squid => "Squid",
            Self::Varnish => "Varnish",
            Self::Zoraxy => "Zoraxy",
            Self::Uwsgi => "uWSGI",
            Self::Iis => "IIS",
            Self::Zeek => "Zeek",
            Self::Cloudflare => "Cloudflare",
            Self::CloudFront => "CloudFront",
            Self::Fastly => "Fastly",
            Self::Akamai => "Akamai",
            Self::Azion => "Azion",
            Self::Bunny => "Bunny CDN",
            Self::AzureFrontDoor => "Azure Front Door",
            Self::AzureApplicationGateway => "Azure Application Gateway",
            Self::AzureAppService => "Azure App Service",
            Self::Alb => "AWS ALB",
            Self::Clb => "AWS CLB",
            Self::S3 => "Amazon S3",
            Self::ApiGateway => "API Gateway",
            Self::GoogleCloudLb => "Google Cloud LB",
            Self::Heroku => "Heroku router",
            Self::Vercel => "Vercel",
        }
    }

    /// When the time of a line is taken (`formats.md`, section 0: the programs' sources and the
    /// vendors' documentation).
    pub fn time_meaning(self) -> TimeMeaning {
        match self {
            Self::Nginx
            | Self::Lighttpd
            | Self::Tomcat
            | Self::Caddy
            | Self::Squid
            | Self::Iis
            | Self::CloudFront
            | Self::Alb
            | Self::Azion
            | Self::AzureApplicationGateway
            | Self::AzureAppService => TimeMeaning::End,
            Self::Apache
            | Self::HaProxy
            | Self::Envoy
            | Self::Traefik
            | Self::Varnish
            | Self::Uwsgi
            | Self::Zeek
            | Self::Cloudflare
            | Self::Fastly
            | Self::Akamai
            | Self::Clb
            | Self::S3
            | Self::ApiGateway => TimeMeaning::Start,
            Self::Unknown
            | Self::Zoraxy
            | Self::Bunny
            | Self::AzureFrontDoor
            | Self::GoogleCloudLb
            | Self::Heroku
            | Self::Vercel => TimeMeaning::Unknown,
        }
    }

    /// The rule that its lines are completed by; `None` when the values say it all.
    pub(super) fn rule(self) -> Option<Rule> {
        cdn::rule(self).or_else(|| cloud::rule(self)).or_else(|| proxy::rule(self))
    }
}

/// An address without the port after it: `192.0.2.1:443`, `[2001:db8::1]:443`. Names and bare
/// addresses stay.
fn without_port(address: &[u8]) -> &[u8] {
    if let Some(inner) = address.strip_prefix(b"[")
        && let Some(end) = memchr::memchr(b']', inner)
    {
        return &inner[..end];
    }
    let mut colons = memchr::memchr_iter(b':', address);
    match (colons.next(), colons.next()) {
        (Some(colon), None) => &address[..colon],
        _ => address,
    }
}

/// Whether a status is an error of the client or the server.
fn is_error(status: Status) -> bool {
    matches!(status, Status::Code(400..))
}

/// The upstream made a status that it has too, and the proxy every other: where the column holds
/// what it answered, and not, as nginx's does, also what the proxy made of no answer.
fn trust_upstream_status(record: &mut Record<'_>) {
    record.produced_by = match (record.status, record.upstream.status) {
        (Status::None(_), _) | (_, Status::None(NoStatus::Missing)) => None,
        (status, upstream) if status == upstream => Some(Producer::Origin),
        _ => Some(Producer::Proxy),
    };
}

/// Whether an upstream answered, as far as the line tells.
fn has_answer(record: &Record<'_>) -> bool {
    matches!(record.upstream.status, Status::Code(_))
}

/// What follows from the values of a line together. Text that a rule makes is in the arena.
pub(super) type Rule = for<'a> fn(&mut Record<'a>, &'a Bump);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::marks::Quotes;
    use crate::format::{FORMATS, Line, Parser, Scratch};

    /// What a line is, by the format of that name and the rule of its product, or of this one.
    pub(super) fn read<'a>(
        format: &str,
        product: Option<Product>,
        line: &'a str,
        scratch: &'a Scratch,
    ) -> Record<'a> {
        let format = FORMATS.iter().find(|known| known.name == format).unwrap();
        let shape = format.shape(&[line.as_bytes()], None).unwrap();
        let parser = Parser::new(shape, product.unwrap_or(format.product));
        let mut record = Record::default();
        let found = parser.read(line.as_bytes(), Quotes::UNKNOWN, scratch, &mut record);
        assert_eq!(found, Line::Request, "{line}");
        record
    }

    #[test]
    fn ports_are_cut_off() {
        for (address, expected) in [
            ("192.0.2.1:443", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("example.com:80", "example.com"),
            ("", ""),
        ] {
            assert_eq!(without_port(address.as_bytes()), expected.as_bytes(), "{address}");
        }
    }
}
