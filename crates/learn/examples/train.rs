//! `train CONFIG DATA_FOLDER RUN_FOLDER [resume] [PROTOCOL...]`: runs an experiment without the command line tool.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use brinell_learn::{Error, Event, Experiment, Protocol, TrainOptions, train};
use std::path::Path;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [config, data, run, rest @ ..] = &words[..] else {
        eprintln!("train CONFIG DATA_FOLDER RUN_FOLDER [resume] [PROTOCOL...]");
        return Ok(());
    };
    let experiment = Experiment::load(Path::new(config))?;
    let only = Protocol::ALL.into_iter().filter(|own| rest.iter().any(|word| word == own.name())).collect();
    let resume = rest.iter().any(|word| word == "resume");
    let options = TrainOptions {
        data_folder: data.into(),
        run_folder: run.into(),
        resume,
        only,
        ..TrainOptions::default()
    };
    let mut watch = |event: &Event<'_>| match event {
        Event::EpochDone { place, row, best, .. } => println!(
            "{place} epoch {} train {:.4} {:.2} % validation {:.4} {:.2} % rate {} {:.2} s{}",
            row.epoch,
            row.train_loss,
            row.train_accuracy * 100.0,
            row.validation_loss,
            row.validation_accuracy * 100.0,
            row.learning_rate,
            row.seconds,
            if *best { " best" } else { "" }
        ),
        Event::BatchDone { .. } => {}
        other => println!("{other:?}"),
    };
    let run = train(&experiment, &options, &mut watch)?;
    println!("{}", run.table);
    Ok(())
}
