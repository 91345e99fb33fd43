//! Reports in Chinese: the program's own sentences are Chinese, what a user's file says stays as it is.

use crate::place::Place;
use brinell_signal::FaultKind;

/// The report of `a.mat` as Markdown, its sensor at `position`.
fn report(language: &str, position: &str) -> String {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    let channel = "[[channel]]\nname = \"DE\"\nvariable = \"vibration\"\nunit = \"g\"";
    place.write(
        "layout.toml",
        format!("name = \"mine\"\n{channel}\nposition = \"{position}\"\n[rate]\nvalue = \"12kHz\"\n"),
    );
    let line = "diagnose a.mat --layout layout.toml --speed 30Hz --bearing 6205 -o report --markdown";
    place.run(&format!("{line} --language {language}")).exits(0);
    let report = place.tree().into_iter().find(|(path, _)| path.extension().is_some_and(|end| end == "md"));
    String::from_utf8(report.unwrap().1).unwrap()
}

#[test]
fn card_position_and_source_are_in_the_language_of_the_report() {
    let english = report("en", "base plate");
    assert!(english.contains("Calibrated on 18 bearings held out in turn. An unknown fault"), "{english}");
    let chinese = report("zh", "base plate");
    for (english, chinese_word) in [
        ("trained on all", "的全部 72 个记录"),
        ("held out in turn", "用依次留出的 18 个轴承校准"),
        (" under cross-end", "（方案 cross-end，通道 DE+FE）"),
        ("one test rig", "它只了解一个试验台"),
        ("nor to call a machine safe", "不得用来判定机器安全"),
        ("base plate", "底板"),
        ("Case Western", "凯斯西储大学轴承数据中心"),
    ] {
        assert!(chinese.contains(chinese_word), "{chinese_word}: {chinese}");
        assert!(!chinese.contains(english), "{english}: {chinese}");
    }
    assert!(report("zh", "bearing 3, left of the door").contains("bearing 3, left of the door"));
}

#[test]
fn a_number_and_its_percent_sign_are_apart_in_every_language() {
    for language in ["en", "zh"] {
        let report = report(language, "base plate");
        let close = |at: usize| report[..at].ends_with(|c: char| c.is_ascii_digit());
        assert!(report.matches(" %").count() > 3, "{report}");
        for (at, _) in report.match_indices('%') {
            assert!(!close(at), "{language}: {}", &report[..at + 1]);
        }
    }
}
