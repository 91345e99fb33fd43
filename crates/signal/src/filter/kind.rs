//! What a filter lets through.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::units::Hertz;

/// What a filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterKind {
    /// Everything below `high`.
    LowPass,
    /// Everything above `low`.
    HighPass,
    /// What lies between `low` and `high`.
    #[default]
    BandPass,
    /// Everything but what lies between `low` and `high`.
    BandStop,
}

/// Checked edges as fractions of half the rate, each strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Edges {
    Low(f64),
    High(f64),
    Pass(f64, f64),
    Stop(f64, f64),
}

impl FilterKind {
    /// The edges that this kind has, checked against each other and the rate.
    pub(crate) fn edges(
        self,
        transform: &'static str,
        low: Option<Hertz>,
        high: Option<Hertz>,
        rate: Hertz,
    ) -> Result<Edges> {
        Error::check_rate(rate)?;
        let nyquist = rate.0 / 2.0;
        let edge = |name, value: Option<Hertz>| match value {
            None => {
                Err(Error::parameter(transform, name, "missing", "this kind of filter has this edge: set it"))
            }
            Some(edge) if edge.0 > 0.0 && edge.0 < nyquist => Ok(edge.0 / nyquist),
            Some(edge) => {
                let reason = format!("an edge has to lie above 0 and below {nyquist} Hz, half the rate");
                Err(Error::parameter(transform, name, edge, &reason))
            }
        };
        let none = |name, value: Option<Hertz>| match value {
            None => Ok(()),
            Some(edge) => Err(Error::parameter(
                transform,
                name,
                edge,
                "this kind of filter has no such edge: leave it out",
            )),
        };
        let both = || -> Result<(f64, f64)> {
            let (bottom, top) = (edge("low", low)?, edge("high", high)?);
            if bottom < top {
                return Ok((bottom, top));
            }
            let value = format!("{} to {}", Hertz(bottom * nyquist), Hertz(top * nyquist));
            Err(Error::parameter(transform, "low and high", value, "the band has to rise from low to high"))
        };
        Ok(match self {
            Self::LowPass => {
                none("low", low)?;
                Edges::Low(edge("high", high)?)
            }
            Self::HighPass => {
                none("high", high)?;
                Edges::High(edge("low", low)?)
            }
            Self::BandPass => both().map(|(low, high)| Edges::Pass(low, high))?,
            Self::BandStop => both().map(|(low, high)| Edges::Stop(low, high))?,
        })
    }
}
