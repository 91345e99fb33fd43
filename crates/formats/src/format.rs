//! The formats this build reads, in one table, and how a file is matched to one.

use crate::array::{ArrayHeader, NamedArray, Values};
use crate::arrow::ArrowIpc;
use crate::error::{Error, Result};
use crate::flac::Flac;
use crate::frame::Parquet;
use crate::hdf5::Hdf5;
use crate::mat5::Mat5;
use crate::matlab73::Mat73;
use crate::named_facts;
use crate::npy::{Npy, Npz};
use crate::packing;
use crate::recognise::{printable, recognise};
use crate::source::Source;
use crate::tdms::Tdms;
use crate::text::Text;
use crate::uff58::Uff58;
use crate::wav::Wav;
use std::ffi::OsStr;
use std::path::Path;

/// Bytes from the start of a file that a format may look at to recognise it.
pub const HEAD: usize = 1024;

/// Numbers of an array that a look at the headers reads as well: speeds and rates stand in such arrays.
pub(crate) const SMALL: usize = 64;

/// Small arrays that are read in such a look.
const MOST_SMALL: usize = 256;

/// Bytes of a file in a folder that are looked at.
const WALKED: usize = 64 << 10;

/// How sure a format is that a file is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Not this format.
    No,
    /// Could be, perhaps damaged.
    Possible,
    /// Signature present.
    Certain,
}

/// Which arrays to read.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// All of them.
    All,
    /// Those with one of these names.
    Names(&'a [String]),
}

impl Selection<'_> {
    /// Whether an array of this name is wanted.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(|n| n == name),
        }
    }
}

/// What a file holds, from its headers alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Name of the format, e.g. `matlab5`.
    pub format: String,
    /// The arrays, in file order.
    pub arrays: Vec<ArrayHeader>,
    /// Text of the file's own header.
    pub text: Option<String>,
}

/// What a file holds without its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// The arrays, in file order; of the large ones only shape, class and facts.
    pub arrays: Vec<NamedArray>,
    /// Text of the file's own header.
    pub text: Option<String>,
}

/// A file format.
pub trait Format: Sync {
    /// Short name, e.g. `matlab5`.
    fn name(&self) -> &'static str;
    /// Endings of names, in lower case, under which its files travel, e.g. `.mat`.
    fn endings(&self) -> &'static [&'static str];
    /// Whether its files begin with a signature, so that one of its name without it is damaged and not something else.
    fn has_signature(&self) -> bool {
        true
    }
    /// How sure this format is, from up to [`HEAD`] first bytes.
    fn sniff(&self, head: &[u8]) -> Confidence;
    /// Lists the arrays without reading their values.
    ///
    /// # Errors
    /// When the file is cut, damaged or cannot be read.
    fn probe(&self, source: &Source) -> Result<Probe>;
    /// Reads arrays in file order.
    ///
    /// # Errors
    /// When the file is cut, damaged or cannot be read.
    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>>;
    /// The arrays as [`Format::read`] gives them, but without their samples: real numbers of arrays with more than 64 of them are
    /// [`Values::Unread`], and memory and time follow the headers. What is neither real numbers nor small may be empty.
    ///
    /// # Errors
    /// As [`Format::probe`].
    fn outline(&self, source: &Source) -> Result<Outline> {
        let Probe { arrays, text, .. } = self.probe(source)?;
        let mut arrays: Vec<NamedArray> = arrays.into_iter().map(NamedArray::from).collect();
        let small = |array: &&NamedArray| {
            let count = array.shape.iter().try_fold(1, |all: usize, &n| all.checked_mul(n));
            array.values == Values::Unread && count.is_some_and(|count| count <= SMALL)
        };
        // Those that state a rate or speed first: without them a look would promise less than reading gives.
        let states = |array: &&NamedArray| named_facts::states_frequency(&array.name);
        let (first, rest): (Vec<_>, Vec<_>) = arrays.iter().filter(small).partition(states);
        let names = first.into_iter().chain(rest).take(MOST_SMALL);
        let names: Vec<String> = names.map(|own| own.name.clone()).collect();
        if !names.is_empty() {
            for read in self.read(source, Selection::Names(&names))? {
                let same = |own: &&mut NamedArray| {
                    own.values == Values::Unread && own.name == read.name && own.shape == read.shape
                };
                if let Some(own) = arrays.iter_mut().find(same) {
                    *own = read;
                }
            }
        }
        Ok(Outline { arrays, text })
    }
    /// Reads the real array of this name in runs of up to `run` values, so that memory does not grow with the file where the
    /// format allows it. A name that is not there gives nothing.
    ///
    /// # Errors
    /// As [`Format::read`], and what `each` returns.
    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let name = [name.to_owned()];
        for array in self.read(source, Selection::Names(&name))? {
            if let Values::Real(values) = &array.values {
                values.chunks(run.max(1)).try_for_each(&mut *each)?;
            }
        }
        Ok(())
    }
}

/// Every format this build reads.
pub fn formats() -> &'static [&'static dyn Format] {
    &[&Mat5, &Mat73, &Wav, &Flac, &Npy, &Npz, &Hdf5, &Tdms, &Parquet, &ArrowIpc, &Uff58, &Text]
}

/// The format of a file, by its first bytes (never by its name).
///
/// # Errors
/// When no format knows it; the error says what the file looks like.
pub fn format_of(source: &Source) -> Result<&'static dyn Format> {
    let head = source.at(0, HEAD)?;
    let mut best: (Confidence, Option<&'static dyn Format>) = (Confidence::No, None);
    for &format in formats() {
        let confidence = format.sniff(&head);
        if confidence > best.0 {
            best = (confidence, Some(format));
        }
    }
    match best {
        (Confidence::Certain, Some(format)) => Ok(format),
        (_, possible) => match recognise(&source.name(), &head) {
            Some(refusal @ Error::RefusedFormat { .. }) => Err(refusal),
            other => match (possible, other) {
                (Some(format), _) => Ok(format),
                (None, Some(error)) => Err(error),
                (None, None) => Err(Error::UnknownFormat {
                    path: source.name(),
                    looks_like: "binary data of an unknown kind".to_owned(),
                    help: format!(
                        "{}; bare numbers by --layout FILE, whose [raw] says how they lie",
                        readable()
                    ),
                }),
            },
        },
    }
}

/// Endings of tables, under which other texts than recordings rarely travel.
const TABLES: [&str; 3] = [".csv", ".tsv", ".lvm"];

/// Whether a file that was found in a folder is taken for a recording: by its first bytes, or by a name under which
/// recordings travel, so that a damaged one is reported and not passed over. Columns of numbers that have no signature need
/// a name of theirs, or one without an ending; a table by its name ([`TABLES`]) that holds no text at all is a damaged one.
#[must_use]
pub fn is_recording(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().to_lowercase();
    let packed = packing::ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    let bare = packed.unwrap_or(&name);
    let named = |format: &dyn Format| format.endings().iter().any(|ending| bare.ends_with(ending));
    if formats().iter().any(|&format| named(format) && format.has_signature()) {
        return true;
    }
    if !path.is_file() {
        return false;
    }
    let table = TABLES.iter().any(|ending| bare.ends_with(ending));
    // Longer than a head: text that is still all header is no recording here.
    let Ok(head) = packing::head(path, WALKED) else { return table };
    if table && printable(&head).is_none() {
        return true;
    }
    let unnamed = bare.rsplit_once('.').is_none_or(|(_, ending)| !ending.chars().any(char::is_alphabetic));
    formats().iter().any(|&format| match format.sniff(&head) {
        Confidence::Certain => true,
        Confidence::Possible => named(format) || unnamed && !format.has_signature(),
        Confidence::No => false,
    })
}

/// The formats that are read, for messages.
pub(crate) fn readable() -> String {
    let each = formats().iter().map(|format| match format.endings().first() {
        Some(ending) => format!("{} ({ending})", format.name()),
        None => format.name().to_owned(),
    });
    let all: Vec<String> = each.collect();
    format!("formats that are read: {}; also packed with gzip, xz or zstd", all.join(", "))
}

/// Lists what a file holds, from its headers alone (an `.xz` file is unpacked first).
///
/// # Errors
/// When the file is missing, of an unknown format, cut or damaged.
pub fn probe_file(path: &Path) -> Result<Probe> {
    let source = Source::open(path)?;
    format_of(&source)?.probe(&source)
}

/// Reads all arrays of a file.
///
/// # Errors
/// When the file is missing, of an unknown format, cut or damaged.
pub fn read_arrays(path: &Path) -> Result<Vec<NamedArray>> {
    let source = Source::open(path)?.load()?;
    format_of(&source)?.read(&source, Selection::All)
}
