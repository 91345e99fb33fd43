//! A pipeline planned for the segments of a run: on the CPU, but for what a GPU does of it.

use crate::error::Result;
use crate::examples::Source;
use crate::vmd_on_gpu::VmdOnGpu;
use brinell_model::Gpu;
use brinell_signal::{Hertz, Pipeline, PipelinePlan, Step};

/// Segments that go through a pipeline on the CPU at once, where results are taken away a few at a time.
const ON_CPU: usize = 128;
/// Numbers of results at once, where a GPU wants more segments: 256 MiB.
const MOST_NUMBERS: usize = 1 << 26;

/// Where the modes of segments are made, for those who asked for a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModesOn {
    /// On the GPU of this name, all other steps on the CPU. Modes differ from those of the CPU by rounding: those
    /// of a GPU are within 2e-6 of the segment's peak of those in f64, those of the CPU in f32 within 2e-5, where the
    /// decomposition comes to rest; up to some 1e-4 where it is broken off before. A rare segment meets the stop rule one
    /// iteration earlier or later.
    Gpu(String),
    /// On the CPU.
    Cpu {
        /// What the GPU's kernels do not do.
        why: String,
    },
}

impl std::fmt::Display for ModesOn {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gpu(name) => write!(out, "modes are made on {name}"),
            Self::Cpu { why } => write!(out, "modes are made on the CPU: {why}"),
        }
    }
}

/// A planned pipeline.
#[derive(Debug)]
pub(crate) struct FeaturePlan {
    whole: PipelinePlan,
    on_gpu: Option<VmdOnGpu>,
    modes_on: Option<ModesOn>,
}

impl FeaturePlan {
    /// Plans a pipeline for segments of `length` samples; its mode decomposition on the GPU where one is given and does it.
    pub(crate) fn new(pipeline: &Pipeline, rate: Hertz, length: usize, gpu: Option<&Gpu>) -> Result<Self> {
        let whole = pipeline.plan(rate, length)?;
        let Some(gpu) = gpu else { return Ok(Self { whole, on_gpu: None, modes_on: None }) };
        let planned = match pipeline.around_vmd(rate, length)? {
            Some(around) => Some(VmdOnGpu::new(around, gpu)?),
            None => relative(pipeline).map(Err),
        };
        Ok(match planned {
            Some(Ok(own)) => {
                let modes_on = Some(ModesOn::Gpu(gpu.name().to_owned()));
                Self { whole, on_gpu: Some(own), modes_on }
            }
            Some(Err(why)) => Self { whole, on_gpu: None, modes_on: Some(ModesOn::Cpu { why }) },
            None => Self { whole, on_gpu: None, modes_on: None },
        })
    }

    /// The plan of all steps on the CPU, which tells shapes and axes.
    pub(crate) fn whole(&self) -> &PipelinePlan {
        &self.whole
    }

    /// Where modes are made; none where no GPU was asked for, or no step makes modes.
    pub(crate) fn modes_on(&self) -> Option<&ModesOn> {
        self.modes_on.as_ref()
    }

    /// Segments that are worth giving together, where results are taken away a few at a time.
    pub(crate) fn at_once(&self) -> usize {
        match &self.on_gpu {
            None => ON_CPU,
            Some(own) => own.at_once().min(MOST_NUMBERS / self.whole.output_len().max(1)).max(ON_CPU),
        }
    }

    /// What the pipeline makes of segments, one after the other.
    ///
    /// # Errors
    /// That of the first segment that has one, as [`PipelinePlan::process_many`]; the GPU's.
    pub(crate) fn process_many(&self, segments: &[Source<'_>]) -> Result<Vec<f32>> {
        match &self.on_gpu {
            None => Ok(self.whole.process_many(segments)?),
            Some(own) => own.process_many(&self.whole, segments),
        }
    }
}

/// Why a pipeline makes modes on the CPU though it has no `vmd` step.
fn relative(pipeline: &Pipeline) -> Option<String> {
    let makes_modes = |step: &&Step| {
        matches!(step, Step::SuccessiveVmd(_) | Step::SelectedVmd(_) | Step::MultivariateVmd(_))
    };
    let step = pipeline.steps().iter().find(makes_modes)?;
    Some(format!("of the decompositions into modes a GPU does vmd alone, and this is {}", step.name()))
}

/// Whether a step of a pipeline makes modes, which a GPU might do.
pub(crate) fn makes_modes(pipeline: &Pipeline) -> bool {
    pipeline.steps().iter().any(|step| matches!(step, Step::Vmd(_))) || relative(pipeline).is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use brinell_gpu::Order;
    use brinell_signal::Context;

    #[test]
    fn where_modes_are_made_is_told_to_those_who_ask_for_a_gpu() {
        let gpu = Gpu::on_host(Order::Forwards);
        let on = |steps: &str, gpu: Option<&Gpu>| {
            let pipeline: Pipeline = serde_json::from_str(steps).unwrap();
            let plan = FeaturePlan::new(&pipeline, Hertz(1_000.0), 246, gpu).unwrap();
            plan.modes_on().map(ToString::to_string)
        };
        let vmd = r#"[{"step":"vmd"}]"#;
        assert_eq!(on(vmd, None), None);
        assert_eq!(on(r#"[{"step":"standardise"}]"#, Some(&gpu)), None);
        let said = on(vmd, Some(&gpu)).unwrap();
        assert!(said.starts_with("modes are made on the CPU: the length of segments"), "{said}");
        let said = on(r#"[{"step":"selected-vmd"}]"#, Some(&gpu)).unwrap();
        assert!(said.ends_with("a GPU does vmd alone, and this is selected-vmd"), "{said}");
        let said = on(r#"[{"step":"resample","to":500.0},{"step":"vmd"}]"#, Some(&gpu)).unwrap();
        assert!(said.contains("and is 123"), "{said}");
    }

    #[test]
    fn what_a_gpu_does_not_do_has_the_bits_of_the_processor() {
        let gpu = Gpu::on_host(Order::Forwards);
        let samples: Vec<f32> = (0..246_u16).map(|n| (0.3 * f32::from(n)).sin()).collect();
        for steps in [r#"[{"step":"vmd","modes":2}]"#, r#"[{"step":"standardise"}]"#] {
            let pipeline: Pipeline = serde_json::from_str(steps).unwrap();
            let plan = FeaturePlan::new(&pipeline, Hertz(1_000.0), 246, Some(&gpu)).unwrap();
            let segments = [(&samples[..], Context::default())];
            assert_eq!(plan.process_many(&segments).unwrap(), plan.whole().process_many(&segments).unwrap());
        }
    }
}
