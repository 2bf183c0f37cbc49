//! HAProxy's `option httplog`, as it stands in a file without syslog.

use super::{DAY, Hit, Seen, Upstream, put};

/// What HAProxy says of how a request went.
struct Session {
    /// Backend and server.
    server: String,
    /// `Tw`, `Tc` and `Tr`; `None` is `-1`.
    waits: [Option<u64>; 3],
    state: &'static str,
    retries: &'static str,
}

impl Hit {
    pub(super) fn seen_by_haproxy(&self) -> Seen {
        Seen {
            // A client that left is no status of HAProxy's.
            status: Some(self.status).filter(|status| *status != 499),
            millis: Some(self.millis),
            upstream: self.session().waits[2],
        }
    }

    /// `%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc
    /// %sq/%bq %hr %hs %{+Q}r`, without captures
    pub(super) fn write_haproxy(&self, out: &mut Vec<u8>) {
        let session = self.session();
        out.extend_from_slice(&self.client);
        let (hour, minute, second) = self.clock();
        let millis = self.number(2, 1000);
        let clock = format_args!("{hour:02}:{minute:02}:{second:02}.{millis:03}");
        put(out, format_args!(":{} [{DAY}:{clock}] shop~ ", self.client_port()));
        put(out, format_args!("{} 0", session.server));
        for wait in session.waits {
            match wait {
                Some(millis) => put(out, format_args!("/{millis}")),
                None => out.extend_from_slice(b"/-1"),
            }
        }
        put(out, format_args!("/{} ", self.millis));
        match self.seen_by_haproxy().status {
            Some(status) => put(out, format_args!("{status}")),
            None => out.extend_from_slice(b"-1"),
        }
        let open = 80 + self.number(3, 40);
        put(
            out,
            format_args!(
                " {} - - {} {open}/{}/{}/{}/{} 0/0 \"",
                self.body,
                session.state,
                open - 7,
                open / 8,
                open / 32,
                session.retries
            ),
        );
        if self.method.is_empty() {
            out.extend_from_slice(b"<BADREQ>\"");
        } else {
            put(out, format_args!("{} ", self.method));
            out.extend_from_slice(&self.path);
            put(out, format_args!(" {}\"", self.protocol));
        }
    }

    fn session(&self) -> Session {
        let number = 1 + self.number(4, 4);
        let on = |waits, state, retries| Session {
            server: format!("web/web{number}"),
            waits,
            state,
            retries,
        };
        let alone = |state, backend: &str| Session {
            server: format!("{backend}/<NOSRV>"),
            waits: [None; 3],
            state,
            retries: "0",
        };
        match (self.status, self.upstream) {
            (499, _) => on([Some(0), Some(0), None], "CH--", "0"),
            (502, _) => on([Some(0), Some(0), None], "SH--", "0"),
            (503, _) => alone("SC--", "web"),
            (504, _) => on([Some(0), Some(0), None], "sH--", "0"),
            // The rate limit, and bytes that are no request.
            (429, _) => alone("PR--", "shop"),
            _ if self.method.is_empty() => alone("PR--", "shop"),
            (_, Upstream::None) => Session {
                server: format!("files/files{number}"),
                ..on([Some(0), Some(0), Some(self.millis)], "----", "0")
            },
            (_, Upstream::One(millis)) => on([Some(0), Some(0), Some(millis)], "----", "0"),
            // One connection failed, another server took it.
            (_, Upstream::Two(lost, millis)) => {
                on([Some(0), Some(lost), Some(millis)], "----", "+1")
            }
        }
    }
}
