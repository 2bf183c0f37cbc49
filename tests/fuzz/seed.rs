//! Writes seeds for every target into `corpus/`, made of the lines of the format table:
//! `cargo run --example seed`, in this folder.

use statlog::format::FORMATS;
use std::io::{self, Write as _};
use std::path::Path;

fn main() -> io::Result<()> {
    let learners = FORMATS.iter().filter(|format| format.string.is_empty()).count();
    let mut learner = 0;
    for (at, format) in FORMATS.iter().enumerate() {
        let text = [format.samples, format.others].concat().join("\n");
        let choice = u8::try_from(at).expect("a byte chooses a format");
        save("text", format.name, &[&[choice], text.as_bytes()].concat())?;
        save("detect", format.name, format.samples.join("\n").as_bytes())?;
        if format.string.is_empty() {
            save("labels", format.name, &[&[learner], text.as_bytes()].concat())?;
            learner += 1;
            assert!(usize::from(learner) <= learners);
        } else {
            let given = format!("{}\n{text}", format.string);
            save("format_strings", format.name, given.as_bytes())?;
        }
        if text.starts_with('#') {
            save("columns", format.name, &[&[1], text.as_bytes()].concat())?;
        }
        let cri = format.samples.iter().map(|line| {
            let (head, tail) = line.split_at(line.len() / 2);
            format!("2025-10-10T13:55:02Z stdout P {head}\n2025-10-10T13:55:02Z stdout F {tail}\n")
        });
        save("wrapper", format.name, &[&[1, 2], cri.collect::<String>().as_bytes()].concat())?;
        if text.starts_with('{') {
            save("json", format.name, text.as_bytes())?;
        }
        // Chunks of 16 bytes, reads of 5, lines of up to 50, and packed as well.
        save("input", format.name, &[&[15, 4, 49, 1], text.as_bytes()].concat())?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes())?;
        let packed = [&[15, 4, 49, 0], gzip.finish()?.as_slice()].concat();
        save("input", &format!("{}.gz", format.name), &packed)?;
    }
    Ok(())
}

fn save(target: &str, name: &str, seed: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(name), seed)
}
