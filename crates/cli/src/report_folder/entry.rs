//! What a report folder keeps of one recording: for the tables, for the page of all, and to know it again.

use brinell_diagnosis::EarlierReading;
use brinell_report::{FleetRow, TableRows};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a result was made from. A recording whose two are as they were need not be diagnosed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    /// Hash of where the file lies and of all that is said of the recording.
    pub(crate) configuration: String,
    /// SHA-256 of the file as it lies; `None` where it cannot be read.
    pub(crate) content: Option<String>,
}

/// One recording that is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    #[serde(flatten)]
    pub(crate) key: Key,
    /// Where the file lies, by [`path_text`].
    pub(crate) path: String,
    /// Whether it failed by no fault of the file, so that it is worth another try.
    pub(crate) again: bool,
    /// The diagnosis, or that of each segment; or why there is none.
    pub(crate) results: Vec<Told>,
}

impl Entry {
    /// The same without rows of the tables.
    pub(crate) fn without_rows(mut self) -> Self {
        self.results.iter_mut().for_each(|told| told.tables = None);
        self
    }
}

/// A path as a text that no other path has: as it is where it is Unicode, else its bytes in hexadecimal behind a NUL, which
/// stands in no path.
pub(crate) fn path_text(path: &Path) -> String {
    let in_bytes = || {
        let bytes = path.as_os_str().as_encoded_bytes().iter();
        bytes.fold("\0".to_owned(), |text, byte| text + &format!("{byte:02x}"))
    };
    path.to_str().map_or_else(in_bytes, str::to_owned)
}

/// One diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The identifier of the diagnosis, which no other in the folder has; `None` of one that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Row of the page of all.
    pub(crate) row: FleetRow,
    /// The reading that it is for later ones of its point, where it has a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reading: Option<EarlierReading>,
    /// Rows of the tables; left out once they are in a part that is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tables: Option<TableRows>,
}
