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
    let operations = found["operations"].as_array().unwrap();
    let says = |name: &str| {
        let found = operations.iter().find(|own| own["name"] == name);
        found.unwrap_or_else(|| panic!("{name}"))["cuda"].clone()
    };
    assert!(operations.len() > 20);
    assert!(["runs", "refuses"].contains(&says("convolution").as_str().unwrap()));
    assert_eq!(says("matrix product"), "runs");
    place.run("doctor").exits(0).prints("auto        takes ").prints("matrix product");
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
