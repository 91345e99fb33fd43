//! A pipeline taken apart at its mode decomposition, so that this may be done elsewhere, for many segments at once.

use super::Pipeline;
use super::plan::PipelinePlan;
use super::step::Step;
use crate::error::{Error, Result};
use crate::units::Hertz;
use crate::vmd::{VmdParams, VmdPlan};

/// The first `vmd` step of a pipeline, and what stands around it. `before`, then the decomposition of each channel, then
/// `after` give the numbers of the whole pipeline's plan, and steps keep their numbers in errors.
///
/// ```
/// use brinell_signal::{Context, Hertz, Pipeline, Scratch, vmd::Decomposition};
/// let steps = r#"[{ "step": "detrend" }, { "step": "vmd", "modes": 2 }, { "step": "envelope-spectrum" }]"#;
/// let pipeline: Pipeline = serde_json::from_str(steps)?;
/// let around = pipeline.around_vmd(Hertz(1000.0), 200)?.ok_or("a step vmd")?;
/// let segment: Vec<f32> = (0..200).map(|n| (0.3 * n as f32).sin() + (1.9 * n as f32).sin()).collect();
/// let mut record = vec![0.0; around.before.output_len()];
/// around.before.process(&segment, &Context::default(), &mut record, &mut around.before.scratch())?;
/// let mut modes = vec![0.0; around.after.input_len()];
/// around.vmd.process(&record, &mut modes, &mut Decomposition::new(), &mut Scratch::new())?;
/// let mut output = vec![0.0; around.after.output_len()];
/// around.after.process(&modes, &Context::default(), &mut output, &mut around.after.scratch())?;
/// let whole = pipeline.plan(Hertz(1000.0), 200)?;
/// assert_eq!(output, whole.process_many(&[(&segment, Context::default())])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct AroundVmd {
    /// From a segment to what is decomposed: channels of [`VmdPlan::len`] samples, one after the other.
    pub before: PipelinePlan,
    /// The step as it was written.
    pub params: VmdParams,
    /// The step planned for one channel; its rate is that of the channels.
    pub vmd: VmdPlan<f32>,
    /// From the rows of all channels, those of one channel after those of the other, to what the pipeline gives.
    pub after: PipelinePlan,
}

impl Pipeline {
    /// The pipeline taken apart at its first `vmd` step, for segments of `len` samples at `rate`; none where it has no
    /// such step. (The relatives of `vmd` are other steps.)
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn around_vmd(&self, rate: Hertz, len: usize) -> Result<Option<AroundVmd>> {
        let mut steps = self.steps().iter().enumerate();
        let own = steps.find_map(|(at, step)| match step {
            Step::Vmd(params) => Some((at, params)),
            _ => None,
        });
        let Some((at, params)) = own else { return Ok(None) };
        let mut whole = self.plan(rate, len)?;
        let before = Self::new(self.steps()[..at].to_vec()).plan(rate, len)?;
        let (inner_rate, inner_len) = before.output.as_samples("vmd")?;
        let planned = params.plan(inner_rate, inner_len);
        let vmd = planned.map_err(|cause| Error::in_step(at + 1, "vmd", cause))?;
        let input_len = whole.steps[at].output_len;
        let steps = whole.steps.split_off(at + 1);
        let after = PipelinePlan { input_len, steps, ..whole };
        Ok(Some(AroundVmd { before, params: params.clone(), vmd, after }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::pipeline::Context;
    use crate::scratch::Scratch;
    use crate::vmd::Decomposition;

    const RATE: Hertz = Hertz(2_000.0);

    fn pipeline(steps: &str) -> Pipeline {
        serde_json::from_str(steps).unwrap()
    }

    fn segment(len: usize) -> Vec<f32> {
        let one = |t: f32| (0.3 * t).sin() + 0.5 * (1.4 * t).sin() + 0.2 * (2.5 * t + 0.01 * t * t).cos();
        (0..len).map(|n| one(n as f32)).collect()
    }

    #[test]
    fn the_parts_one_after_the_other_give_the_bits_of_the_whole() {
        for steps in [
            r#"[{"step":"vmd"}]"#,
            r#"[{"step":"standardise"},{"step":"vmd","modes":3,"residual":true},{"step":"standardise"}]"#,
            r#"[{"step":"wavelet-packet","levels":1},{"step":"vmd","modes":2},{"step":"envelope-spectrum"}]"#,
            r#"[{"step":"order-tracking","speed":100.0,"samples_per_revolution":16},
                {"step":"vmd","modes":2,"alpha":{"half-width":1.0}},{"step":"amplitude-spectrum"}]"#,
            r#"[{"step":"vmd","modes":2,"compat":true},{"step":"vmd","modes":2}]"#,
        ] {
            let (pipeline, x) = (pipeline(steps), segment(401));
            let around = pipeline.around_vmd(RATE, x.len()).unwrap().unwrap();
            let whole = pipeline.plan(RATE, x.len()).unwrap();
            assert_eq!(around.after.output_shape(), whole.output_shape());
            let run = |plan: &PipelinePlan, x: &[f32]| {
                let mut y = vec![0.0; plan.output_len()];
                plan.process(x, &Context::default(), &mut y, &mut plan.scratch()).unwrap();
                y
            };
            let records = run(&around.before, &x);
            let mut modes = vec![0.0; around.after.input_len()];
            let channels = records.chunks_exact(around.vmd.len());
            for (record, modes) in channels.zip(modes.chunks_exact_mut(around.vmd.output_len())) {
                let mut report = Decomposition::new();
                around.vmd.process(record, modes, &mut report, &mut Scratch::new()).unwrap();
            }
            assert_eq!(run(&around.after, &modes), run(&whole, &x), "{steps}");
        }
    }

    #[test]
    fn steps_behind_the_decomposition_keep_their_numbers_in_errors() {
        let pipeline = pipeline(r#"[{"step":"detrend"},{"step":"vmd"},{"step":"envelope-peaks"}]"#);
        let after = pipeline.around_vmd(RATE, 400).unwrap().unwrap().after;
        let (modes, mut output) = (segment(1600), vec![0.0; after.output_len()]);
        let run = after.process(&modes, &Context::default(), &mut output, &mut after.scratch());
        let said = run.unwrap_err().to_string();
        assert!(said.contains("step 3 (envelope-peaks)"), "{said}");
    }

    #[test]
    fn a_pipeline_without_the_step_is_not_taken_apart_and_an_impossible_one_is_refused() {
        for steps in ["[]", r#"[{"step":"successive-vmd"}]"#] {
            assert!(pipeline(steps).around_vmd(RATE, 400).unwrap().is_none());
        }
        let said = pipeline(r#"[{"step":"vmd","modes":0}]"#).around_vmd(RATE, 400).unwrap_err().to_string();
        assert!(said.contains("step 1 (vmd)"), "{said}");
    }
}
