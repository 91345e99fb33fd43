//! How the shaft turned while a record was taken: by a tachometer, by the vibration itself, or steadily.

use crate::channel_choice::channel_named;
use crate::failure::{Code, Failure, Outcome};
use crate::reading::speed;
use crate::terminal::visible;
use brinell_signal::rotation::{GivenSpeed, SpeedRidgeParams, TachometerParams, TachometerPulses};
use brinell_signal::{Channel, Hertz, Pipeline, Recording, Scratch, Step};
use clap::Args;
use std::ops::Range;

/// Flags for a shaft whose speed is not one number.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Shaft, for order tracking")]
pub(crate) struct ShaftMotion {
    /// Channel of a tachometer or key phasor
    #[arg(long, value_name = "NAME", conflicts_with_all = ["speed_between", "speed"])]
    tachometer: Option<String>,
    /// Pulses of the tachometer in one revolution [default: 1]
    #[arg(long, value_name = "N", requires = "tachometer")]
    pulses_per_revolution: Option<u32>,
    /// Follow the speed by the vibration itself, between these two, e.g. 10Hz..30Hz
    #[arg(long, value_name = "LOW..HIGH", conflicts_with = "speed")]
    speed_between: Option<String>,
}

impl ShaftMotion {
    /// Refuses flags that no step of the pipeline would follow, and a range that cannot be, before any work.
    pub(crate) fn check(&self, pipeline: &Pipeline) -> Outcome<()> {
        let flag = match (&self.tachometer, &self.speed_between) {
            (Some(_), _) => "--tachometer",
            (None, Some(_)) => "--speed-between",
            (None, None) => return Ok(()),
        };
        self.window()?;
        let tracks = |step: &Step| matches!(step, Step::OrderTracking { .. });
        let follows = |step: &Step| matches!(step, Step::OrderTracking { speed: None, .. });
        if pipeline.steps().iter().any(follows) {
            return Ok(());
        }
        let failure = Failure::new(Code::Usage, format!("{flag} would be ignored: no step follows it"));
        Err(if pipeline.steps().iter().any(tracks) {
            failure
                .why("order-tracking has a speed of its own already")
                .help(format!("leave out {flag}, or the key speed of --order-tracking"))
        } else {
            failure.why("it says how the shaft turns, for the step order-tracking").help(format!(
                "add --order-tracking before the steps that are to see orders, or leave out {flag}"
            ))
        })
    }

    /// The speeds of `--speed-between`.
    fn window(&self) -> Outcome<Option<(Hertz, Hertz)>> {
        let Some(text) = &self.speed_between else { return Ok(None) };
        let Some((low, high)) = text.split_once("..") else {
            return Err(Failure::new(Code::Usage, format!("--speed-between {} is no range", visible(text)))
                .help("for example --speed-between 10Hz..30Hz"));
        };
        let window = (speed("--speed-between", low)?, speed("--speed-between", high)?);
        if window.0 >= window.1 {
            let failure = Failure::new(
                Code::Usage,
                format!("--speed-between {}: the first speed has to be lower than the second", visible(text)),
            );
            return Err(if window.0 > window.1 {
                failure.help(format!("--speed-between {}..{}", visible(high.trim()), visible(low.trim())))
            } else {
                failure.help(format!("--speed {}, where the shaft turned steadily", visible(low.trim())))
            });
        }
        Ok(Some(window))
    }

    /// The motion in the stretch `part` of `channel`, where anything says it; `steady` is the speed that is known.
    pub(crate) fn given(
        &self,
        recording: &Recording,
        channel: &Channel,
        part: Range<usize>,
        steady: Option<Hertz>,
    ) -> Outcome<Option<GivenSpeed>> {
        let rate = recording.rate().value;
        if let Some(name) = &self.tachometer {
            let tachometer = channel_named(recording, name, "--tachometer")?;
            let pulses = TachometerParams::default()
                .pulses(&tachometer.samples()[part], rate)
                .map_err(|error| refused("--tachometer", &error))?;
            let pulses_per_revolution = self.pulses_per_revolution.unwrap_or(1);
            return Ok(Some(GivenSpeed::Pulses(TachometerPulses { pulses, pulses_per_revolution })));
        }
        if let Some((low, high)) = self.window()? {
            let params = SpeedRidgeParams { low, high, ..SpeedRidgeParams::default() };
            let ridge = params
                .plan::<f32>(rate, part.len())
                .and_then(|plan| plan.process(&channel.samples()[part], &mut Scratch::new()))
                .map_err(|error| refused("--speed-between", &error))?;
            let points = ridge.points.iter().map(|point| (point.time, point.speed)).collect();
            return Ok(Some(GivenSpeed::Points(points)));
        }
        Ok(steady.map(GivenSpeed::Constant))
    }
}

fn refused(flag: &str, error: &brinell_signal::Error) -> Box<Failure> {
    Failure::new(Code::DataInvalid, format!("{flag}: {error}"))
        .help("--speed, where the shaft turned steadily; else speed=[[0,10],[4,30]] in --order-tracking")
}
