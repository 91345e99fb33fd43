//! The pictures of a run: what `learn` measured, drawn by `report`.

use crate::failure::Outcome;
use crate::output::{prepare_folder, write_file};
use brinell_learn::metrics::Reliability;
use brinell_learn::{ClassName, Figure, FigureTables, Level, ProtocolSummary, STATED_RISK};
use brinell_report::performance::{
    Confusion, FoldValues, ReliabilityBin, RiskCoverage, Spread, confusion, reliability, risk_coverage,
    spread,
};
use std::path::PathBuf;

/// Writes the pictures of every protocol into its folder; the files.
pub(crate) fn pictures(tables: &FigureTables) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (protocol, folder) in tables.summary.protocols.iter().zip(&tables.of_protocol) {
        if !folder.is_dir() {
            prepare_folder(folder)?;
        }
        for (name, text) in drawn(&tables.summary.experiment, protocol) {
            let path = folder.join(name);
            if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                write_file(&path, text.as_bytes(), true)?;
            }
            files.push(path);
        }
    }
    Ok(files)
}

/// The pictures of one protocol by the names of their files.
fn drawn(experiment: &str, protocol: &ProtocolSummary) -> Vec<(String, String)> {
    let noise = protocol.noise.map_or(String::new(), |noise| format!(", {noise}"));
    let leak = if protocol.leak.is_some() { " (leaky)" } else { "" };
    let of = format!("{experiment}, {} at {}{noise}{leak}", protocol.protocol, protocol.sensor);
    let pooled = &protocol.windows.pooled;
    let mut files = vec![
        (
            "confusion.svg".to_owned(),
            confusion(&Confusion {
                title: format!("Confusion of segments: {of}"),
                classes: pooled.classes.clone(),
                counts: pooled.metrics.confusion.clone(),
            }),
        ),
        ("reliability.svg".to_owned(), reliability_of(&of, "Largest probability", &pooled.reliability)),
        (
            "risk-coverage.svg".to_owned(),
            risk_coverage(&RiskCoverage {
                title: format!("Risk over coverage: {of}"),
                points: pooled.risk_coverage.curve.iter().map(|point| [point.coverage, point.risk]).collect(),
                limit: STATED_RISK,
                coverage: pooled.coverage_at_risk,
            }),
        ),
    ];
    for own in &pooled.parts {
        let part = ClassName::of(own.part).name;
        let drawn = reliability_of(&format!("{part}, {of}"), &format!("Score of {part}"), &own.reliability);
        files.push((format!("reliability-{part}.svg"), drawn));
    }
    files.extend(folds(&of, protocol).map(|text| ("folds.svg".to_owned(), text)));
    files
}

fn reliability_of(of: &str, confidence: &str, table: &Reliability) -> String {
    let bin = |bin: &brinell_learn::metrics::Bin| ReliabilityBin {
        range: [bin.from, bin.to],
        count: bin.count,
        mean: bin.confidence.zip(bin.accuracy),
    };
    reliability(&brinell_report::performance::Reliability {
        title: format!("Reliability: {of}"),
        confidence: confidence.to_owned(),
        bins: table.bins.iter().map(bin).collect(),
    })
}

/// The main figure of a protocol, fold by fold: AUROC of parts or of the unknown where it is asked, else macro-F1.
fn folds(of: &str, protocol: &ProtocolSummary) -> Option<String> {
    let level = &protocol.windows;
    let main = [Figure::PartAuroc, Figure::UnknownAuroc, Figure::MacroF1];
    let (figure, mean) = main.into_iter().find_map(|figure| Some((figure, *level.figures.get(&figure)?)))?;
    let mut folds: Vec<FoldValues> = Vec::new();
    for result in &protocol.results {
        let Some(value) = figure.of(result.level(Level::Windows)) else { continue };
        let (fold, value) = (&result.facts.fold, value * 100.0);
        match folds.iter_mut().find(|own| own.fold == *fold) {
            Some(own) => own.values.push(value),
            None => folds.push(FoldValues { fold: fold.clone(), values: vec![value] }),
        }
    }
    Some(spread(&Spread {
        title: format!("{figure} of each fold: {of}"),
        label: format!("{figure}, %"),
        folds,
        mean: mean.mean * 100.0,
        // no share lies beyond 0 and 1, however few the folds are
        interval: mean.interval.map(|ends| ends.map(|end| end.clamp(0.0, 1.0) * 100.0)),
    }))
}
