//! How fast the parts of a rolling bearing pass each other.
//!
//! With `r = d/D cos φ` (ball over pitch diameter, contact angle) and the inner ring turning with the
//! shaft: cage `FTF = (1 - r)/2`, outer race `BPFO = n/2 (1 - r)`, inner race `BPFI = n/2 (1 + r)`, spin
//! of a ball `BSF = D/2d (1 - r²)`, all as multiples of the shaft speed and without slip. Measured lines
//! lie up to about 2 % off, to either side.
//!
//! The kinematics is textbook: Randall and Antoni 2011 (doi 10.1016/j.ymssp.2010.07.017).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::units::{Millimetres, Order};

/// The dimensions that decide a bearing's kinematics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BearingGeometry {
    /// Number of rolling elements in one row.
    pub rolling_elements: u32,
    /// Diameter of a ball, or mean diameter of a roller.
    pub ball_diameter: Millimetres,
    /// Diameter of the circle through the centres of the rolling elements.
    pub pitch_diameter: Millimetres,
    /// Contact angle in degrees; 0 for a deep-groove bearing under radial load.
    pub contact_angle_deg: f64,
}

impl BearingGeometry {
    /// A checked geometry.
    ///
    /// # Errors
    /// [`Error::Geometry`] when the number of rolling elements is not 3 to 100, a diameter is not a finite
    /// number above 0, the ball is not smaller than the pitch circle, the balls would not fit beside each
    /// other on it, or the contact angle is not in 0 to under 90 degrees.
    pub fn new(
        rolling_elements: u32,
        ball_diameter: Millimetres,
        pitch_diameter: Millimetres,
        contact_angle_deg: f64,
    ) -> Result<Self> {
        let geometry = Self { rolling_elements, ball_diameter, pitch_diameter, contact_angle_deg };
        geometry.check()?;
        Ok(geometry)
    }

    /// The checks of [`BearingGeometry::new`], for a geometry that was read from a file.
    ///
    /// # Errors
    /// As [`BearingGeometry::new`].
    pub fn check(&self) -> Result<()> {
        let refuse = |field, value, reason| Err(Error::Geometry { field, value, reason });
        let (n, d, pitch) = (self.rolling_elements, self.ball_diameter.0, self.pitch_diameter.0);
        if !(3..=100).contains(&n) {
            return refuse("rolling elements", f64::from(n), "a bearing has 3 to 100 in a row");
        }
        if !(d.is_finite() && d > 0.0) {
            return refuse("ball diameter in mm", d, "it has to be a finite number above 0");
        }
        if !(pitch.is_finite() && pitch > 0.0) {
            return refuse("pitch diameter in mm", pitch, "it has to be a finite number above 0");
        }
        if d >= pitch {
            return refuse(
                "ball diameter in mm",
                d,
                "it has to be smaller than the pitch diameter; are the two exchanged?",
            );
        }
        if !(0.0..90.0).contains(&self.contact_angle_deg) {
            return refuse(
                "contact angle in degrees",
                self.contact_angle_deg,
                "it has to be in 0 to under 90 degrees",
            );
        }
        // Neighbouring centres are D sin(π/n) apart; two per cent are allowed for rounded catalogue
        // figures.
        if d > 1.02 * pitch * (std::f64::consts::PI / f64::from(n)).sin() {
            return refuse(
                "rolling elements",
                f64::from(n),
                "so many of this diameter do not fit on the pitch circle",
            );
        }
        Ok(())
    }

    /// Orders when the inner ring turns with the shaft and the outer ring stands.
    #[must_use]
    pub fn orders(&self) -> BearingOrders {
        let (ratio, cosine) = self.ratio();
        let r = ratio * cosine;
        let n = f64::from(self.rolling_elements);
        BearingOrders {
            bpfi: n / 2.0 * (1.0 + r),
            bpfo: n / 2.0 * (1.0 - r),
            bsf: (1.0 - r * r) / (2.0 * ratio),
            ftf: (1.0 - r) / 2.0,
        }
    }

    /// Orders when the outer ring turns with the shaft and the inner ring stands. The elements pass both
    /// races as often as before; only the cage turns faster, `FTF = (1 + r)/2`.
    #[must_use]
    pub fn orders_outer_rotating(&self) -> BearingOrders {
        let (ratio, cosine) = self.ratio();
        BearingOrders { ftf: (1.0 + ratio * cosine) / 2.0, ..self.orders() }
    }

    /// `d/D` and `cos φ`.
    fn ratio(&self) -> (f64, f64) {
        (self.ball_diameter.0 / self.pitch_diameter.0, self.contact_angle_deg.to_radians().cos())
    }
}

/// Characteristic frequencies of a bearing as multiples of the shaft speed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BearingOrders {
    /// How often rolling elements pass a spot of the inner race.
    pub bpfi: f64,
    /// How often rolling elements pass a spot of the outer race.
    pub bpfo: f64,
    /// How often a rolling element spins round itself. A spot on it strikes twice per spin.
    pub bsf: f64,
    /// How often the cage turns.
    pub ftf: f64,
}

/// The part of a bearing that is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Inner race.
    Inner,
    /// Outer race.
    Outer,
    /// Rolling element.
    Ball,
    /// Cage.
    Cage,
}

impl FaultKind {
    /// All kinds in the order of tables and channels.
    pub const ALL: [Self; 4] = [Self::Inner, Self::Outer, Self::Ball, Self::Cage];

    /// The order at which this fault strikes: BPFI, BPFO, 2 × BSF (a spot on a ball meets both races), FTF.
    #[must_use]
    pub fn order(self, orders: &BearingOrders) -> Order {
        Order(match self {
            Self::Inner => orders.bpfi,
            Self::Outer => orders.bpfo,
            Self::Ball => 2.0 * orders.bsf,
            Self::Cage => orders.ftf,
        })
    }

    /// Spacing of the sidebands round the fault's lines: the shaft for the inner race, the cage for a ball.
    #[must_use]
    pub fn sideband(self, orders: &BearingOrders) -> Option<Order> {
        match self {
            Self::Inner => Some(Order(1.0)),
            Self::Ball => Some(Order(orders.ftf)),
            Self::Outer | Self::Cage => None,
        }
    }

    /// Name of the line: `BPFI`, `BPFO`, `2xBSF`, `FTF`.
    #[must_use]
    pub fn line(self) -> &'static str {
        match self {
            Self::Inner => "BPFI",
            Self::Outer => "BPFO",
            Self::Ball => "2xBSF",
            Self::Cage => "FTF",
        }
    }

    /// Name of the part: `inner race`, `outer race`, `rolling element`, `cage`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Inner => "inner race",
            Self::Outer => "outer race",
            Self::Ball => "rolling element",
            Self::Cage => "cage",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn geometry() -> impl Strategy<Value = BearingGeometry> {
        (3u32..=40, 0.05..0.95_f64, 1.0..2000.0_f64, 0.0..60.0_f64).prop_map(|(n, filling, pitch, angle)| {
            let widest = pitch * (std::f64::consts::PI / f64::from(n)).sin();
            BearingGeometry::new(n, Millimetres(filling * widest), Millimetres(pitch), angle).unwrap()
        })
    }

    proptest! {
        #[test]
        fn both_races_together_see_every_element_once_a_turn(geometry in geometry()) {
            let orders = geometry.orders();
            let n = f64::from(geometry.rolling_elements);
            prop_assert!((orders.bpfi + orders.bpfo - n).abs() <= 1e-12 * n);
        }

        #[test]
        fn the_outer_race_sees_n_elements_a_cage_turn(geometry in geometry()) {
            let orders = geometry.orders();
            let n = f64::from(geometry.rolling_elements);
            prop_assert!((orders.bpfo - n * orders.ftf).abs() <= 1e-12 * n);
        }

        #[test]
        fn cages_of_the_two_ways_of_turning_add_up_to_the_shaft(geometry in geometry()) {
            let sum = geometry.orders().ftf + geometry.orders_outer_rotating().ftf;
            prop_assert!((sum - 1.0).abs() <= 1e-12);
        }
    }

    #[test]
    fn impossible_geometry_is_refused_with_the_dimension_named() {
        let build = |n, d, pitch, angle| {
            BearingGeometry::new(n, Millimetres(d), Millimetres(pitch), angle).unwrap_err().to_string()
        };
        assert!(build(2, 7.9, 39.0, 0.0).contains("rolling elements = 2"));
        assert!(build(9, f64::NAN, 39.0, 0.0).contains("ball diameter"));
        assert!(build(9, 39.0, 7.9, 0.0).contains("exchanged"));
        assert!(build(9, 7.9, f64::INFINITY, 0.0).contains("pitch diameter"));
        assert!(build(9, 7.9, 39.0, 90.0).contains("contact angle"));
        assert!(build(9, 7.9, 39.0, -1.0).contains("contact angle"));
        assert!(build(30, 7.9, 39.0, 0.0).contains("do not fit"));
    }

    #[test]
    fn a_ball_strikes_twice_per_spin_and_carries_sidebands_of_the_cage() {
        let orders = BearingOrders { bpfi: 5.4152, bpfo: 3.5848, bsf: 2.3567, ftf: 0.3983 };
        assert_eq!(FaultKind::Ball.order(&orders), Order(4.7134));
        assert_eq!(FaultKind::Ball.sideband(&orders), Some(Order(0.3983)));
        assert_eq!(FaultKind::Inner.sideband(&orders), Some(Order(1.0)));
        assert_eq!(FaultKind::Outer.sideband(&orders), None);
    }
}
