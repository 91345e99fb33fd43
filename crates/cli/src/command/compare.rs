//! `brinell compare`: two runs, fold by fold, and whether their difference is shown.

use crate::arguments::{HELP, ResultFile};
use crate::exit::Exit;
use crate::failure::{Outcome, unreadable};
use crate::session::Session;
use crate::terminal::shown;
use crate::translate::{self, Doing};
use brinell_learn::{
    CalibrationMethod, Comparison, Figure, Level, PairedFigure, PooledEce, Protocol, ProtocolComparison,
    compare,
};
use brinell_signal::counted;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::fmt::Write as _;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell compare runs/combs runs/net
  brinell compare runs/combs runs/net --protocol leave-one-size-out
  brinell compare runs/combs runs/net --json -o difference.json";

/// Compare two runs in pairs, fold by fold, and say whether a difference is shown
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Compare {
    /// Folder of the first run
    first: PathBuf,
    /// Folder of the second run
    second: PathBuf,
    /// Only this protocol (brinell list protocols) [default: all that both have]
    #[arg(long, value_name = "PROTOCOL", value_parser = PossibleValuesParser::new(Protocol::ALL.map(Protocol::name)))]
    protocol: Option<String>,
    #[command(flatten)]
    result: ResultFile,
}

/// Prints the differences.
pub(crate) fn run(arguments: &Compare, session: &mut Session) -> Outcome<Exit> {
    for folder in [&arguments.first, &arguments.second] {
        if let Err(error) = std::fs::read_dir(folder) {
            return Err(unreadable(folder, &error));
        }
    }
    let asked = arguments.protocol.as_deref();
    let only = Protocol::ALL.into_iter().find(|protocol| Some(protocol.name()) == asked);
    let doing = Doing { command: "compare", path: &arguments.first };
    let found = compare(&arguments.first, &arguments.second, only)
        .map_err(|error| translate::learn(&error, doing))?;
    let human = text(arguments, &found);
    session.result(&arguments.result.target(), "brinell.compare/1", true, &found, &human)?;
    Ok(Exit::Done)
}

fn text(arguments: &Compare, found: &Comparison) -> String {
    let mut out = format!(
        "A  {} ({})\nB  {} ({})\n",
        shown(&arguments.first),
        found.first,
        shown(&arguments.second),
        found.second
    );
    for own in &found.protocols {
        // writing to a String cannot fail
        let _ = write_protocol(&mut out, own);
    }
    out.push_str(
        "Percent; seeds are averaged inside a fold. Interval: 95 %, of the mean difference, corrected for\n\
         bearings that folds share; none of one fold, or where all folds differ alike. Shown: it leaves\n\
         out 0. ECE: of all folds at once, as evaluate states it, so without interval; fold ECE: the mean\n\
         of each fold's own, which is the larger the fewer examples a fold has.\n",
    );
    out
}

fn write_protocol(out: &mut String, own: &ProtocolComparison) -> std::fmt::Result {
    let noise = own.noise.map_or(String::new(), |noise| format!(", {noise}"));
    let leak = own.leak.as_ref().map_or(String::new(), |leak| format!(" ({leak})"));
    writeln!(out, "\n{} at {}{noise}{leak}", own.protocol, own.sensor)?;
    writeln!(
        out,
        "  {}, runs {} and {}; faulty bearings in test and training {} and {}",
        counted(own.folds, "fold"),
        own.runs.0,
        own.runs.1,
        own.bearings.test,
        own.bearings.train
    )?;
    let words = |method: Option<CalibrationMethod>| {
        method
            .map_or_else(|| "not calibrated".to_owned(), |method| format!("calibrated by {}", method.name()))
    };
    let (first, second) = own.calibration;
    match first == second {
        true => writeln!(out, "  both {}", words(first))?,
        false => writeln!(
            out,
            "  A {}, B {}: their ECE does not compare the models alone",
            words(first),
            words(second)
        )?,
    }
    writeln!(out, "  {:<27}{:>8}{:>8}{:>9}   {:<17}A better in", "", "A", "B", "A - B", "95 % interval")?;
    for figure in &own.figures {
        let is_first_ece = figure.figure == Figure::Ece && figure.level == Level::Windows;
        for pooled in own.pooled_ece.iter().filter(|_| is_first_ece) {
            writeln!(out, "  {}", pooled_line(pooled))?;
        }
        writeln!(out, "  {}", line(figure))?;
    }
    Ok(())
}

fn pooled_line(own: &PooledEce) -> String {
    let name = format!("{}, {}", Figure::Ece, own.level.name());
    let [first, second, difference] = [own.first, own.second, own.difference].map(|share| share * 100.0);
    format!("{name:<27}{first:>8.2}{second:>8.2}{difference:>+9.2}   all folds at once")
}

fn line(own: &PairedFigure) -> String {
    let fold = if own.figure == Figure::Ece { "fold " } else { "" };
    let name = format!("{fold}{}, {}", own.figure, own.level.name());
    let interval = match own.interval {
        Some([low, high]) => format!("{:+.2}..{:+.2}", low * 100.0, high * 100.0),
        None if own.folds == 1 => "one fold".to_owned(),
        None => "no spread".to_owned(),
    };
    let better = format!("{} of {}", own.first_better, own.folds);
    let verdict = match (own.shown, own.first > own.second, own.figure.more_is_better()) {
        (false, ..) => "not shown",
        (true, higher, Some(more)) if higher == more => "shown: A",
        (true, ..) => "shown: B",
    };
    format!(
        "{name:<27}{:>8.2}{:>8.2}{:>+9.2}   {interval:<17}{better:<14}{verdict}",
        own.first * 100.0,
        own.second * 100.0,
        own.difference * 100.0
    )
}
