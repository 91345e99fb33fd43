//! Where the recordings of a table lie.

use std::path::{Path, PathBuf};

/// The file that a table names, in one of some folders: by its path, with or without `.mat` or `.mat.xz`, or as the
/// recording of a shipped catalogue. `None` when it is not there.
pub fn locate(file: &str, folders: &[&Path]) -> Option<PathBuf> {
    let endings = ["", ".mat", ".mat.xz"];
    let beside = |folder: &&Path| {
        endings.iter().map(|ending| folder.join(format!("{file}{ending}"))).find(|path| path.is_file())
    };
    let catalogued = |folder: &&Path| {
        brinell_formats::datasets()
            .iter()
            .find_map(|dataset| dataset.path_of(dataset.catalogue.by_file(file)?, folder))
    };
    folders.iter().find_map(beside).or_else(|| folders.iter().find_map(catalogued))
}
