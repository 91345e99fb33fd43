//! Sampling rate and shaft speed of a recording: from the caller, a catalogue, a layout or the file, in this order. What a
//! path says of the rate stands behind the layout's variable, of the speed behind all that is in the file.
//!
//! The caller has the last word, but what the others say instead is kept beside it.

use crate::array::{NamedArray, Values};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::layout::{FrequencyLayout, FrequencyUnit, Layout, QuantityLayout, only};
use crate::named_facts::Quantity;
use crate::picking::{OpenFile, Picked};
use crate::reading::{ReadRequest, given};
use crate::stated_variables::{StatedVariables, same};
use brinell_signal::{Hertz, Known, Origin, phrase};

impl OpenFile<'_> {
    pub(crate) fn rate(
        &self,
        layout: Option<&Layout>,
        entry: Option<&Entry>,
        request: &ReadRequest<'_>,
        picked: &Picked<'_>,
    ) -> Result<Known<Hertz>> {
        if let Some(rate) = request.rate {
            let own = self.rate(layout, entry, &ReadRequest { rate: None, ..request.clone() }, picked);
            let other = match own {
                Ok(own) if same(own.value, rate) => None,
                Ok(own) if entry.is_some() => Some(phrase!("the catalogue says {hz} Hz", hz = own.value.0)),
                Ok(own) => {
                    Some(phrase!("the recording says {hz} Hz ({note})", hz = own.value.0, note = own.note))
                }
                Err(_) => picked
                    .no_rate()
                    .filter(|none| none.doubtful)
                    .map(|none| phrase!("the recording gives no even rate: {why}", why = none.why.clone())),
            };
            return Ok(Known::new(rate, Origin::Declared, given()).overriding(other));
        }
        if let Some(entry) = entry {
            return Ok(Known::new(entry.rate, entry.rate_origin, entry.rate_note.clone()));
        }
        match layout.and_then(|layout| layout.rate.as_ref()) {
            Some(FrequencyLayout::Fixed(rate)) => return Ok(rate.clone()),
            Some(FrequencyLayout::Variable(quantity)) => {
                let found =
                    self.quantity(quantity, picked.prefix.as_deref(), "sampling rate", "--rate 12kHz")?;
                if let Some(found) = found {
                    return Ok(found);
                }
            }
            None => {}
        }
        if let Some(rate) = self.path.as_ref().and_then(|path| path.rate.clone()) {
            return Ok(rate);
        }
        let variables = StatedVariables::of(Quantity::Rate, &self.name, self.arrays);
        let mut stated = Vec::with_capacity(picked.channels.len());
        for channel in &picked.channels {
            let about = channel.facts().and_then(Facts::rate);
            let stated_rate = about.map_or_else(|| variables.about(channel.variable), |rate| Ok(Some(rate)));
            stated.extend(stated_rate?.map(|rate| (channel, rate)));
        }
        let mut stated = stated.into_iter();
        if let Some((first, rate)) = stated.next() {
            return match stated.find(|(_, other)| other.value != rate.value) {
                None => Ok(rate),
                Some((other, own)) => Err(Error::SeveralRecordings {
                    path: self.name.clone(),
                    names: format!(
                        "{} ({} Hz), {} ({} Hz)",
                        first.variable, rate.value.0, other.variable, own.value.0
                    ),
                    why: "its channels are sampled at different rates".to_owned(),
                    example: first.variable.to_owned(),
                }),
            };
        }
        // There is at least one channel, else picking them would have failed.
        let first = picked.channels.first();
        Err(Error::RateUnknown {
            path: self.name.clone(),
            variable: first.map(|c| c.variable.to_owned()).unwrap_or_default(),
            shape: first.map(|c| c.array.describe()).unwrap_or_default(),
            offset: first.map_or(0, |c| c.array.byte_offset),
            why: picked
                .no_rate()
                .map_or_else(|| "the file holds no rate".to_owned(), |none| none.why.clone()),
        })
    }

    pub(crate) fn speed(
        &self,
        layout: Option<&Layout>,
        entry: Option<&Entry>,
        request: &ReadRequest<'_>,
        picked: &Picked<'_>,
    ) -> Result<Option<Known<Hertz>>> {
        if let Some(speed) = request.speed {
            let own = self.speed(layout, entry, &ReadRequest { speed: None, ..request.clone() }, picked);
            let other =
                own.ok().flatten().filter(|own| (own.value.0 / speed.0 - 1.0).abs() > 0.005).map(|own| {
                    phrase!(
                        "the recording says {rpm:.1} rpm ({note})",
                        rpm = own.value.to_rpm().0,
                        note = own.note
                    )
                });
            return Ok(Some(Known::new(speed, Origin::Declared, given()).overriding(other)));
        }
        let catalogued = entry.and_then(|entry| entry.speed.clone());
        // A nameplate speed gives way to what the file itself says.
        if let Some(speed) = catalogued.as_ref().filter(|speed| speed.origin != Origin::Nominal) {
            return Ok(Some(speed.clone()));
        }
        let speed = layout.and_then(|layout| layout.speed.as_ref());
        let in_file = match speed {
            Some(FrequencyLayout::Variable(quantity)) => {
                self.quantity(quantity, picked.prefix.as_deref(), "shaft speed", "--speed 1797rpm")?
            }
            _ => None,
        };
        let fixed = match speed {
            Some(FrequencyLayout::Fixed(speed)) => Some(speed.clone()),
            _ => None,
        };
        let of_path = || self.path.as_ref().and_then(|path| path.speed.clone());
        let mut stated = in_file.or_else(|| picked.first(Facts::speed));
        if stated.is_none() {
            let variables = StatedVariables::of(Quantity::Speed, &self.name, self.arrays);
            let mut each =
                picked.channels.iter().map(|channel| variables.about(channel.variable).transpose());
            stated = each.find_map(|said| said).transpose()?;
        }
        Ok(stated.or_else(of_path).or(catalogued).or(fixed))
    }

    /// A frequency from a variable; `None` when there is no such variable.
    fn quantity(
        &self,
        layout: &QuantityLayout,
        prefix: Option<&str>,
        quantity: &'static str,
        flag: &'static str,
    ) -> Result<Option<Known<Hertz>>> {
        let bad = |variable: String, why: String| Error::BadQuantity {
            path: self.name.clone(),
            variable,
            quantity,
            why,
            flag,
        };
        let found = only(&layout.variable, prefix, self.arrays).map_err(|names| {
            bad(layout.variable.as_str().to_owned(), format!("several variables match: {}", names.join(", ")))
        })?;
        let Some((variable, array)) = found else { return Ok(None) };
        let Some(value) = number(array, layout.first) else {
            let why = match array.values {
                Values::Unread if layout.first => {
                    format!("its first number is it, and {} are not read for that", array.describe())
                }
                _ => format!("one real number expected, {} found", array.describe()),
            };
            return Err(bad(variable.to_owned(), why));
        };
        let hertz = layout.unit.hertz(value);
        if !hertz.0.is_finite() || hertz.0 <= 0.0 {
            let unit = match layout.unit {
                FrequencyUnit::Hertz => "Hz",
                FrequencyUnit::Rpm => "rpm",
            };
            return Err(bad(variable.to_owned(), format!("it holds {value} {unit}")));
        }
        Ok(Some(Known::new(hertz, Origin::File, phrase!("variable {variable}", variable))))
    }
}

/// The number of a variable, also one that is written as text; of several the first, where that is asked for.
fn number(array: &NamedArray, first: bool) -> Option<f64> {
    match &array.values {
        Values::Text(text) => text.trim().parse().ok(),
        _ if first => array.as_vector()?.first().copied(),
        _ => array.as_scalar(),
    }
}
