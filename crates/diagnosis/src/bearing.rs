//! The catalogue of bearings that ships: designation to geometry, with its source.

use std::sync::OnceLock;

use brinell_signal::{BearingGeometry, Millimetres};
use serde::Deserialize;

use crate::Error;

const SHIPPED: &str = include_str!("../../../data/bearings/catalogue.toml");

/// One bearing of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueBearing {
    /// Designation as in the catalogue, e.g. `6205`.
    pub designation: String,
    /// Geometry; kinematic orders follow from it.
    pub geometry: BearingGeometry,
    /// Whether the dimensions were `published` or `fitted` to published orders.
    pub status: String,
    /// Where the dimensions come from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bearing: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    designation: String,
    rolling_elements: u32,
    ball_diameter_mm: f64,
    pitch_diameter_mm: f64,
    contact_angle_deg: f64,
    status: String,
    source: String,
}

fn parse(text: &str) -> Result<Vec<CatalogueBearing>, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    file.bearing
        .into_iter()
        .map(|row| {
            let geometry = BearingGeometry::new(
                row.rolling_elements,
                Millimetres(row.ball_diameter_mm),
                Millimetres(row.pitch_diameter_mm),
                row.contact_angle_deg,
            )
            .map_err(|e| format!("bearing {}: {e}", row.designation))?;
            Ok(CatalogueBearing {
                designation: row.designation,
                geometry,
                status: row.status,
                source: row.source,
            })
        })
        .collect()
}

/// All bearings that ship, in catalogue order.
pub fn bearings() -> &'static [CatalogueBearing] {
    static SHELF: OnceLock<Vec<CatalogueBearing>> = OnceLock::new();
    // The shipped text is checked by a test; an empty shelf makes every look-up an error, not a panic.
    SHELF.get_or_init(|| parse(SHIPPED).unwrap_or_default())
}

/// Looks a designation up, forgiving of case, spaces, seals, clearance and maker:
/// `6205-2RS JEM C3` and `skf 6205` find `6205`.
///
/// # Errors
/// [`Error::UnknownBearing`] with the nearest designations when nothing fits.
pub fn bearing(designation: &str) -> Result<CatalogueBearing, Error> {
    let asked = normal(designation);
    let exact = bearings().iter().find(|b| normal(&b.designation) == asked);
    let by_part = || {
        let parts: Vec<String> =
            designation.split(|c: char| !c.is_ascii_alphanumeric()).map(normal).collect();
        bearings().iter().find(|b| parts.iter().any(|p| *p == normal(&b.designation)))
    };
    exact.or_else(by_part).cloned().ok_or_else(|| {
        let mut near: Vec<(f64, &str)> = bearings()
            .iter()
            .map(|b| (strsim::jaro_winkler(&normal(&b.designation), &asked), b.designation.as_str()))
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        Error::UnknownBearing {
            designation: designation.to_owned(),
            near: near.iter().filter(|n| n.0 >= 0.8).take(3).map(|n| n.1.to_owned()).collect(),
            known: bearings().iter().map(|b| b.designation.clone()).collect(),
        }
    })
}

fn normal(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_shipped_catalogue_parses_and_every_entry_names_its_source() {
        let all = parse(SHIPPED).unwrap();
        assert!(all.len() >= 8);
        assert!(all.iter().all(|b| b.source.len() > 10));
    }

    #[test]
    fn suffixes_case_and_maker_are_forgiven() {
        for name in ["6205", "6205-2RS JEM C3", "skf 6205", "6205-2RS JEM (SKF)", "6205/C3"] {
            assert_eq!(bearing(name).unwrap().designation, "6205", "{name}");
        }
        assert_eq!(bearing("6203 PU").unwrap().designation, "6203-PU");
    }

    #[test]
    fn an_unknown_designation_is_refused_with_its_neighbours() {
        let error = bearing("6206").unwrap_err().to_string();
        assert!(error.contains("6206") && error.contains("6205"), "{error}");
    }

    #[test]
    fn the_6205_has_the_orders_that_its_source_publishes() {
        let orders = bearing("6205").unwrap().geometry.orders();
        for (got, published) in
            [(orders.bpfi, 5.4152), (orders.bpfo, 3.5848), (orders.ftf, 0.39828), (2.0 * orders.bsf, 4.7135)]
        {
            assert!((got / published - 1.0).abs() < 2e-4, "{got} {published}");
        }
    }
}
