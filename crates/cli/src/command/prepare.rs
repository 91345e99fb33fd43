//! `brinell data prepare`: the segments of an experiment, seen through its pipelines, in one HDF5 file that trainings read.

use super::train::{recordings_folder, require_some};
use crate::arguments::{DataFolder, HELP};
use crate::data_folder::data_folder;
use crate::device::AskedDevice;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::check_place;
use crate::session::{Session, Target};
use crate::terminal::{shell_path, shown};
use crate::translate::{self, Doing};
use brinell_learn::{Error, Experiment, PrepareOptions, PreparedWay, prepare_store};
use brinell_model::DeviceChoice;
use brinell_signal::counted;
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell data prepare configs/cwru-cnn-se.toml -o cwru.h5
  brinell train configs/cwru-cnn-se.toml --store cwru.h5
  brinell data prepare configs/cwru-wdcnn.toml -o windows.h5 --data-dir /data --force
  brinell data prepare modes.toml -o modes.h5 --device cuda:0";

/// Compute once what every training of an experiment would, into an HDF5 file
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Prepare {
    /// Experiment (TOML)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The store [default: that of [data] in the experiment, else its name and .h5]
    #[arg(short, long, value_name = "STORE")]
    output: Option<PathBuf>,
    /// Replace the store if it exists
    #[arg(short, long)]
    force: bool,
    /// Where the vmd step of pipelines is done, all others being done on the CPU: auto, cpu or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: DeviceChoice,
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(Debug, Serialize)]
struct Prepared {
    store: String,
    bytes: u64,
    channels: usize,
    ways: Vec<Way>,
    missing: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Way {
    segment_length: usize,
    segments: usize,
    shape: Vec<usize>,
    /// Where its modes were made, if a GPU was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    modes: Option<String>,
}

/// Prepares a store.
pub(crate) fn run(arguments: &Prepare, session: &mut Session) -> Outcome<Exit> {
    let doing = Doing { command: "data prepare", path: &arguments.file };
    let experiment = Experiment::load(&arguments.file).map_err(|error| translate::learn(&error, doing))?;
    let named = || PathBuf::from(format!("{}.h5", experiment.name));
    let store = arguments.output.clone().or_else(|| experiment.data.store.clone()).unwrap_or_else(named);
    check_place(&store, arguments.force)?;
    let root = data_folder(&arguments.folder, &session.environment)?;
    let dataset = brinell_formats::dataset(&experiment.data.dataset);
    let data = recordings_folder(dataset, &root);
    if let Some(dataset) = dataset {
        require_some(dataset, &data, &root)?;
    }
    let device = AskedDevice::open(arguments.device, doing)?;
    device.tell_modes(session);
    let interrupt =
        Interrupt::listen().map_err(|error| translate::resource("signals cannot be caught", &error))?;
    let options = PrepareOptions {
        data_folder: data,
        store: store.clone(),
        stop: Some(interrupt.flag()),
        device: Some(device.hardware().clone()),
    };
    let mut display = session.progress();
    let mut begun = false;
    let result = prepare_store(&experiment, &options, &mut |done, of| {
        if !begun {
            display.stage("preparing", of as u64);
            begun = true;
        }
        display.at(done as u64, "channels");
    });
    display.end();
    let done = match result {
        Ok(done) => done,
        Err(error @ Error::Stopped { .. }) => {
            let mut failure = Failure::new(Code::Interrupted, error.to_string());
            failure.exit = Exit::Signal(interrupt.exit());
            session.stopped(&failure, &[&error.to_string()]);
            return Ok(failure.exit);
        }
        Err(error) => return Err(translate::learn(&error, doing)),
    };
    if device.gpu().is_some() && done.ways.iter().all(|way| way.modes_on.is_none()) {
        device.tell_useless(session, "no pipeline has a vmd step");
    }
    if !done.missing.is_empty() {
        session.warn(format!(
            "not here, so not in the store: {} that the experiment wants",
            counted(done.missing.len(), "recording")
        ));
    }
    let way = |own: &PreparedWay| Way {
        segment_length: own.length,
        segments: own.segments,
        shape: own.shape.clone(),
        modes: own.modes_on.as_ref().map(ToString::to_string),
    };
    let data = Prepared {
        store: store.to_string_lossy().into_owned(),
        bytes: done.bytes,
        channels: done.channels,
        ways: done.ways.iter().map(way).collect(),
        missing: done.missing,
    };
    let mut human = String::new();
    for way in &data.ways {
        let shape: Vec<String> = way.shape.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            human,
            "{} of {} samples, {} each",
            counted(way.segments, "segment"),
            way.segment_length,
            shape.join(" x ")
        );
        if let Some(modes) = &way.modes {
            let _ = writeln!(human, "  {modes}");
        }
    }
    let _ = writeln!(
        human,
        "store: {} ({:.1} MB, {})\ntrain: brinell train {} --store {}",
        shown(&store),
        data.bytes as f64 / 1e6,
        counted(data.channels, "channel"),
        shell_path(&arguments.file),
        shell_path(&store)
    );
    session.result(&Target::default(), "brinell.data.prepare/1", true, &data, &human)?;
    Ok(Exit::Done)
}
