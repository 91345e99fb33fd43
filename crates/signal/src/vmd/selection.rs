//! Choosing the number of modes and `α` of a variational mode decomposition over a stated grid.
//!
//! Every pair of the grid is tried on every segment given; one objective says which is best; and everything that was
//! tried is reported, so that a reader sees how sharp the choice was.
//!
//! Sources: the least envelope entropy as the aim of a search over the number of modes and `α` is Tang and Wang's
//! (2015, "Parameter optimized variational mode decomposition method with application to incipient fault diagnosis of
//! rolling bearing", J. Xi'an Jiaotong Univ. 49(5), 73-81; recalled); they search with a particle swarm, here every pair
//! is tried. Centres that come too close as a sign of too many modes: Dragomiretskiy and Zosso 2014, doi
//! 10.1109/TSP.2013.2288675; the measure in half-widths, and the other objectives over a grid, are this crate's own.
//!
//! Select on TRAINING data only. The parameters are part of the model: chosen anew on each segment that is tested
//! they cost time that has to be reported with the result, and chosen on test data they are a leak.
//!
//! Traps. Envelope entropy and kurtosis look for one impulsive mode: a single knock wins. They, and the sample
//! entropy, always name a best pair, however little it differs from the next: look at the table. The rule of the
//! centres and that of the energy need no impulses, but the first depends on `α`, and the second falls with every mode.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::vmd::decomposition::Decomposition;
use crate::vmd::params::{Alpha, VmdParams, VmdScale, VmdSolver, VmdStart};
use crate::vmd::selection_plan::{Pair, Trial, VmdSelectionPlan};

const SELECTION: &str = "choice of mode decomposition";

/// What is asked of the modes. Values are means over the segments.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case")]
pub enum SelectionObjective {
    /// The smallest envelope entropy of any mode, in nats; the least wins (Tang & Wang 2015).
    #[default]
    EnvelopeEntropy,
    /// The largest kurtosis of any mode; the most wins.
    Kurtosis,
    /// The mean sample entropy of the modes (m = 2, r = 0.2); the least wins.
    SampleEntropy,
    /// The smallest distance between two centres, over the half-width `rate/sqrt(α)`. For the first `α` of the grid
    /// at which it happens: the last `K` before a `K` brings this below 1, that is, cuts one band in two. The
    /// largest `K` of the first `α` when it never happens.
    CentreSeparation,
    /// The residual's share of the power. The first pair in the order of the grid with at most this share wins, the
    /// smallest share when there is none.
    EnergyLoss {
        /// Largest share, 0 to 1. 0.1 unless said.
        #[serde(default = "tenth")]
        most: f64,
    },
}

fn tenth() -> f64 {
    0.1
}

bare_words!(SelectionObjective);

/// Why a pair of the grid was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectionReason {
    /// Its value is the least of all; the first of equals.
    Least,
    /// Its value is the most of all; the first of equals.
    Most,
    /// It is the first of the grid whose residual is small enough.
    FirstWithin,
    /// Its residual is the smallest, and no pair's is small enough.
    NoneWithin,
    /// The next larger number of modes of the grid cuts a band in two.
    LastBeforeSplit,
    /// Even the fewest modes of the grid cut a band in two.
    SplitAtOnce,
    /// Not even the most modes of the grid cut a band in two.
    NeverSplit,
    /// The objective exists for no pair, as of a constant: it is the first of the grid.
    #[default]
    NoValue,
}

/// A grid of modes and `α`, and what to choose by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VmdSelection {
    /// Numbers of modes, ascending. 2 to 8 unless said.
    pub modes: Vec<usize>,
    /// Values of `α`. `vmdpy`'s 500, 1000, 2000 and 4000 unless said.
    pub alphas: Vec<Alpha>,
    /// What is asked of the modes. The least envelope entropy unless said.
    pub by: SelectionObjective,
    /// As [`VmdParams::tau`], for every pair. So are all keys that follow.
    pub tau: f64,
    /// As [`VmdParams::dc`].
    pub dc: bool,
    /// As [`VmdParams::start`]. Stated centres fit a grid of one number of modes only.
    pub start: VmdStart,
    /// As [`VmdParams::tolerance`].
    pub tolerance: f64,
    /// As [`VmdParams::centre_tolerance`].
    pub centre_tolerance: Option<f64>,
    /// As [`VmdParams::max_sweeps`].
    pub max_sweeps: usize,
    /// As [`VmdParams::solver`].
    pub solver: VmdSolver,
    /// As [`VmdParams::scale`].
    pub scale: VmdScale,
}

impl Default for VmdSelection {
    fn default() -> Self {
        let VmdParams { tau, dc, start, tolerance, centre_tolerance, max_sweeps, solver, scale, .. } =
            VmdParams::default();
        Self {
            modes: (2..=8).collect(),
            alphas: [500.0, 1000.0, 2000.0, 4000.0].map(Alpha::Vmdpy).to_vec(),
            by: SelectionObjective::default(),
            tau,
            dc,
            start,
            tolerance,
            centre_tolerance,
            max_sweeps,
            solver,
            scale,
        }
    }
}

/// One pair of the grid, over all segments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TriedVmd {
    /// Number of modes.
    pub modes: usize,
    /// `α` as the grid writes it.
    pub alpha: Alpha,
    /// Its value by the objective, a mean over the segments where it exists; `None` where it exists in none.
    pub objective: Option<f64>,
    /// Most sweeps of any segment.
    pub sweeps: usize,
    /// Whether all segments converged.
    pub converged: bool,
    /// Smallest distance of two centres in any segment; `None` for one mode.
    pub closest_centres: Option<Hertz>,
    /// Half-amplitude half-width of the modes' filter, `rate/sqrt(α)`.
    pub half_width: Hertz,
    /// Mean share of the power that the modes leave.
    pub residual_share: f64,
}

/// What was chosen, and all that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelectedVmd {
    /// The parameters to use.
    pub params: VmdParams,
    /// The chosen row of `tried`.
    pub row: usize,
    /// Why that one.
    pub why: SelectionReason,
    /// Every pair in the order of the grid: all `K` of the first `α`, then those of the next.
    pub tried: Vec<TriedVmd>,
}

impl VmdSelection {
    /// Tries every pair of the grid on `segments`, all of one length, at `rate`, on all threads of the pool. The same
    /// bits for any number of threads. Memory: one decomposition a thread.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the grid or the segments are empty, the modes do not ascend, the grid has more than
    /// 10,000 pairs, `most` lies outside 0 to 1, or the objective exists for no pair (zeros); whatever
    /// [`VmdParams::plan`] refuses; [`Error::Segment`] with the first segment that cannot be decomposed.
    ///
    /// ```
    /// use brinell_signal::{Hertz, vmd::{Alpha, SelectionObjective, VmdSelection}};
    /// let tone = |n: usize, f: f64| (std::f64::consts::TAU * f * n as f64 / 1000.0).cos();
    /// let record: Vec<f64> =
    ///     (0..500).map(|n| tone(n, 60.0) + 0.7 * tone(n, 210.0) + 0.5 * tone(n, 400.0)).collect();
    /// let grid = VmdSelection {
    ///     modes: vec![2, 3, 4, 5],
    ///     alphas: vec![Alpha::Vmdpy(2000.0)],
    ///     by: SelectionObjective::EnergyLoss { most: 0.05 },
    ///     ..VmdSelection::default()
    /// };
    /// let chosen = grid.select(Hertz(1000.0), &[&record])?;
    /// assert_eq!((chosen.params.modes, chosen.tried.len()), (3, 4));
    /// # Ok::<(), brinell_signal::Error>(())
    /// ```
    pub fn select<T: Sample>(&self, rate: Hertz, segments: &[&[T]]) -> Result<SelectedVmd> {
        let len = common_len(segments)?;
        let plan: VmdSelectionPlan<T> = self.plan(rate, len)?;
        let trials: Vec<Result<Trial>> = (0..plan.pairs.len() * segments.len())
            .into_par_iter()
            .map_init(Workspace::default, |space, job| {
                let (pair, index) = (&plan.pairs[job / segments.len()], job % segments.len());
                let Workspace { output, report, scratch } = space;
                output.resize(pair.plan.output_len(), T::default());
                plan.trial(pair, segments[index], output, report, scratch)
                    .map_err(|cause| Error::Segment { index, cause: Box::new(cause) })
            })
            .collect();
        let trials = trials.into_iter().collect::<Result<Vec<_>>>()?;
        let of_pairs = plan.pairs.iter().zip(trials.chunks_exact(segments.len()));
        let tried: Vec<TriedVmd> = of_pairs.map(|(pair, trials)| self.row(pair, trials)).collect();
        let Some((row, why)) = self.choose(&tried) else {
            let reason =
                "the objective exists for no pair of the grid: the segments are constant or too short";
            return Err(Error::parameter(SELECTION, "segments", segments.len(), reason));
        };
        Ok(SelectedVmd { params: plan.pairs[row].params.clone(), row, why, tried })
    }

    /// A plan that chooses anew for every record of `len` samples at `rate`. Only for looking at records: what a net
    /// is trained on and what is tested have to be decomposed alike, see [`select`](Self::select).
    ///
    /// # Errors
    /// [`Error::Parameter`] when the grid is empty, its modes do not ascend, it has more than 10,000 pairs, or `most`
    /// lies outside 0 to 1; whatever [`VmdParams::plan`] and the plan of the objective refuse.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<VmdSelectionPlan<T>> {
        VmdSelectionPlan::new(self, rate, len)
    }

    /// The parameters of one pair.
    pub(super) fn params(&self, modes: usize, alpha: Alpha) -> VmdParams {
        VmdParams {
            modes,
            alpha,
            tau: self.tau,
            dc: self.dc,
            start: self.start.clone(),
            tolerance: self.tolerance,
            centre_tolerance: self.centre_tolerance,
            max_sweeps: self.max_sweeps,
            solver: self.solver,
            scale: self.scale,
            ..VmdParams::default()
        }
    }

    /// Whether the grid is in order.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter(SELECTION, parameter, value, reason))
        };
        if self.alphas.is_empty() || !(1..=10_000).contains(&(self.modes.len() * self.alphas.len())) {
            let pairs = format!("{} x {} pairs", self.modes.len(), self.alphas.len());
            return refuse("grid", pairs, "it has to hold 1 to 10,000 pairs of modes and alpha");
        }
        if let Some(pair) = self.modes.windows(2).find(|pair| pair[0] >= pair[1]) {
            return refuse("modes", format!("{} before {}", pair[0], pair[1]), "they have to ascend");
        }
        if let SelectionObjective::EnergyLoss { most } = self.by
            && !(0.0..=1.0).contains(&most)
        {
            return refuse("most", most.to_string(), "a share has to lie within 0 to 1");
        }
        Ok(())
    }

    /// One pair's row of the table.
    pub(super) fn row<T: Sample>(&self, pair: &Pair<T>, trials: &[Trial]) -> TriedVmd {
        let closest_centres = trials.iter().filter_map(|t| t.closest).min_by(|a, b| a.0.total_cmp(&b.0));
        let residual_share = trials.iter().map(|t| t.residual_share).sum::<f64>() / trials.len() as f64;
        let values = || trials.iter().filter_map(|t| t.objective);
        let mean = Some(values().sum::<f64>() / values().count() as f64).filter(|mean| mean.is_finite());
        TriedVmd {
            modes: pair.params.modes,
            alpha: pair.params.alpha,
            objective: match self.by {
                SelectionObjective::CentreSeparation => closest_centres.map(|gap| gap.0 / pair.half_width.0),
                SelectionObjective::EnergyLoss { .. } => Some(residual_share),
                _ => mean,
            },
            sweeps: trials.iter().map(|t| t.sweeps).max().unwrap_or(0),
            converged: trials.iter().all(|t| t.converged),
            closest_centres,
            half_width: pair.half_width,
            residual_share,
        }
    }

    /// The row that the objective prefers, and why; none where the objective exists for no pair.
    pub(super) fn choose(&self, tried: &[TriedVmd]) -> Option<(usize, SelectionReason)> {
        let best = |sign: f64| {
            let values = tried.iter().enumerate().filter_map(|(row, t)| t.objective.map(|v| (row, sign * v)));
            let best = values.reduce(|best, now| if now.1 < best.1 { now } else { best });
            best.map(|best| best.0)
        };
        Some(match self.by {
            SelectionObjective::EnvelopeEntropy | SelectionObjective::SampleEntropy => {
                (best(1.0)?, SelectionReason::Least)
            }
            SelectionObjective::Kurtosis => (best(-1.0)?, SelectionReason::Most),
            SelectionObjective::EnergyLoss { most } => {
                match tried.iter().position(|t| t.residual_share <= most) {
                    Some(row) => (row, SelectionReason::FirstWithin),
                    None => (best(1.0)?, SelectionReason::NoneWithin),
                }
            }
            SelectionObjective::CentreSeparation => {
                let too_close = |t: &TriedVmd| t.objective.is_some_and(|gap| gap < 1.0);
                let mut runs = tried.chunks_exact(self.modes.len()).enumerate();
                let cut = runs.find_map(|(run, of_alpha)| {
                    let first = of_alpha.iter().position(too_close)?;
                    Some((run * self.modes.len(), first))
                });
                match cut {
                    Some((run, 0)) => (run, SelectionReason::SplitAtOnce),
                    Some((run, first)) => (run + first - 1, SelectionReason::LastBeforeSplit),
                    None => (self.modes.len() - 1, SelectionReason::NeverSplit),
                }
            }
        })
    }
}

/// The length of segments that have one in common.
fn common_len<T>(segments: &[&[T]]) -> Result<usize> {
    let refuse = |value: String, reason: &str| Err(Error::parameter(SELECTION, "segments", value, reason));
    let Some(first) = segments.first() else {
        return refuse("none".to_owned(), "at least one is needed, from training data");
    };
    if let Some(index) = segments.iter().position(|segment| segment.len() != first.len()) {
        let reason = format!("segment {index} (counted from 0) has another length than the first");
        return refuse(segments[index].len().to_string(), &reason);
    }
    Ok(first.len())
}

/// Memory of one thread.
struct Workspace<T: Sample> {
    output: Vec<T>,
    report: Decomposition,
    scratch: Scratch<T>,
}

impl<T: Sample> Default for Workspace<T> {
    fn default() -> Self {
        Self { output: Vec::new(), report: Decomposition::new(), scratch: Scratch::new() }
    }
}
