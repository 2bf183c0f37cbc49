#![allow(clippy::unwrap_used)]
use super::*;
use crate::format::detect::{Reading, Undetected, detect, given};
use crate::format::marks::Quotes;
use crate::format::{Line, TimeMeaning};
use crate::record::{NoStatus, Skip, Status};
use crate::time::rfc3339;

fn lines(text: &str) -> Vec<&[u8]> {
    text.lines().map(str::as_bytes).collect()
}

/// What becomes of each line that is no header line, in words.
fn read(reading: &Reading, text: &str) -> Vec<String> {
    let scratch = reading.parser.scratch();
    let say = |line: &str| {
        let mut record = Record::default();
        let text =
            |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or(b"-")).into_owned();
        match reading.parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record) {
            Line::Request => {
                let status = match record.status {
                    Status::Code(code) => code.to_string(),
                    Status::None(spelling) => spelling.name().into(),
                };
                let time = record.time.map_or("no time".into(), rfc3339);
                format!("{status} {time} {}", text(record.client))
            }
            Line::Skip(Skip::Comment) => String::new(),
            other => format!("{other:?}"),
        }
    };
    text.lines().map(say).filter(|said| !said.is_empty()).collect()
}

fn detected(text: &str) -> Reading {
    detect(&lines(text), None).unwrap()
}

const IIS: &str = "#Software: Microsoft Internet Information Services 10.0\n\
    #Version: 1.0\n\
    #Date: 2025-10-10 13:55:00\n\
    #Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken\n\
    2025-10-10 13:55:01 192.0.2.1 GET /a 200 15\n";

#[test]
fn the_columns_change_midway() {
    let log = format!(
        "{IIS}#Fields: date time cs-method cs-uri-stem c-ip sc-status sc-substatus sc-win32-status\n\
         2025-10-10 13:55:02 GET /a 192.0.2.2 500 19 0\n\
         2025-10-10 13:55:02 192.0.2.1 GET /a 200 15\n\
         2025-10-10 13:55:03 GET  /a  192.0.2.2 404 0 2 \n"
    );
    let reading = detected(&log);
    assert_eq!((reading.name.as_str(), reading.read, reading.sampled), ("iis-w3c", 3, 4));
    assert_eq!(reading.latency, Some(("time-taken".into(), "ms")));
    assert_eq!(reading.time_meaning, TimeMeaning::End);
    assert_eq!(reading.zone.as_deref(), Some("+00:00"));
    assert!(reading.notes[0].starts_with("the columns change"), "{:?}", reading.notes);
    assert!(reading.string.starts_with("#Fields: date time c-ip"), "{}", reading.string);
    assert_eq!(
        read(&reading, &log),
        [
            "200 2025-10-10T13:55:01Z 192.0.2.1",
            "500 2025-10-10T13:55:02Z 192.0.2.2",
            "Reject(Truncated)",
            "404 2025-10-10T13:55:03Z 192.0.2.2",
        ]
    );
}

#[test]
fn a_day_begins_when_the_time_goes_back() {
    let log = "#Date: 2025-02-28 23:58:00\n#Fields: time c-ip cs-method sc-status\n\
        23:58:01 192.0.2.1 GET 200\n\
        23:57:59 192.0.2.1 GET 200\n\
        00:00:01 192.0.2.1 GET 200\n\
        12:30:00 192.0.2.1 GET 200\n\
        01:00:00 192.0.2.1 GET 404\n\
        00:59:00 192.0.2.1 GET 404\n";
    let reading = detected(log);
    assert_eq!((reading.name.as_str(), reading.time_field.as_deref()), ("w3c", Some("time")));
    assert!(reading.notes[0].contains("#Date"), "{:?}", reading.notes);
    let times: Vec<_> =
        read(&reading, log).iter().map(|said| said.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(
        times,
        [
            "2025-02-28T23:58:01Z",
            "2025-02-28T23:57:59Z",
            "2025-03-01T00:00:01Z",
            "2025-03-01T12:30:00Z",
            "2025-03-01T01:00:00Z",
            "2025-03-01T00:59:00Z",
        ]
    );
    let undated = log.replace("#Date: 2025-02-28 23:58:00\n", "");
    let reading = detected(&undated);
    assert_eq!(reading.time_field, None);
    assert!(reading.notes.iter().any(|note| note.contains("no #Date")), "{:?}", reading.notes);
    assert_eq!(read(&reading, &undated)[0], "200 no time 192.0.2.1");
}

#[test]
fn a_latency_may_come_with_later_columns() {
    let log = "#Software: Microsoft Internet Information Services 10.0\n\
        #Fields: date time cs-method cs-uri-stem c-ip sc-status\n\
        2025-10-10 13:55:01 GET /a 192.0.2.1 200\n\
        #Fields: date time cs-method cs-uri-stem c-ip sc-status time-taken\n\
        2025-10-10 13:55:02 GET /a 192.0.2.1 200 31\n";
    assert_eq!(detected(log).latency, Some(("time-taken".into(), "ms")));
}

#[test]
fn local_times_and_quoted_values() {
    let log = "#GMT-Offset: +0545\n#Fields: c-ip date time sc-status cs(User-Agent) time-taken\n\
        \"192.0.2.1\"   \"2025-10-10\" 13:55:01  \"\" \"Mozilla/5.0 (X11; +x)\"  370879\n";
    let reading = detected(log);
    assert_eq!(reading.zone.as_deref(), Some("+05:45"));
    assert_eq!(reading.latency, None);
    let note = reading.unread_latency.clone().unwrap();
    assert!(note.contains("time-taken looks like a latency"), "{note}");
    assert!(note.contains("--latency time-taken:ms"), "{note}");
    assert_eq!(read(&reading, log), ["empty 2025-10-10T08:10:01Z 192.0.2.1"]);
    let reading = detect(&lines(log), Some(("time-taken", Some(Unit::Microseconds)))).unwrap();
    assert_eq!(reading.latency, Some(("time-taken".into(), "us")));
    assert_eq!(reading.unread_latency, None);
}

#[test]
fn values_as_the_client_sent_them() {
    let log = format!(
        "{}\n2025-10-10\t13:55:01\tLHR62-C1\t5316\t192.0.2.1\tGET\td1.cloudfront.net\t/a%20b\t000\t\
         https://example.com/a%252Fb\tMozilla/5.0%20(X11)\tb=1\t-\tError\tID==\twww.example.com\t\
         https\t23\t0.120\t192.0.2.7, 192.0.2.8\tTLSv1.3\tX\tError\tHTTP/2.0\t-\t-\t1\t0.119\t\
         ClientHungUpRequest\t-\t-\t-\t-",
        names::CLOUDFRONT
    );
    let reading = detected(&log);
    let (scratch, mut record) = (reading.parser.scratch(), Record::default());
    for line in lines(&log) {
        record = Record::default();
        reading.parser.read(line, Quotes::UNKNOWN, &scratch, &mut record);
    }
    let text = |value: Option<&[u8]>| String::from_utf8(value.unwrap().to_vec()).unwrap();
    assert_eq!(record.status, Status::None(NoStatus::Zero));
    assert_eq!(text(record.target), "/a%20b");
    assert_eq!(text(record.referer), "https://example.com/a%2Fb");
    assert_eq!(text(record.user_agent), "Mozilla/5.0 (X11)");
    assert_eq!(text(record.host), "www.example.com");
    assert_eq!(text(record.protocol), "HTTP/2.0");
    assert_eq!(text(record.reason), "ClientHungUpRequest");
    assert_eq!(text(record.request_id), "ID==");
    assert_eq!((record.bytes, record.duration), (Some(5316), Some(120_000)));
    assert!(record.aborted);
}

#[test]
fn real_time_lines_tell_of_the_origin() {
    let format = crate::format::FORMATS.iter().find(|known| known.name == "cloudfront-real-time");
    let line = format.unwrap().samples[1];
    let reading = detected(line);
    assert_eq!((reading.name.as_str(), reading.read), ("cloudfront-real-time", 1));
    assert_eq!(reading.time_field.as_deref(), Some("timestamp"));
    assert_eq!(reading.zone.as_deref(), Some("+00:00"));
    let scratch = reading.parser.scratch();
    let mut record = Record::default();
    reading.parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
    assert_eq!(record.time.map(rfc3339).as_deref(), Some("2025-10-10T13:55:01.25Z"));
    assert_eq!(record.upstream.header, Some(1_000));
    assert_eq!(record.upstream.duration, Some(114_000));
    assert_eq!(record.duration, Some(120_000));
    assert_eq!(record.user_agent, Some(&b"Mozilla/5.0 (X11)"[..]));
    assert_eq!(record.produced_by, Some(crate::record::Producer::Origin));
    // A field set of one's own.
    let list = "tsv:timestamp,c-ip,sc-status,cs-uri-stem,time-taken=latency:s,x-edge-location";
    let line = "1760104501.250\t192.0.2.1\t503\t/a?b=1\t0.120\tLHR62-C1";
    let reading = given(list, &[line.as_bytes()], None).unwrap();
    assert_eq!(reading.latency, Some(("time-taken".into(), "s")));
    assert_eq!(read(&reading, line), ["503 2025-10-10T13:55:01.25Z 192.0.2.1"]);
}

#[test]
fn lines_before_the_first_header() {
    let known = "2025-10-10 13:55:01 203.0.113.5 GET /a - 443 - 192.0.2.1 - - 200 0 0 120\n";
    let reading = detected(&format!("{known}{IIS}"));
    assert_eq!((reading.read, reading.sampled), (2, 2));
    // Of unknown columns nothing is known, not even by the header that follows.
    let log =
        format!("2025-10-10 13:55:01 192.0.2.1 GET /a 200 15\n{IIS}{}", IIS.replace(":01", ":02"));
    let reading = detected(&log);
    assert_eq!(
        read(&reading, &log),
        [
            "Reject(Shape)",
            "200 2025-10-10T13:55:01Z 192.0.2.1",
            "200 2025-10-10T13:55:02Z 192.0.2.1"
        ]
    );
}

#[test]
fn lists_that_are_given() {
    let log = "time,client,method,path,code,took,agent\n\
        2025-10-10T13:55:01Z,192.0.2.1,GET,/a,200,15,\"Mozilla, \"\"5.0\"\"\"\n\
        2025-10-10T13:55:02Z,\"192.0.2.2, 10.0.0.1\",GET,/a,20x,15,-\n\
        2025-10-10T13:55:02Z,\"192.0.2.2, 10.0.0.1\",GET,/a,503,15,-\n\
        2025-10-10T13:55:03Z,192.0.2.2,GET,/a,503,15,\"broken off\n";
    let list = "csv:time,client,method,path,status,latency:ms,user_agent";
    let reading = given(list, &lines(log), None).unwrap();
    assert_eq!((reading.read, reading.sampled), (2, 4));
    assert_eq!(reading.latency, Some(("latency".into(), "ms")));
    assert_eq!(
        read(&reading, log),
        [
            "200 2025-10-10T13:55:01Z 192.0.2.1",
            "Reject(Status)",
            "503 2025-10-10T13:55:02Z 192.0.2.2",
            "Reject(Shape)",
        ]
    );
    // The same by the names in the first line: `took` has no known unit.
    let log = &log.replace("20x", "404").replace("\"192.0.2.2, 10.0.0.1\"", "192.0.2.2");
    let by_names = given("csv:", &lines(log), None).unwrap();
    assert_eq!(read(&by_names, log), read(&reading, log));
    assert_eq!(read(&by_names, log)[1], "404 2025-10-10T13:55:02Z 192.0.2.2");
    assert!(by_names.unread_latency.unwrap().contains("--latency took:ms"));
    let found = detected(log);
    assert_eq!((found.name.as_str(), found.read, found.sampled), ("CSV", 3, 4));
    for (list, line) in [
        ("tsv:date,time,c-ip,sc-status", "2025-10-10\t13:55:01\t192.0.2.1\t200"),
        ("psv:time,client,status,x", "2025-10-10 13:55:01|192.0.2.1|200|"),
        ("ssv:time:epoch,client,status", "1760104501  192.0.2.1 200"),
        ("#Fields: date time c-ip sc-status", "2025-10-10 13:55:01 192.0.2.1 200"),
        (
            "#Fields: date time cs-uri cs-method c-ip sc-status",
            "2025-10-10\t13:55:01\twww.example.com/a b\tget\t192.0.2.1\t200",
        ),
    ] {
        let reading = given(list, &[line.as_bytes()], None).unwrap();
        assert_eq!(read(&reading, line), ["200 2025-10-10T13:55:01Z 192.0.2.1"], "{list}");
    }
    for (list, line, part) in [
        ("csv:", "2025-10-10,200", "the first line of the log is not the names"),
        ("csv:", "a,b\n1,2", "none of the names in the first line"),
        ("w3c", "2025-10-10 200", "the first lines have none"),
        ("#Fields: date time", "2025-10-10 200", "no status"),
    ] {
        let error = given(list, &lines(line), None).unwrap_err();
        assert!(error.contains(part), "{list}: {error}");
    }
}

#[test]
fn exports_of_header_logs() {
    let log = "date,time,location,bytes,request_ip,method,uri,status\n\
        2025-10-10,13:55:01,LHR62-C1,5316,192.0.2.1,GET,/a,200\n\
        2025-10-10,13:55:02,LHR62-C1,5316,192.0.2.1,GET,/a,404\n";
    let reading = detected(log);
    assert_eq!((reading.read, reading.time_field.as_deref()), (2, Some("date time")));
    let log = "date,time,c-ip,cs-method,sc-status,sc-win32-status,time-taken\n\
        2025-10-10,13:55:01,192.0.2.1,GET,200,0,15\n";
    let reading = detected(log);
    assert_eq!(reading.latency, Some(("time-taken".into(), "ms")));
    assert_eq!(read(&reading, log), ["200 2025-10-10T13:55:01Z 192.0.2.1"]);
}

#[test]
fn what_is_no_access_log() {
    let ftp = "#Fields: time c-ip cs-method cs-uri-stem sc-status\n\
        16:44:49 192.0.2.1 [2]USER anonymous 331\n16:44:50 192.0.2.1 [2]PASS - 230\n";
    assert!(matches!(detect(&lines(ftp), None), Err(Undetected::Unknown(_))));
    let firewall = "#Fields: date time action src-ip\n2025-10-10 13:55:01 DROP 192.0.2.1\n";
    assert!(matches!(detect(&lines(firewall), None), Err(Undetected::NoStatus(_))));
    assert!(matches!(detect(&lines("#Fields: date time sc-status"), None), Err(Undetected::Empty)));
    let table = "name,size,colour\nx,1,red\ny,2,blue\n";
    assert!(matches!(detect(&lines(table), None), Err(Undetected::Unknown(_))));
}
