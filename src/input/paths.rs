//! Arguments to paths: globs, their natural order, and why a path cannot be read.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The paths that an argument stands for: itself, or, when there is no such file and it has a `*`,
/// `?` or `[`, the matches of it as a glob in natural order.
pub(super) fn expand(argument: &OsStr) -> Result<Vec<PathBuf>, String> {
    let itself = || Ok(vec![PathBuf::from(argument)]);
    let magic = argument.as_bytes().iter().any(|byte| b"*?[".contains(byte));
    if !magic || Path::new(argument).symlink_metadata().is_ok() {
        return itself();
    }
    let Some(pattern) = argument.to_str() else { return itself() };
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let Ok(matches) = glob::glob_with(pattern, options) else { return itself() };
    // A folder on the way that cannot be read hides files: that is said, not passed over.
    let mut paths = matches.collect::<Result<Vec<_>, _>>().map_err(|error| {
        let folder = printable(error.path().as_os_str().as_bytes());
        format!("'{folder}' on the way of this pattern: {}", cause(error.error()))
    })?;
    if paths.is_empty() {
        return Err("no file matches this pattern".to_owned());
    }
    paths.sort_by(|a, b| natural(a.as_os_str().as_bytes(), b.as_os_str().as_bytes()));
    Ok(paths)
}

/// Order of names in which numbers count as numbers: `access.log.2` comes before `access.log.10`.
fn natural(a: &[u8], b: &[u8]) -> Ordering {
    let (mut x, mut y) = (a, b);
    while let (Some(p), Some(q)) = (x.first(), y.first()) {
        let order = if p.is_ascii_digit() && q.is_ascii_digit() {
            let (m, n) = (number(&mut x), number(&mut y));
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            (x, y) = (&x[1..], &y[1..]);
            p.cmp(q)
        };
        if order.is_ne() {
            return order;
        }
    }
    // Names that differ only in leading zeros still need an order.
    x.len().cmp(&y.len()).then_with(|| a.cmp(b))
}

/// Takes the digits from the start of `text` and returns them without leading zeros.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(digits);
    *text = rest;
    let zeros = number.iter().take_while(|&&byte| byte == b'0').count();
    &number[zeros..]
}

/// Opens a file for reading, without waiting for the writer of a FIFO.
///
/// Every file of a rotated set stays open, so that a rotation meanwhile cannot swap one. When
/// that needs more than the soft limit allows (often 1024), the limit is raised to the hard one.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let open = || File::options().read(true).custom_flags(flags).open(path);
    match open() {
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error()) => {
            let hard = getrlimit(Resource::Nofile).maximum;
            setrlimit(Resource::Nofile, Rlimit { current: hard, maximum: hard })?;
            open()
        }
        other => other,
    }
}

/// The cause of an error in plain words, without the number of it.
pub(crate) fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_lowercase().chain(letters).collect::<String>()
            })
        }
    }
}

/// A name for use within a message: it may hold any byte, so control characters are escaped.
pub(super) fn printable(name: &[u8]) -> String {
    String::from_utf8_lossy(name).escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_in_natural_order() {
        let mut names = ["a.log.10.gz", "a.log", "a.log.2.gz", "a.log.1", "a.log.02", "b", "a"];
        names.sort_by(|a, b| natural(a.as_bytes(), b.as_bytes()));
        let want = ["a", "a.log", "a.log.1", "a.log.02", "a.log.2.gz", "a.log.10.gz", "b"];
        assert_eq!(names, want);
        assert_eq!(natural(b"x.1", b"x.1"), Ordering::Equal);
        assert_eq!(natural(b"x.01", b"x.1"), Ordering::Less);
    }

    #[test]
    fn a_pattern_is_expanded_only_when_no_such_file_exists() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["access.log", "access.log.10", "access.log.2", ".hidden.log", "odd[1]"] {
            std::fs::write(at(name), "").unwrap();
        }
        let names = |pattern: &str| expand(at(pattern).as_os_str());
        let want = ["access.log", "access.log.2", "access.log.10"].map(at);
        assert_eq!(names("access.log*").unwrap(), want);
        assert_eq!(names("*.log").unwrap(), [at("access.log")]);
        assert_eq!(names("odd[1]").unwrap(), [at("odd[1]")]);
        assert_eq!(names("plain").unwrap(), [at("plain")]);
        assert_eq!(names("none*").unwrap_err(), "no file matches this pattern");
    }

    #[test]
    fn causes_are_plain() {
        let from = |errno: rustix::io::Errno| cause(&errno.into());
        assert_eq!(from(rustix::io::Errno::NOENT), "no such file");
        assert_eq!(from(rustix::io::Errno::IO), "input/output error");
        assert_eq!(printable(b"a\x1b[31m\n"), "a\\u{1b}[31m\\n");
    }
}
