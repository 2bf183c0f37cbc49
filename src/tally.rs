//! What is counted: plain loops ("kernels") over batches of records, each in its own file, and the
//! merge of what several workers counted. Merging is commutative and associative: any split of a
//! log over workers gives the same tally, byte for byte in the report, as long as no bounded map
//! is over its cap.

use crate::format::TimeMeaning;
use crate::format::field::present;
use crate::format::list;
use crate::record::{Absence, Aside, Class, NoStatus, Producer, Record, RequestLine, Status};
use crate::time;
use bumpalo::Bump;

mod counts;
pub mod facts;
pub mod heavy;
mod latency;
pub mod lattice;
pub mod loglinear;
mod masked;
mod noise;
mod request;
pub mod route;
pub mod sample;
pub mod series;
pub mod signals;
mod span;
pub mod trails;

pub use counts::{Counts, RouteCounts, UpstreamCounts};
pub use latency::{Latencies, Phases};
pub use masked::Masked;
pub use noise::Noise;
pub use request::Request;
pub use span::Span;

use counts::of_attempt;
use heavy::{Count, Heavy};
use loglinear::Precise;
use sample::{Sample, Seen};
use series::Series;
use signals::Signals;
use trails::Trails;

/// Everything that is counted of the requests of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// Requests by status code; the index is the code.
    pub codes: Vec<u64>,
    /// Requests without a status: by spelling, in the order of [`NoStatus::ALL`], and for each by
    /// what it means, in the order of [`Absence::ALL`].
    pub no_status: [[u64; Absence::ALL.len()]; NoStatus::ALL.len()],
    /// Requests by who made the status, in the order of [`Producer::ALL`]; the others are not told.
    pub producers: [Counts; Producer::ALL.len()],
    /// Requests that are none of a client's, in the order of [`Aside::ALL`]. They are in no other
    /// count.
    pub aside: [Counts; Aside::ALL.len()],
    /// Requests by method, in the order of [`METHODS`]; the last are all others.
    pub methods: [u64; METHODS.len() + 1],
    /// Requests by protocol, in the order of [`PROTOCOLS`]; the last are all others.
    pub protocols: [u64; PROTOCOLS.len() + 1],
    /// Bytes sent.
    pub bytes: u64,
    /// Requests whose line says how many bytes were sent.
    pub bytes_measured: u64,
    /// Requests whose request line is empty, `-` or garbage.
    pub without_request: u64,
    /// Requests that the client aborted, where the line says so.
    pub aborted: u64,
    /// Requests for which more than one upstream was tried.
    pub retried: u64,
    /// Latency.
    pub latency: Latencies,
    /// What statuses do not tell.
    pub masked: Masked,
    /// The course of time, by the time that each line carries.
    pub series: Series,
    /// What may go wrong, by when requests began.
    pub signals: Signals,
    /// Some requests of each period and kind.
    pub sample: Sample,
    /// What some clients of each period did one after another.
    pub trails: Trails,
    /// Requests that are not judged, in the order of [`Noise::ALL`]. They are in the other counts,
    /// too.
    pub noise: [Counts; Noise::ALL.len()],
    /// Their latency.
    pub noise_latency: Precise,
    /// By route.
    pub routes: Heavy<RouteCounts>,
    /// By client address.
    pub clients: Heavy<Counts>,
    /// By user agent.
    pub user_agents: Heavy<Counts>,
    /// By host.
    pub hosts: Heavy<Counts>,
    /// By upstream address.
    pub upstreams: Heavy<UpstreamCounts>,
    /// By why the response is what it is, in the product's own word.
    pub reasons: Heavy<Counts>,
    /// By what the cache did, in the product's own word.
    pub cache_statuses: Heavy<Counts>,
    rules: Rules,
    scratch: Scratch,
}

/// How requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Latency from which on a request is slow, microseconds.
    pub slow: u64,
    /// Whether targets and incidents are judged by all requests, see [`Noise`].
    pub judge_all: bool,
    /// Whether [`Tally::signals`] are by when requests began, where their lines tell; else by the
    /// time that each line carries.
    pub by_start: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { slow: 200_000, judge_all: false, by_start: true }
    }
}

/// What several kernels need of each record of a batch; recycled.
#[derive(Clone, Debug, Default)]
struct Scratch {
    /// Its latency, if that belongs into percentiles.
    latencies: Vec<Option<u64>>,
    /// What it adds to each of its keys.
    counts: Vec<Counts>,
    /// Why it is not judged, if it is not.
    noise: Vec<Option<Noise>>,
}

/// Methods with a name of their own in the report: RFC 9110, RFC 5789 and WebDAV (RFC 4918).
/// OpenTelemetry asks for `_OTHER` for what a server does not know.
pub const METHODS: [&str; 16] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
];

/// Protocols with a name of their own in the report.
pub const PROTOCOLS: [&str; 8] =
    ["HTTP/1.1", "HTTP/2.0", "HTTP/3.0", "HTTP/1.0", "HTTP/2", "HTTP/3", "HTTP/0.9", "HTTP/1.2"];

/// Distinct keys that each dimension holds exactly.
pub const MAX_KEYS: usize = 1 << 17;

/// The same for words of a product. It has a few dozen of them; more come from a stranger, or from
/// a field that is taken for another.
pub const MAX_WORDS: usize = 1 << 12;

impl Default for Tally {
    fn default() -> Self {
        Self {
            requests: 0,
            codes: vec![0; 1000],
            no_status: [[0; Absence::ALL.len()]; NoStatus::ALL.len()],
            producers: Default::default(),
            aside: Default::default(),
            methods: [0; METHODS.len() + 1],
            protocols: [0; PROTOCOLS.len() + 1],
            bytes: 0,
            bytes_measured: 0,
            without_request: 0,
            aborted: 0,
            retried: 0,
            latency: Latencies::default(),
            masked: Masked::default(),
            series: Series::default(),
            signals: Signals::default(),
            sample: sample::empty(),
            trails: trails::empty(),
            noise: Default::default(),
            noise_latency: Precise::default(),
            routes: Heavy::new(MAX_KEYS),
            clients: Heavy::new(MAX_KEYS),
            user_agents: Heavy::new(MAX_KEYS),
            hosts: Heavy::new(MAX_KEYS),
            upstreams: Heavy::new(MAX_KEYS),
            reasons: Heavy::new(MAX_WORDS),
            cache_statuses: Heavy::new(MAX_WORDS),
            rules: Rules::default(),
            scratch: Scratch::default(),
        }
    }
}

impl Tally {
    /// An empty tally.
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Counts a batch of records of one source, whose times mean this. `routes` are their routes,
    /// as [`routes`] gives them. Returns when they began.
    pub fn count<'a>(
        &mut self,
        batch: &[Record<'a>],
        routes: &[Option<&'a [u8]>],
        time: TimeMeaning,
    ) -> Span {
        let mut scratch = std::mem::take(&mut self.scratch);
        let Scratch { latencies, counts, noise } = &mut scratch;
        counts.clear();
        counts.extend(batch.iter().map(Counts::of));
        let aborted = self.aborted;
        let rare = self.count_simple(batch);
        let has_upstream_times = self.latency.count(batch, latencies);
        self.series.count(batch, latencies);
        noise.clear();
        noise.extend(batch.iter().map(|record| match self.rules.judge_all {
            true => None,
            false => Noise::of(record),
        }));
        let span = self.count_signals(batch, routes, time, latencies, noise);
        self.routes.count(routes.iter().copied(), |route, at| {
            route.counts.merge(&counts[at]);
            // It is at hand; the status itself is not, and was slower to ask.
            if counts[at].client_error != 0 {
                route.refuse(batch[at].status);
            }
            if let Some(latency) = latencies[at] {
                route.latency.record(latency);
            }
        });
        let count = |key: &mut Counts, at: usize| key.merge(&counts[at]);
        self.clients.count(batch.iter().map(|record| record.client), count);
        self.user_agents.count(batch.iter().map(|record| record.user_agent), count);
        if rare.keys != 0 {
            self.count_rare_keys(batch, counts);
        }
        if rare.producers {
            for (record, counts) in batch.iter().zip(&*counts) {
                if let Some(producer) = record.producer() {
                    self.producers[producer as usize].merge(counts);
                }
            }
        }
        if rare.keys != 0 || rare.producers || has_upstream_times || self.aborted != aborted {
            self.masked.count(batch, routes, latencies, noise, self.rules.slow);
        }
        self.scratch = scratch;
        span
    }

    /// What incidents are found in and explained by.
    fn count_signals(
        &mut self,
        batch: &[Record<'_>],
        routes: &[Option<&[u8]>],
        time: TimeMeaning,
        latencies: &[Option<u64>],
        noises: &[Option<Noise>],
    ) -> Span {
        let Rules { slow, by_start, .. } = self.rules;
        let is_end = by_start && time == TimeMeaning::End;
        let mut span = Span::default();
        for (at, record) in batch.iter().enumerate() {
            let (latency, noise) = (latencies[at], noises[at]);
            if let Some(noise) = noise {
                self.count_noise(record, noise, latency);
            }
            let Some(logged) = record.time else { continue };
            let began = if is_end { signals::began(logged, latency) } else { logged };
            span.add(began);
            let seen = Seen::of(record, (began, latency), slow, noise);
            signals::count(&mut self.signals, record, &seen);
            sample::draw(&mut self.sample, record, routes[at], &seen);
            trails::note(&mut self.trails, record, &seen);
        }
        span
    }

    #[cold]
    fn count_noise(&mut self, record: &Record<'_>, noise: Noise, latency: Option<u64>) {
        self.noise[noise as usize].merge(&Counts::of(record));
        if let Some(latency) = latency {
            self.noise_latency.record(latency);
        }
    }

    /// The dimensions that many formats lack, each only where a record of the batch has it.
    fn count_rare_keys(&mut self, batch: &[Record<'_>], counts: &[Counts]) {
        let any = |has: fn(&Record<'_>) -> bool| batch.iter().any(has);
        let count = |key: &mut Counts, at: usize| key.merge(&counts[at]);
        if any(|record| record.host.is_some()) {
            self.hosts.count(batch.iter().map(|record| record.host), count);
        }
        if any(|record| {
            record.upstream.address.is_some() || !record.upstream.tries.addresses.is_empty()
        }) {
            self.count_upstreams(batch, counts);
        }
        if any(|record| record.reason.is_some()) {
            self.reasons.count(batch.iter().map(|record| record.reason), count);
        }
        if any(|record| record.cache.is_some()) {
            self.cache_statuses.count(batch.iter().map(|record| record.cache), count);
        }
    }

    /// Counts a request that is none of a client's, and nothing else of it.
    #[cold]
    pub fn set_aside(&mut self, record: &Record<'_>, aside: Aside) {
        self.aside[aside as usize].merge(&Counts::of(record));
    }

    /// By upstream address: nearly every request is tried once; the others count at each address
    /// that was tried.
    fn count_upstreams<'a>(&mut self, batch: &[Record<'a>], counts: &[Counts]) {
        let again = |record: &Record<'a>| !record.upstream.tries.addresses.is_empty();
        let once = batch.iter().map(|record| match again(record) {
            true => None,
            false => record.upstream.address,
        });
        self.upstreams.count(once, |upstream, at| {
            upstream.counts.merge(&counts[at]);
            upstream.tried(Some(of_attempt(&batch[at])), batch[at].upstream.duration);
        });
        for (record, counts) in batch.iter().zip(counts).filter(|(record, _)| again(record)) {
            let tries = record.upstream.tries;
            let mut statuses = list::items(tries.statuses);
            let mut durations = list::items(tries.durations);
            let mut addresses = list::items(tries.addresses).peekable();
            while let Some(address) = addresses.next() {
                let status = statuses.next().and_then(Status::parse);
                let duration = durations.next().and_then(|text| time::decimal(text, tries.scale));
                let is_last = addresses.peek().is_none();
                let Some(address) = present(address) else { continue };
                self.upstreams.add(address, |upstream| {
                    if is_last {
                        upstream.counts.merge(counts);
                    }
                    upstream.tried(status, duration);
                });
            }
        }
    }

    /// The counts that need no map. Returns which rare fields the batch has.
    fn count_simple(&mut self, batch: &[Record<'_>]) -> Rare {
        self.requests += batch.len() as u64;
        let mut rare = Rare::default();
        for record in batch {
            match record.status {
                Status::Code(code) => self.codes[usize::from(code)] += 1,
                Status::None(spelling) => {
                    self.no_status[spelling as usize][record.absence as usize] += 1;
                }
            }
            rare.see(record);
            // The first of each list is nearly every request, and a comparison with a constant
            // needs no call.
            if let Some(method) = record.method {
                let at = if method == b"GET" { 0 } else { place(&METHODS, method) };
                self.methods[at] += 1;
            }
            if let Some(protocol) = record.protocol {
                let at = if protocol == b"HTTP/1.1" { 0 } else { place(&PROTOCOLS, protocol) };
                self.protocols[at] += 1;
            }
            if let Some(bytes) = record.bytes {
                self.bytes = self.bytes.saturating_add(bytes);
                self.bytes_measured += 1;
            }
            self.without_request += u64::from(record.request != RequestLine::Read);
            self.aborted += u64::from(record.aborted);
            self.retried += u64::from(record.upstream.attempts > 1);
        }
        rare
    }

    /// Adds what another worker counted.
    pub fn merge(&mut self, other: &Self) {
        fn add(mine: &mut [u64], theirs: &[u64]) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        self.requests += other.requests;
        add(&mut self.codes, &other.codes);
        for (mine, theirs) in self.no_status.iter_mut().zip(&other.no_status) {
            add(mine, theirs);
        }
        let counts = self.producers.iter_mut().zip(&other.producers);
        let counts = counts.chain(self.aside.iter_mut().zip(&other.aside));
        let counts = counts.chain(self.noise.iter_mut().zip(&other.noise));
        counts.for_each(|(mine, theirs)| mine.merge(theirs));
        add(&mut self.methods, &other.methods);
        add(&mut self.protocols, &other.protocols);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.bytes_measured += other.bytes_measured;
        self.without_request += other.without_request;
        self.aborted += other.aborted;
        self.retried += other.retried;
        self.latency.merge(&other.latency);
        self.masked.merge(&other.masked);
        self.series.merge(&other.series);
        self.signals.merge(&other.signals);
        self.sample.merge(&other.sample);
        self.trails.merge(&other.trails);
        self.noise_latency.merge(&other.noise_latency);
        self.routes.merge(&other.routes);
        self.clients.merge(&other.clients);
        self.user_agents.merge(&other.user_agents);
        self.hosts.merge(&other.hosts);
        self.upstreams.merge(&other.upstreams);
        self.reasons.merge(&other.reasons);
        self.cache_statuses.merge(&other.cache_statuses);
    }

    /// Requests of a class of status.
    pub fn class(&self, class: Class) -> u64 {
        match class {
            Class::NoStatus => self.no_status.iter().flatten().sum(),
            _ => (100..1000)
                .filter(|code| Status::Code(*code).class() == class)
                .map(|code| self.codes[usize::from(code)])
                .sum(),
        }
    }
}

/// Which of the fields that many formats lack a batch has: a pass over the batch for each of them
/// is made only then.
#[derive(Clone, Copy, Debug, Default)]
struct Rare {
    /// Not 0: a host, an upstream, a reason or a cache status. An `Option` of a reference is its
    /// address, so this is a row of `or`; `is_some` takes three times as many instructions.
    keys: usize,
    /// The line tells who made the status.
    producers: bool,
}

impl Rare {
    #[inline]
    fn see(&mut self, record: &Record<'_>) {
        let address = |text: Option<&[u8]>| text.map_or(0, |text| text.as_ptr() as usize);
        let upstream = &record.upstream;
        self.keys |= address(record.host)
            | address(record.cache)
            | address(record.reason)
            | address(upstream.address)
            | upstream.tries.addresses.len();
        let is_told = !matches!(upstream.status, Status::None(NoStatus::Missing));
        self.producers |= is_told | record.produced_by.is_some();
    }
}

/// Place of a name in a list; one past the end when it is not there.
#[inline]
fn place(names: &[&str], name: &[u8]) -> usize {
    names.iter().position(|known| known.as_bytes() == name).unwrap_or(names.len())
}

/// The routes of a batch. `None` for records without a target.
pub fn routes<'a>(batch: &[Record<'a>], arena: &'a Bump, routes: &mut Vec<Option<&'a [u8]>>) {
    routes.clear();
    routes.extend(batch.iter().map(|record| Some(route::route(record.target?, arena))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Tries, Upstream};

    #[test]
    fn the_first_of_each_list_is_what_the_kernel_takes_it_for() {
        assert_eq!((METHODS[0], PROTOCOLS[0]), ("GET", "HTTP/1.1"));
    }

    #[test]
    fn each_upstream_answers_for_its_own_attempts() {
        let mut record = Record { status: Status::Code(200), ..Record::default() };
        record.upstream.attempts = 2;
        record.upstream.address = Some(b"10.0.0.2:80");
        record.upstream.tries = Tries {
            addresses: b"10.0.0.1:80, 10.0.0.2:80",
            statuses: b"504, 200",
            durations: b"5.000, 0.002",
            scale: 6,
        };
        let once = Record {
            upstream: Upstream {
                address: Some(b"10.0.0.2:80"),
                attempts: 1,
                status: Status::Code(200),
                duration: Some(1000),
                ..Upstream::default()
            },
            ..record
        };
        let mut tally = Tally::default();
        tally.count(&[record, once], &[None, None], TimeMeaning::Unknown);
        let mut rows: Vec<_> = tally
            .upstreams
            .rows()
            .map(|row| {
                let UpstreamCounts { counts, attempts, answered, failed, latency } = row.value;
                (row.key, counts.requests, *attempts, *answered, *failed, latency.quantile(1.0))
            })
            .collect();
        rows.sort_unstable();
        assert_eq!(
            rows,
            [
                (&b"10.0.0.1:80"[..], 0, 1, 1, 1, Some(5_000_000)),
                (&b"10.0.0.2:80"[..], 2, 2, 2, 0, Some(2000)),
            ]
        );
    }

    /// The balancer's 504 is that of the target that did not answer; its 403 is not, and neither is
    /// a 500 of which nobody knows.
    #[test]
    fn an_upstream_that_did_not_answer_failed() {
        let none = Status::None(NoStatus::Dash);
        for (status, upstream, by, expected) in [
            (504, none, Some(Producer::Proxy), Status::Code(504)),
            (522, Status::None(NoStatus::Zero), Some(Producer::Edge), Status::Code(522)),
            (403, none, Some(Producer::Proxy), none),
            (500, none, None, none),
            (500, Status::default(), Some(Producer::Proxy), Status::default()),
            (200, Status::Code(200), None, Status::Code(200)),
        ] {
            let mut record = Record { produced_by: by, ..Record::default() };
            (record.status, record.upstream.status) = (Status::Code(status), upstream);
            assert_eq!(of_attempt(&record), expected, "{status}");
        }
    }

    /// What CDNs, balancers and proxies tell: each fact where a record has it, in any split.
    #[test]
    fn rare_facts_are_counted() {
        let upstream = |connect, header, duration| Upstream {
            connect,
            header,
            duration,
            ..Upstream::default()
        };
        let plain = Record { status: Status::Code(200), ..Record::default() };
        let batch = [
            plain,
            Record { status: Status::Code(503), reason: Some(b"SC--"), ..plain },
            Record { status: Status::Code(404), cache: Some(b"HIT"), ..plain },
            Record { cache: Some(b"HIT"), produced_by: Some(Producer::Edge), ..plain },
            Record { upstream: upstream(Some(1), None, None), ..plain },
            Record { upstream: upstream(None, Some(2), None), ..plain },
            Record { upstream: upstream(None, None, Some(3)), ..plain },
            Record { duration: Some(9), upstream: upstream(None, None, Some(2)), ..plain },
            Record { status: Status::Code(101), upstream: upstream(None, None, Some(99)), ..plain },
            Record {
                status: Status::Code(500),
                upstream: Upstream { status: Status::Code(500), ..Upstream::default() },
                ..plain
            },
            Record { status: Status::None(NoStatus::Zero), absence: Absence::ClientGone, ..plain },
            Record { status: Status::None(NoStatus::Zero), ..plain },
        ];
        let found = |tally: &Tally| {
            let counts =
                |counts: &Counts| (counts.requests, counts.client_error, counts.server_error);
            let words = |map: &Heavy<Counts>| {
                let rows = map.rows().map(|row| (row.key.to_vec(), counts(row.value)));
                rows.collect::<Vec<_>>()
            };
            let phases = &tally.latency.phases;
            let phases = [&phases.connect, &phases.header, &phases.upstream];
            (
                words(&tally.reasons),
                words(&tally.cache_statuses),
                tally.producers.each_ref().map(counts),
                phases.map(|phase| (phase.count(), phase.max())),
                tally.no_status[NoStatus::Zero as usize],
            )
        };
        let expected = (
            vec![(b"SC--".to_vec(), (1, 0, 1))],
            vec![(b"HIT".to_vec(), (2, 1, 0))],
            [(1, 0, 0), (0, 0, 0), (1, 0, 1)],
            [(1, 1), (1, 2), (2, 3)],
            [1, 1, 0, 0, 0],
        );
        let none = [None; 12];
        let mut whole = Tally::default();
        whole.count(&batch, &none, TimeMeaning::Unknown);
        assert_eq!(found(&whole), expected);
        // Each in a batch of its own: the check of a batch must find every single fact.
        let mut merged = Tally::default();
        for record in &batch {
            let mut one = Tally::default();
            one.count(std::slice::from_ref(record), &[None], TimeMeaning::Unknown);
            merged.merge(&one);
        }
        assert_eq!(found(&merged), expected);
    }

    #[test]
    fn what_is_set_aside_is_in_no_other_count() {
        let record = Record { status: Status::Code(504), ..Record::default() };
        let (mut tally, mut other) = (Tally::default(), Tally::default());
        tally.set_aside(&record, Aside::CdnInternal);
        other.set_aside(&record, Aside::CdnShield);
        tally.merge(&other);
        assert_eq!(tally.aside.map(|kind| (kind.requests, kind.server_error)), [(1, 1), (1, 1)]);
        assert_eq!((tally.requests, tally.class(Class::ServerError)), (0, 0));
    }
}
