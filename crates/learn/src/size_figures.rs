//! What it is worth that a net tells the size of a fault.

use crate::metrics::arg_max;
use crate::scores::ScoreTable;
use serde::{Deserialize, Serialize};

/// Figures over the examples of damaged bearings whose size is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SizeFigures {
    /// Examples of a size that was in training.
    pub count: usize,
    /// The share of them whose size is told rightly; `None` where there is none.
    pub accuracy: Option<f64>,
    /// Examples of a size that was not in training: no answer to them is right, and none is counted.
    pub of_other_sizes: usize,
}

impl SizeFigures {
    /// `None` where sizes are not told.
    pub(crate) fn of(scores: &ScoreTable) -> Option<SizeFigures> {
        if scores.sizes.is_empty() {
            return None;
        }
        let (mut count, mut right, mut of_other_sizes) = (0, 0, 0);
        for row in &scores.rows {
            let Some(size) = &row.size else { continue };
            match scores.sizes.iter().position(|known| known == size) {
                Some(place) => {
                    count += 1;
                    right += usize::from(arg_max(&row.sizes) == place);
                }
                None => of_other_sizes += 1,
            }
        }
        let accuracy = (count > 0).then(|| right as f64 / count as f64);
        Some(SizeFigures { count, accuracy, of_other_sizes })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scores::ScoreRow;

    #[test]
    fn only_sizes_that_were_in_training_are_counted() {
        let row = |size: Option<&str>, sizes: [f64; 2]| ScoreRow {
            size: size.map(str::to_owned),
            sizes: sizes.to_vec(),
            ..ScoreRow::default()
        };
        let rows = vec![
            row(Some("7"), [0.9, 0.1]),
            row(Some("21"), [0.6, 0.4]),
            row(Some("14"), [0.5, 0.5]),
            row(None, [0.5, 0.5]),
        ];
        let mut table = ScoreTable { sizes: vec!["7".into(), "21".into()], rows, ..ScoreTable::default() };
        let found = SizeFigures::of(&table).unwrap();
        assert_eq!(found, SizeFigures { count: 2, accuracy: Some(0.5), of_other_sizes: 1 });
        table.rows.drain(..2);
        assert_eq!(SizeFigures::of(&table).unwrap().accuracy, None);
        table.sizes.clear();
        assert_eq!(SizeFigures::of(&table), None);
    }
}
