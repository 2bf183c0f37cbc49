//! The clients: each asks from an address of its own on the loopback.

use crate::fault::Act;
use crate::plan::Request;
use rustix::net::{AddressFamily, SocketType};
use std::io::{ErrorKind, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Nobody waits longer, unless a fault says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);
/// Redirects that a client follows before it gives up, as browsers do.
const FOLLOWED: usize = 20;
/// Usual clients at a time.
const USUAL: usize = 4;
/// Requests of faults at a time: most of them wait.
const FAULTY: usize = 48;

/// What came of a request: the statuses of its answers; none when the client left.
type Answers = Vec<u16>;

/// Sends all requests and says what came of each, in their order.
pub(crate) fn send(nginx: SocketAddr, requests: &[Request]) -> Vec<Answers> {
    let (usual, faulty): (Vec<_>, Vec<_>) =
        (0..requests.len()).partition(|at| requests[*at].fault.is_none());
    let next = AtomicUsize::new(0);
    let mut answers = std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for thread in 0..USUAL {
            let usual = &usual;
            threads.push(scope.spawn(move || {
                let own =
                    usual.iter().filter(|at| requests[**at].client as usize % USUAL == thread);
                keep_alive(nginx, requests, own)
            }));
        }
        for _ in 0..FAULTY {
            threads.push(scope.spawn(|| {
                let mut done = Vec::new();
                while let Some(at) = faulty.get(next.fetch_add(1, Ordering::Relaxed)) {
                    done.push((*at, fail(nginx, &requests[*at])));
                }
                done
            }));
        }
        let done = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        done.collect::<Vec<_>>()
    });
    answers.sort_unstable_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answers)| answers).collect()
}

/// The usual requests of some clients, each over one connection.
fn keep_alive<'r>(
    nginx: SocketAddr,
    requests: &[Request],
    own: impl Iterator<Item = &'r usize>,
) -> Vec<(usize, Answers)> {
    let mut connections = std::collections::HashMap::new();
    own.map(|at| {
        let request = &requests[*at];
        let connection = connections
            .entry(request.client)
            .or_insert_with(|| Connection::open(nginx, request.address()));
        connection.stream.write_all(&request.text()).unwrap();
        (*at, vec![connection.answer().unwrap().expect("nginx answers").0])
    })
    .collect()
}

/// A request of a fault, over a connection of its own.
fn fail(nginx: SocketAddr, request: &Request) -> Answers {
    let mut connection = Connection::open(nginx, request.address());
    if let Some((_, patience)) = request.leaves() {
        connection.stream.set_read_timeout(Some(patience)).unwrap();
    }
    let mut answers = Vec::new();
    loop {
        connection.stream.write_all(&request.text()).unwrap();
        let Some((status, location)) = connection.answer().unwrap() else { return answers };
        answers.push(status);
        let is_back = location.is_some_and(|url| url.ends_with(&request.target));
        let follows = matches!(request.fault.map(|fault| &fault.act), Some(Act::Plain));
        if !(follows && is_back && answers.len() <= FOLLOWED) {
            return answers;
        }
    }
}

/// A connection to nginx.
struct Connection {
    stream: TcpStream,
}

impl Connection {
    /// Connects from an address of the loopback.
    fn open(nginx: SocketAddr, from: Ipv4Addr) -> Self {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrV4::new(from, 0)).unwrap();
        rustix::net::connect(&socket, &nginx).unwrap();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    /// The status of an answer and where it redirects to; `None` when patience ends first.
    fn answer(&mut self) -> std::io::Result<Option<(u16, Option<String>)>> {
        let (head, got) = match head(&mut self.stream) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(None);
            }
            head => head?,
        };
        let length = value(&head, "content-length").expect("nginx says how long a body is");
        let mut body = vec![0; length.parse::<usize>().unwrap() - got];
        self.stream.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Some((status, value(&head, "location").map(str::to_owned))))
    }
}

/// Reads a message's head, in lower case, and counts what came of its body with it.
pub(crate) fn head(stream: &mut impl Read) -> std::io::Result<(String, usize)> {
    let mut bytes = Vec::new();
    loop {
        let mut more = [0; 4096];
        let count = stream.read(&mut more)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&more[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            return Ok((head, bytes.len() - end - 4));
        }
    }
}

/// The value of a header; its name in lower case.
pub(crate) fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let lines = head.split("\r\n");
    let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    values.next()
}
