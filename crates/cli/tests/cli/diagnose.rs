//! `brinell diagnose`.

use crate::place::{KNOWN, Place};
use brinell_signal::FaultKind;

#[test]
fn a_single_recording_is_shown_as_a_block_with_expected_and_found_order() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Inner), 1);
    let ran = place.run(&format!("diagnose pump.mat {KNOWN}")).exits(0);
    let ran = ran.prints("fault: inner race (BPFI)").prints("5.415").prints("caveat").prints("p adjusted");
    ran.prints("declared");
}

#[test]
fn without_speed_or_bearing_the_verdict_is_undecided_and_says_what_to_give() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Outer), 1);
    let ran = place.run("diagnose pump.mat --rate 12kHz").exits(0).prints("undecided");
    ran.prints("--bearing").prints("--speed");
}

#[test]
fn a_batch_prints_one_line_each_in_natural_order_and_never_stops() {
    let place = Place::new();
    place.recording("rig/9.mat", Some(FaultKind::Inner), 1);
    place.recording("rig/10.mat", None, 2);
    place.write("rig/2.mat", "broken");
    place.recording("rig/.hidden/1.mat", None, 3);
    place.recording("rig/deep/1.mat", Some(FaultKind::Inner), 4);
    place.write("rig/notes.txt", "not a recording");
    let ran = place.run(&format!("diagnose rig {KNOWN}")).exits(6);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", ran.out);
    for (line, (word, name)) in lines.iter().zip([
        ("failed", "rig/2.mat"),
        ("fault", "rig/9.mat"),
        ("", "rig/10.mat"),
        ("fault", "rig/deep/1.mat"),
        ("4 recordings: 2 with a fault", "1 failed"),
    ]) {
        assert!(line.starts_with(word) && line.contains(name), "{word} {name}: {line}");
    }
    ran.mentions("error: rig/2.mat is not a recording");
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let place = Place::new();
    for k in 0..4 {
        place.recording(format!("rig/{k}.mat"), Some(FaultKind::ALL[k as usize]), k);
    }
    let data = |threads: u32| {
        let line = format!("diagnose rig {KNOWN} --json --threads {threads}");
        place.run(&line).exits(0).json()["data"].to_string()
    };
    assert_eq!(data(1), data(3));
}

#[test]
fn findings_fail_only_when_asked() {
    let place = Place::new();
    place.recording("bad.mat", Some(FaultKind::Inner), 1);
    place.recording("good.mat", None, 2);
    place.run(&format!("diagnose bad.mat {KNOWN}")).exits(0);
    place.run(&format!("diagnose bad.mat {KNOWN} --fail-on fault")).exits(1).prints("fault: inner race");
    place.run(&format!("diagnose good.mat {KNOWN} --fail-on fault")).exits(0);
    place.run(&format!("diagnose bad.mat gone.mat {KNOWN} --fail-on fault")).exits(1);
    place.run(&format!("diagnose good.mat gone.mat {KNOWN} --fail-on fault")).exits(6);
}

#[test]
fn reports_a_fleet_page_and_tables_are_written_and_failed_files_have_their_rows() {
    let place = Place::new();
    place.recording("rig/a b.mat", Some(FaultKind::Inner), 1);
    place.write("rig/c.mat", "broken");
    let json = place.run(&format!("diagnose rig {KNOWN} -o report --json")).exits(6).json();
    assert_eq!(json["schema"], "brinell.diagnose/1");
    assert_eq!(json["ok"], false);
    let items = json["data"]["recordings"].as_array().unwrap();
    assert_eq!(items[0]["status"], "found");
    assert_eq!(items[0]["element"], "inner race");
    assert!((items[0]["found_order"].as_f64().unwrap() / 5.4152 - 1.0).abs() < 0.01);
    assert_eq!(items[1]["status"], "failed");
    assert_eq!(items[1]["error"]["code"], "format_unknown");
    for key in ["html", "json"] {
        let path = place.path(items[0][key].as_str().unwrap());
        assert!(path.metadata().unwrap().len() > 1000, "{}", path.display());
    }
    for name in ["index.html", "recordings/00000.parquet", "peaks/00000.parquet"] {
        assert!(place.path("report").join(name).metadata().unwrap().len() > 100, "{name}");
    }
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert!(index.contains("c.mat"), "the failed file is on the fleet page");
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path(items[0]["json"].as_str().unwrap())).unwrap())
            .unwrap();
    assert_eq!(report["schema"], "brinell.report/1");
    let again = report["reproduce"].as_str().unwrap();
    assert!(again.starts_with("brinell diagnose 'rig/a b.mat' --rate 12000Hz --speed 30Hz"), "{again}");
    let words = again.replacen("brinell", "$BRINELL", 1);
    place.shell(&words).exits(0).prints("fault: inner race");
}

#[test]
fn the_same_recording_gives_the_same_report_twice() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    for folder in ["one", "two"] {
        place.run(&format!("diagnose a.mat {KNOWN} -o {folder}")).exits(0);
    }
    let files = |folder: &str| {
        let own = |(path, bytes): (std::path::PathBuf, Vec<u8>)| {
            Some((path.strip_prefix(place.path(folder)).ok()?.to_owned(), bytes))
        };
        place
            .tree()
            .into_iter()
            .filter_map(own)
            .filter(|(path, _)| path.extension().is_some())
            .collect::<Vec<_>>()
    };
    // Page and data, the page of all, two tables, and the state.
    assert_eq!(files("one").len(), 7);
    assert!(files("one") == files("two"), "the two folders differ");
}

#[test]
fn a_manifest_says_what_each_file_does_not_and_its_truth_is_never_read() {
    let place = Place::new();
    let line = "data simulate --bearing 6205 --speed 1797rpm --fault inner --snr 5dB --duration 5s -o sim";
    place.run(line).exits(0);
    let json = place.run("diagnose sim --manifest sim/truth.csv --json").exits(0).json();
    assert_eq!(json["data"]["recordings"][0]["element"], "inner race");
    // The same recording with another truth in its manifest gets the same verdict.
    let truth = std::fs::read_to_string(place.path("sim/truth.csv")).unwrap();
    place.write("sim/truth.csv", truth.replace(",inner,", ",outer,"));
    let again = place.run("diagnose --manifest sim/truth.csv --json").exits(0).json();
    assert_eq!(json["data"]["recordings"], again["data"]["recordings"]);
    place.write("sim/wrong.csv", "file,sped\nsim_0001.mat,30Hz\n");
    place.run("diagnose --manifest sim/wrong.csv").exits(2).mentions("sim/wrong.csv:1").mentions("`speed`");
}

#[test]
fn a_list_of_inputs_is_read_from_a_file() {
    let place = Place::new();
    place.recording("a b.mat", None, 1);
    place.recording("c.mat", None, 2);
    place.write("list.txt", "a b.mat\nc.mat\n");
    place.run(&format!("diagnose @list.txt {KNOWN}")).exits(0).prints("2 recordings");
    place.run("diagnose @gone.txt").exits(3).mentions("gone.txt does not exist");
}

#[test]
fn an_unknown_channel_is_answered_with_those_that_exist() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    let ran = place.run(&format!("diagnose a.mat {KNOWN} --channel vibratoin")).exits(3);
    ran.mentions("no channel `vibratoin`").mentions("--channel vibration");
}

#[test]
fn a_thousand_broken_files_are_reported_in_one_group() {
    let place = Place::new();
    for k in 0..1000 {
        place.write(format!("rig/{k}.mat"), "broken");
    }
    let ran = place.run("diagnose rig").exits(3);
    assert_eq!(ran.out.lines().count(), 1001);
    assert_eq!(ran.err.matches("error:").count(), 1, "{}", ran.err);
    ran.mentions("and 999 more files like this");
}

#[test]
fn a_recording_that_is_cut_or_flat_or_short_never_panics() {
    let place = Place::new();
    let write = |name: &str, samples: Vec<f64>| {
        brinell_formats::write_mat5(&place.path(name), &[("x".to_owned(), samples)]).unwrap();
    };
    write("flat.mat", vec![1.0; 24_000]);
    write("zero.mat", vec![0.0; 24_000]);
    write("two.mat", vec![0.0, 1.0]);
    write("huge.mat", (0..24_000).map(|k| f64::from(k % 7) * 1e37).collect());
    write("nan.mat", (0..24_000).map(|k| if k == 100 { f64::NAN } else { f64::from(k % 7) }).collect());
    for name in ["flat", "zero", "two", "huge", "nan"] {
        let ran = place.run(&format!("diagnose {name}.mat {KNOWN}"));
        assert!(matches!(ran.code, Some(0 | 3)), "{name}: {:?}\n{}", ran.code, ran.err);
        assert!(!ran.err.contains("bug"), "{name}: {}", ran.err);
    }
}

#[test]
fn recordings_of_the_same_name_and_bytes_each_get_a_report() {
    let place = Place::new();
    place.recording("p/105.mat", Some(FaultKind::Inner), 1);
    place.recording("q/105.mat", Some(FaultKind::Inner), 1);
    let line = format!("diagnose p/105.mat q/105.mat p/105.mat {KNOWN} -o report --json");
    let json = place.run(&line).exits(0).json();
    let items = json["data"]["recordings"].as_array().unwrap();
    let pages: Vec<&str> = items.iter().map(|item| item["html"].as_str().unwrap()).collect();
    assert!(pages[1].contains("-2.") && pages[2].contains("-3."), "{pages:?}");
    let read = |path: &serde_json::Value| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(place.path(path.as_str().unwrap())).unwrap()).unwrap()
    };
    for (item, path) in items.iter().zip(["p/105.mat", "q/105.mat", "p/105.mat"]) {
        assert_eq!(read(&item["json"])["input"]["path"], path);
        assert!(place.path(item["html"].as_str().unwrap()).is_file());
    }
    assert!(place.path("report/index.html").is_file());
}

#[test]
fn a_report_that_cannot_be_written_fails_its_recording_and_not_the_batch() {
    let place = Place::new();
    place.recording("rig/1.mat", Some(FaultKind::Inner), 1);
    place.recording("rig/2.mat", Some(FaultKind::Inner), 2);
    let line = format!("diagnose rig {KNOWN} -o report --force --json");
    let json = place.run(&line).exits(0).json();
    let page = place.path(json["data"]["recordings"][0]["html"].as_str().unwrap());
    std::fs::remove_file(&page).unwrap();
    std::fs::create_dir_all(page.join("in the way")).unwrap();
    let ran = place.run(&line).exits(4);
    let json = ran.json();
    assert_eq!(json["data"]["recordings"][0]["error"]["code"], "output_unwritable");
    assert_eq!(json["data"]["recordings"][1]["status"], "found");
    assert_eq!(json["data"]["counts"]["failed"], 1);
}

#[test]
fn every_row_of_a_file_is_diagnosed_also_when_the_file_is_named() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    place.recording("b.mat", None, 2);
    let rows = "a.mat,north,6205,30Hz,12kHz\na.mat,south,,30Hz,12kHz\nb.mat,west,6205,30Hz,12kHz\n";
    place.write("plant.csv", format!("file,point,bearing,speed,rate\n{rows}"));
    let points = |ran: crate::place::Ran| {
        let json = ran.exits(0).json();
        let items = json["data"]["recordings"].as_array().unwrap().clone();
        let read = |item: &serde_json::Value| -> serde_json::Value {
            let bytes = std::fs::read(place.path(item["json"].as_str().unwrap())).unwrap();
            serde_json::from_slice(&bytes).unwrap()
        };
        items
            .iter()
            .map(|item| read(item)["machine"]["point"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let some = |name: &str| Some(name.to_owned());
    let ran = place.run("diagnose --manifest plant.csv -o all --json");
    assert_eq!(points(ran), [some("north"), some("south"), some("west")]);
    place.recording("c.mat", None, 3);
    let ran = place.run("diagnose c.mat ./a.mat --rate 12kHz --manifest plant.csv -o named --json");
    assert_eq!(points(ran), [None, some("north"), some("south")]);
}

#[test]
fn a_wrong_value_fails_its_row_and_the_others_go_on() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    let good = "a.mat,6205,30Hz,12kHz";
    let bad =
        "b.mat,99999,30Hz,12kHz\nc.mat,6205,0rpm,12kHz\nd.mat,6205,1797,12kHz\n,6205,30Hz,12kHz\ne.mat,6205";
    place.write("plant.csv", format!("file,bearing,speed,rate\n{bad}\n{good}\n"));
    let ran = place.run("diagnose --manifest plant.csv -o report").exits(6);
    let lines: Vec<&str> = ran.out.lines().collect();
    for (line, text) in lines.iter().zip([
        "plant.csv:2 (b.mat): unknown bearing `99999`",
        "plant.csv:3 (c.mat): speed 0rpm is refused: the shaft has to turn",
        "plant.csv:4 (d.mat): speed 1797 has no unit",
        "plant.csv:5 (plant.csv): the column `file` is empty",
        "plant.csv:6 (e.mat): the row has 2 cells, the header 4",
        "inner race",
        "6 recordings: 1 with a fault, 0 undecided, 0 without a finding, 5 failed",
    ]) {
        assert!(line.contains(text), "{text}: {line}");
    }
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert!(index.contains("plant.csv:4"), "the reason is on the fleet page");
    let ran = place.run("diagnose --manifest plant.csv --dry-run").exits(6);
    assert_eq!(ran.out, "would read   a.mat\n");
    ran.mentions("plant.csv:2");
    // A row that is about another file is no matter of this one.
    place.run("diagnose a.mat --manifest plant.csv").exits(0).prints("inner race");
}

#[test]
fn a_manifest_without_rows_or_without_files_ends_the_batch() {
    let place = Place::new();
    place.write("plant.csv", "file,bearing\n");
    let ran = place.run("diagnose --manifest plant.csv").exits(2);
    ran.mentions("error: the manifest plant.csv has no rows");
    place.write("plant.csv", "bearing\n6205\n");
    place.run("diagnose --manifest plant.csv").exits(2).mentions("no column `file`");
    place.write("plant.csv", "file,colour\na.mat,red\n");
    place.run("diagnose --manifest plant.csv").exits(2).mentions("unknown column `colour`");
}

#[test]
fn a_pdf_and_a_text_are_written_where_they_are_asked_for() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Inner), 1);
    let ran = place.run(&format!("diagnose pump.mat {KNOWN} -o report --pdf --markdown --json")).exits(0);
    let data = ran.json();
    let written = &data["data"]["recordings"][0];
    for (form, start) in [("pdf", "%PDF-"), ("markdown", "# ")] {
        let path = place.path(written[form].as_str().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.starts_with(start.as_bytes()), "{}", path.display());
    }
    place.run(&format!("diagnose pump.mat {KNOWN} --pdf")).exits(2).mentions("--output");
}

#[test]
fn two_reports_are_compared_in_any_form() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    place.recording("b.mat", None, 2);
    let ran = place.run(&format!("diagnose a.mat b.mat {KNOWN} -o report --json")).exits(0);
    let data = ran.json();
    let path = |i: usize| data["data"]["recordings"][i]["json"].as_str().unwrap().to_owned();
    for (name, start) in [("change.html", "<!DOCTYPE html>"), ("change.pdf", "%PDF-"), ("change.md", "# ")] {
        place.run(&format!("report compare {} {} -o {name}", path(0), path(1))).exits(0).prints(name);
        assert!(std::fs::read(place.path(name)).unwrap().starts_with(start.as_bytes()), "{name}");
    }
    place.run(&format!("report compare {} {} -o change.md", path(0), path(1))).mentions("--force");
    place.write("other.json", "{}");
    place
        .run(&format!("report compare {} other.json -o x.html", path(0)))
        .exits(3)
        .mentions("no report of brinell");
}

#[test]
fn level_stage_history_and_actions_with_dates_and_names_are_told() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Outer), 1);
    let machine = "--unit g --power 55kW --group 2 --support rigid --criticality high --measured 2026-11-03";
    let ran = place.run(&format!("diagnose pump.mat {KNOWN} {machine}")).exits(0);
    let ran = ran
        .prints("mm/s RMS, 10 to 1000 Hz, zone ")
        .prints("  stage       stage ")
        .prints("Stage 1 is not observable");
    ran.prints("First measurement of this point").prints("  do ").prints("; vibration analyst");
}

#[test]
fn without_power_group_and_support_there_is_no_zone_and_the_reasons_say_which_flags() {
    let place = Place::new();
    place.recording("pump.mat", None, 1);
    let ran = place.run(&format!("diagnose pump.mat {KNOWN}")).exits(0);
    let ran = ran.prints("No zone: the rated power is not declared (--power 55kW)");
    ran.prints("(--group 1 or 2)").prints("(--support rigid or flexible)");
    let small =
        place.run(&format!("diagnose pump.mat {KNOWN} --unit g --power 2hp --group 2 --support rigid"));
    small.exits(0).prints("above 15 kW").prints("1.4");
}

#[test]
fn earlier_reports_are_the_baseline_of_a_later_recording() {
    let place = Place::new();
    for k in 0..6 {
        place.recording(format!("old/{k}.mat"), None, k);
    }
    place.recording("new.mat", Some(FaultKind::Outer), 9);
    let named = format!("{KNOWN} --asset P-101 --point DE");
    place.run(&format!("diagnose old {named} -o history")).exits(0);
    let ran = place.run(&format!("diagnose new.mat {named} --history history")).exits(0);
    ran.prints("6 earlier readings").prints("modulation: ").prints("grown");
    let again = place.run(&format!("diagnose old/0.mat {named} --history history")).exits(0);
    again.prints("5 earlier readings").prints("1 reading is this very recording or later");
    // Without a name no report can be told to be of this point.
    let unnamed = place.run(&format!("diagnose new.mat {KNOWN} --history history")).exits(0);
    unnamed
        .prints("0 earlier readings")
        .prints("names neither machine nor measuring point (--asset, --point)");
}

#[test]
fn what_is_no_limit_date_power_policy_or_history_is_refused_before_anything_is_read() {
    let place = Place::new();
    place.recording("pump.mat", None, 1);
    place.write("mine.toml", "name = \"mine\"\n");
    place.write("history/a.csv", "date,RMS\nyesterday,1\n");
    for (flags, part) in [
        ("--limit RMS", "no limit"),
        ("--measured 3.11.2026", "no date"),
        ("--power 55", "no power with a unit"),
        ("--policy mine.toml", "mine.toml"),
        ("--history history", "line 2: `yesterday` is no date"),
        ("--history nowhere", "nowhere"),
    ] {
        let ran = place.run(&format!("diagnose pump.mat {KNOWN} {flags}"));
        assert!(ran.err.contains(part), "{flags}: {}", ran.err);
        assert!(ran.out.is_empty(), "{flags}: {}", ran.out);
    }
}

#[test]
fn the_model_that_ships_is_asked_unless_none_is_wanted() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Inner), 1);
    let ran = place.run(&format!("diagnose pump.mat {KNOWN}")).exits(0);
    ran.prints("default over 5 segments, calibrated").prints("by what held-out bearings promise");
    let json = place.run(&format!("diagnose pump.mat {KNOWN} --json")).exits(0).json();
    assert!(json["data"]["recordings"][0]["scores"]["inner"].as_f64().unwrap() > 0.5);
    let ran = place.run(&format!("diagnose pump.mat {KNOWN} --model none")).exits(0);
    ran.prints("rests on the signal alone").prints("fault: inner race (BPFI)");
}

#[test]
fn analyze_rests_on_the_signal_alone_and_refuses_a_model() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Inner), 1);
    let ran = place.run(&format!("analyze pump.mat {KNOWN} -o report")).exits(0);
    ran.prints("rests on the signal alone").prints("fault: inner race (BPFI)");
    let page = place.tree().into_iter().find(|(path, _)| path.extension().is_some_and(|end| end == "json"));
    assert!(String::from_utf8(page.unwrap().1).unwrap().contains("brinell analyze pump.mat"));
    let ran = place.run("analyze pump.mat --model net.safetensors").exits(2);
    ran.mentions("brinell analyze rests on the signal alone and asks no model, so it takes no --model")
        .mentions("brinell diagnose FILE --model net.safetensors");
    let help = place.run("analyze --help").exits(0);
    assert!(!help.out.contains("--model") && help.out.contains("by the signal alone"), "{}", help.out);
}

#[test]
fn what_a_model_says_is_explained_in_hertz_and_orders() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Outer), 1);
    let ran = place.run(&format!("explain pump.mat {KNOWN}")).exits(0);
    ran.prints("the model default says outer").prints("BPFO").prints("3.585x").prints("107.5");
    let json = place.run(&format!("explain pump.mat {KNOWN} --json")).exits(0).json();
    assert_eq!(json["data"]["lines"][0]["line"], "BPFO");
    place.run(&format!("explain pump.mat {KNOWN} --model none")).exits(2).mentions("nothing to explain");
    place.run("explain pump.mat --rate 12kHz").exits(3).mentions("--speed");
}

#[test]
fn a_recording_is_explained_by_its_report() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Outer), 1);
    place.run(&format!("diagnose pump.mat {KNOWN} -o report")).exits(0);
    let report = place
        .tree()
        .into_iter()
        .map(|(path, _)| path)
        .find(|path| path.extension().is_some_and(|end| end == "json"));
    let name = report.unwrap().file_stem().unwrap().to_string_lossy().into_owned();
    let id = name.strip_prefix("pump-").unwrap();
    let by_file = place.run(&format!("explain pump.mat {KNOWN}")).exits(0).out;
    for command in [
        format!("explain {id}"),
        format!("explain {id} --reports report"),
        format!("explain report/{name}.json"),
    ] {
        assert_eq!(place.run(&command).exits(0).out, by_file, "{command}");
    }
    place.run("explain a1f4c09d3b52-DE").exits(3).mentions("no report a1f4c09d3b52-DE");
    // Another recording under the same name is not the one that was reported.
    place.recording("pump.mat", Some(FaultKind::Outer), 2);
    place.run(&format!("explain {id}")).exits(3).mentions("its bytes differ");
}
