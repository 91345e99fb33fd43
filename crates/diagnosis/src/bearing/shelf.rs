//! Reading bearings: the two files that ship, and a user's own.

use brinell_formats::parse_toml;
use brinell_signal::{BearingGeometry, Millimetres};
use serde::Deserialize;

use super::{CatalogueBearing, GeometryUncertainty};
use crate::Error;

const PUBLISHED: &str = include_str!("../../../../data/bearings/catalogue.toml");
const SERIES: &str = include_str!("../../../../data/bearings/series.csv");

/// Bearings in the order in which they are looked up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BearingShelf {
    bearings: Vec<CatalogueBearing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bearing: Vec<Row>,
}

/// One entry of a file. Dimensions in millimetres, angle in degrees.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    designation: String,
    rolling_elements: u32,
    ball_diameter_mm: f64,
    pitch_diameter_mm: f64,
    #[serde(default)]
    contact_angle_deg: f64,
    /// Only for people and for telling bearings apart.
    #[serde(default)]
    bore_mm: Option<f64>,
    #[serde(default)]
    outside_mm: Option<f64>,
    #[serde(default = "declared")]
    status: String,
    source: String,
    #[serde(default)]
    rolling_elements_off: u32,
    #[serde(default)]
    ratio_off: f64,
}

fn declared() -> String {
    "declared".into()
}

impl Row {
    fn bearing(self) -> Result<CatalogueBearing, String> {
        let name = self.designation.trim().to_owned();
        if name.is_empty() {
            return Err("a bearing has an empty designation".into());
        }
        if !(0.0..0.5).contains(&self.ratio_off) || self.rolling_elements_off > 5 {
            return Err(format!(
                "bearing {name}: ratio_off has to be in 0 to 0.5, rolling_elements_off at most 5"
            ));
        }
        let geometry = BearingGeometry::new(
            self.rolling_elements,
            Millimetres(self.ball_diameter_mm),
            Millimetres(self.pitch_diameter_mm),
            self.contact_angle_deg,
        )
        .map_err(|error| format!("bearing {name}: {error}"))?;
        if let (Some(bore), Some(outside)) = (self.bore_mm, self.outside_mm)
            && !(bore < self.pitch_diameter_mm && self.pitch_diameter_mm < outside)
        {
            return Err(format!(
                "bearing {name}: the pitch diameter has to lie between bore and outside diameter"
            ));
        }
        Ok(CatalogueBearing {
            designation: name,
            geometry,
            status: self.status,
            source: self.source,
            uncertainty: GeometryUncertainty {
                rolling_elements: self.rolling_elements_off,
                ratio: self.ratio_off,
            },
            left_out: String::new(),
        })
    }
}

impl BearingShelf {
    /// A shelf of the bearings that ship, with those of a user's file before them.
    ///
    /// `text` is TOML like the shipped `catalogue.toml`: one `[[bearing]]` each, with `designation`,
    /// `rolling_elements`, `ball_diameter_mm`, `pitch_diameter_mm` and `source`; `contact_angle_deg`, `status`,
    /// `bore_mm`, `outside_mm`, `rolling_elements_off` and `ratio_off` may be left out. `path` is told in errors.
    ///
    /// # Errors
    /// [`Error::Formats`] with line and column when the text is not such a file, [`Error::BearingFile`] when a bearing in it
    /// cannot be.
    pub fn with_file(path: &str, text: &str) -> Result<Self, Error> {
        let refuse = |why| Error::BearingFile { path: path.to_owned(), why };
        let mut shelf = Self { bearings: built(parse_toml(text, path)?).map_err(refuse)? };
        shelf.extend(super::shipped().bearings.clone());
        Ok(shelf)
    }

    /// The shelf of bearings that ship.
    #[must_use]
    pub fn shipped() -> &'static Self {
        super::shipped()
    }

    /// All bearings, in the order of the look-up.
    #[must_use]
    pub fn bearings(&self) -> &[CatalogueBearing] {
        &self.bearings
    }

    pub(super) fn read_shipped() -> Result<Self, String> {
        let mut shelf = Self { bearings: published(PUBLISHED)? };
        shelf.extend(series(SERIES)?);
        Ok(shelf)
    }

    #[cfg(test)]
    pub(super) fn read_series() -> Result<Self, String> {
        Ok(Self { bearings: series(SERIES)? })
    }

    /// Adds those whose designation is not there yet.
    fn extend(&mut self, more: Vec<CatalogueBearing>) {
        let known: std::collections::HashSet<String> =
            self.bearings.iter().map(|bearing| bearing.designation.clone()).collect();
        self.bearings.extend(more.into_iter().filter(|bearing| !known.contains(&bearing.designation)));
    }
}

fn published(text: &str) -> Result<Vec<CatalogueBearing>, String> {
    built(toml::from_str(text).map_err(|error| error.to_string())?)
}

fn built(file: File) -> Result<Vec<CatalogueBearing>, String> {
    file.bearing.into_iter().map(Row::bearing).collect()
}

/// The series: a line each, no quotes, sources by a word.
fn series(text: &str) -> Result<Vec<CatalogueBearing>, String> {
    let mut bearings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.starts_with("designation,") {
            continue;
        }
        let wrong = || format!("line {} of the series: `{line}`", number + 1);
        let cells: Vec<&str> = line.split(',').collect();
        let [name, n, ball, pitch, angle, bore, outside, status, source, n_off, ratio_off] = cells[..] else {
            return Err(wrong());
        };
        let number = |cell: &str| cell.parse::<f64>().map_err(|_| wrong());
        let count = |cell: &str| cell.parse::<u32>().map_err(|_| wrong());
        let row = Row {
            designation: name.to_owned(),
            rolling_elements: count(n)?,
            ball_diameter_mm: number(ball)?,
            pitch_diameter_mm: number(pitch)?,
            contact_angle_deg: number(angle)?,
            bore_mm: Some(number(bore)?),
            outside_mm: Some(number(outside)?),
            status: status.to_owned(),
            source: source_in_words(source).ok_or_else(wrong)?.to_owned(),
            rolling_elements_off: count(n_off)?,
            ratio_off: number(ratio_off)?,
        };
        bearings.push(row.bearing()?);
    }
    Ok(bearings)
}

fn source_in_words(word: &str) -> Option<&'static str> {
    Some(match word {
        "ratings" => {
            "worked out from the load ratings and factor f0 of the Koyo general catalogue B2001 by ISO 76 and ISO 281"
        }
        "raceways" => {
            "raceway diameters of DIN 5412-1, E design; number of rollers by a rule (81 % of the pitch circle filled)"
        }
        "rules" => "design rule from ISO 15 boundary dimensions",
        "balls" => "balls of the single-row bearing of the same size, number by a rule",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const OWN: &str = r#"
[[bearing]]
designation = "PUMP-7"
rolling_elements = 11
ball_diameter_mm = 9.0
pitch_diameter_mm = 50.0
source = "measured on the spare"

[[bearing]]
designation = "6205"
rolling_elements = 9
ball_diameter_mm = 7.9
pitch_diameter_mm = 38.5
source = "our maker's sheet"
"#;

    #[test]
    fn everything_that_ships_can_be_built_and_names_its_source() {
        let shelf = BearingShelf::read_shipped().unwrap();
        assert!(shelf.bearings().len() > 1000, "{}", shelf.bearings().len());
        for bearing in shelf.bearings() {
            assert!(bearing.source.len() > 10, "{}", bearing.designation);
            let known = ["verified", "fitted", "rated", "nominal"].contains(&bearing.status.as_str());
            assert!(known, "{}", bearing.designation);
            assert_eq!(
                bearing.status == "verified",
                bearing.uncertainty.is_none(),
                "{}",
                bearing.designation
            );
        }
    }

    #[test]
    fn every_series_that_is_promised_is_there() {
        let shelf = BearingShelf::shipped();
        for name in [
            "6004", "6308", "6410", "61808", "61908", "62205", "62306", "7208B", "7208C", "7208AC", "7310B",
            "3206", "3308", "NU206", "NJ310", "N212", "NUP309", "NU2210", "NU2312", "NU1010", "22216",
            "22320", "23024", "23122", "23230", "21310", "1208", "1307", "2208", "2307", "30208", "30306",
            "31310", "32210", "32307", "32010",
        ] {
            assert!(shelf.bearings().iter().any(|bearing| bearing.designation == name), "{name}");
        }
    }

    #[test]
    fn the_users_own_bearings_go_before_those_that_ship() {
        let shelf = BearingShelf::with_file("own.toml", OWN).unwrap();
        assert_eq!(shelf.bearing("pump 7").unwrap().geometry.rolling_elements, 11);
        let own = shelf.bearing("6205-2RS").unwrap();
        assert_eq!((own.source.as_str(), own.status.as_str()), ("our maker's sheet", "declared"));
        assert_eq!(shelf.bearing("6203").unwrap().status, "verified");
    }

    #[test]
    fn a_wrong_file_names_itself_and_the_bearing() {
        for (text, part) in [
            ("[[bearing]]\ndesignation = \"a\"\n", "rolling_elements"),
            (&OWN.replace("= 9.0", "= 90.0"), "PUMP-7"),
            (&OWN.replace("source = \"m", "maker = \"m"), "maker"),
            (&OWN.replace("source = \"m", "ratio_off = 0.9\nsource = \"m"), "ratio_off"),
        ] {
            let error = BearingShelf::with_file("own.toml", text).unwrap_err().to_string();
            assert!(error.contains("own.toml") && error.contains(part), "{error}");
        }
    }
}
