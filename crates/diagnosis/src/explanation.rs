//! What of a recording a model's opinion rests on, in hertz and orders, and how much of it lies at the lines of the part
//! that it blames.

use brinell_learn::{Attribution, Trained};
use brinell_signal::{BearingOrders, Context, FaultKind, Order, Recording};
use serde::Serialize;

use crate::{BearingUse, Error};

/// Why a model says what it says about one channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Name of the model.
    pub model: String,
    /// SHA-256 of the model file.
    pub sha256: String,
    /// Whether it learned from this very recording: then it knows it by heart.
    pub learned_from_this: bool,
    /// The class that it prefers.
    pub class: String,
    /// The part that the class blames.
    pub element: Option<FaultKind>,
    /// Its mean score.
    pub score: f64,
    /// Segments that were judged.
    pub segments: usize,
    /// Bands of the signal, the lowest first.
    pub bands: Vec<ExplainedBand>,
    /// Lines, the weightiest first; empty where the model does not look at lines.
    pub lines: Vec<ExplainedLine>,
    /// Lines in single spectra, the weightiest first.
    pub places: Vec<ExplainedPlace>,
    /// Share of what speaks for the class that lies at the lines of the part that it blames; `None` where it blames none or
    /// looks at no lines.
    pub share_at_fault_lines: Option<f64>,
}

/// A band of the signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedBand {
    /// From and to, in hertz.
    pub hz: [f64; 2],
    /// Log odds that the class loses when the band is silenced.
    pub loss: f64,
    /// Its share of all losses above 0.
    pub share: f64,
}

/// A line, such as BPFO or the shaft's second harmonic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedLine {
    /// Its name.
    pub line: String,
    /// The part it belongs to, if it is a fault's.
    pub element: Option<FaultKind>,
    /// Its order, in multiples of the shaft speed.
    pub order: Option<f64>,
    /// Its fundamental, in hertz.
    pub hz: Option<f64>,
    /// Log odds that the class loses without it.
    pub loss: f64,
    /// Its share of all losses above 0.
    pub share: f64,
}

/// A line in one spectrum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedPlace {
    /// The line.
    pub line: String,
    /// The spectrum.
    pub spectrum: String,
    /// Log odds that the class loses without it.
    pub loss: f64,
}

/// Explains what a model says about one channel of a recording.
///
/// # Errors
/// [`Error::UnknownChannel`]; [`Error::Learn`] where the model cannot judge the recording.
pub fn explain(
    recording: &Recording,
    channel: Option<&str>,
    bearing: Option<&BearingUse>,
    model: &Trained,
) -> Result<Explanation, Error> {
    let channel = crate::diagnose::pick(recording, channel)?;
    let shaft = recording.speed().map(|speed| speed.value);
    let orders = bearing.map(|used| used.bearing.geometry.orders());
    let context = Context { shaft, orders };
    let Attribution { class, score, segments, bands, lines, places } =
        model.attribute(channel.samples(), recording.rate().value, &context)?;
    let all: f64 = bands.iter().map(|band| band.loss.max(0.0)).sum();
    let bands = bands.iter().map(|band| ExplainedBand {
        hz: band.hz.map(|hz| hz.0),
        loss: band.loss,
        share: share(band.loss, all),
    });
    let all: f64 = lines.iter().map(|line| line.loss.max(0.0)).sum();
    let mut explained: Vec<ExplainedLine> = lines
        .iter()
        .map(|line| {
            let (element, order) = orders.map_or((None, None), |orders| of_line(&line.line, &orders));
            ExplainedLine {
                line: line.line.clone(),
                element,
                order: order.map(|order| order.0),
                hz: order.zip(shaft).map(|(order, shaft)| order.at(shaft).0),
                loss: line.loss,
                share: share(line.loss, all),
            }
        })
        .collect();
    explained.sort_by(|a, b| b.loss.total_cmp(&a.loss));
    let at_fault = class.element.filter(|_| !explained.is_empty()).map(|element| {
        explained.iter().filter(|line| line.element == Some(element)).map(|line| line.share).sum()
    });
    let places = places.into_iter().map(|place| ExplainedPlace {
        line: place.line,
        spectrum: place.spectrum,
        loss: place.loss,
    });
    Ok(Explanation {
        model: model.name().to_owned(),
        sha256: model.sha256().to_owned(),
        learned_from_this: model.learned_from(&recording.provenance().sha256),
        class: class.name,
        element: class.element,
        score,
        segments,
        bands: bands.collect(),
        lines: explained,
        places: places.collect(),
        share_at_fault_lines: at_fault,
    })
}

fn share(loss: f64, all: f64) -> f64 {
    if all > 0.0 { loss.max(0.0) / all } else { 0.0 }
}

/// The part and the order of a line's name, where it is one that is known.
fn of_line(line: &str, orders: &BearingOrders) -> (Option<FaultKind>, Option<Order>) {
    if let Some(kind) = FaultKind::ALL.into_iter().find(|kind| kind.line() == line) {
        return (Some(kind), Some(kind.order(orders)));
    }
    let cage = FaultKind::Cage.order(orders).0;
    let times = |unit: &str| line.strip_suffix(unit)?.parse::<f64>().ok();
    let order = match line {
        "shaft-cage" => Some(1.0 - cage),
        "shaft+cage" => Some(1.0 + cage),
        "2xshaft-cage" => Some(2.0 - cage),
        _ => times("xshaft").or_else(|| times("xcage").map(|k| k * cage)),
    };
    (None, order.map(Order))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_of_names_get_the_orders_of_the_bearing() {
        let orders = crate::bearing("6205").unwrap().geometry.orders();
        let (part, order) = of_line("BPFI", &orders);
        assert_eq!(part, Some(FaultKind::Inner));
        assert!((order.unwrap().0 - 5.4152).abs() < 1e-3);
        assert_eq!(of_line("3xshaft", &orders), (None, Some(Order(3.0))));
        let cage = FaultKind::Cage.order(&orders).0;
        assert!((of_line("2xcage", &orders).1.unwrap().0 - 2.0 * cage).abs() < 1e-12);
        assert!((of_line("shaft-cage", &orders).1.unwrap().0 - (1.0 - cage)).abs() < 1e-12);
        assert_eq!(of_line("deviation", &orders), (None, None));
    }
}
