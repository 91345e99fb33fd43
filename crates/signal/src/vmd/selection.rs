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

use crate::error::{Error, Result};
use crate::quantity::{EnvelopeEntropyPlan, SampleEntropyParams, scalars};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::vmd::decomposition::Decomposition;
use crate::vmd::params::{Alpha, VmdParams};

const SELECTION: &str = "choice of mode decomposition";

/// What is asked of the modes. Values are means over the segments.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
        /// Largest share, 0 to 1, such as 0.1.
        most: f64,
    },
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
    pub objective: SelectionObjective,
    /// All other parameters; its `modes` and `alpha` are not looked at. The defaults unless said.
    pub params: VmdParams,
}

impl Default for VmdSelection {
    fn default() -> Self {
        Self {
            modes: (2..=8).collect(),
            alphas: [500.0, 1000.0, 2000.0, 4000.0].map(Alpha::Vmdpy).to_vec(),
            objective: SelectionObjective::default(),
            params: VmdParams::default(),
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
    ///     objective: SelectionObjective::EnergyLoss { most: 0.05 },
    ///     ..VmdSelection::default()
    /// };
    /// let chosen = grid.select(Hertz(1000.0), &[&record])?;
    /// assert_eq!((chosen.params.modes, chosen.tried.len()), (3, 4));
    /// # Ok::<(), brinell_signal::Error>(())
    /// ```
    pub fn select<T: Sample>(&self, rate: Hertz, segments: &[&[T]]) -> Result<SelectedVmd> {
        let len = self.check(segments)?;
        let pairs = self.alphas.iter().flat_map(|alpha| self.modes.iter().map(move |modes| (*modes, *alpha)));
        let plans = pairs
            .map(|(modes, alpha)| {
                let params = VmdParams { modes, alpha, ..self.params.clone() };
                Ok((params.plan::<T>(rate, len)?, params))
            })
            .collect::<Result<Vec<_>>>()?;
        let judge = Judge::new(self.objective, plans.first().map_or(len, |(plan, _)| plan.mode_len()))?;
        let trials: Vec<Result<Trial>> = (0..plans.len() * segments.len())
            .into_par_iter()
            .map_init(Workspace::default, |space, job| {
                let (pair, index) = (job / segments.len(), job % segments.len());
                let plan = &plans[pair].0;
                let Workspace { output, residual, report, scratch } = space;
                output.resize(plan.output_len(), T::default());
                residual.resize(plan.mode_len(), T::default());
                plan.process(segments[index], output, report, scratch)
                    .and_then(|()| plan.residual(segments[index], output, residual))
                    .and_then(|()| {
                        let shares = (energy(residual), energy(&segments[index][..plan.mode_len()]));
                        let objective = judge.value(output, plan.mode_len(), scratch)?;
                        Ok(Trial {
                            objective,
                            sweeps: report.sweeps,
                            converged: report.converged,
                            closest: report.closest_centres(),
                            residual_share: if shares.1 > 0.0 { shares.0 / shares.1 } else { 0.0 },
                        })
                    })
                    .map_err(|cause| Error::Segment { index, cause: Box::new(cause) })
            })
            .collect();
        let trials = trials.into_iter().collect::<Result<Vec<_>>>()?;
        let mut tried = Vec::with_capacity(plans.len());
        for ((_, params), trials) in plans.iter().zip(trials.chunks_exact(segments.len())) {
            tried.push(self.row(params, params.alpha.half_width(rate)?, trials));
        }
        let Some(row) = self.choose(&tried) else {
            let reason =
                "the objective exists for no pair of the grid: the segments are constant or too short";
            return Err(Error::parameter(SELECTION, "segments", segments.len(), reason));
        };
        Ok(SelectedVmd { params: plans[row].1.clone(), row, tried })
    }

    /// The segments' length, if all is in order.
    fn check<T: Sample>(&self, segments: &[&[T]]) -> Result<usize> {
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
        if let SelectionObjective::EnergyLoss { most } = self.objective
            && !(0.0..=1.0).contains(&most)
        {
            return refuse("most", most.to_string(), "a share has to lie within 0 to 1");
        }
        let Some(first) = segments.first() else {
            return refuse("segments", "none".to_owned(), "at least one is needed, from training data");
        };
        if let Some(index) = segments.iter().position(|segment| segment.len() != first.len()) {
            let reason = format!("segment {index} (counted from 0) has another length than the first");
            return refuse("segments", segments[index].len().to_string(), &reason);
        }
        Ok(first.len())
    }

    fn row(&self, params: &VmdParams, half_width: Hertz, trials: &[Trial]) -> TriedVmd {
        let closest_centres = trials.iter().filter_map(|t| t.closest).min_by(|a, b| a.0.total_cmp(&b.0));
        let residual_share = trials.iter().map(|t| t.residual_share).sum::<f64>() / trials.len() as f64;
        let values = || trials.iter().filter_map(|t| t.objective);
        let mean = Some(values().sum::<f64>() / values().count() as f64).filter(|mean| mean.is_finite());
        TriedVmd {
            modes: params.modes,
            alpha: params.alpha,
            objective: match self.objective {
                SelectionObjective::CentreSeparation => closest_centres.map(|gap| gap.0 / half_width.0),
                SelectionObjective::EnergyLoss { .. } => Some(residual_share),
                _ => mean,
            },
            sweeps: trials.iter().map(|t| t.sweeps).max().unwrap_or(0),
            converged: trials.iter().all(|t| t.converged),
            closest_centres,
            half_width,
            residual_share,
        }
    }

    /// The row that the objective prefers; the first of equals.
    fn choose(&self, tried: &[TriedVmd]) -> Option<usize> {
        let best = |sign: f64| {
            let values = tried.iter().enumerate().filter_map(|(row, t)| t.objective.map(|v| (row, sign * v)));
            values.fold(None, |best: Option<(usize, f64)>, now| match best {
                Some(best) if best.1 <= now.1 => Some(best),
                _ => Some(now),
            })
        };
        let row = match self.objective {
            SelectionObjective::EnvelopeEntropy | SelectionObjective::SampleEntropy => best(1.0)?.0,
            SelectionObjective::Kurtosis => best(-1.0)?.0,
            SelectionObjective::EnergyLoss { most } => {
                tried.iter().position(|t| t.residual_share <= most).or(best(1.0).map(|best| best.0))?
            }
            SelectionObjective::CentreSeparation => {
                let too_close = |t: &TriedVmd| t.objective.is_some_and(|gap| gap < 1.0);
                let mut runs = tried.chunks_exact(self.modes.len()).enumerate();
                let cut = runs.find_map(|(run, of_alpha)| {
                    let first = of_alpha.iter().position(too_close)?;
                    Some(run * self.modes.len() + first.saturating_sub(1))
                });
                cut.unwrap_or(self.modes.len() - 1)
            }
        };
        Some(row)
    }
}

/// What one pair did on one segment.
struct Trial {
    objective: Option<f64>,
    sweeps: usize,
    converged: bool,
    closest: Option<Hertz>,
    residual_share: f64,
}

/// Memory of one thread.
struct Workspace<T: Sample> {
    output: Vec<T>,
    residual: Vec<T>,
    report: Decomposition,
    scratch: Scratch<T>,
}

impl<T: Sample> Default for Workspace<T> {
    fn default() -> Self {
        Self {
            output: Vec::new(),
            residual: Vec::new(),
            report: Decomposition::new(),
            scratch: Scratch::new(),
        }
    }
}

/// Judges the modes of one segment.
enum Judge<T: Sample> {
    Envelope(EnvelopeEntropyPlan<T>),
    Kurtosis,
    Sample(crate::quantity::SampleEntropyPlan),
    Other,
}

impl<T: Sample> Judge<T> {
    fn new(objective: SelectionObjective, len: usize) -> Result<Self> {
        Ok(match objective {
            SelectionObjective::EnvelopeEntropy => Self::Envelope(EnvelopeEntropyPlan::new(len)?),
            SelectionObjective::Kurtosis => Self::Kurtosis,
            SelectionObjective::SampleEntropy => Self::Sample(SampleEntropyParams::default().plan(len)?),
            _ => Self::Other,
        })
    }

    fn value(&self, modes: &[T], len: usize, scratch: &mut Scratch<T>) -> Result<Option<f64>> {
        let (mut sum, mut count, mut least, mut most) = (0.0, 0, f64::INFINITY, f64::NEG_INFINITY);
        for mode in modes.chunks_exact(len) {
            let value = match self {
                Self::Envelope(plan) => plan.process(mode, scratch)?,
                Self::Sample(plan) => plan.process(mode, scratch)?,
                Self::Kurtosis => {
                    let values = &mut scratch.wide;
                    values.clear();
                    values.extend(mode.iter().map(|x| x.widen()));
                    scalars(values).kurtosis
                }
                Self::Other => None,
            };
            if let Some(value) = value {
                (sum, count) = (sum + value, count + 1);
                (least, most) = (least.min(value), most.max(value));
            }
        }
        Ok(match self {
            _ if count == 0 => None,
            Self::Sample(_) => Some(sum / f64::from(count)),
            Self::Kurtosis => Some(most),
            _ => Some(least),
        })
    }
}

fn energy<T: Sample>(values: &[T]) -> f64 {
    values.iter().map(|v| v.widen() * v.widen()).sum()
}
