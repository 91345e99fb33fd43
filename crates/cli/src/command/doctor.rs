//! `brinell doctor`: what this machine gives to this program, and what runs where.

use crate::arguments::{HELP, ResultFile};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::session::Session;
use crate::terminal::visible;
use brinell_model::graph::OpKind;
use brinell_model::{DeviceChoice, Gpu, Hardware};
use brinell_signal::counted;
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  brinell doctor
  brinell doctor --device cuda:0      fails where that cannot be used, and says why
  brinell doctor --json";

/// Say what this machine gives, and which operations of a net run on its processor and on a GPU
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// A device that has to be usable: auto, cpu or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,
    #[command(flatten)]
    result: ResultFile,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Found {
    /// Kind of processor, and the widest vectors that its kernels are chosen for.
    processor: &'static str,
    vectors: &'static str,
    threads: usize,
    /// Whether NVIDIA's driver is on this machine.
    driver: bool,
    devices: Vec<Seen>,
    /// What `auto` opens.
    auto: String,
    /// Operations of a net.
    operations: Vec<Work>,
    /// All else.
    work: Vec<Work>,
}

#[derive(Debug, Serialize)]
struct Seen {
    name: String,
    usable: bool,
    /// What it is, where it is usable.
    hardware: Option<String>,
    /// Why not.
    why: Option<String>,
}

/// Something that is done, and where it is done when a net is on a GPU: `gpu` or `cpu`. Without one all is on the CPU.
#[derive(Debug, Serialize)]
struct Work {
    name: &'static str,
    runs_on: &'static str,
}

/// What there is besides operations of a net.
const WORK: [Work; 8] = [
    Work { name: "steps of optimisers, averages of weights", runs_on: "gpu" },
    Work { name: "losses, in double precision, from what the net gives", runs_on: "cpu" },
    Work { name: "order of examples, schedules of the learning rate", runs_on: "cpu" },
    Work { name: "vmd of many segments, but for diagnose and evaluate --physics", runs_on: "gpu" },
    Work { name: "reading, all other transforms, augmentation", runs_on: "cpu" },
    Work { name: "adversaries of an adaptation, statistics of adabn", runs_on: "cpu" },
    Work { name: "features that unknown faults are told by", runs_on: "gpu" },
    Work { name: "attributions (explain), export to ONNX", runs_on: "cpu" },
];

/// Looks and tells.
pub(crate) fn run(arguments: &Doctor, session: &Session) -> Outcome<Exit> {
    let wanted = arguments.device;
    let mut choices = vec![DeviceChoice::Cpu, DeviceChoice::Cuda(0)];
    choices.extend((1..Gpu::count()).map(DeviceChoice::Cuda));
    if !matches!(wanted, DeviceChoice::Auto) && !choices.contains(&wanted) {
        choices.push(wanted);
    }
    let mut devices = Vec::new();
    for choice in choices {
        let found = choice.open();
        if let (true, Err(error)) = (choice == wanted, found.as_ref()) {
            return Err(Failure::new(Code::Resource, error.to_string()).help("brinell doctor"));
        }
        devices.push(seen(choice, found));
    }
    let auto = devices.iter().find(|own| own.name == "cuda:0" && own.usable);
    let found = Found {
        processor: std::env::consts::ARCH,
        vectors: vectors(),
        threads: rayon::current_num_threads(),
        driver: Gpu::has_driver(),
        auto: auto.map_or("cpu", |own| &own.name).to_owned(),
        operations: OpKind::ALL.iter().map(|kind| Work { name: kind.name(), runs_on: "gpu" }).collect(),
        work: WORK.into(),
        devices,
    };
    let human = told(&found, session);
    session.result(&arguments.result.target(), "brinell.doctor/1", true, &found, &human)?;
    Ok(Exit::Done)
}

/// What became of a device that was opened.
fn seen(choice: DeviceChoice, found: Result<Hardware, brinell_model::Error>) -> Seen {
    let name = choice.to_string();
    match found {
        Ok(hardware) => {
            let hardware = hardware.gpu().map(|gpu| {
                let memory = gpu.memory().map_or_else(
                    |error| error.to_string(),
                    |[free, all]| format!("{} of {} MiB free", free >> 20, all >> 20),
                );
                format!("{}, {memory}", gpu.name())
            });
            Seen { name, usable: true, hardware, why: None }
        }
        Err(error) => Seen { name, usable: false, hardware: None, why: Some(error.to_string()) },
    }
}

/// The widest instruction set that kernels are chosen for when the program runs.
fn vectors() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return "AVX2";
        }
        "SSE2"
    }
    #[cfg(target_arch = "aarch64")]
    {
        "NEON"
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        "portable"
    }
}

fn told(found: &Found, session: &Session) -> String {
    let mut text = String::new();
    let mut line = |name: &str, said: &str| {
        let gap = " ".repeat(12_usize.saturating_sub(name.len()));
        let _ = writeln!(text, "{}{gap}{}", session.paint.bold(name), visible(said));
    };
    line(
        "processor",
        &format!("{}, {}, {}", found.processor, found.vectors, counted(found.threads, "thread")),
    );
    for Seen { name, hardware, why, .. } in &found.devices {
        line(name, why.as_ref().or(hardware.as_ref()).map_or("usable", String::as_str));
    }
    line("auto", &format!("takes {}", found.auto));
    let of = |place: &str| {
        let all = found.work.iter().chain(&found.operations).filter(|own| own.runs_on == place);
        all.map(|own| own.name).collect::<Vec<_>>().join("; ")
    };
    line("", "A net that learns or judges by `--device cuda:N`, or `device` in [training], has");
    line("on the GPU", &of("gpu"));
    line("on the CPU", &of("cpu"));
    line("", "Without a GPU everything runs on the CPU.");
    text
}
