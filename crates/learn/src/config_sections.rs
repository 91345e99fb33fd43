//! Sections of a configuration that are looked at key by key before the whole is read: the steps of a pipeline, the
//! net, the training. What is wrong is noted and cut out, so that the rest can be judged in the same go.

use crate::config_text::ConfigText;
use crate::option_mistake::{self, Reader};
use crate::step_mistake::{StepMistake, Writing};
use crate::value_wording::json;
use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

impl ConfigText<'_> {
    /// Notes what is wrong with the steps of `pipeline`, each by its number and name, and cuts the faulty ones out;
    /// true when all are sound.
    pub(crate) fn check_steps(&mut self) -> bool {
        let mut complaints = Vec::new();
        let mut faulty = Vec::new();
        let steps = self.tree.get_ref().get("pipeline").map(|list| list.get_ref());
        let Some(steps) = steps else { return true };
        let DeValue::Array(steps) = steps else {
            self.complain("pipeline", "it has to be a list: [[pipeline]] before each step".to_owned());
            if let Some(list) = self.tree.get_mut().get_mut("pipeline") {
                *list.get_mut() = DeValue::Array(DeArray::default());
            }
            return false;
        };
        for (index, step) in steps.iter().enumerate() {
            let Ok(table) = toml::Table::deserialize(ValueDeserializer::from(step.clone())) else {
                faulty.push(index);
                let message = format!("step {} has to be a table such as {{ step = \"stft\" }}", index + 1);
                complaints.push((format!("pipeline.{index}"), false, message));
                continue;
            };
            let mistakes = StepMistake::all(&table, Writing::File);
            if mistakes.is_empty() {
                continue;
            }
            faulty.push(index);
            let name = match table.get("step").and_then(toml::Value::as_str) {
                Some(name) => format!("step {} ({name})", index + 1),
                None => format!("step {}", index + 1),
            };
            for mistake in mistakes {
                let mut path = format!("pipeline.{index}");
                let inner = if mistake.path.is_empty() { &["step".to_owned()][..] } else { &mistake.path };
                inner.iter().for_each(|key| path.extend([".", key]));
                let end = if mistake.remedy.is_empty() { "" } else { "; " };
                let message = format!("{name}: {}{end}{}", mistake.what, mistake.remedy);
                complaints.push((path, mistake.at_key, message));
            }
        }
        for (path, at_key, message) in complaints {
            match at_key {
                true => self.complain_of_key(&path, message),
                false => self.complain(&path, message),
            }
        }
        if let Some(DeValue::Array(steps)) = self.tree.get_mut().get_mut("pipeline").map(Spanned::get_mut) {
            let sound = steps.clone().into_iter().enumerate().filter(|(index, _)| !faulty.contains(index));
            *steps = sound.map(|(_, step)| step).collect();
        }
        faulty.is_empty()
    }

    /// Notes what is wrong with the options of a section and cuts it out; true when all is sound. Where nothing can be
    /// saved, `stand_in` takes the section's place, so that the others can be read.
    pub(crate) fn check_options(&mut self, section: &str, read: &Reader<'_>, stand_in: &'static str) -> bool {
        let Some(value) = self.tree.get_ref().get(section) else { return true };
        let Ok(value) = toml::Value::deserialize(ValueDeserializer::from(value.clone())) else { return true };
        let mistakes = option_mistake::all(section, &json(&value), read);
        for mistake in &mistakes {
            let path = mistake.path.join(".");
            match mistake.at_key {
                true => self.complain_of_key(&path, mistake.what.clone()),
                false => self.complain(&path, mistake.what.clone()),
            }
        }
        let (sections, keys): (Vec<_>, Vec<_>) = mistakes.iter().partition(|mistake| mistake.cut.len() < 2);
        keys.iter().for_each(|mistake| cut(self.tree.get_mut(), &mistake.cut));
        // A key that cannot be done without may be among those cut out.
        if !sections.is_empty() || !mistakes.is_empty() && !self.is_read(section, read) {
            let place = self.tree.get_mut().get_mut(section);
            if let (Some(place), Ok(table)) = (place, DeTable::parse(stand_in)) {
                *place.get_mut() = DeValue::Table(table.into_inner());
            }
        }
        mistakes.is_empty()
    }

    fn is_read(&self, section: &str, read: &Reader<'_>) -> bool {
        let Some(value) = self.tree.get_ref().get(section) else { return true };
        let value = toml::Value::deserialize(ValueDeserializer::from(value.clone()));
        value.is_ok_and(|value| read(&json(&value)).is_ok())
    }
}

/// Removes the key at this path, if it is there.
fn cut(table: &mut DeTable<'_>, path: &[String]) {
    match path {
        [] => {}
        [last] => {
            table.remove(last.as_str());
        }
        [first, rest @ ..] => {
            if let Some(DeValue::Table(inner)) = table.get_mut(first.as_str()).map(Spanned::get_mut) {
                cut(inner, rest);
            }
        }
    }
}
