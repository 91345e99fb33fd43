//! The splits in the folder of a run.

use crate::failure::{Code, Failure, Outcome};
use crate::natural;
use crate::terminal::shown;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A split to check.
#[derive(Debug)]
pub(super) struct RunSplit {
    pub(super) path: PathBuf,
    /// Its path in the run; `None` of one by itself.
    pub(super) name: Option<String>,
    /// Those with the same bytes.
    pub(super) same_as: Vec<String>,
}

/// The splits of a run, each content once; `None` when the folder is not that of a run.
pub(super) fn run_splits(folder: &Path) -> Outcome<Option<Vec<RunSplit>>> {
    if !folder.join("config.toml").is_file() || !folder.join("folds").is_dir() {
        return Ok(None);
    }
    let mut paths = Vec::new();
    for within in ["folds", "baselines"] {
        collect(&folder.join(within), &mut paths);
    }
    let mut splits = Vec::<RunSplit>::new();
    let mut known = BTreeMap::<Vec<u8>, usize>::new();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let bytes = std::fs::read(&path).map_err(|error| {
            Failure::new(Code::FileUnreadable, format!("{} cannot be read", shown(&path)))
                .why(error.to_string())
                .help("make it readable, or check the other splits of the run one by one")
                .file(&path)
        })?;
        match known.get(&bytes) {
            Some(&at) => splits[at].same_as.push(name),
            None => {
                known.insert(bytes, splits.len());
                splits.push(RunSplit { path, name: Some(name), same_as: Vec::new() });
            }
        }
    }
    if splits.is_empty() {
        return Err(Failure::new(Code::RunInvalid, format!("{} holds no split.csv", shown(folder)))
            .why("it has the config.toml of a run, and no fold of it was begun")
            .help("train it first, or name a split or a folder of recordings")
            .file(folder));
    }
    Ok(Some(splits))
}

/// All `split.csv` below a folder, in natural order.
fn collect(folder: &Path, to: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort_by(|a, b| natural::compare_paths(a, b));
    for path in paths {
        if path.is_dir() && !path.is_symlink() {
            collect(&path, to);
        } else if path.file_name().is_some_and(|name| name == "split.csv") {
            to.push(path);
        }
    }
}
