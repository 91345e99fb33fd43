//! `brinell data simulate`: recordings whose truth is known.

use crate::arguments::HELP;
use crate::bearing_choice::{Dimensions, chosen};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome, refused_quantity};
use crate::output::{exists_already, is_filled, prepare_folder, write_file};
use crate::reading::{rate, speed};
use crate::session::{Session, Target};
use crate::terminal::shown;
use crate::translate::{self, Doing};
use brinell_diagnosis::CatalogueBearing;
use brinell_formats::write_mat5;
use brinell_signal::counted;
use brinell_signal::{
    FaultKind, Hertz, parse_duration, parse_frequency,
    simulate::{SimulatedFault, Simulation},
};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell data simulate --bearing 6205 --speed 1797rpm -o sim/
  brinell data simulate --bearing 6205 --speed 1730rpm,1797rpm --fault outer --snr -10dB,0dB --count 5 -o sim/
  brinell diagnose sim/ --manifest sim/truth.csv";

/// Simulate recordings with known truth, with a truth.csv that `diagnose --manifest` reads
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Simulate {
    /// Bearing, e.g. 6205 (brinell list bearings)
    #[arg(long, value_name = "NAME", required_unless_present = "rolling_elements")]
    bearing: Option<String>,
    /// Shaft speeds with their unit
    #[arg(long, value_name = "SPEED", value_delimiter = ',', required = true)]
    speed: Vec<String>,
    /// Damaged parts
    #[arg(
        long,
        value_enum,
        value_name = "PART",
        value_delimiter = ',',
        default_value = "none,inner,outer,ball"
    )]
    fault: Vec<Part>,
    /// Power of the fault over everything else
    #[arg(
        long,
        value_name = "LEVEL",
        value_delimiter = ',',
        default_value = "0dB",
        allow_hyphen_values = true
    )]
    snr: Vec<String>,
    /// Recordings of each combination
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Sampling rate
    #[arg(long, value_name = "RATE", default_value = "12kHz")]
    rate: String,
    /// Length of a recording
    #[arg(long, value_name = "TIME", default_value = "10s")]
    duration: String,
    /// Natural frequency of the structure that an impact rings
    #[arg(long, value_name = "FREQUENCY", default_value = "3kHz")]
    resonance: String,
    /// Standard deviation of the slip between impacts, relative to their distance
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    slip: f64,
    /// Amplitudes of the shaft's harmonics; the noise has RMS 1
    #[arg(long, value_name = "AMPLITUDE", value_delimiter = ',', default_value = "0.5,0.3")]
    shaft_harmonics: Vec<f64>,
    /// Seed of everything random; recording k uses seed + k
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Folder to write into
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Write into the folder although it holds something
    #[arg(short, long)]
    force: bool,
    /// Say what would be written, with sizes, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    dimensions: Dimensions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    None,
    Inner,
    Outer,
    Ball,
    Cage,
}

impl Part {
    fn kind(self) -> Option<FaultKind> {
        match self {
            Part::None => None,
            Part::Inner => Some(FaultKind::Inner),
            Part::Outer => Some(FaultKind::Outer),
            Part::Ball => Some(FaultKind::Ball),
            Part::Cage => Some(FaultKind::Cage),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::None => "normal",
            Part::Inner => "inner",
            Part::Outer => "outer",
            Part::Ball => "ball",
            Part::Cage => "cage",
        }
    }
}

/// One recording to be made. Its file name says nothing about the fault.
struct Planned {
    file: String,
    part: Part,
    snr_db: f64,
    simulation: Simulation,
}

#[derive(Debug, Serialize)]
struct Written {
    dry_run: bool,
    folder: String,
    manifest: String,
    recordings: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    file: String,
    fault: &'static str,
    snr_db: Option<f64>,
    speed_hz: f64,
    rate_hz: f64,
    samples: usize,
    seed: u64,
    bytes: u64,
}

/// How the variables of a simulated file are to be read.
const LAYOUT: &str = r#"# How to read these recordings: brinell diagnose FILE --layout layout.toml
name = "simulated"

[[channel]]
name = "vibration"
variable = "vibration"
unit = "?"
unit_note = "simulated; the noise has RMS 1"

[speed]
variable = "speed_hz"
unit = "Hz"

[rate]
variable = "rate_hz"
unit = "Hz"
"#;

/// Writes the recordings.
pub(crate) fn run(arguments: &Simulate, session: &mut Session) -> Outcome<Exit> {
    let Some(bearing) = chosen(arguments.bearing.as_deref(), &arguments.dimensions)? else {
        return Err(Failure::new(Code::Usage, "no bearing was given").help("--bearing 6205"));
    };
    let planned = plan(arguments, &bearing)?;
    planned.iter().try_for_each(|planned| planned.simulation.check()).map_err(|error| refused(&error))?;
    let folder = &arguments.output;
    let manifest = folder.join("truth.csv");
    let item = |planned: &Planned, samples: usize| Item {
        file: planned.file.clone(),
        fault: planned.part.name(),
        snr_db: planned.simulation.fault.map(|_| planned.snr_db),
        speed_hz: planned.simulation.shaft.0,
        rate_hz: planned.simulation.rate.0,
        samples,
        seed: planned.simulation.seed,
        bytes: samples as u64 * 8,
    };
    let mut data = Written {
        dry_run: arguments.dry_run,
        folder: folder.to_string_lossy().into_owned(),
        manifest: manifest.to_string_lossy().into_owned(),
        recordings: Vec::new(),
    };
    if folder.is_dir() && is_filled(folder) && !arguments.force {
        return Err(exists_already(folder));
    }
    if arguments.dry_run {
        let samples = |s: &Simulation| (s.seconds * s.rate.0).round() as usize;
        data.recordings = planned.iter().map(|p| item(p, samples(&p.simulation))).collect();
        return conclude(&data, session);
    }
    prepare_folder(folder)?;
    let mut progress = session.progress();
    progress.stage("simulating", planned.len() as u64);
    let mut table = vec![TITLES.join(",")];
    for batch in planned.chunks(rayon::current_num_threads().max(1)) {
        let made: Vec<Outcome<(usize, usize)>> =
            batch.par_iter().map(|planned| make(planned, arguments)).collect();
        for (planned, made) in batch.iter().zip(made) {
            let (samples, impacts) = made?;
            table.push(row(planned, &bearing, arguments, impacts));
            data.recordings.push(item(planned, samples));
        }
        progress.at(data.recordings.len() as u64, &batch[batch.len() - 1].file);
    }
    progress.end();
    write_file(&folder.join("layout.toml"), LAYOUT.as_bytes(), true)?;
    write_file(&manifest, (table.join("\n") + "\n").as_bytes(), true)?;
    conclude(&data, session)
}

fn conclude(data: &Written, session: &Session) -> Outcome<Exit> {
    let word = if data.dry_run { "would write" } else { "wrote" };
    let mut human = String::new();
    let folder = PathBuf::from(&data.folder);
    for item in &data.recordings {
        let level = item.snr_db.map_or(String::new(), |snr| format!(", {snr} dB"));
        human.push_str(&format!(
            "{word} {}  {}{level}, {:.1} rpm, {} at {} Hz, {} bytes\n",
            shown(&folder.join(&item.file)),
            item.fault,
            Hertz(item.speed_hz).to_rpm().0,
            counted(item.samples, "sample"),
            item.rate_hz,
            item.bytes
        ));
    }
    human.push_str(&format!("{word} {} and layout.toml\n", shown(&PathBuf::from(&data.manifest))));
    session.result(&Target::default(), "brinell.data.simulate/1", true, data, &human)?;
    Ok(Exit::Done)
}

fn plan(arguments: &Simulate, bearing: &CatalogueBearing) -> Outcome<Vec<Planned>> {
    let rate = rate("--rate", &arguments.rate)?;
    let duration = parse_duration(&arguments.duration).map_err(|e| refused_quantity("--duration", &e))?;
    let resonance = parse_frequency(&arguments.resonance).map_err(|e| refused_quantity("--resonance", &e))?;
    let speeds: Vec<Hertz> =
        arguments.speed.iter().map(|text| speed("--speed", text)).collect::<Outcome<_>>()?;
    let levels: Vec<f64> = arguments.snr.iter().map(|text| decibels(text)).collect::<Outcome<_>>()?;
    let mut planned = Vec::new();
    for &shaft in &speeds {
        for &part in &arguments.fault {
            // Without a fault there is no ratio: one level stands for all.
            let levels = if part == Part::None { &levels[..1] } else { &levels[..] };
            for &snr_db in levels {
                for _ in 0..arguments.count {
                    let number = planned.len() as u64;
                    planned.push(Planned {
                        file: format!("sim_{:04}.mat", number + 1),
                        part,
                        snr_db,
                        simulation: Simulation {
                            fault: part.kind().map(|kind| SimulatedFault {
                                kind,
                                amplitude: 1.0,
                                angle_deg: 0.0,
                            }),
                            snr_db,
                            slip: arguments.slip,
                            resonance,
                            shaft_harmonics: arguments.shaft_harmonics.clone(),
                            seed: arguments.seed.wrapping_add(number),
                            ..Simulation::new(rate, duration.0, shaft, bearing.geometry)
                        },
                    });
                }
            }
        }
    }
    Ok(planned)
}

/// A level such as `-10dB`.
fn decibels(text: &str) -> Outcome<f64> {
    let number = text.trim().strip_suffix("dB").map(str::trim);
    match number.and_then(|number| number.parse::<f64>().ok()).filter(|level| level.is_finite()) {
        Some(level) => Ok(level),
        None => {
            let failure = Failure::new(Code::Quantity, format!("--snr {text} is no level in decibels"));
            Err(failure.help("--snr -10dB"))
        }
    }
}

/// Simulates and writes one recording; gives its length and the number of impacts.
fn make(planned: &Planned, arguments: &Simulate) -> Outcome<(usize, usize)> {
    let path = arguments.output.join(&planned.file);
    let doing = Doing { command: "data simulate", path: &path };
    let made = planned.simulation.simulate().map_err(|error| refused(&error))?;
    let samples = made.samples.len();
    let columns = [
        ("vibration".to_owned(), made.samples.iter().map(|&sample| f64::from(sample)).collect()),
        ("rate_hz".to_owned(), vec![planned.simulation.rate.0]),
        ("speed_hz".to_owned(), vec![planned.simulation.shaft.0]),
    ];
    write_mat5(&path, &columns).map_err(|error| translate::formats(&error, doing))?;
    Ok((samples, made.impacts_s.len()))
}

/// A simulation that cannot be.
fn refused(error: &brinell_signal::Error) -> Box<Failure> {
    Failure::new(Code::Usage, error.to_string()).help("brinell data simulate --help")
}

const TITLES: [&str; 11] = [
    "file",
    "bearing",
    "variable",
    "speed",
    "rate",
    "true_fault",
    "true_order",
    "true_snr_db",
    "true_impacts",
    "true_slip",
    "true_seed",
];

fn row(planned: &Planned, bearing: &CatalogueBearing, arguments: &Simulate, impacts: usize) -> String {
    let simulation = &planned.simulation;
    let kind = planned.part.kind();
    let orders = bearing.geometry.orders();
    // The designation is the catalogue's own word: it holds no comma or quote.
    let designation = if arguments.dimensions.rolling_elements.is_some() { "" } else { &bearing.designation };
    [
        planned.file.clone(),
        designation.to_owned(),
        "vibration".to_owned(),
        format!("{}Hz", simulation.shaft.0),
        format!("{}Hz", simulation.rate.0),
        planned.part.name().to_owned(),
        kind.map_or(String::new(), |kind| kind.order(&orders).0.to_string()),
        kind.map_or(String::new(), |_| planned.snr_db.to_string()),
        impacts.to_string(),
        simulation.slip.to_string(),
        simulation.seed.to_string(),
    ]
    .join(",")
}
