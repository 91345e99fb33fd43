//! The folder of one run: where things lie in it, and writing them whole or not at all.

use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::seal::{Settings, difference_of_texts, refuse_epochs};
use crate::summary::{json_bytes, read_json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a run writes at the root of its folder.
const OURS: [&str; 10] = [
    "config.toml",
    "planned.json",
    "folds",
    "scores.json",
    "table.txt",
    "table.md",
    "card.md",
    "figures",
    "baselines",
    "final",
];
/// How the passing names of files begin that are being written. A run that was killed leaves them.
const UNFINISHED: &str = ".brinell-";

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    root: PathBuf,
    /// What its `config.toml` says, by the folder of each protocol.
    settings: BTreeMap<String, Arc<Settings>>,
}

/// The folder of one fold and seed.
#[derive(Debug, Clone)]
pub(crate) struct FoldFolder {
    root: PathBuf,
    /// What the `config.toml` of its run says; none outside a run.
    settings: Option<Arc<Settings>>,
}

/// What to do about a folder that holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Refuse,
    Resume,
    /// As `Resume`, with an experiment that asks for more epochs.
    Extend,
    /// As `Resume`, with whatever the experiment says now: what finished folds were made with is told by their seals.
    Follow,
    Replace,
}

impl RunFolder {
    /// An existing run.
    ///
    /// # Errors
    /// [`Error::RunFolder`] when the folder holds no `config.toml`.
    pub fn open(root: &Path) -> Result<(RunFolder, Experiment)> {
        let mut folder = RunFolder::at(root);
        let config = folder.config();
        if !config.is_file() {
            return Err(Error::RunFolder {
                folder: root.to_owned(),
                why: "it holds no config.toml, so it is not the folder of a run".to_owned(),
                help: "name the folder that `brinell train` wrote".to_owned(),
            });
        }
        let experiment = Experiment::load(&config)?;
        folder.read_settings(&experiment)?;
        Ok((folder, experiment))
    }

    /// Reads what `config.toml` says, which is this experiment.
    fn read_settings(&mut self, experiment: &Experiment) -> Result<()> {
        let config = self.config();
        let text = std::fs::read_to_string(&config).map_err(Error::io("read", &config))?;
        let settings = Settings::of(&text, experiment, &config)?;
        let folders = experiment.protocols.iter().map(|own| experiment.folder_of(own));
        self.settings = folders.zip(settings.into_iter().map(Arc::new)).collect();
        Ok(())
    }

    /// Whether the folder holds something; an error when that is not allowed. Changes nothing.
    pub(crate) fn allow(root: &Path, existing: Existing) -> Result<bool> {
        let mut used = false;
        if root.exists() {
            for item in std::fs::read_dir(root).map_err(Error::io("list", root))? {
                used |= !is_unfinished(&item.map_err(Error::io("list", root))?);
            }
        }
        if used && existing == Existing::Refuse {
            return Err(Error::RunFolderInUse { folder: root.to_owned() });
        }
        Ok(used)
    }

    /// A folder of which nothing is asked.
    pub(crate) fn at(root: &Path) -> RunFolder {
        RunFolder { root: root.to_owned(), settings: BTreeMap::new() }
    }

    /// Makes the folder ready for an experiment and writes `config.toml`.
    pub(crate) fn prepare(root: &Path, experiment: &Experiment, existing: Existing) -> Result<RunFolder> {
        let mut folder = RunFolder::at(root);
        let used = Self::allow(root, existing)?;
        let text = experiment.to_toml()?;
        match (used, existing) {
            (true, Existing::Resume | Existing::Extend) => {
                let (begun, mut before) = RunFolder::open(root)?;
                remove_unfinished(root)?;
                if existing == Existing::Extend && before.training.epochs != experiment.training.epochs {
                    refuse_epochs(root, &before, before.training.epochs, experiment.training.epochs)?;
                    before.training.epochs = experiment.training.epochs;
                    if before.to_toml()? == text {
                        write_whole(&folder.config(), text.as_bytes())?;
                        folder.read_settings(experiment)?;
                        return Ok(folder);
                    }
                }
                let written = before.to_toml()?;
                if written != text {
                    let what = difference_of_texts(&written, &text)
                        .map_or(String::new(), |what| format!(": {what}"));
                    return Err(Error::RunFolder {
                        folder: root.to_owned(),
                        why: format!(
                            "its config.toml is another experiment than the one to go on with{what}"
                        ),
                        help: format!(
                            "brinell train --resume {} without a configuration, or another folder",
                            root.display()
                        ),
                    });
                }
                return Ok(begun);
            }
            (true, Existing::Replace) => {
                // only what a run wrote is removed, and only from the folder of a run
                RunFolder::open(root).map(drop).or_else(|error| match error {
                    Error::Config(_) => Ok(()),
                    other => Err(other),
                })?;
                for name in OURS {
                    let path = root.join(name);
                    let removed = if path.is_dir() {
                        std::fs::remove_dir_all(&path)
                    } else if path.exists() {
                        std::fs::remove_file(&path)
                    } else {
                        Ok(())
                    };
                    removed.map_err(Error::io("remove", &path))?;
                }
            }
            (true, Existing::Refuse | Existing::Follow) | (false, _) => {}
        }
        remove_unfinished(root)?;
        std::fs::create_dir_all(root).map_err(Error::io("create", root))?;
        write_whole(&folder.config(), text.as_bytes())?;
        folder.read_settings(experiment)?;
        Ok(folder)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// The folder of a baseline's own run.
    pub(crate) fn baseline(&self, name: &str) -> PathBuf {
        self.root.join("baselines").join(name)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn planned(&self) -> PathBuf {
        self.root.join("planned.json")
    }

    /// Runs (folds times seeds) that protocols were split into, by folder; only of protocols that were begun.
    pub(crate) fn planned_runs(&self) -> Result<BTreeMap<String, usize>> {
        let path = self.planned();
        if !path.is_file() {
            return Ok(BTreeMap::new());
        }
        read_json(&std::fs::read(&path).map_err(Error::io("read", &path))?, &path)
    }

    /// Notes the runs of protocols, beside those that were noted before.
    pub(crate) fn note_planned(&self, runs: BTreeMap<String, usize>) -> Result<()> {
        let mut all = self.planned_runs()?;
        all.extend(runs);
        write_if_changed(&self.planned(), &json_bytes(&all, &self.planned())?)
    }

    /// The finished folds: protocols and seeds in the order of the experiment, folds by name.
    pub(crate) fn finished(&self, experiment: &Experiment) -> Result<Vec<FoldFolder>> {
        let mut found = Vec::new();
        for protocol in &experiment.protocols {
            let name = experiment.folder_of(protocol);
            let folder = self.root.join("folds").join(&name);
            if !folder.is_dir() {
                continue;
            }
            let mut folds = Vec::new();
            for item in std::fs::read_dir(&folder).map_err(Error::io("list", &folder))? {
                folds.push(item.map_err(Error::io("list", &folder))?.file_name());
            }
            folds.sort();
            for fold in folds.iter().filter_map(|fold| fold.to_str()) {
                let seeds = experiment.training.seeds.iter().map(|seed| self.fold(&name, fold, *seed));
                found.extend(seeds.filter(FoldFolder::is_finished));
            }
        }
        Ok(found)
    }

    pub(crate) fn fold(&self, protocol: &str, fold: &str, seed: u64) -> FoldFolder {
        let root = self.root.join("folds").join(protocol).join(fold).join(format!("seed-{seed}"));
        FoldFolder { root, settings: self.settings.get(protocol).map(Arc::clone) }
    }
}

impl FoldFolder {
    /// A folder of its own, outside any run.
    pub(crate) fn at(root: &Path) -> FoldFolder {
        FoldFolder { root: root.to_owned(), settings: None }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn settings(&self) -> Option<&Settings> {
        self.settings.as_deref()
    }

    /// Where the model of one inner fold is trained.
    pub(crate) fn inner(&self, number: usize) -> FoldFolder {
        FoldFolder::at(&self.root.join("state").join(format!("inner-{number}")))
    }

    /// Where one choice of options is tried.
    pub(crate) fn trial(&self, number: usize, epochs: usize) -> FoldFolder {
        FoldFolder::at(&self.root.join("state").join(format!("trial-{number}-{epochs}")))
    }

    /// What was tried, and what was taken.
    pub(crate) fn trials(&self) -> PathBuf {
        self.root.join("trials.json")
    }

    pub(crate) fn create(&self) -> Result<()> {
        let state = self.root.join("state");
        std::fs::create_dir_all(&state).map_err(Error::io("create", &state))
    }

    /// Whether scores, the last thing that is written, are there.
    pub(crate) fn is_finished(&self) -> bool {
        self.scores().is_file()
    }

    /// Takes the scores away, so that the fold is not finished.
    pub(crate) fn reopen(&self) -> Result<()> {
        let scores = self.scores();
        std::fs::remove_file(&scores).map_err(Error::io("remove", &scores))
    }

    /// The state is only needed to go on.
    pub(crate) fn drop_state(&self) -> Result<()> {
        let state = self.root.join("state");
        if state.is_dir() {
            std::fs::remove_dir_all(&state).map_err(Error::io("remove", &state))?;
        }
        Ok(())
    }

    pub(crate) fn split(&self) -> PathBuf {
        self.root.join("split.csv")
    }

    pub(crate) fn epochs(&self) -> PathBuf {
        self.root.join("epochs.csv")
    }

    pub(crate) fn model(&self) -> PathBuf {
        self.root.join("model.safetensors")
    }

    pub(crate) fn facts(&self) -> PathBuf {
        self.root.join("fold.json")
    }

    pub(crate) fn scores(&self) -> PathBuf {
        self.root.join("scores.parquet")
    }

    /// What a finished fold was made with.
    pub(crate) fn sealed(&self) -> PathBuf {
        self.root.join("seal.json")
    }

    /// The settings that a fold was begun with.
    pub(crate) fn begun(&self) -> PathBuf {
        self.root.join("state").join("settings.json")
    }

    /// The hash of the recordings that a begun fold learns from.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("state").join("data.sha256")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.root.join("state").join("checkpoint.safetensors")
    }
}

fn is_unfinished(item: &std::fs::DirEntry) -> bool {
    item.file_name().to_string_lossy().starts_with(UNFINISHED)
}

/// Removes what a run that was killed was writing, here and in the folders below.
fn remove_unfinished(folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for item in std::fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let item = item.map_err(Error::io("list", folder))?;
        let kind = item.file_type().map_err(Error::io("list", folder))?;
        if kind.is_dir() {
            remove_unfinished(&item.path())?;
        } else if kind.is_file() && is_unfinished(&item) {
            let path = item.path();
            std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// As [`write_whole`], with the folder made if needed; a file that holds these bytes already is left alone.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    write_whole(path, bytes)
}

/// A file under a passing name beside its final one.
pub(crate) fn beside(path: &Path) -> Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    {
        // temporary files are private by default; the final one follows the user's umask
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(Error::io("create a file in", folder))
}

/// Writes beside the final name, syncs, renames: the file is there whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.as_file().sync_all().map_err(Error::io("write", path))?;
    file.persist(path).map_err(|error| Error::io("write", path)(error.error))?;
    Ok(())
}
