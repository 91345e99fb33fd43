//! Steps whose plan fills more than an array: a report, maps, or numbers that the step leaves out. Their memory
//! lies in the scratch, so that nothing is allocated once it is warm.

use std::sync::Arc;

use super::{Planned, first};
use crate::band::{BandMap, BandTree, CombGramPlan, InfogramPlan, ProtrugramPlan};
use crate::cyclic::IesfogramPlan;
use crate::error::Result;
use crate::fourier::ZoomPlan;
use crate::kinematics::FaultKind;
use crate::pipeline::finding::{BestBand, Finding, FoundTrain};
use crate::pipeline::flow::{Axis, Flow, Quantity};
use crate::pipeline::plan::Work;
use crate::pipeline::split::Parts;
use crate::pipeline::step::ImpulseTrain;
use crate::rotation::SynchronousAverage;
use crate::scratch::Scratch;
use crate::separation::{AutoregressivePlan, DiscreteRandomPlan, MinimumEntropyPlan, MomedaPlan};
use crate::units::Hertz;
use crate::vmd::{MultivariateVmdPlan, SuccessiveVmdPlan, VmdPlan, VmdSelectionPlan};
use crate::wavelet::DiscreteWaveletPlan;

pub(super) fn vmd(plan: VmdPlan<f32>, input: &Flow, rate: Hertz) -> Planned {
    let parts = Parts::Modes { modes: plan.modes(), residual: plan.rows() > plan.modes() };
    let output = Flow::samples(input.channels * plan.rows(), plan.mode_len(), rate).parts_of(input, parts);
    Planned::each(input, output, move |x, y, s| {
        let mut report = std::mem::take(&mut s.decomposition);
        let result = plan.process(x, y, &mut report, s);
        s.note(|| Finding::Modes(report.clone()));
        note_shortened(s, x.len(), plan.mode_len());
        s.decomposition = report;
        result
    })
}

pub(super) fn multivariate_vmd(
    plan: MultivariateVmdPlan<f32>,
    residual: bool,
    input: &Flow,
    rate: Hertz,
) -> Planned {
    let [rows, channels, len] = plan.shape();
    let parts = Parts::Modes { modes: rows - usize::from(residual), residual };
    let output = Flow::samples(rows * channels, len, rate).parts_in_common(input, parts);
    let given = input.channel_len();
    let work: Work = Arc::new(move |x, _, y, s| {
        let mut report = std::mem::take(&mut s.decomposition);
        let result = plan.process(x, y, &mut report, s);
        s.note(|| Finding::Modes(report.clone()));
        note_shortened(s, given, len);
        s.decomposition = report;
        result
    });
    Planned::new(work, output)
}

pub(super) fn successive_vmd(plan: SuccessiveVmdPlan<f32>, input: &Flow, rate: Hertz) -> Planned {
    let output = Flow::samples(input.channels * plan.max_modes(), input.channel_len(), rate)
        .parts_of(input, Parts::Modes { modes: plan.max_modes(), residual: false });
    Planned::each(input, output, move |x, y, s| {
        let mut report = std::mem::take(&mut s.successive_decomposition);
        let result = plan.process(x, y, &mut report, s);
        s.note(|| Finding::SuccessiveModes(report.clone()));
        s.successive_decomposition = report;
        result
    })
}

pub(super) fn selected_vmd(plan: VmdSelectionPlan<f32>, input: &Flow, rate: Hertz) -> Planned {
    let modes = plan.most_modes();
    let output = Flow::samples(input.channels * modes, plan.len(), rate)
        .parts_of(input, Parts::Modes { modes, residual: false });
    Planned::each(input, output, move |x, y, s| {
        let mut report = std::mem::take(&mut s.selected_decomposition);
        let result = plan.process(x, y, &mut report, s);
        s.note(|| Finding::SelectedModes(report.clone()));
        s.selected_decomposition = report;
        result
    })
}

/// Says so where a decomposition gives fewer samples than it was given.
fn note_shortened(s: &mut Scratch<f32>, given: usize, kept: usize) {
    if kept < given {
        s.note(|| Finding::Shortened { given, kept });
    }
}

pub(super) fn autoregressive(plan: AutoregressivePlan<f32>, input: &Flow) -> Planned {
    Planned::each(input, input.clone(), move |x, y, s| {
        let fit = plan.process(x, y, s)?;
        s.note(|| Finding::Prediction(fit));
        Ok(())
    })
}

pub(super) fn minimum_entropy(plan: MinimumEntropyPlan<f32>, input: &Flow, rate: Hertz) -> Planned {
    Planned::each(input, Flow::samples(input.channels, plan.output_len(), rate), move |x, y, s| {
        let run = plan.process(x, y, s)?;
        s.note(|| Finding::Deconvolution(run));
        Ok(())
    })
}

pub(super) fn discrete_random(plan: DiscreteRandomPlan<f32>, input: &Flow) -> Planned {
    Planned::each(input, input.clone(), move |x, y, s| {
        let mut repeating = std::mem::take(&mut s.left_out);
        let result = plan.process(x, first(&mut repeating, x.len()), y, s);
        s.left_out = repeating;
        result
    })
}

pub(super) fn momeda(plan: MomedaPlan<f32>, target: ImpulseTrain, input: &Flow, rate: Hertz) -> Planned {
    let (from, to) = (plan.len(), plan.output_len());
    let work: Work = Arc::new(move |x, context, y, s| {
        let frequency = target.frequency(context)?;
        for (channel, (x, y)) in x.chunks_exact(from).zip(y.chunks_exact_mut(to)).enumerate() {
            let criterion = plan.process(x, frequency, y, s)?;
            s.notes.channel = channel;
            s.note(|| {
                let chance = plan.chance_criterion();
                Finding::ImpulseTrain(FoundTrain { frequency, criterion, chance })
            });
        }
        Ok(())
    });
    let needs_kinematics = matches!(target, ImpulseTrain::Fault(_));
    Planned { needs_kinematics, ..Planned::new(work, Flow::samples(input.channels, to, rate)) }
}

pub(super) fn synchronous_average(plan: SynchronousAverage, input: &Flow, per_revolution: Hertz) -> Planned {
    let output = Flow::samples(input.channels, input.channel_len() / plan.revolutions(), per_revolution);
    Planned::each(input, output, move |x, y, s| {
        let mut residual = std::mem::take(&mut s.left_out);
        let result = plan.process(x, y, first(&mut residual, x.len()), s);
        s.left_out = residual;
        result
    })
}

/// Each band of the transform on its own, back in the time domain.
pub(super) fn discrete_wavelet(plan: DiscreteWaveletPlan<f32>, input: &Flow, rate: Hertz) -> Planned {
    let bands = Parts::Bands((0..plan.bands()).map(|band| plan.edges(band)).collect());
    let output = Flow::samples(input.channels * plan.bands(), plan.len(), rate).parts_of(input, bands);
    Planned::each(input, output, move |x, y, s| {
        let mut memory = std::mem::take(&mut s.left_out);
        let (all, one) = first(&mut memory, 2 * plan.output_len()).split_at_mut(plan.output_len());
        let mut result = plan.process(x, all, s);
        for (band, y) in y.chunks_exact_mut(plan.len()).enumerate() {
            one.fill(0.0);
            one[plan.range(band)].copy_from_slice(&all[plan.range(band)]);
            result = result.and_then(|()| plan.inverse(one, y, s));
        }
        s.left_out = memory;
        result
    })
}

/// Peak amplitudes, as the amplitude spectrum has them: `2|X|/len`, and `|X|/len` at 0 and half the rate.
pub(super) fn zoom(plan: ZoomPlan<f32>, input: &Flow, rate: Hertz) -> Planned {
    let axis = Axis::of(Quantity::Frequency, plan.output_len(), |bin| plan.frequency(bin).0);
    let once = 1.0 / plan.len() as f64;
    let scale = |frequency: &f64| {
        let halves = frequency / (rate.0 / 2.0);
        (if (halves - halves.round()).abs() < 1e-9 { once } else { 2.0 * once }) as f32
    };
    let scales: Vec<f32> = axis.values.iter().map(scale).collect();
    Planned::each(input, Flow::lines(input.channels, axis), move |x, y, s| {
        let mut bins = std::mem::take(&mut s.complex_left_out);
        let used = first(&mut bins, y.len());
        let result = plan.process(x, used, s);
        for ((y, bin), scale) in y.iter_mut().zip(&*used).zip(&scales) {
            *y = (bin * scale).norm();
        }
        s.complex_left_out = bins;
        result
    })
}

/// Squared magnitudes of a map of coherence.
pub(super) fn squared_coherence(
    input: &Flow,
    (rows, columns): (Axis, Axis),
    process: impl Fn(&[f32], &mut [num_complex::Complex<f32>], &mut Scratch<f32>) -> Result<()>
    + Send
    + Sync
    + 'static,
) -> Planned {
    Planned::each(input, Flow::image(input.channels, rows, columns), move |x, y, s| {
        let mut map = std::mem::take(&mut s.complex_left_out);
        let used = first(&mut map, y.len());
        let result = process(x, used, s);
        y.iter_mut().zip(&*used).for_each(|(y, coherence)| *y = coherence.norm_sqr());
        s.complex_left_out = map;
        result
    })
}

/// A kurtogram as an image: the cells of every level side by side, as wide as their bands.
pub(super) fn kurtogram(
    input: &Flow,
    empty: BandMap,
    criterion: &'static str,
    process: impl Fn(&[f32], &mut BandMap, &mut Scratch<f32>) -> Result<()> + Send + Sync + 'static,
) -> Planned {
    let tree = empty.tree();
    let (rows, cells) = tree_axes(tree);
    let columns = cells.values.len();
    Planned::each(input, Flow::image(input.channels, rows, cells), move |x, y, s| {
        let mut map = s.band_map.take().filter(|last| last.tree() == tree).unwrap_or_else(|| empty.clone());
        let result = process(x, &mut map, s);
        write_map(&map, columns, y);
        s.note(|| best_of_tree(&map, criterion));
        s.band_map = Some(map);
        result
    })
}

pub(super) fn infogram(plan: InfogramPlan<f32>, input: &Flow) -> Planned {
    let tree = plan.tree();
    let (rows, columns) = tree_axes(tree);
    let width = columns.values.len();
    let measures = Parts::Measures(&["time", "frequency", "mean"]);
    let output = Flow::image(3 * input.channels, rows, columns).parts_of(input, measures);
    Planned::each(input, output, move |x, y, s| {
        let mut maps = s.infogram.take().filter(|last| last.time.tree() == tree);
        let used = maps.get_or_insert_with(|| plan.maps());
        let result = plan.process(x, used, s);
        let parts = [&used.time, &used.frequency, &used.average];
        let criteria =
            ["negentropy in time (nats)", "negentropy in frequency (nats)", "mean negentropy (nats)"];
        for ((map, criterion), y) in
            parts.into_iter().zip(criteria).zip(y.chunks_exact_mut(tree.rows() * width))
        {
            write_map(map, width, y);
            s.note(|| best_of_tree(map, criterion));
        }
        s.infogram = maps;
        result
    })
}

/// A band search that slides one band along.
pub(super) fn protrugram(plan: ProtrugramPlan<f32>, input: &Flow) -> Planned {
    let axis = Axis::of(Quantity::Frequency, plan.output_len(), |index| plan.centre(index).0);
    Planned::each(input, Flow::lines(input.channels, axis), move |x, y, s| {
        plan.process(x, y, s)?;
        let best = y.iter().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
        if let Some((place, value)) = best {
            let ((low, high), value) = (plan.edges(place), f64::from(*value));
            let criterion = "kurtosis of the envelope's lines";
            s.note(|| Finding::Band(BestBand { fault: None, low, high, criterion, value }));
        }
        Ok(())
    })
}

fn best_of_tree(map: &BandMap, criterion: &'static str) -> Finding {
    let cell = map.best();
    let (low, high) = cell.band.edges();
    Finding::Band(BestBand { fault: None, low, high, criterion, value: cell.value })
}

/// Levels of the rows of a kurtogram, and the centres of its narrowest cells.
fn tree_axes(tree: BandTree) -> (Axis, Axis) {
    let width = tree.rate().0 / 2.0 / tree.columns() as f64;
    (
        Axis::of(Quantity::Level, tree.rows(), |row| tree.level(row)),
        Axis::even(Quantity::Frequency, tree.columns(), width / 2.0, width),
    )
}

fn write_map(map: &BandMap, columns: usize, output: &mut [f32]) {
    for (row, pixels) in output.chunks_exact_mut(columns).enumerate() {
        let cells = map.row(row);
        for (column, pixel) in pixels.iter_mut().enumerate() {
            *pixel = cells[column * cells.len() / columns] as f32;
        }
    }
}

/// One image of a tree's bands for each fault.
fn fault_maps((rows, columns): (Axis, Axis)) -> Flow {
    Flow::image(FaultKind::ALL.len(), rows, columns).channels_are(Quantity::Fault)
}

/// Scores of faults (rows) in bands (columns), and the centres of the bands.
fn fault_scores(centres: Axis) -> Flow {
    Flow::image(1, Axis::numbers(Quantity::Fault, FaultKind::ALL.len()), centres)
}

/// Keeps the band that shows a fault best.
fn note_fault(
    s: &mut Scratch<f32>,
    fault: usize,
    criterion: &'static str,
    best: Option<(usize, f64)>,
    edges: impl Fn(usize) -> (Hertz, Hertz),
) {
    if let Some((band, value)) = best {
        let ((low, high), fault) = (edges(band), Some(FaultKind::ALL[fault]));
        s.note(|| Finding::Band(BestBand { fault, low, high, criterion, value }));
    }
}

pub(super) fn comb_gram(plan: CombGramPlan<f32>) -> Planned {
    let bands = plan.bands().len();
    let centre = |i: usize| (plan.bands()[i].0.0 + plan.bands()[i].1.0) / 2.0;
    let output = match plan.tree() {
        Some(tree) => fault_maps(tree_axes(tree)),
        None => fault_scores(Axis::of(Quantity::Frequency, bands, centre)),
    };
    let (columns, panel) = (output.axes[1].values.len(), output.len() / FaultKind::ALL.len());
    let work: Work = Arc::new(move |x, context, y, s| {
        let mut gram = std::mem::take(&mut s.comb_gram);
        let result = plan.process_faults(x, context, &mut gram, s);
        if let (Ok(()), Some(tree)) = (&result, plan.tree()) {
            for (fault, image) in y.chunks_exact_mut(panel).enumerate() {
                for (row, pixels) in image.chunks_exact_mut(columns).enumerate() {
                    let (first, count) = (tree.offset(row), tree.bands(row));
                    for (column, pixel) in pixels.iter_mut().enumerate() {
                        *pixel = gram.score(first + column * count / columns, fault) as f32;
                    }
                }
            }
        } else if result.is_ok() {
            for (fault, row) in y.chunks_exact_mut(bands).enumerate() {
                row.iter_mut().enumerate().for_each(|(band, y)| *y = gram.score(band, fault) as f32);
            }
        }
        for fault in (0..FaultKind::ALL.len()).filter(|_| result.is_ok()) {
            let edges = |band: usize| plan.bands()[band];
            note_fault(s, fault, "score (decades above the floor)", gram.best(fault), edges);
        }
        s.comb_gram = gram;
        result
    });
    Planned { needs_kinematics: true, ..Planned::new(work, output) }
}

pub(super) fn iesfogram(plan: IesfogramPlan<f32>) -> Planned {
    let (bands, lines) = (plan.bands().len(), plan.spectrum_len());
    // The rows of the tree: into how many parts, and the first band of them.
    let mut rows: Vec<(usize, usize)> = Vec::new();
    for (index, band) in plan.bands().iter().enumerate() {
        if rows.last().is_none_or(|row| row.0 != band.parts) {
            rows.push((band.parts, index));
        }
    }
    // Halves and thirds fit into three times the most parts.
    let columns = 3 * rows.last().map_or(1, |row| row.0);
    let width = plan.highest_carrier().0 / columns as f64;
    let output = fault_maps((
        Axis::of(Quantity::Level, rows.len(), |row| (rows[row].0 as f64).log2()),
        Axis::even(Quantity::Frequency, columns, width / 2.0, width),
    ));
    let panel = rows.len() * columns;
    let work: Work = Arc::new(move |x, context, y, s| {
        let (shaft, orders) = context.kinematics()?;
        let orders = FaultKind::ALL.map(|kind| kind.order(&orders));
        let (mut scores, mut spectrum) =
            (std::mem::take(&mut s.band_scores), std::mem::take(&mut s.left_out));
        let used = first(&mut scores, bands * orders.len());
        let result = plan.process(x, (&orders, shaft), used, first(&mut spectrum, lines), s);
        for (fault, image) in y.chunks_exact_mut(panel).enumerate() {
            for (pixels, (parts, first)) in image.chunks_exact_mut(columns).zip(&rows) {
                for (column, pixel) in pixels.iter_mut().enumerate() {
                    *pixel = used[(first + column * parts / columns) * orders.len() + fault] as f32;
                }
            }
            let scores = used.iter().skip(fault).step_by(orders.len()).copied().enumerate();
            let best = scores.reduce(|best, next| if next.1 > best.1 { next } else { best });
            let edges = |band: usize| (plan.bands()[band].low, plan.bands()[band].high);
            note_fault(s, fault, "score (lines over the floor)", best, edges);
        }
        (s.band_scores, s.left_out) = (scores, spectrum);
        result.map(drop)
    });
    Planned { needs_kinematics: true, ..Planned::new(work, output) }
}
