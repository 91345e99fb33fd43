//! What can go wrong when a report is written.

use std::path::PathBuf;

/// Result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a report, a fleet page or a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder is not there and cannot be made, or is not a folder.
    #[error("{}: the report folder cannot be made: {source}; name another folder or change its permissions", .folder.display())]
    Folder {
        /// Folder that was asked for.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of that name is there already.
    #[error("{}: this file is there already and is not overwritten; name another folder, or force it", .path.display())]
    Exists {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// The file could not be written; nothing lies under its final name.
    #[error("{}: the file cannot be written: {source}; check the permissions and the free space of the folder", .path.display())]
    Write {
        /// File that was to be written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The table could not be encoded.
    #[error("{}: the table cannot be encoded as Parquet: {reason}", .path.display())]
    Table {
        /// File that was to be written.
        path: PathBuf,
        /// What the encoder said.
        reason: String,
    },
    /// Numbers and axes do not fit together.
    #[error(
        "{values} values do not fill axes of lengths {shape:?}: a series or an image, with or without channels, is needed"
    )]
    Array {
        /// Number of positions along each axis.
        shape: Vec<usize>,
        /// Number of values.
        values: usize,
    },
    /// A file that was to hold a report is none.
    #[error("{}: this is no report of Brinell: {reason}; name a .json file that brinell diagnose wrote", .path.display())]
    NoReport {
        /// File that was read.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A further font could not be read.
    #[error(
        "font {number} of those named for the report is no TrueType or OpenType font; name a .ttf or .otf file"
    )]
    Font {
        /// Which of them, from 1.
        number: usize,
    },
    /// An array could not be encoded.
    #[error("the output cannot be encoded as {form}: {reason}")]
    Encoding {
        /// The file format.
        form: &'static str,
        /// Why.
        reason: String,
    },
}
