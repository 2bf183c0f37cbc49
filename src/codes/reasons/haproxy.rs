//! HAProxy's termination states: who ended the session, and in which phase.

use super::{Family, Owner::*, r};

/// The table.
#[rustfmt::skip]
pub(in crate::codes) static STATES: Family = Family {
    origin: "HAProxy",
    kind: "termination state",
    place: "%tsc: the first letter tells who ended the session, the second in which phase",
    source: "HAProxy doc/configuration.txt 8.5",
    reasons: &[
        r(&["CC"], "503", "The client left while HAProxy was connecting to the server.",
          "a server that is dead and not checked; timeout connect", &[Client, OriginCapacity]),
        r(&["CD"], "200", "The client left while the response was being sent.",
          "compare the bytes with the usual size: impatient users or a bad network", &[Client, Network]),
        r(&["cD"], "200", "The client neither sent nor acknowledged anything for 'timeout client' in the body.",
          "the network on the client's side; timeout client", &[Client, Network]),
        r(&["CH"], "400", "The client left while it waited for the response's headers. The log has 400 with option \
          abortonclose; without it HAProxy waits, and logs what comes.",
          "the server's time (Tr) against people's patience", &[OriginCapacity, Client]),
        r(&["cH"], "408, 504", "'timeout client' ended while the body was sent or the server was slow.",
          "timeout client against timeout server; MTU and MSS", &[Client, Config]),
        r(&["CQ"], "none", "The client left while its request was queued.",
          "maxconn of the servers; slow servers", &[OriginCapacity]),
        r(&["CR"], "400, -1", "The client left before it had sent a whole request.",
          "probes and unused connections of browsers: option http-ignore-probes", &[Client]),
        r(&["cR"], "408", "The whole request did not come within 'timeout http-request'.",
          "a slow client, an unused connection, or slowloris", &[Client]),
        r(&["CT"], "none", "The client left while it was held back by a tarpit.",
          "does the tarpit rule match real users?", &[Edge]),
        r(&["LR"], "2xx, 3xx", "HAProxy answered itself: a redirect, a return rule, or the statistics page.",
          "is the rule meant?", &[Config]),
        r(&["LH"], "3xx", "HAProxy put its own response in the place of the server's.",
          "http-response rules", &[Config]),
        r(&["SC"], "502, 503", "The server, or a device before it, refused the connection; <NOSRV>: no server is left.",
          "is the process up, on that port? A firewall that rejects?", &[OriginApp, Network]),
        r(&["sC"], "503, 504", "'timeout connect' ended, after all retries.",
          "dropped packets, a full backlog, a dead host", &[Network, OriginCapacity]),
        r(&["SD"], "200", "The connection to the server died while it sent the body: it is cut off.",
          "a crash of the server, or a device that resets", &[OriginApp, Network]),
        r(&["sD"], "200", "The server sent nothing for 'timeout server' in the middle of the body.",
          "a stalled stream: requests that end at timeout server and still are 200", &[OriginApp, Network]),
        r(&["SH"], "502", "The server closed the connection before its headers were whole.",
          "a crash while it worked, a worker's timeout, an idle connection closed too early", &[OriginApp]),
        r(&["sH"], "504", "'timeout server' ended before the server sent headers.",
          "slow queries, too few workers; timeout server", &[OriginCapacity, OriginApp]),
        r(&["sQ"], "503", "The request waited in the queue for too long.",
          "timeout queue, maxconn, slow servers", &[OriginCapacity]),
        r(&["PC"], "503", "HAProxy could open no connection: a limit of its own.",
          "global maxconn, ulimit-n", &[Edge]),
        r(&["PD"], "200", "HAProxy stopped the body because its chunks are malformed.",
          "the server's chunked encoding", &[OriginApp]),
        r(&["PH"], "502", "HAProxy refused the response: invalid, too large, or by a rule.",
          "the header's syntax; tune.bufsize; http-response deny", &[OriginApp, Config]),
        r(&["PR"], "400, 403, 429, 500", "HAProxy refused the request: a rule, or bad syntax.",
          "http-request deny rules; <BADREQ> is bad syntax", &[Edge, Client]),
        r(&["PT"], "500", "The request was held back by a tarpit, then refused.",
          "the tarpit rule", &[Edge]),
        r(&["RC"], "503", "A resource is used up: source ports, sockets or memory.",
          "number of source ports, ulimits", &[Edge]),
        r(&["D*"], "503", "The session was ended because its server went down (on-marked-down).",
          "the log of the health checks", &[OriginApp]),
        r(&["U*"], "none", "The session was ended on a backup server, because the main one came back.",
          "on-marked-up shutdown-backup-sessions", &[Config]),
        r(&["K*"], "none", "An administrator ended the session.",
          "who was on the command socket", &[Config]),
        r(&["I*"], "500", "HAProxy met an error of its own.",
          "the version; report it", &[Edge]),
    ],
};

/// The two characters that count of a termination state: two as in TCP logs, or four as in HTTP
/// logs, where the others tell what became of a cookie.
pub(super) fn state(word: &str) -> Option<&str> {
    let (state, cookie) = word.split_at_checked(2)?;
    let is_cookie =
        cookie.is_empty() || cookie.len() == 2 && cookie.chars().all(|c| "-NIDVEOUPR".contains(c));
    (is_cookie && state.ends_with(|c| "RQCHDLT".contains(c))).then_some(state)
}
