//! `brinell diagnose --manifest`: rows that are wrong in several cells, and rows without their file.

use crate::place::Place;
use brinell_signal::FaultKind;

#[test]
fn all_wrong_cells_of_a_row_are_told_at_once() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    let rows = "b.mat,99999,0rpm,12kHz,55\n,6205,30Hz,12,55kW\na.mat,6205,30Hz,12kHz,55kW\n";
    place.write("plant.csv", format!("file,bearing,speed,rate,power\n{rows}"));
    let ran = place.run("diagnose --manifest plant.csv --model none").exits(6);
    let lines: Vec<&str> = ran.out.lines().collect();
    for (line, parts) in lines.iter().zip([
        &[
            "plant.csv:2 (b.mat): 3 cells of this row are wrong",
            "power 55 is",
            "`99999`",
            "speed 0rpm",
            "power 55kW",
        ][..],
        &["plant.csv:3 (plant.csv): 2 cells", "the column `file` is empty", "rate 12 has no unit"],
        &["a.mat"],
    ]) {
        for part in parts {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    let json = place.run("diagnose --manifest plant.csv --model none --json").exits(6).json();
    let message = json["data"]["recordings"][0]["error"]["message"].as_str().unwrap();
    assert_eq!(message.lines().count(), 4, "{message}");
    // A dry run tells every row, not the first alone.
    let ran = place.run("diagnose --manifest plant.csv --dry-run").exits(6);
    ran.mentions("--> plant.csv:2")
        .mentions("--> plant.csv:3")
        .mentions("error: 2 cells of this row are wrong");
    let json = place.run("diagnose --manifest plant.csv --dry-run --json").exits(6).json();
    assert_eq!(json["data"]["refused"].as_array().unwrap().len(), 2);
}

#[test]
fn all_unknown_columns_are_told_at_once() {
    let place = Place::new();
    place.write("plant.csv", "file,beering,colour\na.mat,6205,red\n");
    let ran = place.run("diagnose --manifest plant.csv").exits(2);
    ran.mentions("unknown column `beering`; did you mean `bearing`?; unknown column `colour`");
}

#[test]
fn a_row_whose_file_is_missing_fails_also_where_folders_are_named() {
    let place = Place::new();
    place.recording("rig/a.mat", Some(FaultKind::Inner), 1);
    place.recording("other/c.mat", None, 2);
    let rows = "rig/a.mat,6205,30Hz,12kHz\nrig/gone.mat,6205,30Hz,12kHz\nother/c.mat,6205,30Hz,12kHz\n";
    place.write("plant.csv", format!("file,bearing,speed,rate\n{rows}"));
    let ran = place.run("diagnose rig --manifest plant.csv --model none").exits(6);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].contains("rig/a.mat") && lines[1].starts_with("failed"), "{}", ran.out);
    assert!(lines[1].contains("rig/gone.mat does not exist"), "{}", ran.out);
    assert!(lines[2].starts_with("2 recordings:") && lines[2].ends_with("1 failed"), "{}", ran.out);
    let plan = place
        .run("diagnose rig --manifest plant.csv --dry-run")
        .exits(6)
        .mentions("rig/gone.mat does not exist");
    assert_eq!(plan.out, "would read   rig/a.mat\n");
    // A file that is there and was not named is no failure, and is told.
    ran.mentions("1 row of the manifest fit").mentions("other/c.mat");
    // Where files are named, the other rows are no matter of theirs.
    place.run("diagnose rig/a.mat --manifest plant.csv --model none").exits(0);
}
