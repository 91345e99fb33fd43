#![allow(clippy::unwrap_used)]
//! Tables of summaries that are made by hand: every figure is known.

use super::*;
use crate::class::ClassName;
use crate::experiment::{Experiment, ProtocolOptions};
use crate::judged::JudgedFold;
use crate::scores::{ScoreRow, ScoreTable};
use crate::setting::Setting;
use crate::summary::FoldFacts;
use crate::test_noise::NoiseKind;
use brinell_signal::FaultKind;

/// A protocol, its channel, and the share of right answers in each of its folds; none: it is not finished.
type Shares<'a> = (ProtocolOptions, &'a [f64]);

const TEXT: &str = r#"
name = "x"
[data]
dataset = "cwru"
rate = "12kHz"
[segments]
length = 1024
stride = 1024
[[pipeline]]
step = "envelope"
[model]
name = "logistic"
[training]
seeds = [0]
validation = 0.1
[[protocol]]
name = "random-window"
sensor = "DE"
"#;

fn experiment(protocols: &[Shares<'_>], more: &str) -> Experiment {
    let text = TEXT.replace("[[protocol]]", &format!("{more}\n[[protocol]]"));
    let mut experiment = Experiment::parse(&text, "x.toml").unwrap();
    experiment.protocols = protocols.iter().map(|(own, _)| own.clone()).collect();
    experiment
}

fn at(name: Protocol, sensor: &str) -> ProtocolOptions {
    ProtocolOptions::new(name, sensor)
}

/// One fold for each share of right answers; half of the segments are healthy.
fn folds(own: &ProtocolOptions, shares: &[f64], sets: bool) -> Vec<JudgedFold> {
    let classes = vec![ClassName::normal(), ClassName::of(FaultKind::Inner)];
    let fold = |(number, share): (usize, &f64)| {
        let row = |at: usize| {
            let (label, right) = ((at % 2) as u32, (at / 2) as f64 + 0.5 < share * 50.0);
            let own = if right { 0.75 } else { 0.25 };
            ScoreRow {
                file: format!("{at}"),
                bearing: format!("b{label}"),
                label,
                probabilities: if label == 0 { vec![own, 1.0 - own] } else { vec![1.0 - own, own] },
                set: sets.then(|| vec![0, 1]),
                ..ScoreRow::default()
            }
        };
        JudgedFold {
            scores: ScoreTable {
                classes: classes.iter().map(|class| class.name.clone()).collect(),
                rows: (0..100).map(row).collect(),
                ..ScoreTable::default()
            },
            facts: FoldFacts {
                protocol: own.name,
                sensor: own.sensor.clone(),
                noise: own.noise,
                fold: format!("fold-{number}"),
                run: number + 1,
                runs_planned: 3,
                classes: classes.clone(),
                known_bearings: ["a", "c", "b0"].map(str::to_owned).into(),
                ..FoldFacts::default()
            },
        }
    };
    shares.iter().enumerate().map(fold).collect()
}

fn summary_of(protocols: &[Shares<'_>], more: &str) -> Summary {
    let experiment = experiment(protocols, more);
    let (mut done, mut unfinished) = (Vec::new(), Vec::new());
    for (own, shares) in protocols {
        let folds = folds(own, shares, !more.is_empty());
        let setting = Setting::of(&experiment, own);
        match ProtocolSummary::of(&folds.iter().collect::<Vec<_>>(), setting).unwrap() {
            Some(own) => done.push(own),
            None => unfinished.push(UnfinishedProtocol::of(&experiment, own, Some(3))),
        }
    }
    Summary {
        schema: crate::summary::SCORES_SCHEMA.into(),
        experiment: experiment.name,
        model: "logistic".into(),
        protocols: done,
        unfinished,
    }
}

fn summary(protocols: &[Shares<'_>]) -> Summary {
    summary_of(protocols, "")
}

fn accuracy(row: &Row) -> Pair {
    row.figures.iter().find(|line| line.figure == Figure::Accuracy).unwrap().windows
}

fn leaky_names(table: &Table) -> Vec<Option<String>> {
    table.rows().iter().map(|row| row.leaky.as_ref().map(Side::name)).collect()
}

#[test]
fn the_leaky_figure_of_the_same_problem_stands_beside_the_honest_one_and_nowhere_else() {
    let size = (at(Protocol::LeaveOneSizeOut, "DE"), &[0.5, 0.75, 0.25][..]);
    let known = (at(Protocol::KnownBearings, "DE"), &[0.98][..]);
    let both = summary(&[known.clone(), size.clone()]);
    let table = Table::new([&both]);
    assert_eq!(leaky_names(&table), [Some("known-bearings at DE".to_owned())]);
    let pair = accuracy(&table.rows()[0]);
    assert!((pair.leaky.unwrap().mean - 0.98).abs() < 1e-12, "{table}");
    assert!((pair.honest.unwrap().mean - 0.5).abs() < 0.02, "{table}");
    for text in [table.to_string(), table.markdown()] {
        assert!(text.contains("98.00") && !text.contains(NOT_MEASURED), "{text}");
        assert!(text.contains("(leaky by bearing: the same bearings at other loads in training)"), "{text}");
    }
    for alone in [known, size] {
        let is_leaky = alone.0.name.is_leaky().is_some();
        let table = Table::new([&summary(&[alone])]);
        let pair = accuracy(&table.rows()[0]);
        assert_eq!((pair.honest.is_none(), pair.leaky.is_none()), (is_leaky, !is_leaky));
        assert!(table.to_string().contains(NOT_MEASURED), "{table}");
    }
}

#[test]
fn a_leaky_figure_of_another_problem_is_not_beside_and_says_why() {
    let size = (at(Protocol::LeaveOneSizeOut, "DE"), &[0.5, 0.75][..]);
    let table = Table::new([&summary(&[(at(Protocol::RandomWindow, "DE"), &[0.98]), size.clone()])]);
    assert_eq!(leaky_names(&table), [None, None], "random windows have other classes");
    assert_eq!(accuracy(&table.rows()[0]).honest, None, "{table}");
    let text = table.markdown();
    assert!(text.contains("There is no figure on unseen bearings beside random-window at DE"), "{text}");
    assert!(text.contains("a size that was never seen has no class"), "{text}");
    let noise = TestNoise { kind: NoiseKind::White, snr_db: 0.0, band_hz: None, seed: 0 };
    let noisy = ProtocolOptions { noise: Some(noise), ..at(Protocol::KnownBearings, "DE") };
    for other in [at(Protocol::KnownBearings, "FE"), noisy, at(Protocol::CrossEndSharedRecordings, "DE+FE")] {
        let table = Table::new([&summary(&[(other.clone(), &[0.98]), size.clone()])]);
        assert_eq!(leaky_names(&table), [None, None], "{}", other.name);
    }
    let ends = at(Protocol::BearingWise, "DE+FE");
    let turned = at(Protocol::KnownBearingsBothEnds, "FE + DE");
    let table = Table::new([&summary(&[(ends, &[0.5]), (turned, &[0.9])])]);
    assert_eq!(leaky_names(&table), [Some("known-bearings-both-ends at FE + DE".to_owned())]);
}

#[test]
fn what_the_hint_says_to_add_adds_the_missing_figure() {
    let noise = TestNoise { kind: NoiseKind::Pink, snr_db: -4.0, band_hz: None, seed: 0 };
    let honest = [
        at(Protocol::LeaveOneSizeOut, "DE"),
        ProtocolOptions { noise: Some(noise), ..at(Protocol::UnseenBearingAndLoad, "FE") },
        at(Protocol::BearingWise, "DE+FE"),
        at(Protocol::CrossEnd, "DE+FE"),
        at(Protocol::KnownBearings, "DE"),
    ];
    for own in honest {
        let table = Table::new([&summary(&[(own.clone(), &[0.5, 0.75])])]);
        let markdown = table.markdown();
        let lines = markdown.split("```").nth(1).unwrap().strip_prefix("toml\n").unwrap();
        assert!(lines.contains("[[protocol]]\nname = "), "{markdown}");
        for line in lines.lines() {
            assert!(table.to_string().contains(&format!("    {line}\n")), "{table}");
        }
        let before = experiment(&[(own.clone(), &[])], "").to_toml().unwrap();
        let after = Experiment::parse(&format!("{before}\n{lines}"), "x.toml").unwrap();
        let setting = Setting::of(&after, &after.protocols[0]);
        assert!(matches!(setting.beside, Beside::Protocols { .. }), "{}: {lines}", own.name);
    }
    let none = Table::new([&summary(&[(at(Protocol::UnknownFault, "DE"), &[0.5])])]).markdown();
    assert!(none.contains("no leaky protocol keeps a class of fault from training"), "{none}");
    assert!(!none.contains("[[protocol]]"), "{none}");
}

#[test]
fn a_protocol_without_a_finished_fold_stands_as_not_finished() {
    let size = (at(Protocol::LeaveOneSizeOut, "DE"), &[][..]);
    let known = (at(Protocol::KnownBearings, "DE"), &[0.98][..]);
    let found = summary(&[size, known]);
    assert_eq!((found.unfinished[0].runs, found.unfinished[0].runs_planned), (0, Some(3)));
    let table = Table::new([&found]);
    assert_eq!(table.rows().len(), 2);
    let text = table.to_string();
    assert!(text.contains("x - leave-one-size-out at DE\n  not finished: 0 of 3 runs\n"), "{text}");
    assert!(text.contains("accuracy       not finished"), "the other side waits for it: {text}");
    assert!(text.contains("leaky: runs 1 of 3, not finished; 2 classes"), "{text}");
    let markdown = table.markdown();
    assert!(markdown.contains("| x: leave-one-size-out at DE | 0 of 3 | | | | not finished |"), "{markdown}");
    let columns = |line: &str| line.matches('|').count();
    let rows: Vec<usize> = markdown.lines().filter(|line| line.starts_with('|')).map(columns).collect();
    assert!(rows.iter().all(|count| *count == rows[0]), "{rows:?}: {markdown}");
}

#[test]
fn an_interval_that_says_nothing_is_not_printed_and_the_reason_stands_there() {
    let of =
        |shares: &[f64]| Table::new([&summary(&[(at(Protocol::LeaveOneSizeOut, "DE"), shares)])]).to_string();
    let line = |text: &str, figure: &str| {
        text.lines().find(|line| line.trim_start().starts_with(figure)).unwrap().to_owned()
    };
    let (one, equal, apart) = (of(&[0.75]), of(&[0.75, 0.75]), of(&[0.5, 1.0, 0.25]));
    assert!(line(&one, "accuracy").contains("74.00         one fold"), "{one}");
    assert!(line(&equal, "accuracy").contains("74.00         no spread"), "{equal}");
    assert!(line(&apart, "accuracy").contains(".."), "{apart}");
    assert!(line(&apart, "ECE").contains("all at once") && !line(&apart, "ECE").contains(".."), "{apart}");
}

#[test]
fn the_promise_of_sets_their_unit_and_the_calibration_stand_in_the_table() {
    let protocols = [(at(Protocol::LeaveOneSizeOut, "DE"), &[0.5, 0.75][..])];
    let of = |unit: &str| {
        let more = format!("[calibration]\nmethod = \"temperature\"\nmiss_rate = 0.2\nunit = \"{unit}\"");
        summary_of(&protocols, &more)
    };
    let (bearing, window, plain) = (of("bearing"), of("window"), summary(&protocols));
    for text in [Table::new([&bearing]).to_string(), Table::new([&bearing]).markdown()] {
        assert!(text.contains("80 % shall hold the true one, promised for further bearings"), "{text}");
        assert!(!text.contains("does not compare"), "{text}");
    }
    let text = Table::new([&window]).to_string();
    assert!(text.contains("fitted for 80 % of windows, which promises nothing"), "{text}");
    let text = Table::new([&bearing, &plain]).to_string();
    let said =
        ["calibrated by temperature on held-out training bearings", "  not calibrated\n", "does not compare"];
    assert!(said.iter().all(|part| text.contains(part)), "{text}");
    assert!(!Table::new([&plain]).to_string().contains("sets of classes"), "it has none");
}

#[test]
fn the_table_fits_a_hundred_columns_and_states_bearings_scored_segments_and_interval() {
    let shares = &[0.5, 1.0, 0.25][..];
    let found = summary(&[
        (at(Protocol::UnseenBearingAndLoad, "DE"), shares),
        (at(Protocol::KnownBearings, "DE"), shares),
        (at(Protocol::LeaveOneLoadOut, "DE"), shares),
    ]);
    let text = Table::new([&found]).to_string();
    for line in text.lines() {
        assert!(line.chars().count() <= 100 || line.contains(" - "), "{}: {line}", line.chars().count());
    }
    assert!(text.contains("test bearings 2 (1 unseen); scored 300 segments of 300 recordings"), "{text}");
    // one faulty bearing in test, two in training
    let [low, high] = accuracy(&Table::new([&found]).rows()[0]).honest.unwrap().interval.unwrap();
    let [low, high] = [low, high].map(|edge| edge.clamp(0.0, 1.0) * 100.0);
    assert!(text.contains(&format!("{low:.1}..{high:.1}")), "{text}");
}
