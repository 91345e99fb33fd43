//! Data sets that this build knows: layout, catalogue and citation of each, in one table.

use crate::catalogue::{Catalogue, Entry};
use crate::error::{Error, Result, nearest};
use crate::layout::Layout;
use crate::reading::{ReadRecording, ReadRequest, read_recording_as};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A data set: what its files hold and what is known about each.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Short name, e.g. `cwru`.
    pub name: &'static str,
    /// Full name.
    pub title: &'static str,
    /// How to cite it.
    pub citation: &'static str,
    /// How its variables become recordings.
    pub layout: Layout,
    /// Its recordings.
    pub catalogue: Catalogue,
}

/// What a shipped data set is made of.
struct Shipped {
    name: &'static str,
    title: &'static str,
    citation: &'static str,
    layout: &'static str,
    catalogue: &'static str,
}

/// The table: one row is one data set.
const SHIPPED: &[Shipped] = &[Shipped {
    name: "cwru",
    title: "Case Western Reserve University Bearing Data Center",
    citation: "Case Western Reserve University Bearing Data Center, \
               https://engineering.case.edu/bearingdatacenter",
    layout: include_str!("../../../data/cwru/layout.toml"),
    catalogue: include_str!("../../../data/cwru/catalogue.csv"),
}];

/// The data sets that this build knows.
pub fn datasets() -> &'static [Dataset] {
    static DATASETS: OnceLock<Vec<Dataset>> = OnceLock::new();
    DATASETS.get_or_init(|| {
        // Shipped text, not input: the tests parse every row of the table.
        let load = |shipped: &Shipped| Dataset {
            name: shipped.name,
            title: shipped.title,
            citation: shipped.citation,
            layout: Layout::parse(shipped.layout, shipped.name).expect("shipped layouts are valid"),
            catalogue: Catalogue::parse(shipped.catalogue, shipped.name)
                .expect("shipped catalogues are valid"),
        };
        SHIPPED.iter().map(load).collect()
    })
}

/// The data set of this name.
#[must_use]
pub fn dataset(name: &str) -> Option<&'static Dataset> {
    datasets().iter().find(|dataset| dataset.name == name)
}

/// Like [`dataset`], with an error that suggests the nearest name.
///
/// # Errors
/// [`Error::DatasetUnknown`].
pub fn find_dataset(name: &str) -> Result<&'static Dataset> {
    dataset(name).ok_or_else(|| {
        let names = || datasets().iter().map(|dataset| dataset.name);
        Error::DatasetUnknown {
            asked: name.to_owned(),
            suggestion: nearest(name, names()),
            known: names().collect::<Vec<_>>().join(", "),
        }
    })
}

/// The shipped recording with this SHA-256 (lower-case hexadecimal).
pub fn identify(sha256: &str) -> Option<(&'static Dataset, &'static Entry)> {
    datasets().iter().find_map(|dataset| Some((dataset, dataset.catalogue.by_sha256(sha256)?)))
}

/// Which recordings of a data set are in a folder.
#[derive(Debug, Clone)]
pub struct Presence<'a> {
    /// Those that are there, with their paths, in catalogue order. Their content is not checked.
    pub present: Vec<(&'a Entry, PathBuf)>,
    /// Those that are not.
    pub missing: Vec<&'a Entry>,
}

impl Dataset {
    /// Folder of this data set below the data folder.
    #[must_use]
    pub fn folder(&self, data_folder: &Path) -> PathBuf {
        data_folder.join(self.name)
    }

    /// Where a recording lies in `folder`: as `.mat` or `.mat.xz`, directly or below `mat/`, `xz/`
    /// or a folder named for the data set. `None` when it is not there.
    #[must_use]
    pub fn path_of(&self, entry: &Entry, folder: &Path) -> Option<PathBuf> {
        let plain = entry.file_name();
        let packed = format!("{plain}.xz");
        [folder.to_owned(), self.folder(folder)]
            .iter()
            .flat_map(|root| {
                [
                    root.join(&plain),
                    root.join("mat").join(&plain),
                    root.join(&packed),
                    root.join("xz").join(&packed),
                ]
            })
            .find(|path| path.is_file())
    }

    /// Which recordings are in `folder`, by name.
    #[must_use]
    pub fn present(&self, folder: &Path) -> Presence<'_> {
        let mut presence = Presence { present: Vec::new(), missing: Vec::new() };
        for entry in &self.catalogue.entries {
            match self.path_of(entry, folder) {
                Some(path) => presence.present.push((entry, path)),
                None => presence.missing.push(entry),
            }
        }
        presence
    }

    /// Reads one recording of this data set and checks that it is the catalogued one.
    ///
    /// # Errors
    /// When the catalogue has no such file, the folder lacks it, its hash is another, or it cannot
    /// be read.
    pub fn read(&self, folder: &Path, file: &str) -> Result<ReadRecording> {
        let entry = self.catalogue.find(file)?;
        let path = self.path_of(entry, folder).ok_or_else(|| Error::EntryMissing {
            dataset: self.name.to_owned(),
            file: entry.file_name(),
            folder: folder.display().to_string(),
            only: entry.file.clone(),
        })?;
        read_recording_as(&path, &ReadRequest::default(), Some((self, entry)))
    }
}
