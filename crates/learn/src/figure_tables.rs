//! The figures and scores of a run as Parquet: one row a fold and seed, one row a segment.
//!
//! `runs.parquet` has the columns `protocol` `sensor` `noise` `fold` `seed` `leaky`, the counts `test_bearings`
//! `unseen_bearings` `faulty_test_bearings` `faulty_train_bearings`, and then, for `windows` and `recordings`, every
//! [`Figure`] by name (`windows_macro_f1`), F1, recall, precision and AUROC of each class (`windows_recall inner`) and
//! AUROC, F1 and calibration error of each part (`windows_part_auroc ball`); null where a figure is not defined.
//!
//! The scores of a protocol's segments have `fold` and `seed` before the columns of `scores.parquet`, over the classes of
//! all folds: a class or a size that a fold lacks has the probability 0 there.

use crate::class::element_name;
use crate::error::{Error, Result};
use crate::figure::{Figure, Level};
use crate::judged::{JudgedFold, in_order, some_folds, summarise};
use crate::level_figures::LevelFigures;
use crate::pooled_figures::union;
use crate::run_folder::{RunFolder, write_if_changed};
use crate::scores::ScoreTable;
use crate::size_task::ascending;
use crate::summary::{FoldSummary, Summary, json_bytes};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, ParquetWriter, PolarsError, Series};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What was written of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureTables {
    /// The figures.
    pub summary: Summary,
    /// The folder of tables and figures.
    pub folder: PathBuf,
    /// For each protocol of the summary, the folder of its own files.
    pub of_protocol: Vec<PathBuf>,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// Measures the scores that a run has stored, and writes `scores.json`, `figures/runs.parquet` and, in a folder for each
/// protocol, `figures/PROTOCOL/windows.parquet`. The same scores give the same bytes; a file that holds them already is
/// left alone. No recording is read.
///
/// # Errors
/// As [`stored_summary`](crate::stored_summary), and when a file cannot be written.
pub fn write_figure_tables(run_folder: &Path) -> Result<FigureTables> {
    let (folder, experiment) = RunFolder::open(run_folder)?;
    let folds = some_folds(&folder, &experiment)?;
    let summary = summarise(&experiment, &folder, &folds)?;
    let figures = folder.file("figures");
    let (mut files, mut of_protocol) = (Vec::new(), Vec::new());
    let mut write = |path: PathBuf, bytes: &[u8]| {
        write_if_changed(&path, bytes)?;
        files.push(path);
        Ok::<(), Error>(())
    };
    let path = folder.file("scores.json");
    write(path.clone(), &json_bytes(&summary, &path)?)?;
    let path = figures.join("runs.parquet");
    write(path.clone(), &runs(&summary, &path)?)?;
    for own in &experiment.protocols {
        let folds = in_order(&experiment, &folds, own);
        if folds.is_empty() {
            continue;
        }
        let of = figures.join(experiment.folder_of(own));
        let path = of.join("windows.parquet");
        let classes = union(folds.iter().map(|fold| fold.facts.classes.as_slice()));
        let names: Vec<String> = classes.into_iter().map(|class| class.name).collect();
        let sizes = ascending(folds.iter().flat_map(|fold| fold.facts.sizes.iter().cloned()));
        let sizes: Vec<String> = sizes.into_iter().map(|size| size.name).collect();
        let of_fold = |fold: &JudgedFold| {
            let scores = fold.scores.over(&names).over_sizes(&sizes);
            (fold.facts.fold.clone(), fold.facts.seed, scores)
        };
        let tables: Vec<(String, u64, ScoreTable)> = folds.into_iter().map(of_fold).collect();
        write(path.clone(), &segments(tables, names, &path)?)?;
        of_protocol.push(of);
    }
    Ok(FigureTables { summary, folder: figures, of_protocol, files })
}

/// All folds and seeds with their figures.
fn runs(summary: &Summary, path: &Path) -> Result<Vec<u8>> {
    let results: Vec<&FoldSummary> = summary.protocols.iter().flat_map(|own| &own.results).collect();
    let text = |name: &str, of: &dyn Fn(&FoldSummary) -> Option<String>| -> Column {
        let values: Vec<Option<String>> = results.iter().map(|one| of(one)).collect();
        Series::new(name.into(), values).into_column()
    };
    let count = |name: &str, of: &dyn Fn(&FoldSummary) -> usize| -> Column {
        let values: Vec<u64> = results.iter().map(|one| of(one) as u64).collect();
        Series::new(name.into(), values).into_column()
    };
    let seeds: Vec<u64> = results.iter().map(|one| one.facts.seed).collect();
    let leaky: Vec<bool> = results.iter().map(|one| one.facts.protocol.is_leaky().is_some()).collect();
    let mut columns = vec![
        text("protocol", &|one| Some(one.facts.protocol.to_string())),
        text("sensor", &|one| Some(one.facts.sensor.clone())),
        text("noise", &|one| one.facts.noise.map(|noise| noise.to_string())),
        text("fold", &|one| Some(one.facts.fold.clone())),
        Series::new("seed".into(), seeds).into_column(),
        Series::new("leaky".into(), leaky).into_column(),
        count("test_bearings", &|one| one.test_bearings.len()),
        count("unseen_bearings", &|one| one.unseen_bearings.len()),
        count("faulty_test_bearings", &|one| one.faulty_bearings.test),
        count("faulty_train_bearings", &|one| one.faulty_bearings.train),
    ];
    for level in Level::ALL {
        let mut figures = BTreeMap::<(usize, String), Vec<Option<f64>>>::new();
        for (at, one) in results.iter().enumerate() {
            for (name, value) in all_figures(one, one.level(level)) {
                figures.entry(name).or_insert_with(|| vec![None; results.len()])[at] = value;
            }
        }
        columns.push(count(&format!("{}_count", level.name()), &|one| one.level(level).metrics.count));
        for ((_, name), values) in figures {
            columns.push(Series::new(format!("{}_{name}", level.name()).into(), values).into_column());
        }
    }
    parquet(results.len(), columns, path)
}

/// The figures of a fold by the names of their columns, each with the place of its kind among all kinds.
fn all_figures(fold: &FoldSummary, level: &LevelFigures) -> Vec<((usize, String), Option<f64>)> {
    let mut found: Vec<((usize, String), Option<f64>)> = Figure::ALL
        .into_iter()
        .enumerate()
        .map(|(at, figure)| ((at, figure.name().to_owned()), figure.of(level)))
        .collect();
    let next = Figure::ALL.len();
    for (at, class) in fold.facts.classes.iter().enumerate() {
        let pick = |values: &[Option<f64>]| values.get(at).copied().flatten();
        let values = [
            ("f1", level.metrics.f1.get(at).copied()),
            ("recall", pick(&level.metrics.recall)),
            ("precision", pick(&level.metrics.precision)),
            ("auroc", pick(&level.auroc)),
        ];
        let named = values.into_iter().enumerate();
        found.extend(named.map(|(kind, (name, value))| ((next + kind, format!("{name} {class}")), value)));
    }
    let parts = level.parts.iter().flat_map(|own| own.parts.iter().enumerate().map(move |one| (own, one)));
    for (own, (at, part)) in parts {
        let values = [
            ("part_auroc", own.auroc.of_label.get(at).copied().flatten()),
            ("part_f1", own.f1.of_label.get(at).copied()),
            ("part_ece", own.ece.get(at).copied()),
        ];
        let named = values.into_iter().enumerate();
        found.extend(named.map(|(kind, (name, value))| {
            ((next + 4 + kind, format!("{name} {}", element_name(*part))), value)
        }));
    }
    found
}

/// The segments of all folds and seeds of one protocol.
fn segments(folds: Vec<(String, u64, ScoreTable)>, classes: Vec<String>, path: &Path) -> Result<Vec<u8>> {
    let (mut names, mut seeds) = (Vec::new(), Vec::new());
    let parts = folds.first().map_or_else(Vec::new, |(.., table)| table.parts.clone());
    let own = folds.iter().all(|(.., table)| table.parts == parts);
    let sizes = folds.first().map_or_else(Vec::new, |(.., table)| table.sizes.clone());
    let parts = if own { parts } else { Vec::new() };
    let mut pooled = ScoreTable { classes, parts, sizes, rows: Vec::new() };
    for (fold, seed, table) in folds {
        names.resize(names.len() + table.rows.len(), fold);
        seeds.resize(seeds.len() + table.rows.len(), seed);
        pooled.rows.extend(table.rows);
    }
    let mut columns = vec![
        Series::new("fold".into(), names).into_column(),
        Series::new("seed".into(), seeds).into_column(),
    ];
    columns.extend(pooled.columns());
    parquet(pooled.rows.len(), columns, path)
}

fn parquet(rows: usize, columns: Vec<Column>, path: &Path) -> Result<Vec<u8>> {
    let encode = || -> Result<Vec<u8>, PolarsError> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut DataFrame::new(rows, columns)?)?;
        Ok(bytes)
    };
    encode().map_err(|source| Error::Scores { action: "write", path: path.to_owned(), source })
}
