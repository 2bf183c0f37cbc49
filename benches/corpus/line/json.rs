//! nginx's own JSON.

use super::{DAY_ISO, HOST, Hit, put};

impl Hit {
    pub(super) fn write_json(&self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock();
        let id = self.id();
        put(
            out,
            format_args!(
                "{{\"time_iso8601\":\"{DAY_ISO}T{hour:02}:{minute:02}:{second:02}+00:00\",\
                 \"request_id\":\"{:016x}{:016x}\",\"remote_addr\":\"",
                id.0, id.1
            ),
        );
        out.extend_from_slice(&self.client);
        put(
            out,
            format_args!(
                "\",\"host\":\"{HOST}\",\"request_method\":\"{}\",\"request_uri\":\"",
                self.method
            ),
        );
        out.extend_from_slice(&self.path);
        put(
            out,
            format_args!(
                "\",\"server_protocol\":\"{}\",\"status\":{},\"body_bytes_sent\":{},\
                 \"request_time\":{}.{:03},\"upstream_response_time\":\"",
                if self.method.is_empty() { "" } else { self.protocol },
                self.status,
                self.body,
                self.millis / 1000,
                self.millis % 1000
            ),
        );
        self.write_upstream(out, "");
        // `escape=json` writes an absent header as an empty string.
        let present = |value: &[u8]| if value == b"-" { Vec::new() } else { value.to_vec() };
        out.extend_from_slice(b"\",\"http_referer\":\"");
        out.extend_from_slice(&present(&self.referer));
        out.extend_from_slice(b"\",\"http_user_agent\":\"");
        out.extend_from_slice(&present(self.agent.as_bytes()));
        out.extend_from_slice(b"\"}");
    }
}
