//! Which recordings of a catalogue an experiment uses: a rule over their annotations.

use crate::config_text::unknown_word;
use crate::experiment::Complaints;
use brinell_formats::{Catalogue, Entry};
use brinell_signal::{BearingOrders, Hertz};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The name of a data set that has no catalogue: its recordings are handed over in memory.
pub const IN_MEMORY: &str = "simulated";

/// The recordings of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataOptions {
    /// Name of a shipped catalogue, or [`IN_MEMORY`] for recordings that are handed over.
    pub dataset: String,
    /// A store of prepared segments (`brinell data prepare`), from the folder that the program is run in. Left out: the
    /// recordings are read, and the pipeline is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<PathBuf>,
    /// Every recording is brought to this rate, e.g. `12kHz`; those recorded slower are refused.
    #[serde(with = "rate_text")]
    pub rate: Hertz,
    /// Where one bearing was recorded at one load with the fault in several positions, only the first of
    /// these that exists is used. Empty: all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefer_position: Vec<String>,
    /// Recordings with one of these quality flags are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_quality: Vec<String>,
    /// A recording is used when one of these rules fits it. Empty: all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordRule>,
    /// What is known about each sensor; needed by pipelines that look at fault frequencies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sensors: BTreeMap<String, SensorOptions>,
}

/// What is known about a sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorOptions {
    /// Fault orders (multiples of shaft speed) of the bearing under it.
    pub orders: BearingOrders,
}

/// A rule fits a recording when every list that is given holds the recording's value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordRule {
    /// `normal`, `inner`, `outer`, `ball`, `cage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Vec<String>>,
    /// Where the faulty bearing sits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Vec<String>>,
    /// The rate it was recorded at, e.g. `12kHz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Vec<String>>,
    /// Size of the fault as the catalogue names it, e.g. `0.007 in`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Vec<String>>,
    /// Position of the fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Vec<String>>,
    /// Load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Vec<f64>>,
    /// File, without its extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Vec<String>>,
}

impl RecordRule {
    /// Whether the rule fits.
    pub fn fits(&self, entry: &Entry) -> bool {
        let word = |list: &Option<Vec<String>>, value: Option<&str>| {
            list.as_ref().is_none_or(|list| value.is_some_and(|value| list.iter().any(|one| one == value)))
        };
        let rate_fits = self.recorded_at.as_ref().is_none_or(|list| {
            list.iter().filter_map(|text| brinell_signal::parse_frequency(text).ok()).any(|r| r == entry.rate)
        });
        let load_fits =
            self.load.as_ref().is_none_or(|list| entry.load.is_some_and(|load| list.contains(&load)));
        rate_fits
            && load_fits
            && word(&self.fault, Some(entry.fault.name()))
            && word(&self.site, entry.site.as_deref())
            && word(&self.size, entry.size_name.as_deref())
            && word(&self.position, entry.position.as_deref())
            && word(&self.file, Some(&entry.file))
    }
}

impl DataOptions {
    /// All recordings of a catalogue at a rate, nothing left out.
    pub fn all(dataset: &str, rate: Hertz) -> Self {
        DataOptions {
            dataset: dataset.to_owned(),
            store: None,
            rate,
            prefer_position: Vec::new(),
            exclude_quality: Vec::new(),
            records: Vec::new(),
            sensors: BTreeMap::new(),
        }
    }

    /// The entries of a list that this experiment uses, in their order. Depends on the annotations alone,
    /// never on which files are at hand.
    pub fn select<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> Vec<&'a Entry> {
        let wanted = |entry: &&Entry| {
            (self.records.is_empty() || self.records.iter().any(|rule| rule.fits(entry)))
                && !entry.quality.iter().any(|flag| self.exclude_quality.contains(flag))
        };
        let chosen: Vec<&Entry> = entries.filter(wanted).collect();
        let rank = |entry: &Entry| {
            let position = entry.position.as_ref()?;
            self.prefer_position.iter().position(|wanted| wanted == position)
        };
        let preferred = |entry: &&Entry| {
            if self.prefer_position.is_empty() || entry.position.is_none() {
                return true;
            }
            let rivals = chosen.iter().filter(|other| {
                other.bearing_id == entry.bearing_id && other.load == entry.load && other.rate == entry.rate
            });
            rank(entry).is_some() && rivals.filter_map(|other| rank(other)).min() == rank(entry)
        };
        chosen.iter().copied().filter(preferred).collect()
    }

    /// The channels that the catalogue knows; empty for recordings in memory.
    pub(crate) fn known_sensors(&self) -> Vec<String> {
        let Some(catalogue) = self.catalogue() else { return Vec::new() };
        sorted(catalogue.entries.iter().flat_map(|entry| entry.channels.iter().cloned()))
    }

    fn catalogue(&self) -> Option<&'static Catalogue> {
        brinell_formats::dataset(&self.dataset).map(|dataset| &dataset.catalogue)
    }

    pub(crate) fn check(&self, found: &mut Complaints) {
        if !(self.rate.0.is_finite() && self.rate.0 > 0.0) {
            found.add("data.rate", format!("rate must be above 0, found {} Hz", self.rate.0));
        }
        for (at, rule) in self.records.iter().enumerate() {
            for (of, text) in rule.recorded_at.iter().flatten().enumerate() {
                if let Err(error) = brinell_signal::parse_frequency(text) {
                    found.add(&format!("data.records.{at}.recorded_at.{of}"), error.to_string());
                }
            }
        }
        let Some(catalogue) = self.catalogue() else {
            if self.dataset != IN_MEMORY {
                let mut known: Vec<String> =
                    brinell_formats::datasets().iter().map(|set| set.name.to_owned()).collect();
                known.push(IN_MEMORY.to_owned());
                found.add("data.dataset", unknown_word("data set", &self.dataset, &known));
            }
            return;
        };
        let entries = || catalogue.entries.iter();
        let words = sorted(entries().flat_map(|entry| entry.quality.iter().cloned()));
        check_words("data.exclude_quality", "quality flag", &self.exclude_quality, &words, found);
        let positions = sorted(entries().filter_map(|entry| entry.position.clone()));
        check_words("data.prefer_position", "position", &self.prefer_position, &positions, found);
        let faults = sorted(entries().map(|entry| entry.fault.name().to_owned()));
        let sites = sorted(entries().filter_map(|entry| entry.site.clone()));
        let sizes = sorted(entries().filter_map(|entry| entry.size_name.clone()));
        let files = sorted(entries().map(|entry| entry.file.clone()));
        let rates = sorted(entries().map(|entry| entry.rate.to_string()));
        let loads = sorted(entries().filter_map(|entry| Some(entry.load?.to_string())));
        for (at, rule) in self.records.iter().enumerate() {
            let mut check = |key: &str, what: &str, list: &Option<Vec<String>>, known: &[String]| {
                let list = list.as_deref().unwrap_or_default();
                check_words(&format!("data.records.{at}.{key}"), what, list, known, found);
            };
            check("fault", "fault", &rule.fault, &faults);
            check("site", "site", &rule.site, &sites);
            check("size", "size", &rule.size, &sizes);
            check("position", "position", &rule.position, &positions);
            check("file", "file", &rule.file, &files);
            let known = |text: &str| {
                // what is no rate at all was told above
                brinell_signal::parse_frequency(text)
                    .map_or(true, |rate| entries().any(|own| own.rate == rate))
            };
            for (of, text) in rule.recorded_at.iter().flatten().enumerate().filter(|(_, text)| !known(text)) {
                let path = format!("data.records.{at}.recorded_at.{of}");
                found.add(&path, unknown_word("recording rate", text, &rates));
            }
            for (of, load) in rule.load.iter().flatten().enumerate() {
                if entries().all(|own| own.load != Some(*load)) {
                    let path = format!("data.records.{at}.load.{of}");
                    found.add(&path, unknown_word("load", &load.to_string(), &loads));
                }
            }
        }
        if self.select(entries()).is_empty() {
            found.add("data.records", format!("no recording of {} fits these rules", self.dataset));
        }
    }
}

fn check_words(path: &str, what: &str, words: &[String], known: &[String], found: &mut Complaints) {
    for (at, word) in words.iter().enumerate() {
        if !known.contains(word) {
            found.add(&format!("{path}.{at}"), unknown_word(what, word, known));
        }
    }
}

fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    words.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// A rate as text with its unit.
mod rate_text {
    use brinell_signal::{Hertz, parse_frequency};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(rate: &Hertz, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&format!("{}Hz", rate.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Hertz, D::Error> {
        let text = String::deserialize(input)?;
        parse_frequency(&text).map_err(|error| {
            let readings = if error.readings.is_empty() {
                String::new()
            } else {
                format!(": did you mean {}?", error.readings.join(" or "))
            };
            serde::de::Error::custom(format!("{error}{readings}"))
        })
    }
}
