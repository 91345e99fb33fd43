//! `brinell diagnose --manifest`: what a row says of its machine.

use crate::place::Place;
use brinell_signal::FaultKind;
use serde_json::Value;

const TITLES: &str = "file,asset,bearing,speed,rate,unit,power,group,support,criticality,date";

/// The reports (JSON) of a batch, in its order.
fn reports(place: &Place, summary: &Value) -> Vec<Value> {
    let items = summary["data"]["recordings"].as_array().unwrap();
    let read = |item: &Value| {
        let bytes = std::fs::read(place.path(item["json"].as_str().unwrap())).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    items.iter().map(read).collect()
}

#[test]
fn a_cell_of_the_machine_wins_over_the_flag_and_an_empty_one_leaves_it() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.recording("b.mat", None, 2);
    let rows =
        "a.mat,Fan,6205,30Hz,12kHz,g,400kW,1,flexible,high,2026-11-01\nb.mat,Pump,6205,30Hz,12kHz,g, ,,,,\n";
    place.write("plant.csv", format!("{TITLES}\n{rows}"));
    let flags = "--power 75hp --group 2 --support rigid --criticality low --measured 2026-11-03";
    let json = place.run(&format!("diagnose --manifest plant.csv {flags} -o report --json")).exits(0).json();
    let reports = reports(&place, &json);
    let machine = &reports[0]["machine"];
    assert_eq!((&machine["power_kw"], &machine["group"]), (&Value::from(400.0), &Value::from(1)));
    assert_eq!((&machine["support"], &machine["criticality"]), (&"flexible".into(), &"high".into()));
    assert_eq!(reports[0]["assessed"]["measured"], "2026-11-01");
    let machine = &reports[1]["machine"];
    assert!((machine["power_kw"].as_f64().unwrap() - 55.927).abs() < 1e-3);
    assert_eq!((&machine["support"], &machine["criticality"]), (&"rigid".into(), &"low".into()));
    assert_eq!(reports[1]["assessed"]["measured"], "2026-11-03");
    // What repeats a diagnosis says the same of the machine without the table.
    let again = reports[0]["reproduce"].as_str().unwrap();
    let words = "--power 400kW --group 1 --support flexible --criticality high";
    assert!(again.contains(words) && again.contains("--measured 2026-11-01"), "{again}");
    place.shell(&format!("{} -o again", again.replacen("brinell", "$BRINELL", 1))).exits(0);
    let page = place.tree().into_iter().find(|(path, _)| {
        path.to_string_lossy().contains("again") && path.extension().is_some_and(|end| end == "json")
    });
    let repeated: Value = serde_json::from_slice(&page.unwrap().1).unwrap();
    assert_eq!(repeated["assessed"], reports[0]["assessed"]);
    assert_eq!(repeated["actions"], reports[0]["actions"]);
}

#[test]
fn a_wrong_cell_of_the_machine_names_column_value_and_remedy_and_the_others_go_on() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    let row = |file: &str, machine: &str| format!("{file},Fan,6205,30Hz,12kHz,g,{machine}\n");
    let rows = [
        row("p.mat", "55,2,rigid,high,2026-11-01"),
        row("g.mat", "55kW,3,rigid,high,2026-11-01"),
        row("s.mat", "55kW,2,soft,high,2026-11-01"),
        row("c.mat", "55kW,2,rigid,huge,2026-11-01"),
        row("d.mat", "55kW,2,rigid,high,1.11.2026"),
        row("a.mat", "55kW,2,rigid,high,2026-11-01"),
    ];
    place.write("plant.csv", format!("{TITLES}\n{}", rows.concat()));
    let ran = place.run("diagnose --manifest plant.csv --model none -o report").exits(6);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 7, "{}", ran.out);
    for (line, (what, help)) in lines.iter().zip([
        ("plant.csv:2 (p.mat): power 55 is no power with a unit", "help: power 55kW"),
        ("plant.csv:3 (g.mat): group 3 is no group", "help: group 1 or group 2"),
        ("plant.csv:4 (s.mat): support soft is no kind", "help: support rigid or support flexible"),
        ("plant.csv:5 (c.mat): criticality huge is no level", "help: criticality high or criticality medium"),
        ("plant.csv:6 (d.mat): date 1.11.2026 is no date", "help: date 2026-11-03"),
        ("a.mat", "inner race"),
    ]) {
        assert!(line.contains(what) && line.contains(help), "{what}: {line}");
    }
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert!(index.contains("support soft is no kind of support"), "the reason is on the fleet page");
    assert_eq!(index.matches("data-machine=\"Fan\"").count(), 6, "each row keeps its machine");
    assert_eq!(index.matches(">criticality high<").count(), 5, "all but the one whose cell is wrong");
    let json = place.run("diagnose --manifest plant.csv --model none --json").exits(6).json();
    let error = &json["data"]["recordings"][2]["error"];
    assert_eq!((&error["code"], &error["line"]), (&"manifest_invalid".into(), &4.into()));
    assert_eq!(error["help"], "support rigid or support flexible");
}

#[test]
fn the_fleet_page_shows_level_zone_stage_and_dated_action_of_each_machine() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    place.recording("b.mat", Some(FaultKind::Inner), 2);
    let rows = "a.mat,Fan,6205,30Hz,12kHz,g,,,,low,2026-11-01\nb.mat,Pump,6205,30Hz,12kHz,g,55kW,2,rigid,high,2026-11-01\n";
    place.write("plant.csv", format!("{TITLES}\n{rows}"));
    place.run("diagnose --manifest plant.csv --model none -o report").exits(0);
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    let body = &index[index.find("<tbody>").unwrap()..];
    let (pump, fan) = (body.find("Pump").unwrap(), body.find("Fan").unwrap());
    assert!(pump < fan, "the more critical machine comes first");
    assert!(body[fan..].contains("power, group, support not declared"), "{body}");
    assert!(body[..fan].contains("2026-11-0"), "{body}");
}

#[test]
fn earlier_rows_of_a_point_come_first_and_are_the_history_of_later_ones_on_any_number_of_threads() {
    let place = Place::new();
    let dates = ["2026-11-07", "2026-11-01", "2026-11-05", "2026-11-06", "2026-11-02", "2026-11-04"];
    let mut rows = "file,asset,point,bearing,speed,rate,unit,date\n".to_owned();
    for (seed, date) in (1..).zip(dates) {
        place.recording(format!("{seed}.mat"), None, seed);
        rows += &format!("{seed}.mat,Fan,DE,6205,30Hz,12kHz,g,{date}\n");
    }
    // Another point, and no point at all, are of nobody's history.
    place.recording("7.mat", None, 7);
    place.recording("8.mat", None, 8);
    rows += "7.mat,Fan,NDE,6205,30Hz,12kHz,g,2026-10-01\n8.mat,,,6205,30Hz,12kHz,g,2026-10-01\n";
    place.write("plant.csv", rows);
    let assessed = |threads: &str, folder: &str| -> Vec<Value> {
        let line = format!("diagnose --manifest plant.csv --model none -o {folder} --json");
        let words: Vec<&str> = line.split(' ').collect();
        let made = place.command().args(words).env("RAYON_NUM_THREADS", threads).output().unwrap();
        let json: Value = serde_json::from_slice(&made.stdout).unwrap();
        reports(&place, &json).iter().map(|report| report["assessed"].clone()).collect()
    };
    let one = assessed("1", "one");
    let known: Vec<u64> = one.iter().map(|of| of["history"]["readings"].as_u64().unwrap()).collect();
    assert_eq!(known, [0, 1, 2, 3, 4, 5, 0, 0]);
    let changes = one[5]["history"]["changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["readings"] == 5) && !changes.is_empty(), "{changes:?}");
    assert_eq!(one, assessed("4", "four"));
    // Reports of the same recordings are not counted beside them.
    let again = place.run("diagnose --manifest plant.csv --model none -o two --json --history one").exits(0);
    assert_eq!(reports(&place, &again.json())[5]["assessed"]["history"]["readings"], 5);
}
