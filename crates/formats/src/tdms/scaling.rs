//! Scalings that a file states for its raw values: linear, polynomial, sums and differences of them.

use super::metadata::Value;
use std::collections::HashMap;

/// Scalings of one channel.
const MAX_SCALES: usize = 256;
/// Coefficients of one polynomial.
const MAX_COEFFICIENTS: usize = 64;
/// Input that stands for the stored value itself.
const RAW: u32 = 0xFFFF_FFFF;

/// From stored values to the channel's values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scaling {
    /// Each uses results of those before it; the last one's result counts.
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// The stored value.
    Stored,
    /// The value of a DAQmx scaler, by its place in [`Scaling::scalers`].
    Scaler(usize),
    Same(usize),
    Linear {
        input: usize,
        slope: f64,
        intercept: f64,
    },
    Polynomial {
        input: usize,
        coefficients: Vec<f64>,
    },
    Add(usize, usize),
    /// The left operand is taken from the right one, as the reference reader does it.
    Subtract(usize, usize),
}

/// A scaling with the scalers it needs, or what it needs that is not read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) scaling: Scaling,
    /// Numbers of the DAQmx scalers that are used.
    pub(super) scalers: Vec<u32>,
    pub(super) uses_stored: bool,
}

pub(super) type Properties = HashMap<String, Value>;

/// The scaling of a channel, from the first of its own, its group's and its file's properties that states any.
pub(super) fn plan(levels: &[&Properties]) -> Result<Option<Plan>, String> {
    for properties in levels {
        let Some(count) = number_of_scales(properties) else { continue };
        let applied =
            matches!(properties.get("NI_Scaling_Status"), Some(Value::Text(status)) if status == "scaled");
        if count == 0 || applied {
            continue;
        }
        if count > MAX_SCALES {
            return Err(format!("with {count} scalings"));
        }
        let mut builder =
            Builder { properties, places: vec![None; count], stored: None, plan: Plan::empty() };
        builder.scale(count - 1, 0)?;
        return Ok(Some(builder.plan));
    }
    Ok(None)
}

fn number_of_scales(properties: &Properties) -> Option<usize> {
    if let Some(Value::Number(count)) = properties.get("NI_Number_Of_Scales") {
        return Some(*count as usize);
    }
    let numbered = properties.keys().filter_map(|name| {
        name.strip_prefix("NI_Scale[")?.strip_suffix("]_Scale_Type")?.parse::<usize>().ok()
    });
    numbered.max().and_then(|last| last.checked_add(1))
}

struct Builder<'a> {
    properties: &'a Properties,
    /// Step that holds the result of each scale, once it is built.
    places: Vec<Option<usize>>,
    stored: Option<usize>,
    plan: Plan,
}

impl Builder<'_> {
    fn number(&self, name: &str) -> Result<f64, String> {
        match self.properties.get(name) {
            Some(Value::Number(value)) => Ok(*value),
            _ => Err(format!("with a scaling whose property `{name}` is missing")),
        }
    }

    fn push(&mut self, step: Step) -> usize {
        self.plan.scaling.steps.push(step);
        self.plan.scaling.steps.len() - 1
    }

    fn input(&mut self, name: &str, default: Option<u32>, depth: usize) -> Result<usize, String> {
        let source = match (self.number(name), default) {
            (Ok(value), _) => value as u32,
            (Err(_), Some(default)) => default,
            (Err(why), None) => return Err(why),
        };
        if source == RAW {
            self.plan.uses_stored = true;
            if let Some(place) = self.stored {
                return Ok(place);
            }
            let place = self.push(Step::Stored);
            self.stored = Some(place);
            return Ok(place);
        }
        self.scale(source as usize, depth + 1)
    }

    /// Depth is bounded by the number of scales, as a scale that leads back to itself goes deeper than that.
    fn scale(&mut self, scale: usize, depth: usize) -> Result<usize, String> {
        let name = |rest: &str| format!("NI_Scale[{scale}]_{rest}");
        match self.places.get(scale) {
            Some(Some(place)) => return Ok(*place),
            Some(None) if depth <= self.places.len() => {}
            _ => return Err(format!("with a scaling {scale} that cannot be reached")),
        }
        let kind = match self.properties.get(&name("Scale_Type")) {
            Some(Value::Text(kind)) => kind.clone(),
            // Scalings that come from DAQmx scalers are not among the properties.
            _ => String::new(),
        };
        let step = match kind.as_str() {
            "" => {
                self.plan.scalers.push(scale as u32);
                Step::Scaler(self.plan.scalers.len() - 1)
            }
            "Linear" => Step::Linear {
                input: self.input(&name("Linear_Input_Source"), Some(RAW), depth)?,
                slope: self.number(&name("Linear_Slope"))?,
                intercept: self.number(&name("Linear_Y_Intercept"))?,
            },
            "Polynomial" => {
                let count = self.number(&name("Polynomial_Coefficients_Size")).unwrap_or(4.0) as usize;
                if count > MAX_COEFFICIENTS {
                    return Err(format!("scaled by a polynomial of {count} coefficients"));
                }
                let input = self.input(&name("Polynomial_Input_Source"), Some(RAW), depth)?;
                let coefficient = |i| self.number(&name(&format!("Polynomial_Coefficients[{i}]")));
                Step::Polynomial {
                    input,
                    coefficients: (0..count).map(coefficient).collect::<Result<_, _>>()?,
                }
            }
            "Add" | "Subtract" => {
                let left = self.input(&name(&format!("{kind}_Left_Operand_Input_Source")), None, depth)?;
                let right = self.input(&name(&format!("{kind}_Right_Operand_Input_Source")), None, depth)?;
                if kind == "Add" { Step::Add(left, right) } else { Step::Subtract(left, right) }
            }
            "AdvancedAPI" => Step::Same(self.input(&name("AdvancedAPI_Input_Source"), Some(RAW), depth)?),
            other => return Err(format!("scaled by `{other}`")),
        };
        let place = self.push(step);
        self.places[scale] = Some(place);
        Ok(place)
    }
}

impl Plan {
    fn empty() -> Self {
        Self { scaling: Scaling { steps: Vec::new() }, scalers: Vec::new(), uses_stored: false }
    }

    /// The value of scaler `id` as it is.
    pub(super) fn scaler(id: u32) -> Self {
        Self { scaling: Scaling { steps: vec![Step::Scaler(0)] }, scalers: vec![id], uses_stored: false }
    }

    /// The stored value as it is.
    pub(super) fn stored() -> Self {
        Self { scaling: Scaling { steps: vec![Step::Stored] }, scalers: Vec::new(), uses_stored: true }
    }

    /// Whether values leave as they were stored.
    pub(super) fn is_plain(&self) -> bool {
        self.scaling.steps.iter().all(|step| matches!(step, Step::Stored | Step::Scaler(_) | Step::Same(_)))
    }
}

impl Scaling {
    /// The channel's value from the stored one or those of the scalers. `room` is overwritten.
    pub(super) fn apply(&self, stored: f64, scalers: &[f64], room: &mut Vec<f64>) -> f64 {
        room.clear();
        for step in &self.steps {
            let of = |place: &usize| room.get(*place).copied().unwrap_or(f64::NAN);
            let value = match step {
                Step::Stored => stored,
                Step::Scaler(place) => scalers.get(*place).copied().unwrap_or(f64::NAN),
                Step::Same(input) => of(input),
                Step::Linear { input, slope, intercept } => of(input) * slope + intercept,
                Step::Polynomial { input, coefficients } => {
                    let x = of(input);
                    let mut rest = coefficients.iter().rev();
                    let first = rest.next().copied().unwrap_or(0.0);
                    rest.fold(first, |sum, coefficient| coefficient + sum * x)
                }
                Step::Add(left, right) => of(left) + of(right),
                Step::Subtract(left, right) => of(right) - of(left),
            };
            room.push(value);
        }
        room.last().copied().unwrap_or(stored)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn properties(said: &[(&str, Value)]) -> Properties {
        said.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn scalings_build_on_each_other() {
        let said = properties(&[
            ("NI_Scale[0]_Scale_Type", text("Linear")),
            ("NI_Scale[0]_Linear_Slope", Value::Number(2.0)),
            ("NI_Scale[0]_Linear_Y_Intercept", Value::Number(1.0)),
            ("NI_Scale[1]_Scale_Type", text("Polynomial")),
            ("NI_Scale[1]_Polynomial_Coefficients_Size", Value::Number(3.0)),
            ("NI_Scale[1]_Polynomial_Coefficients[0]", Value::Number(1.0)),
            ("NI_Scale[1]_Polynomial_Coefficients[1]", Value::Number(0.0)),
            ("NI_Scale[1]_Polynomial_Coefficients[2]", Value::Number(0.5)),
            ("NI_Scale[1]_Polynomial_Input_Source", Value::Number(0.0)),
            ("NI_Scale[2]_Scale_Type", text("Subtract")),
            ("NI_Scale[2]_Subtract_Left_Operand_Input_Source", Value::Number(0.0)),
            ("NI_Scale[2]_Subtract_Right_Operand_Input_Source", Value::Number(1.0)),
        ]);
        let plan = plan(&[&said]).unwrap().unwrap();
        // 3 -> 7 -> 25.5, and 25.5 - 7.
        assert_eq!(plan.scaling.apply(3.0, &[], &mut Vec::new()), 18.5);
        assert!(!plan.is_plain());
    }

    #[test]
    fn a_scaling_that_leads_back_to_itself_and_an_unknown_one_are_told() {
        let ring = |other: f64| {
            properties(&[
                ("NI_Number_Of_Scales", Value::Number(2.0)),
                ("NI_Scale[0]_Scale_Type", text("AdvancedAPI")),
                ("NI_Scale[0]_AdvancedAPI_Input_Source", Value::Number(1.0)),
                ("NI_Scale[1]_Scale_Type", text("AdvancedAPI")),
                ("NI_Scale[1]_AdvancedAPI_Input_Source", Value::Number(other)),
            ])
        };
        assert!(plan(&[&ring(0.0)]).unwrap_err().contains("cannot be reached"));
        assert!(plan(&[&ring(9.0)]).unwrap_err().contains("cannot be reached"));
        let unknown = properties(&[("NI_Scale[0]_Scale_Type", text("Thermocouple"))]);
        assert_eq!(plan(&[&unknown]).unwrap_err(), "scaled by `Thermocouple`");
        let many = properties(&[("NI_Number_Of_Scales", Value::Number(1e18))]);
        assert!(plan(&[&many]).is_err());
    }

    #[test]
    fn values_that_are_scaled_already_stay_as_they_are() {
        let said =
            properties(&[("NI_Scaling_Status", text("scaled")), ("NI_Scale[0]_Scale_Type", text("Linear"))]);
        assert_eq!(plan(&[&said]).unwrap(), None);
    }
}
