//! Which bearings would explain combs at given orders.
//!
//! With `n` rolling elements and `r` the ratio of rolling element to pitch diameter times the cosine of the contact
//! angle, BPFO is `n (1 - r) / 2`, BPFI `n (1 + r) / 2`, twice the spin frequency `(1 - r^2) / r` and the cage's
//! frequency `(1 - r) / 2`, all in multiples of the shaft. One comb alone is an outer race of some `n`, an inner race
//! of another, or rolling elements; a second one narrows it. So `n` of 6 to 24 and `r` of 0.1 to 0.4 are tried, as far
//! as so many elements fit round the pitch circle.

use std::cmp::Reverse;

use brinell_signal::{FaultKind, Joint, Phrase, phrase};
use serde::{Deserialize, Serialize};

use crate::unknown_bearing::SCANNED;
use crate::{BearingShelf, CatalogueBearing};

/// Numbers of rolling elements.
const ELEMENTS: std::ops::RangeInclusive<u32> = 6..=24;

/// Ratios: the lowest, the step, and how many.
const RATIOS: (f64, f64, u32) = (0.1, 0.0005, 601);

/// Slip moves a comb off its kinematic order by so much, relatively.
const SLIP: f64 = 0.0075;

/// Readings and bearings of the catalogue that are told.
const MOST_READINGS: usize = 12;
const MOST_BEARINGS: usize = 8;

/// Orders at which a second comb is supposed, to tell how often it fits by accident.
const SUPPOSED: u32 = 400;

/// Series of bearings, those most in use first; a convention, since nobody counts them in public.
const SERIES: [&str; 16] =
    ["62", "63", "60", "222", "NU2", "NU3", "223", "72", "73", "302", "303", "322", "64", "NU22", "32", "33"];

/// A comb's order with its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) order: f64,
    pub(crate) sd: f64,
}

/// A comb as a reading explains it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExplainedComb {
    /// Its order as found.
    pub order: f64,
    /// The part that gives it; the cage stands for a sideband of the rolling elements at the cage's speed.
    pub element: FaultKind,
}

/// A bearing that would explain the first comb.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BearingReading {
    /// The part that the first comb then is of.
    pub element: FaultKind,
    /// Number of rolling elements; `None` where the combs leave it open.
    pub rolling_elements: Option<u32>,
    /// Rolling element over pitch diameter times the cosine of the contact angle: least and largest.
    pub ratio: [f64; 2],
    /// All combs that it explains, the first one first.
    pub explained: Vec<ExplainedComb>,
    /// Bearings of the catalogue that fit, the series most in use first; the first eight of them.
    pub bearings: Vec<String>,
    /// How many of the catalogue fit.
    pub fitting: usize,
}

impl BearingReading {
    /// The reading in words.
    #[must_use]
    pub fn in_words(&self) -> Phrase {
        let part = Phrase::word(self.element.title());
        let [low, high] = self.ratio;
        let mut words = match self.rolling_elements {
            Some(n) => phrase!(
                "the {part} of a bearing with {n} rolling elements and a diameter ratio of {low:.3} to {high:.3}",
                part,
                n,
                low,
                high
            ),
            None => phrase!(
                "the {part} of a bearing with any number of rolling elements and a diameter ratio of {low:.3} to \
                 {high:.3}",
                part,
                low,
                high
            ),
        };
        if let [_, others @ ..] = self.explained.as_slice()
            && !others.is_empty()
        {
            let combs = others.iter().map(|comb| {
                if comb.element == FaultKind::Cage {
                    return phrase!("{order:.3} x as a sideband of its cage", order = comb.order);
                }
                let part = Phrase::word(comb.element.title());
                phrase!("{order:.3} x as its {part}", order = comb.order, part)
            });
            words =
                phrase!("{reading}, with {combs}", reading = words, combs = Phrase::list(Joint::And, combs));
        }
        let shown = self.bearings.len().min(3);
        let names = Phrase::list(Joint::Comma, self.bearings[..shown].iter().map(Phrase::from));
        match (shown, self.fitting.saturating_sub(shown)) {
            (0, _) => words,
            (_, 0) => phrase!("{reading}, such as {names}", reading = words, names),
            (_, n) => phrase!("{reading}, such as {names} and {n} more", reading = words, names, n),
        }
    }
}

/// Readings of the combs: those that explain most of them as parts first, those that leave the number of elements open
/// last, and of equals those with most sidebands, then those that most of the catalogue fits.
pub(crate) fn readings(combs: &[Found], shelf: &BearingShelf) -> Vec<BearingReading> {
    let mut readings: Vec<BearingReading> = candidates(combs);
    for reading in &mut readings {
        let mut fitting: Vec<(usize, usize, &CatalogueBearing)> = shelf
            .bearings()
            .iter()
            .enumerate()
            .filter(|(_, bearing)| fits(reading, bearing))
            .map(|(place, bearing)| (rank(&bearing.designation), place, bearing))
            .collect();
        fitting.sort_by_key(|(rank, place, _)| (*rank, *place));
        reading.fitting = fitting.len();
        reading.bearings =
            fitting.iter().take(MOST_BEARINGS).map(|(_, _, bearing)| bearing.designation.clone()).collect();
    }
    readings.sort_by_key(|reading| {
        let parts = reading.explained.iter().filter(|comb| comb.element != FaultKind::Cage).count();
        let all = reading.explained.len();
        (Reverse(parts), reading.rolling_elements.is_none(), Reverse(all), Reverse(reading.fitting))
    });
    readings.truncate(MOST_READINGS);
    readings
}

/// Share of all orders at which a second comb would fit the first as well; `None` for fewer than two combs.
pub(crate) fn coincidence(combs: &[Found]) -> Option<f64> {
    let [first, second, ..] = combs else { return None };
    let width = (SCANNED[1] / SCANNED[0]).ln();
    let fitting = (0..SUPPOSED).filter(|i| {
        let order = SCANNED[0] * (width * (f64::from(*i) + 0.5) / f64::from(SUPPOSED)).exp();
        let supposed = Found { order, sd: second.sd };
        candidates(&[*first, supposed]).iter().any(|reading| reading.explained.len() > 1)
    });
    Some(fitting.count() as f64 / f64::from(SUPPOSED))
}

fn candidates(combs: &[Found]) -> Vec<BearingReading> {
    let Some((first, rest)) = combs.split_first() else { return Vec::new() };
    let mut readings: Vec<BearingReading> = Vec::new();
    for element in [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball] {
        for n in ELEMENTS {
            let Some(reading) = reading(element, n, first, rest) else { continue };
            let same = |known: &&mut BearingReading| {
                known.rolling_elements == reading.rolling_elements && known.explained == reading.explained
            };
            // Where the number stays open, more elements only leave less room for a large ratio.
            match readings.iter_mut().find(same) {
                Some(known) => {
                    known.ratio =
                        [known.ratio[0].min(reading.ratio[0]), known.ratio[1].max(reading.ratio[1])];
                }
                None => readings.push(reading),
            }
        }
    }
    readings
}

/// The ratios of `n` elements that explain most combs, where `element` gives the first one.
fn reading(element: FaultKind, n: u32, first: &Found, rest: &[Found]) -> Option<BearingReading> {
    let (low, step, count) = RATIOS;
    let room = (std::f64::consts::PI / f64::from(n)).sin();
    let mut best: Option<BearingReading> = None;
    for r in (0..count).map(|i| low + step * f64::from(i)).take_while(|r| *r < room) {
        if !near(order_of(element, n, r), first) {
            continue;
        }
        let mut explained = vec![ExplainedComb { order: first.order, element }];
        for comb in rest {
            let taken = |kind: FaultKind| explained.iter().any(|known| known.element == kind);
            let part = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball]
                .into_iter()
                .find(|kind| !taken(*kind) && near(order_of(*kind, n, r), comb))
                .or_else(|| {
                    (element == FaultKind::Ball && at_cage_sideband(r, comb)).then_some(FaultKind::Cage)
                });
            explained.extend(part.map(|element| ExplainedComb { order: comb.order, element }));
        }
        match &mut best {
            Some(best) if weight(&best.explained) > weight(&explained) => {}
            Some(best) if best.explained == explained => best.ratio[1] = r,
            Some(best) if weight(&best.explained) == weight(&explained) => {}
            _ => {
                let open =
                    explained.iter().all(|known| matches!(known.element, FaultKind::Ball | FaultKind::Cage));
                best = Some(BearingReading {
                    element,
                    rolling_elements: (!open).then_some(n),
                    ratio: [r, r],
                    explained,
                    bearings: Vec::new(),
                    fitting: 0,
                });
            }
        }
    }
    best
}

/// How much is explained: combs, and of them those of races, which are damaged more often.
fn weight(explained: &[ExplainedComb]) -> (usize, usize) {
    let of_race = |known: &&ExplainedComb| matches!(known.element, FaultKind::Outer | FaultKind::Inner);
    (explained.len(), explained.iter().filter(of_race).count())
}

fn order_of(element: FaultKind, n: u32, r: f64) -> f64 {
    let n = f64::from(n);
    match element {
        FaultKind::Outer => n / 2.0 * (1.0 - r),
        FaultKind::Inner => n / 2.0 * (1.0 + r),
        FaultKind::Ball => (1.0 - r * r) / r,
        FaultKind::Cage => (1.0 - r) / 2.0,
    }
}

fn near(kinematic: f64, comb: &Found) -> bool {
    (comb.order - kinematic).abs() <= SLIP * kinematic + 2.0 * comb.sd
}

fn at_cage_sideband(r: f64, comb: &Found) -> bool {
    [-2.0, -1.0, 1.0, 2.0]
        .iter()
        .any(|k| near(order_of(FaultKind::Ball, 0, r) + k * order_of(FaultKind::Cage, 0, r), comb))
}

fn fits(reading: &BearingReading, bearing: &CatalogueBearing) -> bool {
    let geometry = &bearing.geometry;
    let ratio =
        geometry.ball_diameter.0 / geometry.pitch_diameter.0 * geometry.contact_angle_deg.to_radians().cos();
    let off = bearing.uncertainty.ratio * ratio;
    let of_count = |n: u32| bearing.alternatives().iter().any(|one| one.rolling_elements == n);
    ratio + off >= reading.ratio[0]
        && ratio - off <= reading.ratio[1]
        && reading.rolling_elements.is_none_or(of_count)
}

/// Place of a designation's series in the list.
fn rank(designation: &str) -> usize {
    let name = designation.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let series = name.len().checked_sub(2).and_then(|end| name.get(..end)).unwrap_or_default();
    SERIES.iter().position(|known| *known == series).unwrap_or(SERIES.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::bearing;

    fn found(order: f64) -> Found {
        Found { order, sd: 0.002 }
    }

    #[test]
    fn one_comb_of_a_6205_may_be_an_outer_race_an_inner_race_or_rolling_elements_and_the_6205_fits() {
        let orders = bearing("6205").unwrap().geometry.orders();
        let all = readings(&[found(orders.bpfo)], BearingShelf::shipped());
        for element in [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball] {
            assert!(all.iter().any(|reading| reading.element == element), "{element:?}: {all:?}");
        }
        let nine =
            all.iter().find(|r| r.element == FaultKind::Outer && r.rolling_elements == Some(9)).unwrap();
        assert!(nine.ratio[0] < 0.2034 && 0.2034 < nine.ratio[1] && nine.ratio[1] - nine.ratio[0] < 0.02);
        assert!(nine.bearings.contains(&"6205".to_owned()), "{:?}", nine.bearings);
        assert!(nine.fitting >= nine.bearings.len());
    }

    #[test]
    fn both_races_tell_the_number_of_elements_and_the_ratio_for_every_bearing_of_the_catalogue() {
        for bearing in BearingShelf::shipped().bearings().iter().step_by(37) {
            let geometry = bearing.geometry;
            let orders = geometry.orders();
            let r = 1.0 - 2.0 * orders.bpfo / f64::from(geometry.rolling_elements);
            if !ELEMENTS.contains(&geometry.rolling_elements) || !(0.1..0.4).contains(&r) {
                continue;
            }
            let all = readings(&[found(orders.bpfi), found(orders.bpfo)], BearingShelf::shipped());
            let right = all.iter().any(|reading| {
                reading.element == FaultKind::Inner
                    && reading.rolling_elements == Some(geometry.rolling_elements)
                    && reading.explained.len() == 2
                    && reading.ratio[0] <= r + 1e-3
                    && r - 1e-3 <= reading.ratio[1]
            });
            assert!(right, "{}: {all:?}", bearing.designation);
        }
    }

    #[test]
    fn rolling_elements_leave_their_number_open_and_a_second_comb_often_fits_by_accident() {
        let all = readings(&[found(4.7135)], BearingShelf::shipped());
        let ball = all.iter().find(|reading| reading.element == FaultKind::Ball).unwrap();
        assert_eq!(ball.rolling_elements, None);
        assert_eq!(all.iter().filter(|reading| reading.element == FaultKind::Ball).count(), 1, "{all:?}");
        let share = coincidence(&[found(4.7135), found(3.1)]).unwrap();
        assert!((0.05..1.0).contains(&share), "{share}");
        assert_eq!(coincidence(&[found(4.7135)]), None);
    }

    #[test]
    fn without_a_comb_there_is_no_reading() {
        assert!(readings(&[], BearingShelf::shipped()).is_empty());
    }

    #[test]
    fn common_series_come_first() {
        assert!(rank("6205") < rank("6305") && rank("6305") < rank("NU206"));
        assert!(rank("7208B") < rank("62205") && rank("X") == SERIES.len());
    }
}
