//! `brinell demo`: a simulated plant, diagnosed with physics and a small net, without any data.
//!
//! The machines are data (`configs/demo-plant.toml`). They are simulated, written as files, and diagnosed
//! by what `brinell diagnose --manifest` does; then the verdicts that were written are compared with the
//! truth, which the diagnosis never sees.

use super::diagnose;
use crate::arguments::HELP;
use crate::bearing_choice::{Dimensions, chosen};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::output::{exists_already, is_filled, prepare_folder, write_file};
use crate::reading::{rate, speed};
use crate::session::{Session, Target};
use crate::terminal::{shell_path, shown, visible};
use crate::translate::{self, Doing};
use crate::verdict_text::{element, status};
use brinell_diagnosis::{CatalogueBearing, Diagnosis, Verdict};
use brinell_formats::write_mat5;
use brinell_signal::{
    FaultKind, Hertz,
    simulate::{Knocks, SimulatedFault, Simulation},
};
use clap::Args;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell demo
  brinell demo -o plant/
  brinell demo -o plant/ --json";

/// The plant that is simulated.
const PLANT: &str = include_str!("../../../../configs/demo-plant.toml");
/// The net that was trained for it on other simulated machines.
const NET: &[u8] = include_bytes!("../../../../data/models/demo/model.safetensors");
/// Length of each recording.
const SECONDS: f64 = 10.0;

/// Simulate a plant, diagnose it and write the reports: needs no data
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Demo {
    /// Folder to write into [default: brinell-demo, replaced when an earlier demo made it]
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Write into the folder although it holds something
    #[arg(short, long, requires = "output")]
    force: bool,
    /// Say what would be written and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plant {
    machine: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    asset: String,
    bearing: String,
    speed: String,
    rate: String,
    fault: Option<FaultKind>,
    snr_db: Option<f64>,
    resonance: Option<String>,
    slip: Option<f64>,
    #[serde(default)]
    shaft_harmonics: Vec<f64>,
    mains: Option<String>,
    noise_rms: Option<f64>,
    knocks_per_second: Option<f64>,
    seed: u64,
}

/// A machine, understood.
struct Machine {
    asset: String,
    file: String,
    bearing: CatalogueBearing,
    simulation: Simulation,
}

impl Machine {
    fn of(number: usize, entry: &Entry) -> Outcome<Machine> {
        let Some(bearing) = chosen(Some(&entry.bearing), &Dimensions::default())? else {
            return Err(Failure::new(Code::Internal, format!("{} has no bearing", entry.asset)));
        };
        let base = Simulation::new(
            rate("rate", &entry.rate)?,
            SECONDS,
            speed("speed", &entry.speed)?,
            bearing.geometry,
        );
        let frequency = |text: &Option<String>| text.as_deref().map(|t| rate("frequency", t)).transpose();
        let simulation = Simulation {
            fault: entry.fault.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 }),
            snr_db: entry.snr_db.unwrap_or(base.snr_db),
            resonance: frequency(&entry.resonance)?.unwrap_or(base.resonance),
            slip: entry.slip.unwrap_or(base.slip),
            shaft_harmonics: entry.shaft_harmonics.clone(),
            mains: frequency(&entry.mains)?.map(|hum| (hum, 0.05)),
            noise_rms: entry.noise_rms.unwrap_or(base.noise_rms),
            knocks: entry.knocks_per_second.map(|per_second| Knocks {
                per_second,
                amplitude: 1.0,
                resonance: Hertz(1500.0),
                damping: 0.05,
            }),
            seed: entry.seed,
            ..base
        };
        let file = format!("machine_{:02}.mat", number + 1);
        Ok(Machine { asset: entry.asset.clone(), file, bearing, simulation })
    }

    fn write(&self, folder: &Path) -> Outcome<()> {
        let path = folder.join(&self.file);
        let doing = Doing { command: "demo", path: &path };
        let made = self.simulation.simulate().map_err(|error| {
            Failure::new(Code::Internal, format!("{} cannot be simulated: {error}", self.asset))
        })?;
        let samples = made.samples.iter().map(|&sample| f64::from(sample)).collect();
        write_mat5(&path, &[("vibration".to_owned(), samples)])
            .map_err(|error| translate::formats(&error, doing))
    }

    /// Its row in the manifest. The columns `true_*` are never read by `diagnose`.
    fn row(&self) -> String {
        let simulation = &self.simulation;
        format!(
            "{},{},drive end,{},vibration,{}Hz,{}Hz,g,{}",
            self.file,
            self.asset,
            self.bearing.designation,
            simulation.shaft.0,
            simulation.rate.0,
            simulation.fault.map_or("none", |fault| fault.kind.title())
        )
    }
}

const TITLES: &str = "file,asset,point,bearing,variable,speed,rate,unit,true_fault";

/// How one machine came out.
#[derive(Debug, Serialize)]
struct Result {
    asset: String,
    truth: Option<FaultKind>,
    status: &'static str,
    element: Option<FaultKind>,
    outcome: Judged,
    report: String,
}

/// The verdict against the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Judged {
    /// The fault was named, or nothing was found where nothing is.
    Right,
    /// Undecided, with the reason.
    Open,
    /// A fault was not seen.
    Missed,
    /// A part was named that is sound.
    Wrong,
}

#[derive(Debug, Serialize)]
struct Summary {
    machines: Vec<Result>,
    page: String,
    repeat: String,
}

/// Simulates, diagnoses, compares.
pub(crate) fn run(arguments: &Demo, session: &mut Session) -> Outcome<Exit> {
    let machines = plant()?;
    let folder = arguments.output.clone().unwrap_or_else(|| PathBuf::from("brinell-demo"));
    let recordings = folder.join("recordings");
    let manifest = recordings.join("plant.csv");
    let model = folder.join("demo-net.safetensors");
    let report = folder.join("report");
    let ours = arguments.output.is_none() && manifest.is_file();
    if folder.is_dir() && is_filled(&folder) && !arguments.force && !ours {
        return Err(exists_already(&folder));
    }
    if arguments.dry_run {
        return describe(&machines, &folder, session);
    }
    prepare_folder(&recordings)?;
    let mut progress = session.progress();
    progress.stage("simulating", machines.len() as u64);
    machines.par_iter().map(|machine| machine.write(&recordings)).collect::<Outcome<Vec<()>>>()?;
    progress.end();
    let mut table = format!("{TITLES}\n");
    for machine in &machines {
        table += &machine.row();
        table.push('\n');
    }
    write_file(&manifest, table.as_bytes(), true)?;
    write_file(&model, NET, true)?;
    diagnose::into_folder(&manifest, &model, &report, session)?;

    let summary = Summary {
        machines: compare(&machines, &report)?,
        page: report.join("index.html").to_string_lossy().into_owned(),
        repeat: format!(
            "brinell diagnose --manifest {} --model {} -o FOLDER",
            shell_path(&manifest),
            shell_path(&model)
        ),
    };
    let good = summary.machines.iter().all(|m| matches!(m.outcome, Judged::Right | Judged::Open));
    let human = text(&summary);
    session.result(&Target::default(), "brinell.demo/1", good, &summary, &human)?;
    Ok(if good { Exit::Done } else { Exit::Bad })
}

fn plant() -> Outcome<Vec<Machine>> {
    let plant: Plant = toml::from_str(PLANT).map_err(|error| {
        Failure::new(Code::Internal, format!("configs/demo-plant.toml cannot be read: {error}"))
    })?;
    plant.machine.iter().enumerate().map(|(number, entry)| Machine::of(number, entry)).collect()
}

fn describe(machines: &[Machine], folder: &Path, session: &Session) -> Outcome<Exit> {
    #[derive(Serialize)]
    struct Planned {
        dry_run: bool,
        write: Vec<String>,
    }
    let mut write: Vec<String> = machines
        .iter()
        .map(|m| folder.join("recordings").join(&m.file).to_string_lossy().into_owned())
        .collect();
    write.push(folder.join("recordings/plant.csv").to_string_lossy().into_owned());
    write.push(folder.join("demo-net.safetensors").to_string_lossy().into_owned());
    write.push(folder.join("report/").to_string_lossy().into_owned());
    let human: String = write.iter().map(|path| format!("would write  {}\n", visible(path))).collect();
    let planned = Planned { dry_run: true, write };
    session.result(&Target::default(), "brinell.demo.plan/1", true, &planned, &human)?;
    Ok(Exit::Done)
}

/// Reads the verdicts that were written, and holds them against the truth.
fn compare(machines: &[Machine], report: &Path) -> Outcome<Vec<Result>> {
    let mut pages: Vec<PathBuf> = std::fs::read_dir(report)
        .map_err(|error| unreadable(report, &error))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    pages.sort();
    let mut results = Vec::new();
    for machine in machines {
        let mut found = None;
        for page in &pages {
            let text = std::fs::read(page).map_err(|error| unreadable(page, &error))?;
            let diagnosis: Diagnosis = serde_json::from_slice(&text).map_err(|error| {
                Failure::new(Code::Internal, format!("{} cannot be read back: {error}", shown(page)))
            })?;
            if Path::new(&diagnosis.input.path).ends_with(&machine.file) {
                found = Some((diagnosis, page.with_extension("html")));
            }
        }
        let Some((diagnosis, page)) = found else {
            return Err(Failure::new(Code::Internal, format!("{} has no report", machine.asset)));
        };
        let truth = machine.simulation.fault.map(|fault| fault.kind);
        let outcome = match (&diagnosis.verdict, truth) {
            (Verdict::Found { element, .. }, Some(kind)) if *element == kind => Judged::Right,
            (Verdict::Found { .. }, _) => Judged::Wrong,
            (Verdict::Undecided { .. }, _) => Judged::Open,
            (Verdict::NoFaultFound { .. }, None) => Judged::Right,
            (Verdict::NoFaultFound { .. }, Some(_)) => Judged::Missed,
        };
        results.push(Result {
            asset: machine.asset.clone(),
            truth,
            status: status(&diagnosis.verdict),
            element: element(&diagnosis.verdict),
            outcome,
            report: page.to_string_lossy().into_owned(),
        });
    }
    Ok(results)
}

fn text(summary: &Summary) -> String {
    let mut text = format!("{:26} {:16} verdict\n", "machine", "simulated");
    for machine in &summary.machines {
        let truth = machine.truth.map_or("no fault", FaultKind::title);
        let verdict = match machine.element {
            Some(element) => format!("{}: {}", machine.status.replace('_', " "), element.title()),
            None => machine.status.replace('_', " "),
        };
        let outcome = match machine.outcome {
            Judged::Right => "right",
            Judged::Open => "open: the report says why",
            Judged::Missed => "MISSED",
            Judged::Wrong => "WRONG",
        };
        let _ = writeln!(text, "{:26} {truth:16} {verdict:28} {outcome}", machine.asset);
    }
    let faulty = |m: &&Result| m.truth.is_some();
    let count = |faults: bool, outcome: Judged| {
        summary.machines.iter().filter(|m| m.truth.is_some() == faults && m.outcome == outcome).count()
    };
    let faults = summary.machines.iter().filter(faulty).count();
    let _ = writeln!(
        text,
        "\n{faults} machines with a fault: {} named, {} undecided, {} missed, {} named wrongly",
        count(true, Judged::Right),
        count(true, Judged::Open),
        count(true, Judged::Missed),
        count(true, Judged::Wrong)
    );
    let _ = writeln!(
        text,
        "{} machines without: {} without a finding, {} undecided, {} named wrongly",
        summary.machines.len() - faults,
        count(false, Judged::Right),
        count(false, Judged::Open),
        count(false, Judged::Wrong)
    );
    let _ = writeln!(text, "\nOpen {}", visible(&summary.page));
    let _ = writeln!(text, "The same again: {}", visible(&summary.repeat));
    text
}
