//! Published settings by name: a table that names one of them is that net, the table's own keys on top.

use std::sync::LazyLock;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::zoo::{DENSENET, DRSN, EPSANET, Entry, MOBILENET, ModelInfo, RESNET, drafted};
use super::{Architecture, Sensors, zoo};
use crate::backbone::{DenseNet, Drsn, EpsaNet, MobileNetV3, ResNet, Residual, Size};

/// For what inputs the cost of images is told.
const IMAGES: &[usize] = &[3, 224, 224];

/// Further names that may be chosen.
fn entries() -> Vec<Entry> {
    let resnet = |name, title, block, blocks: [usize; 4]| -> Entry {
        let net = ResNet { block, blocks: blocks.to_vec(), ..ResNet::default() };
        (name, title, RESNET, IMAGES, Architecture::ResNet(net))
    };
    let densenet = |name, title, growth, blocks: [usize; 4]| -> Entry {
        let (stem_channels, blocks) = (Some(2 * growth), blocks.to_vec());
        let net = DenseNet { growth, blocks, stem_channels, ..DenseNet::layers_121() };
        (name, title, DENSENET, IMAGES, Architecture::DenseNet(net))
    };
    let mobilenet = |name, title, size| -> Entry {
        let net = MobileNetV3 { size, ..MobileNetV3::default() };
        (name, title, MOBILENET, IMAGES, Architecture::MobileNetV3(net))
    };
    let masked =
        Sensors { net: Box::new(Architecture::ResNet(ResNet::default())), channels: 1, dropout: 0.0 };
    vec![
        resnet("resnet-18", "residual net of 18 layers", Residual::Basic, [2, 2, 2, 2]),
        resnet("resnet-34", "residual net of 34 layers", Residual::Basic, [3, 4, 6, 3]),
        resnet(
            "resnet-50",
            "residual net of 50 layers, with bottlenecks",
            Residual::Bottleneck,
            [3, 4, 6, 3],
        ),
        resnet(
            "resnet-101",
            "residual net of 101 layers, with bottlenecks",
            Residual::Bottleneck,
            [3, 4, 23, 3],
        ),
        resnet(
            "resnet-152",
            "residual net of 152 layers, with bottlenecks",
            Residual::Bottleneck,
            [3, 8, 36, 3],
        ),
        densenet("densenet-161", "densely connected net of 161 layers", 48, [6, 12, 36, 24]),
        densenet("densenet-169", "densely connected net of 169 layers", 32, [6, 12, 32, 32]),
        densenet("densenet-201", "densely connected net of 201 layers", 32, [6, 12, 48, 32]),
        mobilenet("mobilenet-v3-small", "the smaller of the paper's two nets", Size::Small),
        mobilenet("mobilenet-v3-large", "the larger of the paper's two nets", Size::Large),
        ("drsn", "the net of drsn-cw", DRSN, &[1, 2048], Architecture::Drsn(Drsn::default())),
        ("epsanet", "the net of epsanet-50", EPSANET, IMAGES, Architecture::EpsaNet(EpsaNet::default())),
        (
            "sensors",
            "any net behind a mask of its sensors, told for resnet-18 over two of them",
            "none",
            &[2, 2048],
            Architecture::Sensors(masked),
        ),
    ]
}

static PUBLISHED: LazyLock<Vec<ModelInfo>> = LazyLock::new(|| drafted(entries(), 10));

/// What may be chosen by name beside the [`zoo`]: published settings and architectures of which that has settings only.
/// A `sensors` stands for those over any net.
pub fn published() -> &'static [ModelInfo] {
    &PUBLISHED
}

/// Names of settings and what they set.
static PRESETS: LazyLock<Vec<(&'static str, Map<String, Value>)>> = LazyLock::new(|| {
    let settings = zoo().iter().chain(published()).filter(|entry| entry.name != entry.architecture.name());
    let tables = settings.filter_map(|entry| match serde_json::to_value(&entry.architecture) {
        Ok(Value::Object(table)) => Some((entry.name, table)),
        _ => None,
    });
    tables.collect()
});

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let listed = zoo().iter().chain(published());
    let mut names: Vec<&str> = listed.flat_map(|entry| [entry.name, entry.architecture.name()]).collect();
    names.sort_unstable();
    names.dedup();
    names
});

impl Architecture {
    /// Every name that a table of [`of_table`](Self::of_table) may carry, ascending: those of the architectures, and
    /// those of their published settings, such as `densenet-121`.
    pub fn names() -> &'static [&'static str] {
        &NAMES
    }

    /// Reads a table whose `name` is an architecture's or that of a published setting of one: the setting's values are
    /// the defaults, the table's own keys stand above them. `name = "densenet-121"` with `attention = "cbam"` is that
    /// net with that attention. The net of `sensors` is read in the same way, and may be a bare name. What is written is the architecture with
    /// all its values. For `#[serde(deserialize_with = "Architecture::of_table")]`.
    ///
    /// # Errors
    /// A name that is none of [`names`](Self::names); keys and values that the architecture does not take; a `size`
    /// that is not that of the name.
    pub fn of_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = resolved(Map::deserialize(deserializer)?).map_err(D::Error::custom)?;
        Self::deserialize(Value::Object(table)).map_err(D::Error::custom)
    }
}

/// The table with an architecture's own name and the setting's values where it has none.
fn resolved(mut table: Map<String, Value>) -> Result<Map<String, Value>, serde_json::Error> {
    let name = match table.get("name") {
        Some(Value::String(name)) => name.clone(),
        Some(_) => return Err(serde_json::Error::invalid_type(Unexpected::Other("no word"), &"a string")),
        None => return Err(serde_json::Error::missing_field("name")),
    };
    if !NAMES.contains(&name.as_str()) {
        return Err(serde_json::Error::unknown_variant(&name, &NAMES));
    }
    if name == "sensors" {
        let inner = match table.remove("net") {
            Some(Value::String(name)) => {
                Some(resolved(Map::from_iter([("name".to_owned(), name.into())]))?.into())
            }
            Some(Value::Object(net)) => Some(resolved(net)?.into()),
            other => other,
        };
        table.extend(inner.map(|net| ("net".to_owned(), net)));
    }
    let Some((_, preset)) = PRESETS.iter().find(|(preset, _)| *preset == name) else { return Ok(table) };
    if let (Some(own), Some(Value::String(told))) = (table.get("size"), preset.get("size"))
        && Size::deserialize(own).is_ok()
        && own != told
    {
        let said = format!("`{name}` is the net of size `{told}`: leave `size` out or take another name");
        return Err(serde_json::Error::custom(said));
    }
    let mut whole = preset.clone();
    let own = table.into_iter().filter(|(key, _)| key != "name");
    whole.extend(own);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::attention::Attention;
    use serde_json::json;

    fn read(table: Value) -> Result<Architecture, String> {
        Architecture::of_table(table).map_err(|error: serde_json::Error| error.to_string())
    }

    #[test]
    fn every_name_is_read_and_written_as_a_whole_architecture() {
        for name in Architecture::names() {
            let table = match *name {
                "sensors" => json!({"name": name, "net": {"name": "densenet-121"}}),
                name => json!({ "name": name }),
            };
            let net = read(table).unwrap();
            let written = serde_json::to_value(&net).unwrap();
            assert_eq!(serde_json::from_value::<Architecture>(written.clone()).unwrap(), net, "{name}");
            assert_eq!(read(written).unwrap(), net, "{name}");
        }
        for entry in zoo() {
            assert_eq!(read(json!({"name": entry.name})).unwrap(), entry.architecture, "{}", entry.name);
        }
        let told =
            serde_json::from_value::<Architecture>(json!({"name": "no such"})).unwrap_err().to_string();
        let own = told.split('`').skip(3).step_by(2);
        for name in own {
            assert!(Architecture::names().contains(&name), "{name} cannot be read");
        }
    }

    #[test]
    fn published_settings_have_the_parameters_of_torchvision() {
        for (name, parameters) in [
            ("resnet-18", 11_689_512),
            ("resnet-34", 21_797_672),
            ("resnet-50", 25_557_032),
            ("resnet-101", 44_549_160),
            ("resnet-152", 60_192_808),
            ("densenet-121", 7_978_856),
            ("densenet-161", 28_681_000),
            ("densenet-169", 14_149_480),
            ("densenet-201", 20_013_928),
            ("mobilenet-v3-small", 2_542_856),
            ("mobilenet-v3-large", 5_483_032),
        ] {
            let cost = read(json!({"name": name})).unwrap().cost(&[3, 224, 224], 1000).unwrap();
            assert_eq!(cost.parameters, parameters, "{name}");
        }
    }

    #[test]
    fn own_keys_stand_above_those_of_the_setting() {
        let expected = DenseNet {
            attention: serde_json::from_value(json!("cbam")).unwrap(),
            growth: 8,
            ..DenseNet::layers_121()
        };
        let table = json!({"name": "densenet-121", "attention": "cbam", "growth": 8});
        assert_eq!(read(table).unwrap(), Architecture::DenseNet(expected));
        let bare = json!({"name": "resnet-se", "attention": "none"});
        let Architecture::ResNet(net) = read(bare).unwrap() else { panic!("another net") };
        assert_eq!(net.attention, Attention::None);
    }

    #[test]
    fn the_net_behind_a_mask_may_be_a_bare_name() {
        let short = read(json!({"name": "sensors", "net": "densenet-121", "channels": 2})).unwrap();
        let long = json!({"name": "sensors", "net": {"name": "densenet-121"}, "channels": 2});
        assert_eq!(short, read(long).unwrap());
        let said = read(json!({"name": "sensors", "net": "resnet-19"})).unwrap_err();
        assert!(said.contains("`resnet-19`") && said.contains("`resnet-18`"), "{said}");
    }

    #[test]
    fn every_name_that_may_be_chosen_is_listed_once() {
        let mut listed: Vec<&str> = zoo().iter().chain(published()).map(|entry| entry.name).collect();
        listed.sort_unstable();
        assert_eq!(listed, Architecture::names());
    }

    #[test]
    fn what_is_no_net_is_refused_with_the_names_there_are() {
        let said = read(json!({"name": "densenet-122"})).unwrap_err();
        assert!(said.contains("`densenet-122`") && said.contains("`densenet-121`"), "{said}");
        let said = read(json!({"name": "sensors", "net": {"name": "resnet-19"}})).unwrap_err();
        assert!(said.contains("`resnet-19`") && said.contains("`resnet-18`"), "{said}");
        let said = read(json!({"name": "resnet-18", "widht": 8})).unwrap_err();
        assert!(said.contains("`widht`") && said.contains("`width`"), "{said}");
        assert!(read(json!({"width": 8})).unwrap_err().contains("`name`"));
        let said = read(json!({"name": "mobilenet-v3-large", "size": "small"})).unwrap_err();
        assert!(said.contains("`mobilenet-v3-large` is the net of size `large`"), "{said}");
        assert!(read(json!({"name": "mobilenet-v3-large", "size": "large"})).is_ok());
        assert!(read(json!({"name": "mobilenet-v3", "size": "large"})).is_ok());
        assert!(read(json!({"name": 3})).is_err());
        assert!(read(json!("resnet-18")).is_err());
    }
}
