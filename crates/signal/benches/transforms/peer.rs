//! Peers: a script as a child process that times what it is asked to.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::clock::median;

/// The child process and its two streams.
pub(crate) struct Peers {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
    pub(crate) versions: Value,
}

impl Peers {
    /// Starts `script` with this interpreter and these arguments.
    pub(crate) fn start(python: &str, script: &str, arguments: &[&str]) -> Result<Self, String> {
        let mut child = Command::new(python)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{python} cannot be started: {error}"))?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the peers' streams are missing".to_owned());
        };
        let mut peers = Self { child, ask, answer: BufReader::new(answer), versions: Value::Null };
        peers.versions = peers.read()?["versions"].take();
        Ok(peers)
    }

    /// Median seconds of one call of `job`, repeated for about `budget` seconds.
    pub(crate) fn seconds(&mut self, job: &str, budget: f64) -> Result<f64, String> {
        let answer = self.answer(job, &budget.to_string())?;
        match answer["times"].as_array() {
            Some(times) => Ok(median(times.iter().filter_map(Value::as_f64).collect())),
            None => Err(answer["error"].as_str().unwrap_or("no answer").to_owned()),
        }
    }

    /// What the script answers to one line of two words.
    pub(crate) fn answer(&mut self, first: &str, second: &str) -> Result<Value, String> {
        writeln!(self.ask, "{first} {second}").map_err(|error| error.to_string())?;
        self.read()
    }

    fn read(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        match self.answer.read_line(&mut line) {
            Ok(0) => Err("the peers' process ended".to_owned()),
            Ok(_) => serde_json::from_str(&line).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
