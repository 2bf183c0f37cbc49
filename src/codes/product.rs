//! The products whose words are known.

/// A product that sends codes or writes reasons.
#[derive(Debug, PartialEq, Eq)]
pub struct Product {
    /// What is typed for it.
    pub id: &'static str,
    /// What it is called in the tables of this room.
    pub name: &'static str,
    /// What else it is called: here, in the names of log formats, and by people.
    pub also: &'static [&'static str],
}

const fn p(id: &'static str, name: &'static str, also: &'static [&'static str]) -> Product {
    Product { id, name, also }
}

/// Every product: those that write logs, then those whose codes are met in them.
#[rustfmt::skip]
pub static PRODUCTS: &[Product] = &[
    p("nginx", "nginx", &["ingress-nginx", "openresty"]),
    p("apache", "Apache httpd", &["httpd", "apache2"]),
    p("haproxy", "HAProxy", &[]),
    p("envoy", "Envoy", &["istio"]),
    p("traefik", "Traefik", &[]),
    p("caddy", "Caddy", &[]),
    p("iis", "IIS", &["microsoft", "arr"]),
    p("squid", "Squid", &[]),
    p("varnish", "Varnish", &[]),
    p("fastly", "Fastly", &[]),
    p("cloudflare", "Cloudflare", &[]),
    p("cloudfront", "CloudFront", &["amazon cloudfront"]),
    p("akamai", "Akamai", &[]),
    p("aws-alb", "AWS ALB", &["alb", "elb"]),
    p("azure-front-door", "Azure Front Door", &["afd", "front-door"]),
    p("azure-app-gateway", "Azure App Gateway", &["azure application gateway", "app-gateway", "agw"]),
    p("google-cloud-lb", "Google Cloud LB", &["gcp", "gcp-lb", "google"]),
    p("heroku", "Heroku", &["heroku router"]),
    p("edgio", "Edgio", &[]),
    p("pantheon", "Pantheon", &[]),
    p("shopify", "Shopify", &[]),
    p("esri", "Esri", &["arcgis"]),
    p("laravel", "Laravel", &[]),
    p("spring", "Spring", &[]),
    p("twitter", "Twitter", &[]),
    p("webdav", "WebDAV", &[]),
    p("cpanel", "cPanel", &[]),
    p("qualys", "Qualys", &["anthropic"]),
    p("linkedin", "LinkedIn", &[]),
];

impl Product {
    /// The product of that id or name, in letters of any case.
    pub fn find(name: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.is(name))
    }

    /// Whether it is called so.
    pub(super) fn is(&self, name: &str) -> bool {
        let mut names = [self.id, self.name].into_iter().chain(self.also.iter().copied());
        names.any(|known| known.eq_ignore_ascii_case(name))
    }
}
