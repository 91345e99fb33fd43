//! The `[[pipeline]]` tables of a TOML file on their own, whatever else stands in it.

use crate::config_text::{ConfigError, ConfigText};
use brinell_signal::Pipeline;
use serde::Deserialize;

/// Reads the steps of a text such as an experiment; `name` stands for it in messages. Other keys are passed over.
///
/// # Errors
/// Every mistake in the steps with its line, the step's number and name, and what is right; text that is no TOML, or
/// that holds no `[[pipeline]]`.
pub fn parse_pipeline(text: &str, name: &str) -> Result<Pipeline, ConfigError> {
    #[derive(Deserialize)]
    struct Holder {
        pipeline: Pipeline,
    }
    let mut source = ConfigText::parse(text, name)?;
    let none = || {
        let message = "there is none: write [[pipeline]] and, below it, a step such as step = \"stft\"";
        ConfigError::unplaced(name, vec![("pipeline".to_owned(), message.to_owned())])
    };
    if !source.has("pipeline") {
        return Err(none());
    }
    let holder = if source.check_steps() { source.read::<Holder>() } else { None };
    source.finish()?;
    holder.map(|holder| holder.pipeline).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn mistakes_carry_line_step_and_the_nearest_word() {
        let text = "name = \"x\"\n[[pipeline]]\nstep = \"detrend\"\n[[pipeline]]\nstep = \"stft\"\nlenght = 64\n\
                    [[pipeline]]\nstep = \"sttf\"\n";
        let shown = parse_pipeline(text, "p.toml").unwrap_err().to_string();
        assert!(shown.contains("2 problems in p.toml"), "{shown}");
        assert!(
            shown.contains(
                "p.toml:6:1: step 2 (stft): unknown key `lenght`; did you mean `length`?; stft takes"
            )
        );
        assert!(
            shown.contains("p.toml:8:8: step 3 (sttf): unknown step `sttf`; did you mean `stft`?"),
            "{shown}"
        );
        assert!(shown.contains("  6 | lenght = 64\n    | ^^^^^^\n"), "{shown}");
    }

    #[test]
    fn what_is_no_list_of_steps_is_refused() {
        for (text, said) in [
            ("", "there is none"),
            ("pipeline = 3", "p.toml:1:12"),
            ("pipeline = [1]", "p.toml:1"),
            ("[pipeline]\nstep = \"stft\"", "p.toml:1"),
            ("[[pipeline]]\nstep = \"stft\"\nhop = 3\nhop = 4", "p.toml:4"),
        ] {
            let shown = parse_pipeline(text, "p.toml").unwrap_err().to_string();
            assert!(shown.contains(said), "{text}: {shown}");
            assert!(!shown.contains("internally tagged") && !shown.contains("struct"), "{text}: {shown}");
        }
    }
}
