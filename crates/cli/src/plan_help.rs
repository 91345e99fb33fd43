//! What to do about steps that cannot be planned.

use crate::step_flags::{has_key, keys_of};
use brinell_signal::{Error, Pipeline};

/// What to change on the command line so that the pipeline can be planned.
pub(crate) fn help_for_plan(error: &Error, pipeline: &Pipeline) -> String {
    use Error as E;
    let E::Step { number, name, cause } = error else {
        return "--rate and --samples, which say how many samples there are and how fast".to_owned();
    };
    match &**cause {
        E::Parameter { parameter: "input", .. } if *number > 1 => {
            let before = pipeline.steps().get(number - 2).map_or("samples", |step| step.name());
            format!(
                "steps are done in the order in which they are written: --{name} comes after --{before} here"
            )
        }
        E::Parameter { parameter: "input", .. } => {
            format!("--{name} is the first step here: write the one that makes what it works on before it")
        }
        // No stretch is long enough for nothing.
        E::Parameter { value, .. } if value == "0" => keys_of(name),
        E::Parameter { parameter: parameter @ ("length" | "record" | "hop" | "levels"), .. } => {
            let longer = "a longer stretch (--samples, --duration)";
            if has_key(name, parameter) {
                format!("{longer}, or another value of {parameter}; {}", keys_of(name))
            } else {
                longer.to_owned()
            }
        }
        E::MissingKinematics { .. } => {
            "--speed 1797rpm, --tachometer CHANNEL, or --speed-between 10Hz..30Hz, which follows the vibration"
                .to_owned()
        }
        _ => keys_of(name),
    }
}
