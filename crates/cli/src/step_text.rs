//! Steps as text for people: their keys, with a long course of the shaft in short, and what they leave out unasked.

use brinell_signal::rotation::GivenSpeed;
use brinell_signal::{Pipeline, Step, counted};

/// Courses of no more points are written in full.
const SHORT: usize = 4;

/// The step as one line of JSON; a speed of many points, or pulses, as how many there are and where they lie.
pub(crate) fn step_line(step: &Step) -> String {
    let mut written = serde_json::to_value(step).unwrap_or_default();
    let Step::OrderTracking { speed: Some(given), .. } = step else {
        return serde_json::to_string(step).unwrap_or_default();
    };
    let course = match given {
        GivenSpeed::Points(points) if points.len() > SHORT => {
            let range = |values: &mut dyn Iterator<Item = f64>| {
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
            };
            let (first, last) = range(&mut points.iter().map(|point| point.0.0));
            let (low, high) = range(&mut points.iter().map(|point| point.1.0));
            format!(
                "{} from {first:.1} s to {last:.1} s, {low:.1} to {high:.1} Hz",
                counted(points.len(), "point")
            )
        }
        GivenSpeed::Pulses(given) if given.pulses.len() > SHORT => {
            let ends =
                [given.pulses.first(), given.pulses.last()].map(|pulse| pulse.map_or(0.0, |time| time.0));
            format!(
                "{} from {:.1} s to {:.1} s, {} a revolution",
                counted(given.pulses.len(), "pulse"),
                ends[0],
                ends[1],
                given.pulses_per_revolution
            )
        }
        _ => return serde_json::to_string(step).unwrap_or_default(),
    };
    if let Some(table) = written.as_object_mut() {
        table.insert("speed".to_owned(), course.into());
    }
    written.to_string()
}

/// What a person may not expect a step to leave out.
pub(crate) fn left_out(pipeline: &Pipeline) -> Vec<String> {
    let tracking = |step: &Step| match step {
        Step::OrderTracking { samples_per_revolution: samples, guard, .. } => {
            let half = *samples as f64 / 2.0;
            let kept = if *guard {
                format!("keeps orders up to {} and cuts all above {half}", 0.9 * half)
            } else {
                format!("folds orders above {half} onto those below (guard=false)")
            };
            Some(format!("order-tracking {kept}; a larger samples_per_revolution (now {samples}) keeps more"))
        }
        _ => None,
    };
    pipeline.steps().iter().filter_map(tracking).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use brinell_signal::{Hertz, Seconds};

    fn tracked(speed: GivenSpeed) -> Step {
        let samples_per_revolution = 64;
        Step::OrderTracking {
            speed: Some(speed),
            samples_per_revolution,
            interpolation: Default::default(),
            guard: true,
        }
    }

    #[test]
    fn a_long_course_of_the_shaft_is_told_by_its_ends() {
        let point = |i: i32| (Seconds(f64::from(i) * 0.1), Hertz(10.0 + f64::from(i) * 0.5));
        let line = step_line(&tracked(GivenSpeed::Points((0..=40).map(point).collect())));
        assert!(line.contains(r#""speed":"41 points from 0.0 s to 4.0 s, 10.0 to 30.0 Hz""#), "{line}");
        let line = step_line(&tracked(GivenSpeed::Constant(Hertz(29.95))));
        assert!(line.contains(r#""speed":29.95"#), "{line}");
    }

    #[test]
    fn the_highest_order_is_said_of_order_tracking_only() {
        let said = left_out(&Pipeline::new(vec![Step::Detrend, tracked(GivenSpeed::Constant(Hertz(30.0)))]));
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("keeps orders up to 28.8 and cuts all above 32;"), "{said:?}");
    }
}
