//! What a fold was made with, kept beside it: settings and files that were changed by hand are told before its figures
//! stand beside those of other folds.
//!
//! A fold that is begun notes its settings in `state/settings.json`. A finished one has a `seal.json`: the settings, and
//! the SHA-256 of its files. The settings are those of `config.toml` as they stand there, without what does not change
//! what is learned ([`OF_THE_RUN`]). Folds without a seal are taken as they are.

use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::run_folder::FoldFolder;
use crate::summary::{read_json, write_json};
use crate::trained::hexadecimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Keys of `config.toml` that a fold may have been made with others of. The epochs are compared on their own.
const OF_THE_RUN: [&[&str]; 8] = [
    &["title"],
    &["protocol"],
    &["baseline"],
    &["final"],
    &["data", "store"],
    &["training", "device"],
    &["training", "keep_state"],
    &["training", "epochs"],
];

/// What `config.toml` says about the folds of one protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// `[training] epochs`: the one setting that a run may be given more of.
    epochs: usize,
    /// Everything else that counts, and the protocol itself.
    others: Value,
}

/// The content of `seal.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    /// Protocol, fold and seed, as folders: a copy of it elsewhere is another fold.
    place: String,
    settings: Settings,
    sha256: BTreeMap<String, String>,
}

/// Which files of a finished fold are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Files {
    /// All but the model, which may be large.
    WithoutModel,
    All,
}

impl Settings {
    /// The settings of each protocol, in the order of the experiment that the text of its `config.toml` holds.
    pub(crate) fn of(text: &str, experiment: &Experiment, config: &Path) -> Result<Vec<Settings>> {
        let unread =
            |why: String| Error::data(format!("cannot read {}", config.display()), why, "correct it");
        let table: toml::Table = toml::from_str(text).map_err(|error| unread(error.to_string()))?;
        let mut shared = serde_json::to_value(&table).map_err(|error| unread(error.to_string()))?;
        for path in OF_THE_RUN {
            remove(&mut shared, path);
        }
        let protocols = table.get("protocol").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
        let each = protocols.iter().map(|own| {
            let mut others = shared.clone();
            let own = serde_json::to_value(own).map_err(|error| unread(error.to_string()))?;
            if let Some(sections) = others.as_object_mut() {
                sections.insert("protocol".to_owned(), own);
            }
            Ok(Settings { epochs: experiment.training.epochs, others })
        });
        each.collect()
    }
}

fn remove(value: &mut Value, path: &[&str]) {
    let Some((key, rest)) = path.split_first() else { return };
    let Some(table) = value.as_object_mut() else { return };
    match (rest, table.get_mut(*key)) {
        ([], _) => drop(table.remove(*key)),
        (rest, Some(inner)) => remove(inner, rest),
        (_, None) => {}
    }
}

impl FoldFolder {
    /// Notes the settings of a fold that begins; refuses to go on with one that was begun with others.
    pub(crate) fn begin(&self) -> Result<()> {
        let Some(settings) = self.settings() else { return Ok(()) };
        let path = self.begun();
        match read::<Settings>(&path)? {
            Some(before) => self.refuse_other(&before, settings),
            None => write_json(settings, &path),
        }
    }

    /// Seals a fold of which all is written but its scores, which are these bytes.
    pub(crate) fn seal(&self, scores: &[u8]) -> Result<()> {
        let Some(settings) = self.settings() else { return Ok(()) };
        let mut sha256 = BTreeMap::new();
        for path in [self.facts(), self.split(), self.model()] {
            sha256.insert(name(&path), hash_of(&path)?);
        }
        sha256.insert(name(&self.scores()), hexadecimal(&Sha256::digest(scores)));
        write_json(&Seal { place: self.place(), settings: settings.clone(), sha256 }, &self.sealed())
    }

    /// Refuses a finished fold that was made with other settings than those of its run, or whose files are not those that
    /// were written.
    pub(crate) fn refuse_changed(&self, files: Files) -> Result<()> {
        let (Some(settings), Some(seal)) = (self.settings(), read::<Seal>(&self.sealed())?) else {
            return Ok(());
        };
        if seal.place != self.place() {
            return Err(Error::RunFolder {
                folder: self.root().to_owned(),
                why: format!("it is a copy of {}", seal.place),
                help: format!(
                    "remove it; what its run lacks is trained by brinell train --resume {}",
                    self.run()
                ),
            });
        }
        self.refuse_other(&seal.settings, settings)?;
        let model = name(&self.model());
        for (file, sealed) in &seal.sha256 {
            let skipped = files == Files::WithoutModel && *file == model;
            if !skipped && hash_of(&self.root().join(file))? != *sealed {
                return Err(Error::RunFolder {
                    folder: self.root().to_owned(),
                    why: format!("its {file} is not the one that was written when the fold was finished"),
                    help: format!(
                        "put the file back as it was, or remove this folder: brinell train --resume {} then trains the \
                         fold anew",
                        self.run()
                    ),
                });
            }
        }
        Ok(())
    }

    /// Gives a fold the epochs that its run asks for now. Refused where a run of so many would have been another from its
    /// begin.
    pub(crate) fn give_epochs(&self, experiment: &Experiment) -> Result<()> {
        let Some(settings) = self.settings() else { return Ok(()) };
        let asked = settings.epochs;
        if let Some(mut begun) = read::<Settings>(&self.begun())?.filter(|begun| begun.epochs != asked) {
            refuse_epochs(self.root(), experiment, begun.epochs, asked)?;
            begun.epochs = asked;
            write_json(&begun, &self.begun())?;
        }
        if let Some(mut seal) = read::<Seal>(&self.sealed())?.filter(|seal| seal.settings.epochs != asked) {
            refuse_epochs(self.root(), experiment, seal.settings.epochs, asked)?;
            seal.settings.epochs = asked;
            write_json(&seal, &self.sealed())?;
        }
        Ok(())
    }

    /// Protocol, fold and seed, as folders.
    fn place(&self) -> String {
        let names: Vec<String> = self.root().iter().map(|name| name.to_string_lossy().into_owned()).collect();
        names[names.len().saturating_sub(3)..].join("/")
    }

    /// The folder of its run, for commands.
    fn run(&self) -> String {
        self.root().ancestors().nth(4).unwrap_or(self.root()).display().to_string()
    }

    fn refuse_other(&self, before: &Settings, now: &Settings) -> Result<()> {
        let refused =
            |why: String, help: String| Err(Error::RunFolder { folder: self.root().to_owned(), why, help });
        if let Some(what) = difference("", Some(&before.others), Some(&now.others)) {
            let why = format!("it was made with other settings than config.toml of its run states: {what}");
            let help = format!(
                "if config.toml was changed, put that back; if this folder was put here from another run, remove it: brinell \
                 train --resume {} trains the fold anew",
                self.run()
            );
            return refused(why, help);
        }
        let (had, asked) = (before.epochs, now.epochs);
        if had != asked {
            let why =
                format!("it was begun for {had} epochs, and config.toml of its run now asks for {asked}");
            let mut help = format!("put epochs = {had} back into [training] of config.toml");
            if asked > had {
                help.push_str(&format!(
                    "; for more epochs then: brinell train --resume {} --epochs {asked}",
                    self.run()
                ));
            }
            return refused(why, help);
        }
        Ok(())
    }
}

/// Refuses another number of epochs than what lies in a folder was made with, where it would not be the same as if it had
/// been asked for so many from its begin.
pub(crate) fn refuse_epochs(folder: &Path, experiment: &Experiment, had: usize, asked: usize) -> Result<()> {
    let refuse = |why: String| Error::RunFolder {
        folder: folder.to_owned(),
        why,
        help: format!("train anew in another folder, with epochs = {asked} in [training]"),
    };
    if asked < had {
        return Err(refuse(format!("its run was asked for {had} epochs, and they can only become more")));
    }
    let adaptations = experiment.protocols.iter().filter_map(|own| experiment.adaptation_of(own));
    match experiment.training.laid_out(adaptations) {
        Some(what) => Err(refuse(format!(
            "{what} was laid out over the {had} epochs of its run, so a run of {asked} would have been another from its begin"
        ))),
        None => Ok(()),
    }
}

/// The first thing in which two experiments differ, in words.
pub(crate) fn difference_of_texts(before: &str, now: &str) -> Option<String> {
    let value = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).ok()?).ok();
    difference("", value(before).as_ref(), value(now).as_ref())
}

/// The first thing in which two values differ, in words.
fn difference(key: &str, before: Option<&Value>, now: Option<&Value>) -> Option<String> {
    match (before, now) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            let path = |own: &str| if key.is_empty() { own.to_owned() } else { format!("{key}.{own}") };
            keys.into_iter().find_map(|own| difference(&path(own), one.get(own), other.get(own)))
        }
        (before, now) if before == now => None,
        (Some(before), Some(now)) => Some(format!("{key} was {before}, it is {now}")),
        (Some(before), None) => Some(format!("{key} was {before}, it is not there any more")),
        (None, Some(now)) => Some(format!("{key} was not there, it is {now}")),
        (None, None) => None,
    }
}

/// The value of a JSON file; none where there is no file.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match std::fs::read(path) {
        Ok(text) => read_json(&text, path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

fn hash_of(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    Ok(hexadecimal(&Sha256::digest(&bytes)))
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::difference;
    use serde_json::json;

    #[test]
    fn the_first_difference_of_two_settings_is_named_by_its_path() {
        let told = |one, other| difference("", Some(&one), Some(&other));
        let one = json!({"segments": {"length": 512}, "training": {"batch": 16, "seeds": [0]}});
        assert_eq!(told(one.clone(), one.clone()), None);
        let mut other = one.clone();
        other["training"]["batch"] = json!(32);
        assert_eq!(told(one.clone(), other).as_deref(), Some("training.batch was 16, it is 32"));
        let mut other = one.clone();
        other["tune"] = json!({"trials": 3});
        assert_eq!(
            told(one.clone(), other.clone()).as_deref(),
            Some("tune was not there, it is {\"trials\":3}")
        );
        assert_eq!(told(other, one).as_deref(), Some("tune was {\"trials\":3}, it is not there any more"));
    }
}
