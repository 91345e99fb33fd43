//! The iterations of both solvers, and when they end.

use pulp::Arch;

use crate::error::{Error, Result};
use crate::sample::Sample;
use crate::vmd::fixed_point::Pass;
use crate::vmd::memory::Views;
use crate::vmd::params::{VMD, VmdSolver};
use crate::vmd::sweep::{Loop, Refresh, Sums, Sweep};

/// Sweeps after which the rest is computed anew.
const SWEEPS_PER_REFRESH: usize = 32;

/// What the iterations keep to.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) arch: Arch,
    pub(crate) channels: usize,
    pub(crate) len: usize,
    /// `sqrt(α)`
    pub(crate) root_alpha: f64,
    pub(crate) tau: f64,
    pub(crate) dc: bool,
    pub(crate) tolerance: f64,
    pub(crate) centre_tolerance: Option<f64>,
    pub(crate) max_sweeps: usize,
    pub(crate) solver: VmdSolver,
    pub(crate) keep_previous: bool,
}

/// How the iterations went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) converged: bool,
    pub(crate) sweeps: usize,
    pub(crate) change: f64,
    pub(crate) centre_change: f64,
}

/// Iterates from the centres that `views` holds; `unit` is the factor from weighted squared changes to the
/// stop rule's unit.
pub(crate) fn iterate<T: Sample>(rules: &Rules, unit: f64, views: &mut Views<'_, T>) -> Result<Outcome> {
    match rules.solver {
        VmdSolver::Sweep => sweeps(rules, unit, views),
        VmdSolver::FixedPoint => Ok(fixed_point(rules, views)),
    }
}

/// Centres as the loops need them.
fn spread<T: Sample>(rules: &Rules, views: &mut Views<'_, T>) {
    for (centre, omega) in views.centres.iter_mut().zip(&*views.state.omega) {
        *centre = T::narrow(rules.root_alpha * omega);
    }
}

/// Centres from the sums of all channels; gives the largest move. A mode without power stays.
fn recentre<T: Sample>(rules: &Rules, views: &mut Views<'_, T>) -> f64 {
    let state = &mut views.state;
    let bins = 2.0 * rules.len as f64;
    let mut largest = 0.0_f64;
    for k in usize::from(rules.dc)..state.omega.len() {
        if state.power[k] > 0.0 {
            let omega = (state.moment[k] / (state.power[k] * bins)).clamp(0.0, 0.5);
            largest = largest.max((omega - state.omega[k]).abs());
            state.omega[k] = omega;
        }
    }
    largest
}

fn sweeps<T: Sample>(rules: &Rules, unit: f64, views: &mut Views<'_, T>) -> Result<Outcome> {
    let padded = views.grid.len();
    let run = padded * views.centres.len();
    views.rest.copy_from_slice(views.record);
    views.multiplier.fill(T::zero());
    views.modes.fill(T::zero());
    views.state.power.fill(0.0);
    let mut outcome = Outcome::default();
    while outcome.sweeps < rules.max_sweeps && !outcome.converged {
        if rules.keep_previous {
            views.previous.copy_from_slice(views.modes);
            views.state.previous_omega.copy_from_slice(views.state.omega);
            views.state.previous_power.copy_from_slice(views.state.power);
        }
        spread(rules, views);
        views.state.power.fill(0.0);
        views.state.moment.fill(0.0);
        let mut change = 0.0;
        for c in 0..rules.channels {
            let bins = c * padded..(c + 1) * padded;
            let modes = &mut views.modes[c * run..(c + 1) * run];
            let rest = &mut views.rest[bins.clone()];
            let state = &mut views.state;
            if outcome.sweeps > 0 && outcome.sweeps.is_multiple_of(SWEEPS_PER_REFRESH) {
                rules.arch.dispatch(Refresh {
                    record: &views.record[bins.clone()],
                    multiplier: &views.multiplier[bins.clone()],
                    modes,
                    rest,
                    count: views.centres.len(),
                });
            }
            state.channel_power.fill(0.0);
            state.channel_moment.fill(0.0);
            let sweep = Sweep {
                common: Loop { grid: views.grid, centres: views.centres, lane: views.lane },
                modes,
                rest,
                sums: Sums { power: state.channel_power, moment: state.channel_moment },
                room: views.room,
            };
            change += state.weight[c] * sweep.run(rules.arch);
            add_channel(state.weight[c], state);
            if rules.tau > 0.0 {
                ascend(rules, rest, &mut views.multiplier[bins]);
            }
        }
        outcome.centre_change = recentre(rules, views);
        outcome.sweeps += 1;
        outcome.change = f64::EPSILON + (change / (2.0 * rules.len as f64) * unit).min(f64::MAX);
        if !change.is_finite() {
            let reason = "the dual ascent ran out of bounds: take a smaller step";
            return Err(Error::parameter(VMD, "tau", rules.tau, reason));
        }
        outcome.converged = match rules.centre_tolerance {
            Some(tolerance) => outcome.centre_change <= tolerance,
            None => outcome.change <= rules.tolerance,
        };
    }
    Ok(outcome)
}

/// Adds a channel's sums to those of all.
fn add_channel(weight: f64, state: &mut crate::vmd::memory::State<'_>) {
    for (total, own) in state.power.iter_mut().zip(&*state.channel_power) {
        *total += weight * own;
    }
    for (total, own) in state.moment.iter_mut().zip(&*state.channel_moment) {
        *total += weight * own;
    }
}

/// Dual ascent: `multiplier` is half the Lagrange multiplier `Λ`, which moves by `τ(Σu - C)`; the rest follows.
fn ascend<T: Sample>(rules: &Rules, rest: &mut [T], multiplier: &mut [T]) {
    let half = T::narrow(0.5 * rules.tau);
    rules.arch.dispatch(|| {
        for (rest, multiplier) in rest.iter_mut().zip(multiplier) {
            let step = half * (*rest + *multiplier);
            *multiplier = *multiplier - step;
            *rest = *rest + step;
        }
    });
}

/// One pass over all channels from the centres in `views`; leaves the sums, gives the objective.
fn pass<T: Sample>(rules: &Rules, views: &mut Views<'_, T>, keep: bool) -> f64 {
    let padded = views.grid.len();
    let run = padded * views.centres.len();
    spread(rules, views);
    views.state.power.fill(0.0);
    views.state.moment.fill(0.0);
    let mut objective = 0.0;
    for c in 0..rules.channels {
        let state = &mut views.state;
        state.channel_power.fill(0.0);
        state.channel_moment.fill(0.0);
        let pass = Pass {
            common: Loop { grid: views.grid, centres: views.centres, lane: views.lane },
            record: &views.record[c * padded..(c + 1) * padded],
            sums: Sums { power: state.channel_power, moment: state.channel_moment },
            room: views.room,
            modes: if keep { &mut views.modes[c * run..(c + 1) * run] } else { &mut [] },
        };
        objective += state.weight[c] * pass.run(rules.arch);
        add_channel(state.weight[c], state);
    }
    objective
}

/// Closed-form modes and centres in turn: each lowers the objective, so no step needs to be guarded. When it does
/// not come to rest the last centres stand, and `converged` says so.
fn fixed_point<T: Sample>(rules: &Rules, views: &mut Views<'_, T>) -> Outcome {
    let tolerance = rules.centre_tolerance.unwrap_or_default();
    let mut outcome = Outcome::default();
    while outcome.sweeps < rules.max_sweeps && !outcome.converged {
        views.state.previous_omega.copy_from_slice(views.state.omega);
        pass(rules, views, false);
        outcome.centre_change = recentre(rules, views);
        outcome.sweeps += 1;
        outcome.converged = outcome.centre_change <= tolerance;
    }
    // The modes belong to the centres they were filtered with; the last move is within the tolerance.
    views.state.previous_omega.copy_from_slice(views.state.omega);
    pass(rules, views, true);
    outcome
}
