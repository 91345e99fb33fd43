//! `brinell demo`: no fault is named on a sound machine, none is named wrongly, and it repeats itself.

use crate::place::Place;

#[test]
fn the_demo_names_faults_or_says_why_not_and_names_nothing_on_sound_machines() {
    let place = Place::new();
    let ran = place.run("demo -o plant --json").exits(0);
    let data = &ran.json()["data"];
    let machines = data["machines"].as_array().unwrap();
    assert!(machines.len() >= 12, "{}", machines.len());
    for machine in machines {
        let outcome = machine["outcome"].as_str().unwrap();
        assert!(outcome == "right" || outcome == "open", "{machine}");
        if machine["truth"].is_null() {
            assert_ne!(machine["status"], "found", "{machine}");
        }
        let page = std::fs::read_to_string(place.path(machine["report"].as_str().unwrap())).unwrap();
        assert!(page.contains("</html>"));
    }
    let named = machines.iter().filter(|m| m["status"] == "found").count();
    assert!(named >= 5, "{named} faults named");
    assert!(place.path("plant/report/index.html").is_file());
}

#[test]
fn the_demo_gives_the_same_bytes_twice_and_replaces_only_what_it_made() {
    let place = Place::new();
    place.run("demo").exits(0).prints("Open brinell-demo/report/index.html");
    let first = std::fs::read(place.path("brinell-demo/report/index.html")).unwrap();
    place.run("demo").exits(0);
    assert_eq!(first, std::fs::read(place.path("brinell-demo/report/index.html")).unwrap());

    std::fs::create_dir(place.path("mine")).unwrap();
    std::fs::write(place.path("mine/thesis.txt"), "years of work").unwrap();
    place.run("demo -o mine").exits(2);
    place.run("demo -o other --dry-run").exits(0).prints("would write");
    assert!(!place.path("other").exists());
}
