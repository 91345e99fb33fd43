//! Figures as they stand in cells.

use super::{NOT_MEASURED, Pair, Row};
use crate::figure::Figure;
use crate::metrics::{ROUNDING, Spread};

impl Row {
    /// Honest figure, its interval, leaky figure.
    pub(super) fn cells(&self, figure: Figure, pair: &Pair) -> [String; 3] {
        let own = |spread: &Spread| with_spread(spread, scale(figure));
        let missing = |other: bool| if other { self.absent() } else { NOT_MEASURED }.to_owned();
        let is_leaky = self.own.leak.is_some();
        [
            pair.honest.as_ref().map_or_else(|| missing(is_leaky), own),
            pair.honest.as_ref().map_or_else(String::new, |spread| self.interval(figure, spread)),
            pair.leaky.as_ref().map_or_else(|| missing(!is_leaky), own),
        ]
    }

    /// The interval, or why there is none.
    fn interval(&self, figure: Figure, spread: &Spread) -> String {
        match spread.interval {
            Some(ends) => interval_text(ends, figure),
            None if figure == Figure::Ece => "all at once".to_owned(),
            None if self.own.folds == 1 => "one fold".to_owned(),
            None if spread.highest_fold - spread.lowest_fold <= ROUNDING => "no spread".to_owned(),
            None => "not counted".to_owned(),
        }
    }
}

/// Shares are printed in percent.
fn scale(figure: Figure) -> f64 {
    if figure == Figure::SetSize { 1.0 } else { 100.0 }
}

fn interval_text(ends: [f64; 2], figure: Figure) -> String {
    // no share lies beyond 0 and 1, however few the folds are
    let most = if figure == Figure::SetSize { f64::INFINITY } else { 1.0 };
    let ends = ends.map(|end| end.clamp(0.0, most) * scale(figure));
    let texts = [1, 2].map(|digits| ends.map(|end| format!("{end:.digits$}")));
    let told = texts.iter().find(|[low, high]| low != high);
    told.map_or_else(|| "within 0.01".to_owned(), |[low, high]| format!("{low}..{high}"))
}

fn with_spread(spread: &Spread, scale: f64) -> String {
    let mean = spread.mean * scale;
    if spread.over_folds > ROUNDING {
        format!("{mean:.2} ± {:.2}", spread.over_folds * scale)
    } else if spread.over_seeds > ROUNDING {
        format!("{mean:.2} ± {:.2}s", spread.over_seeds * scale)
    } else {
        format!("{mean:.2}")
    }
}
