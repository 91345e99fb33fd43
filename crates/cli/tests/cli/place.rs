//! A temporary folder in which the program runs with an empty environment.

use brinell_signal::{
    BearingGeometry, FaultKind, Hertz, Millimetres,
    simulate::{SimulatedFault, Simulation},
};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder of its own for one test.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The exit code is this one; else the test fails with everything that was printed.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Standard error is exactly this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert_eq!(self.err, text);
        self
    }

    /// Standard error contains this.
    #[track_caller]
    pub(crate) fn mentions(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is not in:\n{}", self.err);
        self
    }

    /// Standard output contains this.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.out.contains(text), "`{text}` is not in:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.out) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}):\n{}\nstderr:\n{}", self.out, self.err),
        }
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.folder.path().join(Path::new(name.as_ref()))
    }

    /// The program, ready to be given arguments: empty environment, this folder.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brinell"));
        command
            .env_clear()
            .env("HOME", self.path("home"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program with words separated by blanks.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs the program with these arguments.
    pub(crate) fn run_words<S: AsRef<OsStr>>(&self, words: &[S]) -> Ran {
        self.command().args(words).output().unwrap().into()
    }

    /// Runs a line of a POSIX shell in which `$BRINELL` is the program.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", line])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("BRINELL", env!("CARGO_BIN_EXE_brinell"))
            .env("HOME", self.path("home"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command.output().unwrap().into()
    }

    pub(crate) fn write(&self, name: impl AsRef<OsStr>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A MATLAB file with one variable `vibration`: five seconds of a 6205 at 30 Hz and 12 kHz whose
    /// outer race is damaged, or which is healthy.
    pub(crate) fn recording(&self, name: impl AsRef<OsStr>, fault: Option<FaultKind>, seed: u64) -> PathBuf {
        self.arrays(name, &[("vibration", simulated(fault, seed))])
    }

    /// A MATLAB file with these variables.
    pub(crate) fn arrays(&self, name: impl AsRef<OsStr>, arrays: &[(&str, Vec<f64>)]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let arrays: Vec<_> = arrays.iter().map(|(name, own)| ((*name).to_owned(), own.clone())).collect();
        brinell_formats::write_mat5(&path, &arrays).unwrap();
        path
    }

    /// Every file below the folder with its content's length and first bytes: equal trees are equal.
    pub(crate) fn tree(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                if entry.path().is_dir() {
                    found.push((entry.path(), Vec::new()));
                    walk(&entry.path(), found);
                } else {
                    found.push((entry.path(), std::fs::read(entry.path()).unwrap()));
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        found.sort();
        found
    }
}

/// The folder of the CWRU recordings, when they are on this machine.
pub(crate) fn cwru() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cwru");
    let folder = std::env::var_os("BRINELL_CWRU").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return folder.canonicalize().ok();
    }
    println!("skipped: no CWRU data");
    None
}

/// Words of a `diagnose` that says everything about [`Place::recording`].
pub(crate) const KNOWN: &str = "--rate 12kHz --speed 30Hz --bearing 6205";

/// Five seconds of a 6205 at 30 Hz and 12 kHz with this damage.
pub(crate) fn simulated(fault: Option<FaultKind>, seed: u64) -> Vec<f64> {
    let geometry = BearingGeometry::new(9, Millimetres(7.94004), Millimetres(39.0398), 0.0).unwrap();
    let simulation = Simulation {
        fault: fault.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 }),
        snr_db: 0.0,
        seed,
        ..Simulation::new(Hertz(12_000.0), 5.0, Hertz(30.0), geometry)
    };
    simulation.simulate().unwrap().samples.iter().map(|&x| f64::from(x)).collect()
}
