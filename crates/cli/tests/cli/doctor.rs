//! `brinell doctor`.

use crate::place::Place;

#[test]
fn the_devices_and_every_operation_are_told_with_what_runs_where() {
    let place = Place::new();
    let found = place.run("doctor --json").exits(0).json()["data"].clone();
    let devices = found["devices"].as_array().unwrap();
    assert_eq!((&devices[0]["name"], &devices[0]["usable"]), (&"cpu".into(), &true.into()));
    let gpu = &devices[1];
    assert_eq!(gpu["name"], "cuda:0");
    assert_eq!(gpu["usable"].as_bool().unwrap(), gpu["why"].is_null(), "{gpu}");
    assert_eq!(found["auto"], if gpu["usable"] == true { "cuda:0" } else { "cpu" });
    let says = |table: &str, name: &str| {
        let rows = found[table].as_array().unwrap();
        let found = rows.iter().find(|own| own["name"].as_str().unwrap().contains(name));
        found.unwrap_or_else(|| panic!("{name}"))["runs_on"].clone()
    };
    assert!(found["operations"].as_array().unwrap().len() > 20);
    assert_eq!(says("operations", "convolution"), "gpu");
    assert_eq!(says("work", "losses"), "cpu");
    place.run("doctor").exits(0).prints("auto        takes ").prints("matrix product");
    if found["driver"] == false {
        place.run("doctor").exits(0).prints("no NVIDIA driver was found");
    }
}

#[test]
fn a_device_that_cannot_be_used_is_a_failure_with_the_reason() {
    let place = Place::new();
    place.run("doctor --device cpu").exits(0);
    let words = "`auto`, `cpu` or `cuda:N`";
    place.run("doctor --device gpu").exits(2).mentions(words);
    // No machine has as many.
    place.run("doctor --device cuda:4096").exits(4).mentions("device `cuda:4096` cannot be used");
}
