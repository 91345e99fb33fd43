//! What net, signal and one verdict are worth on the test recordings of a run, as a table.

use brinell_diagnosis::{Answered, Forced, VerdictFigures};
use brinell_signal::counted;
use std::fmt::Write as _;

/// Two tables a protocol: forced answers, and those that may be withheld.
pub(crate) fn verdict_table(figures: &[VerdictFigures]) -> String {
    let mut text = String::new();
    if figures.is_empty() {
        text.push_str("nothing to judge: the nets learned from every test recording\n\n");
    }
    for own in figures {
        let VerdictFigures { protocol, sensor, recordings, damaged, seeds, .. } = own;
        let seeds = counted(*seeds, "seed");
        let leak = protocol.is_leaky().map_or(String::new(), |leak| format!(" ({leak})"));
        let _ = writeln!(
            text,
            "{protocol} at {sensor}{leak}: {recordings} recordings, {damaged} of damaged bearings, {seeds}"
        );
        let _ = writeln!(text, "  {:<28}{:>10}{:>10}", "an answer to each", "macro-F1", "accuracy");
        for (name, Forced { accuracy, macro_f1 }) in
            [("net alone", own.net), ("signal alone", own.physics), ("both", own.both)]
        {
            let _ = writeln!(text, "  {name:<28}{:>10}{:>10}", percent(macro_f1), percent(accuracy));
        }
        let _ = writeln!(
            text,
            "  {:<28}{:>10}{:>10}{:>14}{:>16}",
            "or none", "precision", "answered", "faults named", "wrongly blamed"
        );
        for (name, answered) in [
            ("net alone, where sure", own.net_verdict),
            ("signal alone", own.physics_verdict),
            ("one verdict", own.one_verdict),
            ("only what both say", own.agreed),
        ] {
            let Answered { precision, coverage, faults_named, wrongly_blamed } = answered;
            let _ = writeln!(
                text,
                "  {name:<28}{:>10}{:>10}{:>14}{:>16}",
                precision.map_or("none".to_owned(), percent),
                percent(coverage),
                percent(faults_named),
                percent(wrongly_blamed)
            );
        }
        text.push('\n');
    }
    text.push_str(
        "Percent of recordings; each seed over all folds at once, then the mean over seeds. Where no leak is told no net\n\
         had seen the bearing that it judges; what a net learned from is left out. Both: the part that the signal found,\n\
         else the net's.\n",
    );
    text
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}
