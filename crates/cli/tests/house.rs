//! The rules of the house that no compiler checks: arrows between the crates, silent libraries.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The rooms, by the names of their folders.
fn rooms() -> Vec<String> {
    let mut rooms: Vec<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    rooms.sort();
    rooms
}

/// The arrows that the table of `docs/design.md` allows.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let design = std::fs::read_to_string(root().join("docs/design.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in design.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (Some(name), Some(last)) = (cells[1].split('`').nth(1), cells.get(4)) else { continue };
        let mut arrows: BTreeSet<String> =
            last.split('`').skip(1).step_by(2).filter(|word| *word != name).map(str::to_owned).collect();
        if last.starts_with("all") {
            let except = std::mem::take(&mut arrows);
            arrows = rooms().into_iter().filter(|room| !except.contains(room) && room != name).collect();
        }
        rows.insert(name.to_owned(), arrows);
    }
    assert!(rows.len() >= 7, "the table of rooms was not found in docs/design.md");
    rows
}

/// The rooms that a manifest depends on, in any of its tables and for any target.
fn arrows(manifest: &toml::Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, value) in manifest {
        if let toml::Value::Table(table) = value {
            if key.ends_with("dependencies") {
                let packages = table.iter().map(|(name, value)| {
                    value.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
                });
                found.extend(packages.filter_map(|name| name.strip_prefix("brinell-").map(str::to_owned)));
            } else {
                found.extend(arrows(table));
            }
        }
    }
    found
}

#[test]
fn every_arrow_between_rooms_is_in_the_table_of_the_design() {
    let allowed = allowed();
    for room in rooms() {
        let path = root().join("crates").join(&room).join("Cargo.toml");
        let manifest: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap();
        assert_eq!(name, format!("brinell-{room}"), "the crate is not named for its folder");
        let Some(may) = allowed.get(&room) else { panic!("docs/design.md has no row for the room {room}") };
        // A room's tests may ask for a feature of its own.
        for target in arrows(&manifest).into_iter().filter(|target| *target != room) {
            assert!(
                may.contains(&target),
                "{room} depends on {target}, which the table in docs/design.md lacks"
            );
        }
    }
}

#[test]
fn an_arrow_that_the_table_lacks_would_be_seen() {
    let manifest: toml::Table = "
        [dependencies]
        brinell-signal = { workspace = true }
        [target.'cfg(unix)'.dev-dependencies]
        other = { package = \"brinell-report\", path = \"x\" }
    "
    .parse()
    .unwrap();
    assert_eq!(arrows(&manifest), BTreeSet::from(["report".to_owned(), "signal".to_owned()]));
    assert!(!allowed()["signal"].contains("report"));
    assert!(allowed()["cli"].contains("report"));
}

/// Source files of a room's library or program, without its tests.
fn sources(room: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("crates").join(room).join("src"), &mut found);
    found
}

/// The lines of a source that are code of the library: no comments, nothing from `mod tests` on.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .take_while(|(_, line)| !line.trim_start().starts_with("mod tests"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn libraries_print_nothing_and_only_the_command_line_reads_the_environment() {
    let forbidden = [
        "println!",
        "print!(",
        "dbg!",
        "std::env::",
        "env::var",
        "process::exit",
        "io::stdout",
        "io::stderr",
    ];
    for room in rooms().into_iter().filter(|room| room != "cli") {
        for path in sources(&room) {
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in code(&text) {
                for word in forbidden {
                    assert!(!line.contains(word), "{}:{number}: {word}", path.display());
                }
            }
        }
    }
}

#[test]
fn the_command_line_reads_the_environment_in_one_file_and_never_exits_below_main() {
    for path in sources("cli") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in code(&text) {
            let place = format!("{}:{number}: {line}", path.display());
            assert!(!line.contains("process::exit"), "{place}");
            assert!(!line.contains("println!"), "{place}");
            assert!(name == "environment.rs" || !line.contains("env::var"), "{place}");
        }
    }
}

#[test]
fn nothing_in_code_knows_a_data_set() {
    // What is true of one data set only lies in data/ and configs/; code may register it by name.
    let marks = ["_DE_time", "_FE_time", "_BA_time", "X097"];
    for room in rooms() {
        for path in sources(&room) {
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in code(&text) {
                for mark in marks {
                    assert!(!line.contains(mark), "{}:{number}: {mark}", path.display());
                }
            }
        }
    }
}

#[test]
fn no_file_of_code_is_longer_than_a_reader_can_hold() {
    for room in rooms() {
        for path in sources(&room) {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 800, "{}: {lines} lines", path.display());
        }
    }
}
