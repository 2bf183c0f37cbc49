//! Where a report goes: stdout, or a file that appears whole or not at all.

use super::{Exit, Failure};
use crate::input::cause;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Writes to stdout. A reader that has gone away (`| head`) is a quiet end.
pub(super) fn print(text: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(error) => Err(Failure::output(format!("stdout: {}", cause(&error)))),
        Ok(()) => Ok(Exit::Done),
    }
}

/// Writes a file: to a temporary file in the same folder, which then takes the name. What stood
/// there before stays until the new report is whole; a symbolic link is replaced, not followed. A
/// device or a pipe is written to as it is.
pub(super) fn save(path: &Path, text: &[u8]) -> Result<Exit, Failure> {
    let shown = super::sources::shown(path.as_os_str().as_encoded_bytes());
    let failed = |error: io::Error| {
        let cause = match error.kind() {
            // A file that is written need not be there.
            io::ErrorKind::NotFound => "no such folder".into(),
            _ => cause(&error),
        };
        Failure::output(format!("{shown}: {cause}"))
    };
    let special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    if special {
        let mut file = std::fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
        return match file.write_all(text) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
            other => other.map(|()| Exit::Done).map_err(failed),
        };
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    // tempfile makes files for their owner alone; a report is an ordinary file.
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let mut file = tempfile::Builder::new()
        .prefix(".statlog-")
        .permissions(permissions)
        .tempfile_in(&folder)
        .map_err(failed)?;
    file.write_all(text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(Exit::Done)
}

/// Refuses to write over one of the inputs.
pub(super) fn is_no_input(path: &Path, inputs: &[Vec<u8>]) -> Result<(), Failure> {
    use std::os::unix::ffi::OsStrExt;
    let Ok(output) = std::fs::metadata(path) else { return Ok(()) };
    for input in inputs {
        let input = Path::new(std::ffi::OsStr::from_bytes(input));
        let same = std::fs::metadata(input)
            .is_ok_and(|found| (found.dev(), found.ino()) == (output.dev(), output.ino()));
        if same && output.is_file() {
            let shown = super::sources::shown(path.as_os_str().as_encoded_bytes());
            return Err(Failure::usage(format!(
                "{shown}: is an input; write the report to another file"
            )));
        }
    }
    Ok(())
}
