//! The catalogue of bearings: designation to geometry, with its source and how sure it is.
//!
//! What is published stands in `catalogue.toml`; the ISO series stand in `series.csv`, worked out from printed load
//! ratings and raceways, or by design rules where a maker prints neither. Both ship. A user's own file has the form of
//! `catalogue.toml` and goes before them.

mod look_up;
mod shelf;
mod suffix;

use std::sync::OnceLock;

use brinell_signal::{BearingGeometry, FaultKind, Joint, Phrase, phrase};
use serde::{Deserialize, Serialize};

use crate::Error;
pub use shelf::BearingShelf;

/// One bearing of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueBearing {
    /// Designation as in the catalogue, e.g. `6205`.
    pub designation: String,
    /// Geometry; kinematic orders follow from it.
    pub geometry: BearingGeometry,
    /// `verified` (dimensions stated by the source), `fitted` (to published orders), `rated` (worked out from a
    /// maker's load ratings), `nominal` (printed raceways or a design rule, number of elements by a rule), or
    /// `declared` (the user's own).
    pub status: String,
    /// Where the dimensions come from.
    pub source: String,
    /// How far the geometry may be off.
    pub uncertainty: GeometryUncertainty,
    /// What was left out of the designation that was asked for, e.g. `2RS JEM C3`; empty when nothing was.
    pub left_out: String,
}

/// How far the geometry of a bearing may be off, as data: a search for its lines can be widened by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct GeometryUncertainty {
    /// The number of rolling elements may be this much higher or lower; 0 when it is known.
    pub rolling_elements: u32,
    /// The ratio of rolling element to pitch diameter may be off by this share; 0 when it is known.
    pub ratio: f64,
}

impl GeometryUncertainty {
    /// Whether nothing is uncertain.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.rolling_elements == 0 && self.ratio == 0.0
    }
}

impl CatalogueBearing {
    /// A bearing by its dimensions alone, as declared by somebody who knows them.
    #[must_use]
    pub fn declared(designation: String, geometry: BearingGeometry, source: String) -> Self {
        Self {
            designation,
            geometry,
            status: "declared".into(),
            source,
            uncertainty: GeometryUncertainty::default(),
            left_out: String::new(),
        }
    }

    /// Lowest and highest order of a fault's line that the geometry allows (ball: 2 x BSF), as multiples of the
    /// shaft speed, inner ring rotating. Both are the nominal order when nothing is uncertain.
    ///
    /// Another number of elements shifts BPFI and BPFO by a whole element's share, so these bounds hold separate lines
    /// and not one broad one: [`CatalogueBearing::alternatives`] has each.
    #[must_use]
    pub fn order_bounds(&self, kind: FaultKind) -> [f64; 2] {
        let all = self.alternatives();
        let orders = all.iter().flat_map(|geometry| {
            [1.0 - self.uncertainty.ratio, 1.0 + self.uncertainty.ratio].map(|factor| {
                let mut changed = *geometry;
                changed.ball_diameter.0 *= factor;
                kind.order(&changed.orders()).0
            })
        });
        orders
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], order| [low.min(order), high.max(order)])
    }

    /// Largest share by which a fault's line may lie off its nominal order because the ratio of diameters is not certain; the
    /// number of elements is taken as given.
    #[must_use]
    pub fn order_spread(&self, kind: FaultKind) -> f64 {
        let nominal = kind.order(&self.geometry.orders()).0;
        let off = |factor: f64| {
            let mut changed = self.geometry;
            changed.ball_diameter.0 *= factor;
            (kind.order(&changed.orders()).0 / nominal - 1.0).abs()
        };
        off(1.0 - self.uncertainty.ratio).max(off(1.0 + self.uncertainty.ratio))
    }

    /// [`CatalogueBearing::order_spread`] of inner race, outer race and rolling elements.
    pub(crate) fn spreads(&self) -> [f64; 3] {
        [FaultKind::Inner, FaultKind::Outer, FaultKind::Ball].map(|kind| self.order_spread(kind))
    }

    /// Geometries with each number of rolling elements that the uncertainty allows, the nominal one first. Numbers that
    /// no bearing can have are left out.
    #[must_use]
    pub fn alternatives(&self) -> Vec<BearingGeometry> {
        let mut all = vec![self.geometry];
        for off in 1..=self.uncertainty.rolling_elements {
            let nominal = self.geometry.rolling_elements;
            for rolling_elements in [nominal.saturating_sub(off), nominal.saturating_add(off)] {
                let changed = BearingGeometry { rolling_elements, ..self.geometry };
                if changed.check().is_ok() {
                    all.push(changed);
                }
            }
        }
        all
    }

    /// Where the geometry comes from and how sure it is, in words for a report.
    #[must_use]
    pub fn provenance(&self) -> Phrase {
        let mut parts = vec![phrase!(
            "{source} ({status})",
            source = Phrase::named(&self.source),
            status = Phrase::named(&self.status)
        )];
        let GeometryUncertainty { rolling_elements, ratio } = self.uncertainty;
        if rolling_elements > 0 {
            parts.push(phrase!("the number of rolling elements may be off by {n}", n = rolling_elements));
        }
        if ratio > 0.0 {
            parts.push(phrase!(
                "rolling element over pitch diameter to {percent:.0} %",
                percent = 100.0 * ratio
            ));
        }
        if !self.left_out.is_empty() {
            parts.push(phrase!(
                "`{suffix}` of the designation left out: seals, cage, clearance and a tapered bore do not change the orders; letters of an inner design (E, X) may, by more elements or larger ones",
                suffix = &self.left_out
            ));
        }
        Phrase::list(Joint::Semicolon, parts)
    }
}

/// All bearings that ship, published ones first.
#[must_use]
pub fn bearings() -> &'static [CatalogueBearing] {
    shipped().bearings()
}

/// The shelf of bearings that ship.
pub(crate) fn shipped() -> &'static BearingShelf {
    static SHELF: OnceLock<BearingShelf> = OnceLock::new();
    // The shipped texts are checked by a test; an empty shelf makes every look-up an error, not a panic.
    SHELF.get_or_init(|| BearingShelf::read_shipped().unwrap_or_default())
}

/// Looks a designation up among the bearings that ship; see [`BearingShelf::bearing`].
///
/// # Errors
/// [`Error::UnknownBearing`] with the nearest designations when nothing fits.
pub fn bearing(designation: &str) -> Result<CatalogueBearing, Error> {
    shipped().bearing(designation)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_6205_has_the_orders_that_its_source_publishes() {
        let orders = bearing("6205").unwrap().geometry.orders();
        for (got, published) in
            [(orders.bpfi, 5.4152), (orders.bpfo, 3.5848), (orders.ftf, 0.39828), (2.0 * orders.bsf, 4.7135)]
        {
            assert!((got / published - 1.0).abs() < 2e-4, "{got} {published}");
        }
    }

    #[test]
    fn a_fitted_entry_has_the_frequencies_that_it_was_fitted_to() {
        let orders = bearing("22228").unwrap().geometry.orders();
        for (order, hz, printed_to) in
            [(orders.bpfo, 205.3, 0.5), (orders.bsf, 89.1, 0.3), (orders.ftf, 10.8, 0.05)]
        {
            assert!((25.0 * order - hz).abs() < printed_to, "{order} {hz}");
        }
    }

    #[test]
    fn what_is_worked_out_from_ratings_meets_what_is_published() {
        let series = BearingShelf::read_series().unwrap();
        for (name, n, ball) in
            [("6203", 8, 6.746), ("6205", 9, 7.94), ("6209", 9, 12.7), ("7218B", 16, 22.23)]
        {
            let row = series.bearing(name).unwrap();
            assert_eq!(row.geometry.rolling_elements, n, "{name}");
            assert!((row.geometry.ball_diameter.0 / ball - 1.0).abs() < 2e-3, "{name}");
            assert_eq!(row.status, "rated");
        }
    }

    #[test]
    fn an_uncertain_geometry_bounds_the_orders_around_the_nominal_one() {
        let nominal = bearing("22212").unwrap();
        assert_eq!(nominal.status, "nominal");
        assert_eq!(nominal.alternatives().len(), 5);
        for kind in FaultKind::ALL {
            let [low, high] = nominal.order_bounds(kind);
            let order = kind.order(&nominal.geometry.orders()).0;
            assert!(low < order && order < high, "{kind:?}: {low} {order} {high}");
        }
        let sure = bearing("6205").unwrap();
        assert!(sure.uncertainty.is_none());
        let order = FaultKind::Outer.order(&sure.geometry.orders()).0;
        assert_eq!(sure.order_bounds(FaultKind::Outer), [order, order]);
    }

    #[test]
    fn uncertainty_and_what_was_left_out_are_told() {
        let text = bearing("22212 EK/C3").unwrap().provenance().to_string();
        assert!(text.contains("nominal") && text.contains("off by 2") && text.contains("EK/C3"), "{text}");
    }
}
