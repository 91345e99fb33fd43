//! Schedules: PyTorch's rates, states, and what is refused.

use brinell_model::{
    CosineDecay, ExponentialDecay, MultiStepDecay, OneCycle, PlateauParams, Schedule, Scheduled, StepDecay,
};
use candle_core::{Device, Tensor};
use proptest::prelude::*;

use crate::reference::{Case, Outcome};
use crate::says;

/// The rates that a schedule tells, against the stored ones.
pub(crate) fn rates(case: &Case, schedule: &Schedule, rate: f64) -> Outcome {
    let mut scheduled = schedule.begin(rate)?;
    let metrics = case.stored("metric").map(|(_, metrics)| metrics.clone());
    let mut told = Vec::new();
    for time in 0..case.stored("lr").unwrap().1.len() {
        told.push(scheduled.now());
        let next = scheduled.advance(metrics.as_ref().map(|metrics| metrics[time]))?;
        assert_eq!(next, scheduled.now());
    }
    case.compare("lr", &Tensor::new(told, &Device::Cpu)?);
    Ok(())
}

/// The schedule of a stored case, and its rate; none where the case is of something else.
pub(crate) fn stored(case: &Case) -> Option<(Schedule, f64)> {
    let whole = |key: &str| case.number(key) as u64;
    let schedule = match case.name.strip_prefix("sched_")? {
        "plateau" => Schedule::Plateau(PlateauParams {
            patience: whole("patience") as usize,
            factor: case.number("factor"),
            threshold: case.number("threshold"),
            least: case.number("min_lr"),
        }),
        "step" => Schedule::Step(StepDecay { every: whole("step"), factor: case.number("gamma") }),
        "multistep" => {
            let milestones = case.axes("milestones", 0).into_iter().map(|at| at as u64).collect();
            Schedule::MultiStep(MultiStepDecay { milestones, factor: case.number("gamma") })
        }
        "exponential" => Schedule::Exponential(ExponentialDecay { factor: case.number("gamma") }),
        "cosine" => {
            Schedule::Cosine(CosineDecay { warm_up: 0, total: whole("T_max"), least: case.number("eta_min") })
        }
        "warmup_cosine" => Schedule::Cosine(CosineDecay {
            warm_up: whole("warmup"),
            total: whole("total"),
            least: case.number("min"),
        }),
        "onecycle" => {
            let cycle = OneCycle {
                total: whole("total"),
                rise: case.number("pct_start"),
                start_divisor: case.number("div"),
                end_divisor: case.number("final_div"),
            };
            return Some((Schedule::OneCycle(cycle), case.number("max_lr")));
        }
        _ => return None,
    };
    Some((schedule, case.number("lr0")))
}

fn every_schedule() -> Vec<Schedule> {
    vec![
        Schedule::Constant {},
        Schedule::Plateau(PlateauParams { patience: 1, ..PlateauParams::default() }),
        Schedule::Cosine(CosineDecay { warm_up: 4, total: 20, least: 1e-4 }),
        Schedule::Step(StepDecay { every: 3, factor: 0.5 }),
        Schedule::MultiStep(MultiStepDecay { milestones: vec![2, 5, 11], factor: 0.5 }),
        Schedule::Exponential(ExponentialDecay { factor: 0.9 }),
        Schedule::OneCycle(OneCycle { total: 16, ..OneCycle::default() }),
    ]
}

#[test]
fn schedules_are_named_in_configurations_and_unknown_fields_refused() {
    let names = ["constant", "plateau", "cosine", "step", "multi-step", "exponential", "one-cycle"];
    for (schedule, name) in every_schedule().into_iter().zip(names) {
        let value = serde_json::to_value(&schedule).unwrap();
        assert_eq!(value["kind"], name);
        assert_eq!(serde_json::from_value::<Schedule>(value).unwrap(), schedule);
        let plain = serde_json::from_str::<Schedule>(&format!(r#"{{"kind": "{name}"}}"#)).unwrap();
        plain.begin(0.1).unwrap();
        assert!(serde_json::from_str::<Schedule>(&format!(r#"{{"kind": "{name}", "speed": 1}}"#)).is_err());
    }
}

#[test]
fn schedules_out_of_range_are_refused_by_field() {
    for (text, field) in [
        (r#"{"kind": "plateau", "factor": 1}"#, "factor"),
        (r#"{"kind": "plateau", "threshold": 1}"#, "threshold"),
        (r#"{"kind": "plateau", "least": -1}"#, "least"),
        (r#"{"kind": "cosine", "warm_up": 100, "total": 100}"#, "total"),
        (r#"{"kind": "cosine", "total": 0}"#, "total"),
        (r#"{"kind": "step", "every": 0}"#, "every"),
        (r#"{"kind": "multi-step", "milestones": [5, 5]}"#, "milestones"),
        (r#"{"kind": "multi-step", "milestones": []}"#, "milestones"),
        (r#"{"kind": "cosine", "least": 0.1}"#, "least"),
        (r#"{"kind": "plateau", "least": 0.2}"#, "least"),
        (r#"{"kind": "exponential", "factor": 0}"#, "factor"),
        (r#"{"kind": "one-cycle", "total": 3}"#, "total"),
        (r#"{"kind": "one-cycle", "rise": 1}"#, "rise"),
        (r#"{"kind": "one-cycle", "end_divisor": 0}"#, "end_divisor"),
    ] {
        let schedule: Schedule = serde_json::from_str(text).unwrap();
        says(schedule.begin(0.1), &format!("`{field}`"));
    }
    says(Schedule::default().begin(0.0), "learning_rate");
    let mut plateau = every_schedule()[1].begin(0.1).unwrap();
    says(plateau.advance(None), "metric");
    assert_eq!(plateau.time(), 0);
}

#[test]
fn a_plateau_bears_numbers_that_are_none() {
    let mut plateau = every_schedule()[1].begin(0.1).unwrap();
    let rates = [f64::NAN, f64::NAN, 1.0, f64::INFINITY, f64::NAN].map(|m| plateau.advance(Some(m)).unwrap());
    assert_eq!(rates, [0.1, 0.05, 0.05, 0.05, 0.025]);
}

#[test]
fn one_cycle_stays_down_behind_its_end() {
    let mut rate = every_schedule()[6].begin(0.5).unwrap();
    let last = (0..40).map(|_| rate.advance(None).unwrap()).last().unwrap();
    assert!((last - 0.5 / 25.0 / 1e4).abs() < 1e-15);
}

proptest! {
    #[test]
    fn a_stored_schedule_goes_on_as_if_it_had_never_stopped(
        metrics in prop::collection::vec(0.0..1.0_f64, 2..30),
        at in 0_usize..30,
        kind in 0_usize..7,
    ) {
        let mut unbroken = every_schedule()[kind].begin(0.1).unwrap();
        let mut resumed = unbroken.clone();
        for (time, metric) in metrics.iter().enumerate() {
            if time == at {
                let stored = serde_json::to_value(&resumed).unwrap();
                resumed = serde_json::from_value::<Scheduled>(stored).unwrap();
            }
            let rates = [&mut unbroken, &mut resumed].map(|rate| rate.advance(Some(*metric)).unwrap());
            prop_assert_eq!(rates[0].to_bits(), rates[1].to_bits());
            prop_assert!(rates[0] >= 0.0 && rates[0] <= 0.1 * (1.0 + 1e-12));
        }
        prop_assert_eq!(unbroken, resumed);
    }
}
