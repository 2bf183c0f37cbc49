//! The servers behind nginx: they answer, or fail as the header `X-Fault` of a request asks them to.

use crate::traffic::{head, value};
use rustix::net::{AddressFamily, SocketType};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::time::Duration;

/// Nothing here waits longer.
const LONGEST: Duration = Duration::from_secs(10);
/// Less than nginx's `proxy_read_timeout`.
const SLOW: Duration = Duration::from_millis(1300);
/// More than nginx's `proxy_buffer_size`, which is a page.
const BLOATED: usize = 16 << 10;

/// An address on the loopback that belongs to a server, also while it does not listen.
pub(crate) struct Backend {
    listener: TcpListener,
    /// Connections that fill the queue.
    filling: Vec<TcpStream>,
}

impl Backend {
    /// One that refuses connections: its address is taken, and nobody listens.
    pub(crate) fn down() -> Self {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self { listener: socket.into(), filling: Vec::new() }
    }

    /// One that listens, accepts nobody, and has room for nobody: the kernel drops what comes.
    pub(crate) fn stuck() -> Self {
        let mut backend = Self::down();
        rustix::net::listen(&backend.listener, 0).unwrap();
        // Linux lets one more in than it was told.
        while let Ok(stream) =
            TcpStream::connect_timeout(&backend.address(), Duration::from_millis(200))
        {
            backend.filling.push(stream);
            assert!(backend.filling.len() < 16, "the queue is not to be filled");
        }
        backend
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Listens and answers, from now on until the test program ends.
    pub(crate) fn up(self) {
        drop(self.filling);
        rustix::net::listen(&self.listener, 512).unwrap();
        std::thread::spawn(move || {
            while let Ok((stream, _)) = self.listener.accept() {
                // nginx has left when there is an error, which is its business.
                std::thread::spawn(move || drop(serve(stream)));
            }
        });
    }
}

/// Answers one request. nginx asks for HTTP/1.0, so the connection ends with it.
fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(LONGEST))?;
    stream.set_write_timeout(Some(LONGEST))?;
    let (head, mut got) = head(&mut stream)?;
    let length: usize = value(&head, "content-length").map_or(0, |text| text.parse().unwrap());
    while got < length {
        let mut body = [0; 4096];
        match stream.read(&mut body)? {
            0 => break,
            more => got += more,
        }
    }
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut status = if target.starts_with("/old/") { 404 } else { 200 };
    let mut more = String::new();
    match value(&head, "x-fault").unwrap_or_default() {
        "close" => return Ok(()),
        // Until nginx has had enough.
        "hang" => return stream.read(&mut [0]).map(drop),
        "slow" => std::thread::sleep(SLOW),
        "bloat" => more = format!("Set-Cookie: session={}\r\n", "x".repeat(BLOATED)),
        "crash" => status = 500,
        _ => {}
    }
    let body = "x".repeat(200 + target.len() * 37 % 900);
    let length = body.len();
    write!(stream, "HTTP/1.0 {status} S\r\nContent-Length: {length}\r\n{more}\r\n{body}")
}
