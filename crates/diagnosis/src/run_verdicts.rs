//! What a net, the signal alone and their one verdict are worth on the test recordings of a run.
//!
//! Each recording is judged by the models of the folds that it is a test of, so by none that has seen its bearing. Where an
//! answer is forced, the net gives its strongest part; the evidence the part that it found, else the first candidate, else
//! none; both together the part that the evidence found, else the net's. That rule was reasoned and not fitted: a comb that
//! is called damage has a stated chance of error, and what the evidence leaves open the net has to tell. Where nothing is
//! forced, an undecided verdict is no answer; nor is the net's part where it is not sure of it.

use std::collections::BTreeMap;
use std::path::Path;

use brinell_formats::{Dataset, find_dataset};
use brinell_learn::{Gpu, Protocol, StoredFold, Trained, UNKNOWN_CLASS, finished_folds};
use brinell_signal::{FaultKind, Origin};
use rayon::prelude::*;
use serde::Serialize;

use crate::agreement::{NET_IS_SURE, combine, strongest_part};
use crate::bearing::bearing;
use crate::diagnose::{BearingUse, Request, diagnose};
use crate::opinion::ask;
use crate::{Drawn, Error, Verdict};

/// What a recording without a fault, or with one, was called.
type Part = Option<FaultKind>;

/// One test recording under one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordingVerdict {
    /// The protocol.
    pub protocol: Protocol,
    /// The sensor or sensors of the protocol.
    pub sensor: String,
    /// The fold.
    pub fold: String,
    /// The seed.
    pub seed: u64,
    /// The recording.
    pub file: String,
    /// The channel that was judged.
    pub channel: String,
    /// The damaged part under the sensor; `None`: it is sound.
    pub truth: Part,
    /// What the net says when it has to.
    pub net: Part,
    /// What the evidence says when it has to.
    pub physics: Part,
    /// What both say when they have to.
    pub both: Part,
    /// The verdict of the evidence alone; `None`: undecided.
    pub physics_verdict: Option<Part>,
    /// The one verdict; `None`: undecided.
    pub one_verdict: Option<Part>,
    /// What the net says where it is sure; `None`: it is not.
    pub net_verdict: Option<Part>,
    /// What evidence and net say alike; `None`: the evidence is undecided, or they differ.
    pub agreed: Option<Part>,
    /// Whether evidence and net contradict each other.
    pub disagree: bool,
}

/// Forced answers of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Forced {
    /// Share of right answers.
    pub accuracy: f64,
    /// Plain mean of the F1 of all classes.
    pub macro_f1: f64,
}

/// Answers of one kind that may be withheld.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Answered {
    /// Share of right ones among the answers; `None` where nothing was answered.
    pub precision: Option<f64>,
    /// Share of recordings that were answered.
    pub coverage: f64,
    /// Share of damaged bearings whose part was named.
    pub faults_named: f64,
    /// Share of all recordings of which a part was named that is sound.
    pub wrongly_blamed: f64,
}

/// The figures of one protocol at one sensor: of each seed over all folds at once, then the mean over seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerdictFigures {
    /// The protocol.
    pub protocol: Protocol,
    /// The sensor or sensors.
    pub sensor: String,
    /// Test recordings, each channel counted, of one seed.
    pub recordings: usize,
    /// How many of them are of damaged bearings.
    pub damaged: usize,
    /// Seeds.
    pub seeds: usize,
    /// The net alone.
    pub net: Forced,
    /// The evidence alone.
    pub physics: Forced,
    /// Both.
    pub both: Forced,
    /// The verdict of the evidence alone.
    pub physics_verdict: Answered,
    /// The net alone, where it is sure.
    pub net_verdict: Answered,
    /// The one verdict.
    pub one_verdict: Answered,
    /// Where both say alike.
    pub agreed: Answered,
}

/// A test recording of a fold: the fold's place, the file, the channel, the truth.
struct Test<'a> {
    fold: usize,
    file: &'a str,
    channel: &'a str,
    truth: Part,
}

/// Judges the test recordings of a finished run by the signal, by the models of their folds, and by both.
///
/// Folds with noise on their test part are left out: the recordings as they are would be judged. So is a recording that the
/// net of a fold learned from, as in protocols with windows of one recording on both sides. Nets judge on the GPU where
/// one is given, those of all folds at once.
///
/// # Errors
/// [`Error::Learn`] when the folder holds no finished run, or a GPU fails; [`Error::Formats`] when a recording is missing or
/// damaged; whatever [`diagnose`] refuses.
pub fn judge_run(
    run_folder: &Path,
    data_folder: &Path,
    gpu: Option<&Gpu>,
) -> Result<Vec<RecordingVerdict>, Error> {
    let (experiment, folds) = finished_folds(run_folder)?;
    let folds: Vec<StoredFold> = folds.into_iter().filter(|fold| fold.facts.noise.is_none()).collect();
    let dataset = find_dataset(&experiment.data.dataset)?;
    let load = |fold: &StoredFold| Ok(Trained::load(&fold.model)?.on(gpu)?);
    let models = folds.par_iter().map(load).collect::<Result<Vec<_>, Error>>()?;
    let mut of_channel = BTreeMap::<(&str, &str), Vec<Test<'_>>>::new();
    for (at, fold) in folds.iter().enumerate() {
        for test in tests_of(at, fold) {
            of_channel.entry((test.file, test.channel)).or_default().push(test);
        }
    }
    let channels: Vec<Vec<Test<'_>>> = of_channel.into_values().collect();
    let judged = channels
        .par_iter()
        .map(|tests| judge(dataset, data_folder, &folds, &models, tests))
        .collect::<Result<Vec<_>, Error>>()?;
    let mut judged: Vec<(usize, RecordingVerdict)> = judged.into_iter().flatten().collect();
    judged.sort_by_key(|(fold, _)| *fold);
    Ok(judged.into_iter().map(|(_, verdict)| verdict).collect())
}

/// The test recordings of a fold whose class it knows.
fn tests_of(at: usize, fold: &StoredFold) -> Vec<Test<'_>> {
    let mut tests: Vec<Test<'_>> = Vec::new();
    for row in fold.scores.rows.iter().filter(|row| row.label != UNKNOWN_CLASS) {
        let truth = fold.facts.classes.get(row.label as usize).and_then(|class| class.element);
        if tests.iter().all(|own| (own.file, own.channel) != (&row.file, &row.sensor)) {
            tests.push(Test { fold: at, file: &row.file, channel: &row.sensor, truth });
        }
    }
    tests
}

/// Judges one channel of one recording: the signal once, the net of every fold that it is a test of.
fn judge(
    dataset: &Dataset,
    data_folder: &Path,
    folds: &[StoredFold],
    models: &[Trained],
    tests: &[Test<'_>],
) -> Result<Vec<(usize, RecordingVerdict)>, Error> {
    let Some(Test { file, channel, .. }) = tests.first() else { return Ok(Vec::new()) };
    let read = dataset.read(data_folder, file)?;
    let designation = read.bearings.iter().find(|(name, _)| name == channel).map(|(_, bearing)| bearing);
    let used = designation.map(|name| bearing(name)).transpose()?;
    let used = used.map(|bearing| BearingUse { bearing, origin: Origin::Nominal });
    let request =
        Request { channel: Some(channel), bearing: used, drawn: Drawn::Never, ..Request::default() };
    let physics = diagnose(&read.recording, &request)?;
    let orders = request.bearing.as_ref().map(|used| used.bearing.geometry.orders());
    let shaft = read.recording.speed().map(|speed| speed.value);
    let samples = read.recording.channel(channel).map(|own| own.samples()).unwrap_or_default();
    // What a net learned from says nothing of it, whatever it would answer.
    let sha256 = &read.recording.provenance().sha256;
    let unseen = tests.iter().filter(|test| !models[test.fold].learned_from(sha256));
    let each = unseen.map(|test| -> Result<_, Error> {
        let facts = &folds[test.fold].facts;
        let learned = ask(Some(&models[test.fold]), &read.recording, samples, shaft, orders)?.learned;
        let strongest = learned.as_ref().and_then(strongest_part);
        let net = strongest.and_then(|(part, _)| part);
        let (one, disagreement) = combine(physics.verdict.clone(), &physics.evidence, learned.as_ref());
        let found = answer(&physics.verdict);
        let verdict = RecordingVerdict {
            protocol: facts.protocol,
            sensor: facts.sensor.clone(),
            fold: facts.fold.clone(),
            seed: facts.seed,
            file: test.file.to_owned(),
            channel: test.channel.to_owned(),
            truth: test.truth,
            net,
            physics: forced(&physics.verdict),
            both: match &physics.verdict {
                Verdict::Found { element, .. } => Some(*element),
                _ => net,
            },
            net_verdict: strongest.filter(|(_, score)| *score >= NET_IS_SURE).map(|(part, _)| part),
            physics_verdict: found,
            one_verdict: answer(&one),
            agreed: found.filter(|found| *found == net),
            disagree: disagreement.is_some(),
        };
        Ok((test.fold, verdict))
    });
    each.collect()
}

fn answer(verdict: &Verdict) -> Option<Part> {
    match verdict {
        Verdict::Found { element, .. } => Some(Some(*element)),
        Verdict::Undecided { .. } => None,
        Verdict::NoFaultFound { .. } => Some(None),
    }
}

fn forced(verdict: &Verdict) -> Part {
    match verdict {
        Verdict::Found { element, .. } => Some(*element),
        Verdict::Undecided { candidates, .. } => candidates.first().copied(),
        Verdict::NoFaultFound { .. } => None,
    }
}

/// The figures of each protocol and sensor, in the order of the verdicts.
pub fn verdict_figures(verdicts: &[RecordingVerdict]) -> Vec<VerdictFigures> {
    let mut kinds: Vec<(Protocol, &str)> = Vec::new();
    for one in verdicts {
        let kind = (one.protocol, one.sensor.as_str());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.into_iter().map(|kind| figures_of(kind, verdicts)).collect()
}

fn figures_of((protocol, sensor): (Protocol, &str), verdicts: &[RecordingVerdict]) -> VerdictFigures {
    let mut by_seed = BTreeMap::<u64, Vec<&RecordingVerdict>>::new();
    for one in verdicts.iter().filter(|one| (one.protocol, one.sensor.as_str()) == (protocol, sensor)) {
        by_seed.entry(one.seed).or_default().push(one);
    }
    let seeds: Vec<Vec<&RecordingVerdict>> = by_seed.into_values().collect();
    let first = seeds.first().map_or(&[][..], Vec::as_slice);
    let forced = |of: fn(&RecordingVerdict) -> Part| {
        let each: Vec<Forced> = seeds.iter().map(|own| forced_figures(own, of)).collect();
        Forced {
            accuracy: mean(each.iter().map(|f| f.accuracy)),
            macro_f1: mean(each.iter().map(|f| f.macro_f1)),
        }
    };
    let answered = |of: fn(&RecordingVerdict) -> Option<Part>| {
        let each: Vec<Answered> = seeds.iter().map(|own| answered_figures(own, of)).collect();
        let precise: Vec<f64> = each.iter().filter_map(|f| f.precision).collect();
        Answered {
            precision: (!precise.is_empty()).then(|| mean(precise.iter().copied())),
            coverage: mean(each.iter().map(|f| f.coverage)),
            faults_named: mean(each.iter().map(|f| f.faults_named)),
            wrongly_blamed: mean(each.iter().map(|f| f.wrongly_blamed)),
        }
    };
    VerdictFigures {
        protocol,
        sensor: sensor.to_owned(),
        recordings: first.len(),
        damaged: first.iter().filter(|one| one.truth.is_some()).count(),
        seeds: seeds.len(),
        net: forced(|one| one.net),
        physics: forced(|one| one.physics),
        both: forced(|one| one.both),
        physics_verdict: answered(|one| one.physics_verdict),
        net_verdict: answered(|one| one.net_verdict),
        one_verdict: answered(|one| one.one_verdict),
        agreed: answered(|one| one.agreed),
    }
}

fn forced_figures(verdicts: &[&RecordingVerdict], of: fn(&RecordingVerdict) -> Part) -> Forced {
    let mut classes: Vec<Part> = Vec::new();
    for one in verdicts {
        if !classes.contains(&one.truth) {
            classes.push(one.truth);
        }
    }
    let f1 = |class: &Part| {
        let right = verdicts.iter().filter(|one| one.truth == *class && of(one) == *class).count();
        let said = verdicts.iter().filter(|one| of(one) == *class).count();
        let is = verdicts.iter().filter(|one| one.truth == *class).count();
        2.0 * right as f64 / (said + is).max(1) as f64
    };
    let right = verdicts.iter().filter(|one| of(one) == one.truth).count();
    Forced { accuracy: share(right, verdicts.len()), macro_f1: mean(classes.iter().map(f1)) }
}

fn answered_figures(verdicts: &[&RecordingVerdict], of: fn(&RecordingVerdict) -> Option<Part>) -> Answered {
    let count =
        |wanted: &dyn Fn(&RecordingVerdict) -> bool| verdicts.iter().filter(|one| wanted(one)).count();
    let answers = count(&|one| of(one).is_some());
    let right = count(&|one| of(one) == Some(one.truth));
    let damaged = count(&|one| one.truth.is_some());
    let named = count(&|one| one.truth.is_some() && of(one) == Some(one.truth));
    let blamed = count(&|one| of(one).is_some_and(|part| part.is_some() && part != one.truth));
    Answered {
        precision: (answers > 0).then(|| share(right, answers)),
        coverage: share(answers, verdicts.len()),
        faults_named: share(named, damaged),
        wrongly_blamed: share(blamed, verdicts.len()),
    }
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = values.collect();
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn verdict(truth: Part, net: Part, physics: Option<Part>) -> RecordingVerdict {
        RecordingVerdict {
            protocol: Protocol::UnseenBearingAndLoad,
            sensor: "DE".into(),
            fold: "f".into(),
            seed: 0,
            file: "x".into(),
            channel: "DE".into(),
            truth,
            net,
            physics: physics.flatten(),
            both: physics.flatten().or(net),
            physics_verdict: physics,
            net_verdict: Some(net),
            one_verdict: physics,
            agreed: physics.filter(|one| *one == net),
            disagree: false,
        }
    }

    #[test]
    fn figures_count_forced_answers_by_class_and_free_ones_by_what_was_answered() {
        let (inner, outer) = (Some(FaultKind::Inner), Some(FaultKind::Outer));
        let verdicts = [
            verdict(inner, inner, Some(inner)),
            verdict(outer, inner, None),
            verdict(outer, outer, Some(inner)),
            verdict(None, None, Some(None)),
        ];
        let figures = verdict_figures(&verdicts);
        assert_eq!(figures.len(), 1);
        let own = &figures[0];
        assert_eq!((own.recordings, own.damaged, own.seeds), (4, 3, 1));
        assert!((own.net.accuracy - 0.75).abs() < 1e-12);
        // F1 of inner 2/3, of outer 2/3, of none 1
        assert!((own.net.macro_f1 - 7.0 / 9.0).abs() < 1e-12, "{own:?}");
        assert!((own.physics_verdict.precision.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert!((own.physics_verdict.coverage - 0.75).abs() < 1e-12);
        assert!((own.physics_verdict.wrongly_blamed - 0.25).abs() < 1e-12);
        assert_eq!((own.agreed.precision, own.agreed.coverage), (Some(1.0), 0.5));
        assert!((own.agreed.faults_named - 1.0 / 3.0).abs() < 1e-12);
    }
}
