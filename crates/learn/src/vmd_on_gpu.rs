//! The `vmd` step of a pipeline on a GPU, for many segments at once; the steps around it run on the CPU.
//!
//! Modes are within 2e-6 of the segment's peak of those in f64 (the kernels run on the processor), where both end after as
//! many iterations; the CPU's in f32 are within 2e-5. Now and then a segment that all but meets the stop rule ends one
//! iteration earlier or later on one of them, and differs by what that changes, as the rule allows it. Where iterations are broken off while modes still wander it is up to
//! some 1e-4. The bits are the same in every run, for any number of threads and whatever segments go together. A segment that
//! fails is done anew on the CPU, whose word counts.

use crate::error::{Error, Result};
use crate::examples::Source;
use brinell_gpu::{At, Device, View, Vmd, VmdEnd, VmdReport, VmdSolver, VmdStart};
use brinell_signal::pipeline::AroundVmd;
use brinell_signal::vmd::{self, VmdScale};
use brinell_signal::{PipelinePlan, PipelineScratch};
use rayon::prelude::*;

/// Numbers of modes that are on the CPU at once at most, 256 MiB; the GPU takes two to three times that.
const MOST_NUMBERS: usize = 1 << 26;

/// The steps around a mode decomposition, and that on a GPU.
#[derive(Debug, Clone)]
pub(crate) struct VmdOnGpu {
    around: AroundVmd,
    /// Of one channel of one segment.
    vmd: Vmd,
    /// Centres that are no rule of the kernels', in cycles a sample; empty where they are.
    start: Vec<f32>,
    /// Segments that go to the GPU together.
    at_once: usize,
    device: Device,
}

/// What was made of some segments.
struct Made {
    /// Of each segment, whether the steps before gave its records.
    prepared: Vec<bool>,
    /// What is decomposed: the channels of the segments, one after the other.
    records: Vec<f32>,
    /// Of each record its modes, and whether it has some.
    modes: Vec<f32>,
    ended: Vec<bool>,
}

impl VmdOnGpu {
    /// The step on a GPU; where its kernels do not do it, why.
    pub(crate) fn new(around: AroundVmd, device: &Device) -> Result<std::result::Result<Self, String>> {
        let (params, plan) = (&around.params, &around.vmd);
        if params.compat {
            return Ok(Err(
                "compat does what another program does wrong, and that is done there alone".into()
            ));
        }
        let (start, given) = match params.start {
            vmd::VmdStart::Zero => (VmdStart::Zero, Vec::new()),
            vmd::VmdStart::Uniform => (VmdStart::Uniform, Vec::new()),
            _ => {
                let centres = plan.start().iter().map(|centre| *centre as f32).collect();
                (VmdStart::Centres(At { buffer: START, offset: 0 }), centres)
            }
        };
        let vmd = Vmd {
            segments: 1,
            len: plan.len(),
            modes: plan.modes(),
            alpha: params.alpha.penalty(plan.rate())?,
            tau: params.tau,
            dc: params.dc,
            start,
            tolerance: params.tolerance,
            centre_tolerance: params.centre_tolerance,
            most_iterations: params.max_sweeps,
            solver: match params.solver {
                vmd::VmdSolver::Sweep => VmdSolver::Sweep,
                vmd::VmdSolver::FixedPoint => VmdSolver::FixedPoint,
            },
            raw: params.scale == VmdScale::Raw,
        };
        match vmd.check() {
            Err(brinell_gpu::Error::Refused { what, allowed, found }) => {
                return Ok(Err(format!("{what} has to be {allowed} on a GPU, and is {found}")));
            }
            checked => checked.map_err(on_gpu)?,
        }
        let of_segment = around.before.output_len() * plan.modes();
        let at_once = (MOST_NUMBERS / of_segment.max(1)).max(1);
        Ok(Ok(Self { vmd, start: given, at_once, device: device.clone(), around }))
    }

    /// Segments that are worth giving together.
    pub(crate) fn at_once(&self) -> usize {
        self.at_once
    }

    /// What `whole`, the plan of the pipeline, makes of segments, one after the other.
    ///
    /// # Errors
    /// Those of [`PipelinePlan::process_many`], and the GPU's.
    pub(crate) fn process_many(&self, whole: &PipelinePlan, segments: &[Source<'_>]) -> Result<Vec<f32>> {
        let width = whole.output_len();
        let mut output = vec![0.0; width * segments.len()];
        let batches = segments.chunks(self.at_once).zip(output.chunks_mut(self.at_once * width));
        for (number, (segments, output)) in batches.enumerate() {
            let made = self.modes_of(segments)?;
            let work = || (vec![0.0; self.around.after.input_len()], PipelineScratch::default());
            let results: Vec<brinell_signal::Result<()>> = output
                .par_chunks_exact_mut(width)
                .zip(segments)
                .enumerate()
                .map_init(work, |(rows, scratch), (at, (output, (segment, context)))| {
                    let after = &self.around.after;
                    let done = self.rows_of(&made, at, rows)
                        && after.process(rows, context, output, scratch).is_ok();
                    if done { Ok(()) } else { whole.process(segment, context, output, scratch) }
                })
                .collect();
            for (at, result) in results.into_iter().enumerate() {
                let index = number * self.at_once + at;
                result.map_err(|cause| brinell_signal::Error::Segment { index, cause: Box::new(cause) })?;
            }
        }
        Ok(output)
    }

    /// The steps before, and the modes of what they give.
    fn modes_of(&self, segments: &[Source<'_>]) -> Result<Made> {
        let before = &self.around.before;
        let mut records = vec![0.0; before.output_len() * segments.len()];
        let prepared = records
            .par_chunks_exact_mut(before.output_len())
            .zip(segments)
            .map_init(PipelineScratch::default, |scratch, (record, (segment, context))| {
                before.process(segment, context, record, scratch).is_ok()
            })
            .collect();
        let count = records.len() / self.vmd.len;
        let mut modes = vec![0.0; count * self.vmd.len * self.vmd.modes];
        let mut reports = vec![0.0; count * self.vmd.report()];
        self.decompose(&records, &mut modes, &mut reports)?;
        let ended = |report: &[f32]| match VmdReport::read(report).end {
            VmdEnd::Converged | VmdEnd::MostIterations => true,
            VmdEnd::NotFinite | VmdEnd::OutOfBounds => false,
        };
        let ended = reports.chunks_exact(self.vmd.report()).map(ended).collect();
        Ok(Made { prepared, records, modes, ended })
    }

    /// What the step gives of a segment: the rows of all its channels. False where a step before it or the GPU failed.
    fn rows_of(&self, made: &Made, at: usize, rows: &mut [f32]) -> bool {
        let plan = &self.around.vmd;
        let of_modes = self.vmd.len * self.vmd.modes;
        let channels = self.around.before.output_len() / self.vmd.len;
        made.prepared[at]
            && rows.chunks_exact_mut(plan.output_len()).zip(at * channels..).all(|(rows, at)| {
                let record = &made.records[at * self.vmd.len..][..self.vmd.len];
                let modes = &made.modes[at * of_modes..][..of_modes];
                let (own, residual) = rows.split_at_mut(of_modes);
                own.copy_from_slice(modes);
                made.ended[at] && (residual.is_empty() || plan.residual(record, modes, residual).is_ok())
            })
    }

    /// Decomposes records, in halves where the GPU has no room for all.
    fn decompose(&self, records: &[f32], modes: &mut [f32], reports: &mut [f32]) -> Result<()> {
        let count = records.len() / self.vmd.len;
        match self.launch(count, records, modes, reports) {
            Err(brinell_gpu::Error::Memory { .. }) if count > 1 => {
                let half = count / 2;
                let (records, other_records) = records.split_at(half * self.vmd.len);
                let (modes, other_modes) = modes.split_at_mut(half * self.vmd.len * self.vmd.modes);
                let (reports, other_reports) = reports.split_at_mut(half * self.vmd.report());
                self.decompose(records, modes, reports)?;
                self.decompose(other_records, other_modes, other_reports)
            }
            launched => launched.map_err(on_gpu),
        }
    }

    fn launch(
        &self,
        count: usize,
        records: &[f32],
        modes: &mut [f32],
        reports: &mut [f32],
    ) -> brinell_gpu::Result<()> {
        let (vmd, device) = (Vmd { segments: count, ..self.vmd }, &self.device);
        let samples = device.zeros(records.len())?;
        let found = device.zeros(modes.len())?;
        let told = device.zeros(reports.len())?;
        let scratch = device.zeros(vmd.scratch()?)?;
        let start = device.zeros(self.start.len())?;
        device.upload(&samples, 0, records)?;
        device.upload(&start, 0, &self.start)?;
        let at = |buffer| At { buffer, offset: 0 };
        let launches = vmd.run(View { at: at(0), pitch: vmd.len }, at(1), at(2), at(3))?;
        device.run(&launches, &[&samples, &found, &told, &scratch, &start])?;
        device.download(&found, 0, modes)?;
        device.download(&told, 0, reports)
    }
}

/// The buffer of the centres of the start in a launch.
const START: u8 = 4;

fn on_gpu(error: brinell_gpu::Error) -> Error {
    brinell_model::Error::from(error).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use brinell_gpu::Order;
    use brinell_signal::{Context, Hertz, Pipeline};

    const RATE: Hertz = Hertz(12_000.0);

    /// Ringing impulses, tones and noise that is the same every time; louder from segment to segment.
    fn signal(len: usize) -> Vec<f32> {
        let mut state = 7_u64;
        let mut one = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 33) as f64 / 2f64.powi(31) - 0.5;
            let (t, since) = (n as f64, (n % 107) as f64);
            let ring = (-since / 12.0).exp() * (1.7 * since).sin();
            (1.0 + 0.01 * t) * (ring + 0.4 * (0.21 * t).sin() + 0.3 * (2.6 * t).sin() + 0.05 * noise)
        };
        (0..len).map(|n| one(n) as f32).collect()
    }

    fn planned(steps: &str, len: usize) -> (PipelinePlan, std::result::Result<VmdOnGpu, String>) {
        let pipeline: Pipeline = serde_json::from_str(steps).unwrap();
        let around = pipeline.around_vmd(RATE, len).unwrap().unwrap();
        let on_gpu = VmdOnGpu::new(around, &Device::on_host(Order::Forwards)).unwrap();
        (pipeline.plan(RATE, len).unwrap(), on_gpu)
    }

    fn segments(samples: &[f32], len: usize) -> Vec<Source<'_>> {
        samples.windows(len).step_by(len / 2).map(|segment| (segment, Context::default())).collect()
    }

    #[test]
    fn modes_are_those_of_double_precision_however_they_are_asked_for() {
        let samples = signal(900);
        for options in [
            "",
            r#","modes":3,"residual":true"#,
            r#","modes":2,"start":{"random":{"seed":3}},"tolerance":1e-6"#,
            r#","modes":2,"start":{"centres":[500.0,4000.0]},"scale":"raw""#,
            r#","modes":2,"start":"zero","dc":true,"max_sweeps":30"#,
            r#","modes":3,"solver":"fixed-point","centre_tolerance":1e-5"#,
            r#","modes":3,"alpha":{"half-width":400.0},"tau":0.1,"max_sweeps":25"#,
        ] {
            let (whole, on_gpu) = planned(&format!(r#"[{{"step":"vmd"{options}}}]"#), 300);
            let (on_gpu, segments) = (on_gpu.unwrap(), segments(&samples, 300));
            let double = on_gpu.around.params.plan::<f64>(RATE, 300).unwrap();
            let got = on_gpu.process_many(&whole, &segments).unwrap();
            let single = whole.process_many(&segments).unwrap();
            let width = whole.output_len();
            let rows = got.chunks_exact(width).zip(single.chunks_exact(width)).zip(&segments);
            for ((got, single), (segment, _)) in rows {
                let wide: Vec<f64> = segment.iter().copied().map(f64::from).collect();
                let (want, _) = double.decompose(&wide).unwrap();
                let peak = wide.iter().fold(0.0_f64, |peak, x| peak.max(x.abs()));
                let apart = |x: &[f32]| {
                    let each = x.iter().zip(&want).map(|(x, want)| (f64::from(*x) - want).abs());
                    each.fold(0.0, f64::max) / peak
                };
                assert!(apart(got) <= 2e-6, "{options}: {:e} off", apart(got));
                // in single precision the CPU ends a sweep earlier here and there
                assert!(apart(single) <= 2e-5, "{options}: the CPU is {:e} off", apart(single));
            }
        }
    }

    #[test]
    fn steps_before_and_behind_and_several_channels_are_done_as_ever() {
        let steps = r#"[{"step":"standardise"},{"step":"wavelet-packet","levels":1},{"step":"vmd","modes":2},
                        {"step":"amplitude-spectrum"}]"#;
        let samples = signal(1024);
        let segments = segments(&samples, 512);
        let (whole, on_gpu) = planned(steps, 512);
        let got = on_gpu.unwrap().process_many(&whole, &segments).unwrap();
        let want = whole.process_many(&segments).unwrap();
        assert_eq!((whole.output_shape()[0], got.len()), (4, want.len()));
        let largest = want.iter().fold(0.0_f32, |all, x| all.max(x.abs()));
        assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() <= 2e-6 * largest));
    }

    #[test]
    fn segments_have_the_same_bits_whatever_goes_together() {
        let samples = signal(600);
        let segments = segments(&samples, 120);
        let (whole, on_gpu) = planned(r#"[{"step":"vmd","modes":2}]"#, 120);
        let on_gpu = on_gpu.unwrap();
        let together = on_gpu.process_many(&whole, &segments).unwrap();
        for at_once in [1, 2, 4] {
            let few = VmdOnGpu { at_once, ..on_gpu.clone() };
            assert_eq!(few.process_many(&whole, &segments).unwrap(), together);
        }
        assert!(on_gpu.process_many(&whole, &[]).unwrap().is_empty());
    }

    #[test]
    fn a_segment_that_fails_is_refused_in_the_words_of_the_processor() {
        let mut samples = signal(600);
        samples[400] = f32::NAN;
        for steps in [
            r#"[{"step":"vmd","modes":2}]"#,
            r#"[{"step":"detrend"},{"step":"vmd","modes":2}]"#,
            r#"[{"step":"vmd","modes":2,"tau":1e3}]"#,
            r#"[{"step":"vmd","modes":2},{"step":"envelope-peaks"}]"#,
        ] {
            let (whole, on_gpu) = planned(steps, 200);
            let segments = segments(&samples, 200);
            let got = on_gpu.unwrap().process_many(&whole, &segments).unwrap_err().to_string();
            assert_eq!(got, Error::from(whole.process_many(&segments).unwrap_err()).to_string());
        }
    }

    #[test]
    fn what_the_kernels_do_not_do_stays_on_the_processor_with_the_reason() {
        for (options, len, said) in [
            ("", 2011, "the length of segments for mode decomposition has to be within 1 to 4096"),
            ("", 8192, "and is 8192"),
            (r#","modes":33"#, 512, "the number of modes has to be within 1 to 32 on a GPU, and is 33"),
            (r#","compat":true"#, 512, "compat does what another program does wrong"),
            (r#","max_sweeps":20000000"#, 512, "the most iterations"),
        ] {
            let (_, on_gpu) = planned(&format!(r#"[{{"step":"vmd"{options}}}]"#), len);
            let why = on_gpu.unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }
}
