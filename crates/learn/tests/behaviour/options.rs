//! Mistakes in `[model]` and `[training]`: each is shown where it stands, with what is right.
#![allow(clippy::unwrap_used)]

use brinell_learn::{Error, Experiment, RateSchedule};
use brinell_model::{Architecture, Attention, Optimiser, zoo};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Words that only a programmer knows.
const INNER: [&str; 12] = [
    "invalid type",
    "invalid value",
    "unknown variant",
    "usize",
    "u64",
    "f64",
    "struct",
    "enum ",
    "sequence",
    "::",
    "internally",
    "expected",
];

/// An experiment whose last section is `section`, with this text in it; and the line on which that text begins.
fn text(image: bool, section: &str, lines: &str) -> (String, usize) {
    let steps = match image {
        true => {
            "[[pipeline]]\nstep = \"stft\"\nlength = 128\nhop = 32\nrows = 64\ncolumns = 64\n[[pipeline]]\nstep = \"standardise-image\"\n"
        }
        false => "[[pipeline]]\nstep = \"standardise\"\n",
    };
    let others = match section.starts_with("model") {
        true => "[training]\n",
        false => "[model]\nname = \"wdcnn\"\n",
    };
    let head = format!(
        "name = \"small\"\n[data]\ndataset = \"simulated\"\nrate = \"12kHz\"\n[segments]\nlength = 2048\nstride = 2048\n\
         [[protocol]]\nname = \"leave-one-size-out\"\nsensor = \"A\"\n{steps}{others}"
    );
    let line = head.lines().count() + 1;
    (format!("{head}{lines}"), line)
}

/// What is said: line, column and message of each mistake.
fn said(text: &str) -> Vec<(usize, usize, String)> {
    match Experiment::parse(text, "e.toml") {
        Ok(_) => Vec::new(),
        Err(Error::Config(error)) => error
            .problems
            .into_iter()
            .map(|problem| (problem.line, problem.column, problem.message))
            .collect(),
        Err(error) => panic!("another error: {error}"),
    }
}

/// The one mistake of the last of these lines of `section`.
#[track_caller]
fn one(image: bool, section: &str, lines: &str) -> (usize, usize, String) {
    let (text, first) = text(image, section, lines);
    let found = said(&text);
    let [(line, column, message)] =
        <[_; 1]>::try_from(found).unwrap_or_else(|all| panic!("{lines}: {all:?}"));
    assert!(line > 0, "{lines}: has no place: {message}");
    (line + 1 - first, column, message)
}

/// Tries every key of a table that stands under `header`, whose own lines are `lines`, and of the tables within.
fn walk(image: bool, header: &str, lines: &str, table: &Map<String, Value>, tried: &mut usize) {
    let keys: Vec<&String> = table.keys().filter(|key| !["name", "kind"].contains(&key.as_str())).collect();
    let last = lines.lines().count() + 1;
    let mut wrong: Vec<String> = Vec::new();
    for key in &keys {
        // names of outputs are the user's own
        if key.as_str() == "outputs" {
            continue;
        }
        *tried += 1;
        // a key with one letter more
        let (line, column, message) = one(image, header, &format!("{lines}{key}q = 1\n"));
        assert_eq!((line, column), (last, 1), "{lines}{key}q: {message}");
        assert!(message.starts_with(&format!("unknown key `{key}q`")), "{message}");
        assert!(message.contains("; did you mean `"), "{message}");
        for other in &keys {
            assert!(message.contains(other.as_str()), "{other} is not named: {message}");
        }
        // values of a wrong kind, and numbers far out of range
        for value in
            ["\"no such\"", "true", "-1", "-1.5", "0", "3000000000", "1e300", "nan", "[]", "[0]", "{ q = 1 }"]
        {
            let (text, first) = text(image, header, &format!("{lines}{key} = {value}\n"));
            for (line, column, message) in said(&text) {
                let inner = INNER.iter().any(|inner| message.contains(inner));
                // a shape that cannot be stands at the head of the section
                let shape = message.contains("layer `") && !message.contains("is out of range");
                let placed = match (shape, value) {
                    (true, _) => line == first,
                    (false, "{ q = 1 }") => line == first + last - 1,
                    (false, _) => {
                        line == first + last - 1 && column > key.len() + 3 && message.contains(key.as_str())
                    }
                };
                if inner || !placed {
                    wrong.push(format!("{lines}{key} = {value}: {line}:{column}: {message}"));
                }
            }
        }
        let (_, _, message) = one(image, header, &format!("{lines}{key} = {{ q = 1 }}\n"));
        assert!(message.contains(key.as_str()), "{message}");
        if let Some(inner) = table[key.as_str()].as_object() {
            let tag = inner.get("kind").map_or(String::new(), |kind| format!("kind = {kind}\n"));
            walk(image, header, &format!("{lines}[{header}.{key}]\n{tag}"), inner, tried);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_option_of_every_net_is_checked_with_its_line_and_the_legal_ones() {
    let mut tried = 0;
    for name in Architecture::names() {
        let (own, table) = match *name {
            "sensors" => ("net = { name = \"wdcnn\" }\n", json!({"name": name, "net": {"name": "wdcnn"}})),
            name => ("", json!({ "name": name })),
        };
        let net = Architecture::of_table(table).unwrap();
        let image = net.draft(&[1, 2048], 2).is_err();
        let mut table = serde_json::to_value(&net).unwrap().as_object().unwrap().clone();
        table.remove("net");
        let lines = format!("[model]\nname = \"{name}\"\n{own}");
        let (text, _) = text(image, "model", &lines);
        assert_eq!(said(&text), [], "{name}");
        if own.is_empty() {
            walk(image, "model", &lines, &table, &mut tried);
        }
        let (line, column, message) = one(image, "model", &format!("[model]\nname = \"{name}q\"\n"));
        assert_eq!((line, column), (2, 8), "{message}");
        assert!(message.starts_with(&format!("unknown net `{name}q`; did you mean `")), "{message}");
        for other in zoo() {
            assert!(message.contains(other.name), "{} is not named: {message}", other.name);
        }
    }
    assert!(tried > 150, "only {tried} options");
}

#[test]
fn every_option_of_every_attention_is_checked_with_its_line_and_the_legal_ones() {
    let mut tried = 0;
    for kind in Attention::kinds() {
        let place = if ["sk", "psa"].contains(&kind.name) { "position = \"in-place\"\n" } else { "" };
        let head =
            format!("[model]\nname = \"resnet\"\nwidth = 16\nblocks = [1, 1]\n{place}[model.attention]\n");
        let attention: Attention = serde_json::from_value(json!(kind.name)).unwrap();
        let table = serde_json::to_value(&attention).unwrap().as_object().unwrap().clone();
        walk(true, "model", &format!("{head}kind = \"{}\"\n", kind.name), &table, &mut tried);
        let (line, column, message) = one(true, "model", &format!("{head}kind = \"{}q\"\n", kind.name));
        assert_eq!((line, column), (head.lines().count() + 1, 8), "{message}");
        let short = format!("[model]\nname = \"resnet\"\nattention = \"{}q\"\n", kind.name);
        let (at, from, again) = one(true, "model", &short);
        assert_eq!((at, from, &again), (3, 13, &message));
        assert!(message.contains(&format!("unknown kind of attention `{}q`", kind.name)), "{message}");
        for other in Attention::kinds() {
            assert!(message.contains(other.name), "{} is not named: {message}", other.name);
        }
    }
    assert!(tried > 20, "only {tried} options");
}

/// Walks over one part of `[training]` for all its kinds.
fn walk_training<T: DeserializeOwned + serde::Serialize>(part: &str, kinds: &[&str]) {
    let head = format!("[training]\n[training.{part}]\n");
    for kind in kinds {
        let value: T = serde_json::from_value(json!({ "kind": kind })).unwrap();
        let table = serde_json::to_value(&value).unwrap().as_object().unwrap().clone();
        walk(false, "training", &format!("{head}kind = \"{kind}\"\n"), &table, &mut 0);
        let (line, column, message) = one(false, "training", &format!("{head}kind = \"{kind}q\"\n"));
        assert_eq!((line, column), (3, 8), "{message}");
        assert!(
            message.starts_with(&format!("unknown kind of {part} `{kind}q`; did you mean `{kind}`?")),
            "{message}"
        );
        for other in kinds {
            assert!(message.contains(other), "{other} is not named: {message}");
        }
    }
    let (line, column, message) = one(false, "training", &format!("{head}learning_rate = 1\n"));
    assert_eq!((line, column), (2, 11), "{message}");
    assert!(message.contains(&format!("[training.{part}] needs the key `kind`")), "{message}");
    let (line, _, message) = one(false, "training", &format!("[training]\n{part} = \"{}\"\n", kinds[0]));
    assert_eq!(line, 2, "{message}");
    assert!(message.contains(&format!("{part} = {{ kind = \"{}\" }}", kinds[0])), "{message}");
}

#[test]
fn every_option_of_training_is_checked_with_its_line_and_the_legal_ones() {
    walk_training::<Optimiser>("optimiser", &["sgd", "adam", "adam-w", "rms-prop"]);
    let schedules = ["constant", "plateau", "cosine", "step", "multi-step", "exponential", "one-cycle"];
    walk_training::<RateSchedule>("schedule", &schedules);
    walk_training::<brinell_learn::Loss>("loss", &["cross-entropy", "focal"]);
}

#[test]
fn values_out_of_range_stand_at_their_own_place_with_the_range() {
    for (lines, line, column, parts) in [
        ("[model]\nname = \"se-cnn\"\nhidden = 0\n", 3, 10, &["hidden = 0 is out of range: 1 to 65536"][..]),
        (
            "[model]\nname = \"se-cnn\"\ndropout = 1.5\n",
            3,
            11,
            &["dropout = 1.5", "0 <= dropout < 1", "layer `classifier"],
        ),
        (
            "[model]\nname = \"se-cnn\"\nwidths = [8, 0]\n",
            3,
            14,
            &["widths[1] = 0 is out of range: 1 to 65536"],
        ),
        (
            "[model]\nname = \"se-cnn\"\nattention = { kind = \"eca\", kernel = 4 }\n",
            3,
            38,
            &["attention.kernel = 4", "odd", "layer `features.attention0`"],
        ),
        ("[model]\nname = \"densenet-121\"\ncompression = 2\n", 3, 15, &["0 < compression <= 1"]),
        (
            "[model]\nname = \"sensors\"\n[model.net]\nname = \"resnet-18\"\nwidth = 0\n",
            5,
            9,
            &["net.width = 0"],
        ),
        (
            "[training]\noptimiser = { kind = \"sgd\", momentum = 1.0 }\n",
            2,
            40,
            &["`momentum` = 1", "below 1"],
        ),
        (
            "[training]\noptimiser = { kind = \"adam\", learning_rate = 11 }\n",
            2,
            46,
            &["learning_rate must be > 0 and <= 10, found 11"],
        ),
        ("[training.optimiser]\nkind = \"adam\"\neps = 0\n", 3, 7, &["`eps` = 0", "above 0"]),
        (
            "[training.schedule]\nkind = \"cosine\"\nleast = 0.5\n",
            3,
            9,
            &["`least` = 0.5", "below the learning rate, 0.001"],
        ),
        ("[training.schedule]\nkind = \"multi-step\"\nmilestones = []\n", 3, 14, &["at least one time"]),
        (
            "[training.loss]\nkind = \"cross-entropy\"\nlabel_smoothing = 1\n",
            3,
            19,
            &["`label_smoothing` = 1", "below 1"],
        ),
        ("[model]\nname = \"densenet\"\ngrowth = 65536\n", 3, 10, &["growth = 65536", "1 to 32768"]),
        (
            "[model]\nname = \"resnet-18\"\nposition = \"in-layer\"\n",
            3,
            12,
            &["position = in-layer", "there is no attention to place"],
        ),
        (
            "[model]\nname = \"se-cnn\"\nattention = { kind = \"eca\", kernel = 301 }\n",
            3,
            38,
            &["attention.kernel = 301", "at most 63"],
        ),
        (
            "[model]\nname = \"udtl-cnn\"\nwindows = 40\n",
            3,
            11,
            &["windows = 40 is out of range: at most", "positions of the last map"],
        ),
        (
            "[model]\nname = \"mobilenet-v3-large\"\nsize = \"small\"\n",
            3,
            8,
            &["`mobilenet-v3-large` is the net of size `large`"],
        ),
        ("[training.optimiser]\nkind = \"adam\"\nclip_norm = 0\n", 3, 13, &["`clip_norm` = 0", "above 0"]),
        ("[training.schedule]\nkind = \"step\"\nfactor = 2\n", 3, 10, &["`factor` = 2", "between 0 and 1"]),
        ("[training.loss]\nkind = \"focal\"\ngamma = -1\n", 3, 9, &["`gamma` = -1", "0 or more"]),
        ("[training]\nweight_average = 1\n", 2, 18, &["weight_average must be >= 0 and < 1, found 1"]),
        (
            "[training]\nclass_weights = \"balanced\"\nloss = { kind = \"focal\", alpha = [1, 2] }\n",
            2,
            17,
            &["said twice", "[training.loss] alpha"],
        ),
    ] {
        let section = if lines.starts_with("[model") { "model" } else { "training" };
        let (at, from, message) = one(section == "model", section, lines);
        assert_eq!((at, from), (line, column), "{lines}: {message}");
        for part in parts {
            assert!(message.contains(part), "missing {part}: {message}");
        }
    }
}

#[test]
fn a_padding_as_wide_as_its_kernel_is_refused() {
    let lines = "[model]\nname = \"wdcnn\"\nfirst_padding = 64\n";
    let (line, column, message) = one(false, "model", lines);
    assert_eq!((line, column), (3, 17), "{message}");
    assert!(message.contains("first_padding = 64 is out of range: less than the 64 taps"), "{message}");
}

#[test]
fn outputs_that_no_loss_trains_are_refused_each_at_its_key() {
    let lines = "[model]\nname = \"cnn-bilstm\"\n[model.outputs]\nseverity = 1\nload = 2\n";
    let (text, first) = text(false, "model", lines);
    let found = said(&text);
    let places: Vec<(usize, usize)> = found.iter().map(|(line, column, _)| (line - first, *column)).collect();
    assert_eq!(places, [(3, 12), (4, 8)], "{found:?}");
    assert!(found[0].2.starts_with("outputs.severity asks for an output beside the class"), "{found:?}");
    assert!(found[0].2.contains("leave it out"), "{found:?}");
    let (line, _, message) = one(false, "model", "[model]\nname = \"cnn-bilstm\"\noutputs = { load = 1 }\n");
    assert_eq!(line, 3, "{message}");
}

#[test]
fn the_net_behind_a_mask_may_be_a_bare_name() {
    let lines = "[model]\nname = \"sensors\"\nnet = \"resnet-18\"\n";
    let (text, _) = text(false, "model", lines);
    assert_eq!(said(&text), []);
    let (line, column, message) = one(false, "model", &lines.replace("18", "17"));
    assert_eq!((line, column), (3, 7), "{message}");
    assert!(message.contains("unknown net `resnet-17`; did you mean `resnet-18`?"), "{message}");
}

#[test]
fn all_values_out_of_range_of_a_net_are_told_at_once() {
    let lines =
        "[model]\nname = \"se-cnn\"\nhidden = 0\nkernel = 2\nattention = { kind = \"se\", reduction = 0 }\n";
    let (text, first) = text(true, "model", lines);
    let found = said(&text);
    let places: Vec<(usize, usize)> = found.iter().map(|(line, column, _)| (line - first, *column)).collect();
    assert_eq!(places, [(2, 10), (3, 10), (4, 40)], "{found:?}");
}

#[test]
fn shapes_that_cannot_be_name_the_layer_and_stand_at_the_model() {
    for (image, lines, layer, reason) in [
        (
            true,
            "[model]\nname = \"se-cnn\"\nwidths = [4, 4, 4, 4, 4, 4, 4]\n",
            "features.pool6",
            "at least 128 x 128",
        ),
        (false, "[model]\nname = \"se-cnn\"\n", "features.conv0", "the net takes images"),
        (true, "[model]\nname = \"wdcnn\"\n", "`", "series"),
        (
            true,
            "[model]\nname = \"resnet\"\nwidth = 6\nposition = \"in-place\"\nattention = \"psa\"\n",
            "layer1.0.conv1",
            "",
        ),
    ] {
        let (line, column, message) = one(image, "model", lines);
        assert_eq!((line, column), (1, 2), "{message}");
        assert!(message.starts_with("for leave-one-size-out, input [1, "), "{message}");
        assert!(message.contains(&format!("layer `{}", layer.trim_matches('`'))), "{message}");
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn mistakes_of_net_training_and_pipeline_are_told_in_one_go() {
    let (text, first) = text(
        true,
        "model",
        "[model]\nname = \"densnet-121\"\n[training.optimiser]\nkind = \"adm\"\n[training.schedule]\nkind = \"step\"\nevry = 3\nfactor = 3\n",
    );
    let text = text.replace("[training]\n", "[training]\nbatch = 1\n").replace("hop = 32", "hopp = 32");
    let found = said(&text);
    let lines: Vec<usize> = found.iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [first - 6, first, first + 2, first + 4, first + 7, first + 8], "{found:?}");
    for (message, part) in found.iter().map(|(_, _, message)| message).zip([
        "did you mean `hop`?",
        "batch must be >= 2",
        "unknown net `densnet-121`; did you mean `densenet-121`?",
        "unknown kind of optimiser `adm`; did you mean `adam`?; known are sgd, adam, adam-w, rms-prop",
        "unknown key `evry` of `schedule`; did you mean `every`?; step takes every, factor",
        "`factor` = 3 is out of range",
    ]) {
        assert!(message.contains(part), "missing {part}: {message}");
    }
}

#[test]
fn a_published_setting_is_a_net_with_own_keys_on_top() {
    let (text, _) = text(true, "model", "[model]\nname = \"densenet-121\"\nattention = \"cbam\"\n");
    let experiment = Experiment::parse(&text, "e.toml").unwrap();
    let Some(Architecture::DenseNet(net)) = experiment.model.net() else { panic!("{:?}", experiment.model) };
    assert_eq!((&net.blocks[..], net.growth, net.attention.name()), (&[6, 12, 24, 16][..], 32, "cbam"));
    let written = experiment.to_toml().unwrap();
    assert_eq!(Experiment::parse(&written, "written").unwrap(), experiment);
}

#[test]
fn mistakes_of_tuning_stand_where_they_are_with_what_is_right() {
    let space = "[tune.space]\n\"training.batch\" = [16, 32]\n";
    for (line, parts) in [
        (
            "method = \"random\"",
            &["`method` has to be a table such as", "known are grid, random, halving"][..],
        ),
        ("method = { kind = \"rand\" }", &["unknown kind of method `rand`; did you mean `random`?"]),
        ("method = { kind = \"random\" }", &["the key `trials` is missing: random needs it"]),
        ("method = { kind = \"random\", trials = \"x\" }", &["`method.trials` has to be a whole number"]),
        ("methd = 1", &["unknown key `methd`; did you mean `method`?"]),
        ("figure = \"f1\"", &["figure is one of macro-f1, part-auroc"]),
    ] {
        let (text, first) = text(false, "training", &format!("[training]\n[tune]\n{line}\n{space}"));
        let found = said(&text);
        let [(at, _, message)] = &found[..] else { panic!("{line}: {found:?}") };
        assert_eq!(*at, first + 2, "{message}");
        for part in parts {
            assert!(message.contains(part), "missing {part}: {message}");
        }
        for word in INNER {
            assert!(!message.contains(word), "{word}: {message}");
        }
    }
    let (text, _) = text(false, "training", "[training]\n[tune]\n");
    assert!(said(&text)[0].2.contains("[tune.space] names nothing to vary"), "{:?}", said(&text));
}

#[test]
fn the_sections_that_the_readme_shows_can_be_read() {
    let readme = include_str!("../../../../README.md");
    let shown: Vec<&str> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!shown.is_empty());
    for sections in shown {
        let (text, _) = text(false, "training", &format!("[training]\n{sections}"));
        assert_eq!(said(&text), [], "{sections}");
    }
}
