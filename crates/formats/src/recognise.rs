//! Names what a file is when no format reads it, so that the error can say what to do.

use crate::error::Error;
use crate::format::readable;

const RESAVE: &str = "save it as version 5 to 7: in MATLAB or Octave `load FILE`, then `save -v6 NEW.mat`; \
                      in Python scipy.io.savemat";

/// Signatures of files that are often found in place of a recording.
const SIGNATURES: [(&[u8], &str); 8] = [
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"RIFF", "a RIFF file that is no WAV sound"),
];

/// An error that says what the file with these first bytes is, if that can be told.
pub(crate) fn recognise(path: &str, head: &[u8]) -> Option<Error> {
    let refused = |format, why| {
        Some(Error::RefusedFormat { path: path.to_owned(), format, why, help: RESAVE.to_owned() })
    };
    if is_matlab4(head) {
        return refused("MATLAB 4", "version 4 (1992) has another structure than version 5 to 7");
    }
    let unknown = |looks_like: String, help: &str| {
        Some(Error::UnknownFormat { path: path.to_owned(), looks_like, help: help.to_owned() })
    };
    if let Some((_, name)) = SIGNATURES.iter().find(|(magic, _)| head.starts_with(magic)) {
        let help = if name.contains("archive") {
            "unpack it and give the recording inside"
        } else {
            "convert it to MATLAB 5 to 7 (.mat)"
        };
        return unknown((*name).to_owned(), help);
    }
    if let Some(text) = printable(head) {
        if is_page(text) && !text.starts_with(LFS) {
            return unknown(
                format!("a web page, first line `{}`", first_line(text)),
                "the download saved a page instead of the file: fetch it again and look at its size",
            );
        }
        if text.starts_with(LFS) {
            return unknown("a Git LFS pointer, not the file itself".to_owned(), "git lfs pull");
        }
        return unknown(format!("text, first line `{}`", first_line(text)), &readable());
    }
    None
}

const LFS: &str = "version https://git-lfs";

/// Whether a text is what a failed download leaves: a web page, or a pointer to the file.
pub(crate) fn is_page(text: &str) -> bool {
    let start = text.trim_start().to_lowercase();
    ["<!doctype html", "<html", "<?xml", LFS].iter().any(|page| start.starts_with(page))
}

/// The start of `head` as text when it is text: UTF-8 (perhaps cut inside a character), no controls.
pub(crate) fn printable(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    (!text.is_empty() && text.chars().all(is_text)).then_some(text)
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
    let mut short: String = line.chars().take(60).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// MATLAB 4 has no signature: five small integers and a name. All of them have to make sense.
fn is_matlab4(head: &[u8]) -> bool {
    let Some(fields) = head.get(..20) else { return false };
    let decode = |big: bool| -> Option<[i32; 5]> {
        let mut out = [0; 5];
        for (value, chunk) in out.iter_mut().zip(fields.chunks_exact(4)) {
            let raw: [u8; 4] = chunk.try_into().ok()?;
            *value = if big { i32::from_be_bytes(raw) } else { i32::from_le_bytes(raw) };
        }
        Some(out)
    };
    [false, true].into_iter().any(|big| {
        let Some([kind, rows, columns, imaginary, name_length]) = decode(big) else { return false };
        let (machine, reserved, precision, matrix) =
            (kind / 1000, kind / 100 % 10, kind / 10 % 10, kind % 10);
        let plausible = (0..=4).contains(&machine)
            && (machine == 1) == big
            && kind >= 0
            && reserved == 0
            && precision <= 5
            && matrix <= 2
            && rows >= 0
            && columns >= 0
            && (imaginary == 0 || imaginary == 1)
            && (2..=64).contains(&name_length);
        let name_length = usize::try_from(name_length).unwrap_or_default();
        plausible
            && head.get(20..20 + name_length).is_some_and(|name| match name.split_last() {
                Some((0, name)) => name.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'_'),
                _ => false,
            })
    })
}
