//! What the user says about a recording that its file does not.

use crate::failure::{Code, Failure, Outcome, refused_quantity, unreadable};
use crate::translate::{self, Doing};
use brinell_formats::{Layout, ReadRequest, find_layout};
use brinell_signal::{Hertz, Unit, parse_frequency, parse_shaft_speed};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Flags that state what a file leaves open.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What the file does not say")]
pub(crate) struct Reading {
    /// Sampling rate, e.g. 12kHz
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<String>,
    /// Shaft speed with its unit: 1797rpm, 29.95Hz or 188.2rad/s
    #[arg(long, value_name = "SPEED")]
    pub(crate) speed: Option<String>,
    /// Unit of the samples: g, m/s2, mm/s, um, V
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// The variable to read, where a file holds several recordings
    #[arg(long, value_name = "NAME")]
    pub(crate) variable: Option<String>,
    /// Layout of the file: TOML, or the name of a shipped one
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) layout: Option<PathBuf>,
}

/// The same, understood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stated {
    pub(crate) rate: Option<Hertz>,
    pub(crate) speed: Option<Hertz>,
    pub(crate) unit: Option<Unit>,
    pub(crate) variable: Option<String>,
    pub(crate) layout: Option<Arc<Layout>>,
    /// What the command takes for channels, by name.
    pub(crate) channels: Vec<String>,
}

impl Reading {
    /// Understands the flags.
    pub(crate) fn stated(&self) -> Outcome<Stated> {
        let rate = self.rate.as_deref().map(|text| rate("--rate", text)).transpose()?;
        let speed = self.speed.as_deref().map(|text| speed("--speed", text)).transpose()?;
        let unit = self.unit.as_deref().map(|text| unit("--unit", text)).transpose()?;
        let layout = self.layout.as_deref().map(layout).transpose()?.map(Arc::new);
        Ok(Stated { rate, speed, unit, variable: self.variable.clone(), layout, channels: Vec::new() })
    }
}

impl Stated {
    /// What is asked of the reader.
    pub(crate) fn request(&self) -> ReadRequest<'_> {
        ReadRequest {
            layout: self.layout.as_deref(),
            rate: self.rate,
            speed: self.speed,
            unit: self.unit,
            variable: self.variable.clone(),
            channels: self.channels.clone(),
        }
    }
}

/// A sampling rate with its unit.
pub(crate) fn rate(name: &str, text: &str) -> Outcome<Hertz> {
    parse_frequency(text).map_err(|error| refused_quantity(name, &error))
}

/// A shaft speed with its unit.
pub(crate) fn speed(name: &str, text: &str) -> Outcome<Hertz> {
    parse_shaft_speed(text).map_err(|error| refused_quantity(name, &error))
}

/// A unit of the samples.
pub(crate) fn unit(name: &str, text: &str) -> Outcome<Unit> {
    text.parse().map_err(|_| {
        Failure::new(Code::Quantity, format!("{name} {text} is no unit of vibration"))
            .why("units are case-sensitive: g, m/s2, mm/s, um, V, or ? when it is not known")
            .help(format!("{name} g"))
    })
}

/// A layout from its file; what is no file and looks like no path is the name of a shipped one.
pub(crate) fn layout(path: &Path) -> Outcome<Layout> {
    let doing = Doing { command: "probe --layout", path };
    if !path.is_file() && path.extension().is_none() && path.components().count() == 1 {
        let shipped =
            find_layout(&path.to_string_lossy()).map_err(|error| translate::formats(&error, doing))?;
        return Ok(shipped.layout.clone());
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Layout::parse(&text, &path.to_string_lossy()).map_err(|error| translate::formats(&error, doing))
}
