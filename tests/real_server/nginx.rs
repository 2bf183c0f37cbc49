//! nginx as Debian ships it, in a folder of its own, in the foreground, and gone with the test.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The full format: what nginx knows of a request and of its upstreams. It holds no `'`.
pub(crate) const FULL: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time ua="$upstream_addr" us="$upstream_status" uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" rl=$request_length"#;

/// nginx's predefined format.
const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

/// What stands where does not matter is left at nginx's defaults; the timeouts are short. A request
/// says in `X-At` when it is on the clock of the composed log, and that stands before its line. The
/// limiter counts only the flood, as the composed clock runs hundreds of times faster than its own.
const CONFIG: &str = r#"
daemon off;
master_process off;
pid nginx.pid;
error_log error.log info;
events { worker_connections 1024; }
http {
    log_format full '$http_x_at FULL';
    log_format plain '$http_x_at COMBINED';
    access_log full.log full;
    access_log combined.log plain;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_requests 100000;
    client_max_body_size 100k;
    proxy_connect_timeout 1s;
    proxy_read_timeout 2s;
    map $http_x_fault $flood { default ''; flood $binary_remote_addr; }
    limit_req_zone $flood zone=clients:1m rate=20r/s;
    upstream stock { server FIRST fail_timeout=1s; server SECOND fail_timeout=1s; }
    server {
        listen ADDRESS;
        location = / { default_type text/html; return 200 'a page'; }
        location /assets/ { return 200 'a style'; }
        location /reports { proxy_pass http://REPORTS; }
        location /api/stock { proxy_pass http://stock; }
        location /archive { proxy_pass http://ARCHIVE; }
        location /account {
            if ($http_x_forwarded_proto != https) { return 301 https://$host$request_uri; }
            proxy_pass http://SITE;
        }
        location / {
            limit_req zone=clients burst=20 nodelay;
            proxy_pass http://SITE;
        }
    }
}
"#;

/// How long a server of a group is left alone that failed, and a bit.
pub(crate) const FAIL_TIMEOUT: Duration = Duration::from_millis(1200);

/// A running nginx.
pub(crate) struct Nginx {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    child: Child,
    folder: tempfile::TempDir,
}

/// Path of the program, if there is one: Debian has it where the `PATH` of users need not lead.
pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join("nginx")).find(|path| path.is_file())
}

impl Nginx {
    /// Starts it before these servers, each by its name in the configuration, and waits until it
    /// listens.
    pub(crate) fn start(program: &Path, places: &[(&str, SocketAddr)]) -> Self {
        // Between a free port's discovery and its use somebody else may take it.
        let mut said = String::new();
        for _ in 0..3 {
            match Self::try_start(program, places) {
                Ok(nginx) => return nginx,
                Err(more) => said = more,
            }
        }
        panic!("nginx does not start: {said}")
    }

    fn try_start(program: &Path, places: &[(&str, SocketAddr)]) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut config = CONFIG.replace("FULL", FULL).replace("COMBINED", COMBINED);
        for (name, place) in [("ADDRESS", address)].iter().chain(places) {
            config = config.replace(name, &place.to_string());
        }
        std::fs::write(folder.path().join("nginx.conf"), config).unwrap();
        // What it says of its configuration; its error log has the rest.
        let stderr = std::fs::File::create(folder.path().join("stderr.log")).unwrap();
        let child = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf"])
            .env_clear()
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut nginx = Self { address, child, folder };
        let started = Instant::now();
        // It writes the file once its sockets listen.
        while !nginx.folder.path().join("nginx.pid").exists() {
            if nginx.child.try_wait().unwrap().is_some() || started.elapsed().as_secs() > 5 {
                return Err(nginx.text("stderr.log") + &nginx.text("error.log"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }

    /// The text of one of its files.
    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// What it wrote, once it has written so many lines: the full and the combined log, and the
    /// error log. It logs a request after the client has its answer, to the combined log last.
    pub(crate) fn logs(self, lines: usize) -> [String; 3] {
        let started = Instant::now();
        while self.text("combined.log").lines().count() < lines && started.elapsed().as_secs() < 5 {
            std::thread::sleep(Duration::from_millis(50));
        }
        ["full.log", "combined.log", "error.log"].map(|name| self.text(name))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
