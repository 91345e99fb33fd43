//! The formats this build reads, in one table, and how a file is matched to one.

use crate::array::{ArrayHeader, NamedArray, Values};
use crate::error::{Error, Result};
use crate::hdf5::Hdf5;
use crate::mat5::Mat5;
use crate::matlab73::Mat73;
use crate::recognise::recognise;
use crate::source::Source;
use crate::tdms::Tdms;
use crate::uff58::Uff58;
use std::path::Path;

/// Bytes from the start of a file that a format may look at to recognise it.
pub const HEAD: usize = 1024;

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

/// A file format.
pub trait Format: Sync {
    /// Short name, e.g. `matlab5`.
    fn name(&self) -> &'static str;
    /// Endings of names, in lower case, under which its files travel, e.g. `.mat`. In a folder a file with one of them is
    /// taken for a recording even where it is damaged, and one that is only [`Confidence::Possible`] only with one of them.
    fn endings(&self) -> &'static [&'static str];
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
    &[&Mat5, &Mat73, &Hdf5, &Tdms, &Uff58]
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
                    help: "formats that are read: MATLAB 5 to 7 (.mat), also packed as .mat.xz".to_owned(),
                }),
            },
        },
    }
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
