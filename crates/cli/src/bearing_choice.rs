//! The bearing that a command is about: by designation, or by its dimensions.

use crate::failure::{Code, Failure, Outcome, refused_quantity, unreadable};
use crate::terminal::{shell_word, visible};
use crate::translate;
use brinell_diagnosis::{BearingShelf, CatalogueBearing};
use brinell_signal::{BearingGeometry, parse_angle, parse_length};
use clap::Args;
use std::borrow::Cow;
use std::path::PathBuf;

/// Dimensions of a bearing, for one that the catalogue lacks.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Bearing dimensions")]
pub(crate) struct Dimensions {
    /// Number of rolling elements
    #[arg(long, value_name = "N", requires_all = ["ball_diameter", "pitch_diameter"])]
    pub(crate) rolling_elements: Option<u32>,
    /// Diameter of a rolling element, e.g. 7.94mm or 0.3126in
    #[arg(long, value_name = "LENGTH", requires = "rolling_elements")]
    pub(crate) ball_diameter: Option<String>,
    /// Pitch diameter, e.g. 39.04mm
    #[arg(long, value_name = "LENGTH", requires = "rolling_elements")]
    pub(crate) pitch_diameter: Option<String>,
    /// Contact angle, e.g. 15deg [default: 0deg]
    #[arg(long, value_name = "ANGLE", requires = "rolling_elements", hide_short_help = true)]
    pub(crate) contact_angle: Option<String>,
    /// Your own bearings (TOML), which go before those that ship
    ///
    /// One [[bearing]] each, with designation, rolling_elements, ball_diameter_mm, pitch_diameter_mm and source.
    #[arg(long, value_name = "FILE")]
    pub(crate) bearings: Option<PathBuf>,
}

impl Dimensions {
    /// The bearings that are known: those that ship, and those of the user's file.
    pub(crate) fn shelf(&self) -> Outcome<Cow<'static, BearingShelf>> {
        let Some(path) = &self.bearings else { return Ok(Cow::Borrowed(BearingShelf::shipped())) };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        BearingShelf::with_file(&path.to_string_lossy(), &text).map(Cow::Owned).map_err(|error| {
            translate::file_of_settings(Code::Geometry, &error)
                .help("one [[bearing]] each, with designation, rolling_elements, ball_diameter_mm, pitch_diameter_mm and source")
                .file(path)
        })
    }

    /// No dimensions, but the same file of bearings.
    pub(crate) fn of_the_shelf(&self) -> Self {
        Self { bearings: self.bearings.clone(), ..Self::default() }
    }

    /// The geometry that was given, if any.
    fn geometry(&self) -> Outcome<Option<BearingGeometry>> {
        let (Some(n), Some(ball), Some(pitch)) =
            (self.rolling_elements, &self.ball_diameter, &self.pitch_diameter)
        else {
            return Ok(None);
        };
        let ball = parse_length(ball).map_err(|e| refused_quantity("--ball-diameter", &e))?;
        let pitch = parse_length(pitch).map_err(|e| refused_quantity("--pitch-diameter", &e))?;
        let angle = match &self.contact_angle {
            Some(text) => parse_angle(text).map_err(|e| refused_quantity("--contact-angle", &e))?,
            None => 0.0,
        };
        BearingGeometry::new(n, ball, pitch, angle).map(Some).map_err(|error| {
            Failure::new(Code::Geometry, error.to_string())
                .help("compare the flags with the bearing's data sheet: brinell freqs --help")
        })
    }
}

/// The bearing of a designation or of dimensions; `None` when neither was given.
pub(crate) fn chosen(
    designation: Option<&str>,
    dimensions: &Dimensions,
) -> Outcome<Option<CatalogueBearing>> {
    match (designation, dimensions.geometry()?) {
        (Some(name), None) => dimensions.shelf()?.bearing(name).map(Some).map_err(|error| unknown(&error)),
        (None, None) => Ok(None),
        (name, Some(geometry)) => Ok(Some(CatalogueBearing::declared(
            name.unwrap_or("given by its dimensions").to_owned(),
            geometry,
            "dimensions on the command line".to_owned(),
        ))),
    }
}

/// A designation that the catalogue lacks.
pub(crate) fn unknown(error: &brinell_diagnosis::Error) -> Box<Failure> {
    let brinell_diagnosis::Error::UnknownBearing { designation, near, begin, known } = error else {
        return Failure::new(Code::Internal, error.to_string());
    };
    let hint = match near.as_slice() {
        [] => String::new(),
        near => format!("; did you mean {}?", near.join(" or ")),
    };
    let name = visible(designation);
    let why = match begin {
        0 => format!("the catalogue has {known} designations, and this one begins with none of them"),
        1 => format!("1 of the catalogue's {known} designations begins with it"),
        many => format!("{many} of the catalogue's {known} designations begin with it"),
    };
    let list = if *begin > 0 { shell_word(&format!("{}*", designation.trim())) } else { "'62*'".to_owned() };
    Failure::new(Code::BearingUnknown, format!("unknown bearing `{name}`{hint}")).why(why).help(format!(
        "brinell list bearings {list}, or give --rolling-elements, --ball-diameter and --pitch-diameter, or write \
         them into a file for --bearings"
    ))
}
