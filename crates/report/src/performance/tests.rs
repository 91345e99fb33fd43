//! Pictures of small numbers, looked at as text.

use super::*;

fn confusion_of(classes: usize) -> Confusion {
    let counts = (0..classes).map(|row| (0..classes).map(|column| u64::from(row == column) * 3).collect());
    Confusion {
        title: "Confusion <of> all".to_owned(),
        classes: (0..classes).map(|class| format!("inner 0.00{class} in")).collect(),
        counts: counts.collect(),
    }
}

#[test]
fn every_class_is_named_at_both_axes_and_text_is_escaped() {
    for classes in [1, 2, 4, 10] {
        let drawn = confusion(&confusion_of(classes));
        for class in 0..classes {
            let name = format!(">inner 0.00{class} in</text>");
            assert_eq!(drawn.matches(&name).count(), 2, "{classes} classes: {name}");
        }
        assert!(drawn.contains("Confusion &lt;of&gt; all") && !drawn.contains("<of>"));
    }
    assert!(confusion(&confusion_of(4)).contains("100 % (3)"));
}

#[test]
fn a_class_without_examples_and_counts_that_are_missing_are_drawn_as_nothing() {
    let drawn = confusion(&Confusion { counts: vec![vec![0, 0]], ..confusion_of(2) });
    assert_eq!(drawn.matches("0 % (0)").count(), 4);
    assert!(confusion(&Confusion { classes: Vec::new(), ..confusion_of(0) }).starts_with("<svg"));
}

#[test]
fn a_reliability_picture_has_a_point_for_each_bin_with_examples() {
    let bin = |at: f64, count| ReliabilityBin {
        range: [at, at + 0.25],
        count,
        mean: (count > 0).then_some((at + 0.125, 0.5)),
    };
    let data = Reliability {
        title: "Reliability".to_owned(),
        confidence: "Largest probability".to_owned(),
        bins: vec![bin(0.0, 0), bin(0.25, 3), bin(0.5, 1), bin(0.75, 4)],
    };
    let drawn = reliability(&data);
    assert_eq!(drawn.matches("<title>").count(), 3, "points that say what they are");
    assert!(drawn.contains("Share of the 8 examples in each bin"));
    assert_eq!(drawn, reliability(&data), "the same numbers give the same bytes");
}

#[test]
fn a_risk_curve_says_what_can_be_answered_within_the_limit() {
    let points = vec![[0.25, 0.0], [0.5, 0.04], [1.0, 0.3]];
    let data = RiskCoverage { title: "Risk".to_owned(), points, limit: 0.05, coverage: 0.5 };
    assert!(risk_coverage(&data).contains("50.0 % can be answered"));
    let never = RiskCoverage { coverage: 0.0, ..data };
    assert!(!risk_coverage(&never).contains("can be answered</text>"));
}

#[test]
fn folds_are_drawn_by_name_or_where_they_are_many_by_rank() {
    let data = |count: usize| Spread {
        title: "Folds".to_owned(),
        label: "macro-F1, %".to_owned(),
        folds: (0..count)
            .map(|at| FoldValues { fold: format!("f{at}"), values: vec![at as f64, 50.0] })
            .collect(),
        mean: 42.0,
        interval: (count > 1).then_some([40.0, 44.0]),
    };
    let few = spread(&data(3));
    assert!(
        few.contains(">f0</text>")
            && few.contains("mean, 42.00")
            && few.contains("95 % interval, 40.0 to 44.0")
    );
    let many = spread(&data(100));
    assert!(many.contains("Folds, the lowest first") && !many.contains(">f0</text>"));
    assert!(!spread(&data(1)).contains("95 % interval"));
}
