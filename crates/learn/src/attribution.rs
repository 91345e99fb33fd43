//! What of a recording a model's opinion rests on, in hertz and in the names of what it looks at: parts of the input are
//! taken away, and the log odds of its class are told again.
//!
//! Any model is asked about bands of the signal, which are silenced in turn. A model whose pipeline ends in named numbers
//! is asked about those as well: all numbers of one line, such as BPFO, and of one line in one spectrum are put to 0, which
//! for a comb means that it stands out no more than combs of no part. Losses of several groups do not add up to the whole,
//! and none proves anything about the bearing: they tell what this model looked at.

use crate::class::ClassName;
use crate::error::Result;
use crate::examples::{Examples, Unlabelled};
use crate::metrics::arg_max;
use crate::trained::{SegmentScore, Trained};
use brinell_signal::{Context, Hertz, Scratch, filter::Resampler, fourier::RealFft};

/// Bands into which the signal is cut.
const BANDS: usize = 12;
/// A probability below this counts as this in log odds.
const LEAST: f64 = 1e-6;

/// What an opinion rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The class that the model prefers.
    pub class: ClassName,
    /// Its mean probability.
    pub score: f64,
    /// Segments that were judged.
    pub segments: usize,
    /// Bands of the signal, the lowest first.
    pub bands: Vec<BandLoss>,
    /// Lines that the numbers of the pipeline are about, such as `BPFO` or `1xshaft`; empty where it ends in none.
    pub lines: Vec<LineLoss>,
    /// The same line by line and spectrum by spectrum, the largest loss first.
    pub places: Vec<PlaceLoss>,
}

/// What silencing a band costs.
#[derive(Debug, Clone, PartialEq)]
pub struct BandLoss {
    /// From and to.
    pub hz: [Hertz; 2],
    /// Log odds that the class loses; below 0 where the band speaks against it.
    pub loss: f64,
}

/// What the numbers of one line contribute.
#[derive(Debug, Clone, PartialEq)]
pub struct LineLoss {
    /// The line: `BPFO`, `BPFI`, `2×BSF`, or a line of shaft and cage.
    pub line: String,
    /// Log odds that the class loses without them.
    pub loss: f64,
}

/// What the numbers of one line in one spectrum contribute.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceLoss {
    /// The line.
    pub line: String,
    /// The spectrum, such as `the envelope of 500-6000 Hz`.
    pub spectrum: String,
    /// Log odds that the class loses without them.
    pub loss: f64,
}

impl Trained {
    /// What its opinion on a recording rests on.
    ///
    /// # Errors
    /// As [`Trained::score`].
    pub fn attribute(&self, samples: &[f32], rate: Hertz, context: &Context) -> Result<Attribution> {
        let examples = self.examples(samples, rate, context)?;
        let scores = mean(&self.scores_of(&examples)?);
        let class = arg_max(&scores);
        let whole = odds(&scores, class);
        let loss = |examples: &Examples| -> Result<f64> {
            Ok(whole - odds(&mean(&self.scores_of(examples)?), class))
        };
        let own = if rate == self.rate() {
            samples.to_vec()
        } else {
            Resampler::new(rate, self.rate())?.process(samples)
        };
        let mut bands = Vec::new();
        for band in 0..BANDS {
            let edge = |at: usize| Hertz(self.rate().0 / 2.0 * at as f64 / BANDS as f64);
            let shares = [band, band + 1].map(|at| at as f64 / BANDS as f64);
            let without = self.examples(&silenced(&own, shares)?, self.rate(), context)?;
            bands.push(BandLoss { hz: [edge(band), edge(band + 1)], loss: loss(&without)? });
        }
        let (mut lines, mut places) = (Vec::<LineLoss>::new(), Vec::new());
        for Group { line, spectrum, places: numbers } in self.groups() {
            let loss = loss(&without(&examples, &numbers)?)?;
            match spectrum {
                None => lines.push(LineLoss { line, loss }),
                Some(spectrum) => places.push(PlaceLoss { line, spectrum, loss }),
            }
        }
        places.sort_by(|a, b| b.loss.total_cmp(&a.loss));
        Ok(Attribution {
            class: self.classes()[class].clone(),
            score: scores[class],
            segments: examples.len(),
            bands,
            lines,
            places,
        })
    }

    /// Places of the numbers of each line, and of each line in each spectrum.
    fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut add = |line: &str, spectrum: Option<&str>, at: usize| {
            let same = |own: &&mut Group| own.line == line && own.spectrum.as_deref() == spectrum;
            match groups.iter_mut().find(same) {
                Some(own) => own.places.push(at),
                None => groups.push(Group {
                    line: line.to_owned(),
                    spectrum: spectrum.map(str::to_owned),
                    places: vec![at],
                }),
            }
        };
        for (at, name) in self.number_names().iter().enumerate() {
            let (number, spectrum) = match name.split_once(" in ") {
                Some((number, spectrum)) => (number, Some(spectrum)),
                None => (name.as_str(), None),
            };
            let line = number.rsplit_once(" of ").map_or(number, |(_, line)| line);
            if !NOT_LINES.contains(&line) {
                add(line, None, at);
                if spectrum.is_some() {
                    add(line, spectrum, at);
                }
            }
        }
        groups
    }
}

/// Numbers of one line, in one spectrum or in all.
struct Group {
    line: String,
    spectrum: Option<String>,
    places: Vec<usize>,
}

/// Numbers about a spectrum as a whole.
const NOT_LINES: [&str; 3] = ["deviation", "largest control", "large controls"];

/// Without what lies between two shares of the spectrum; the mean stays.
fn silenced(samples: &[f32], shares: [f64; 2]) -> Result<Vec<f32>> {
    let even = samples.len() / 2 * 2;
    let fft = RealFft::<f64>::new(even)?;
    let mut scratch = Scratch::new();
    let mut wide: Vec<f64> = samples[..even].iter().copied().map(f64::from).collect();
    let mut bins = vec![Default::default(); fft.bins()];
    fft.forward(&wide, &mut bins, &mut scratch)?;
    let [from, to] = shares.map(|share| ((share * bins.len() as f64) as usize).clamp(1, bins.len()));
    bins[from..to].fill(Default::default());
    fft.inverse(&bins, &mut wide, &mut scratch)?;
    Ok(wide.into_iter().map(|x| x as f32).collect())
}

/// The mean probabilities.
fn mean(scores: &[SegmentScore]) -> Vec<f64> {
    let mut sum = vec![0.0; scores.first().map_or(0, |one| one.probabilities.len())];
    for one in scores {
        sum.iter_mut().zip(&one.probabilities).for_each(|(sum, p)| *sum += p / scores.len() as f64);
    }
    sum
}

fn odds(scores: &[f64], class: usize) -> f64 {
    let p = scores[class].clamp(LEAST, 1.0 - LEAST);
    (p / (1.0 - p)).ln()
}

/// The same examples with the numbers at these places put to 0.
fn without(examples: &Examples, places: &[usize]) -> Result<Examples> {
    let mut features = examples.values(0..examples.len())?;
    for example in features.chunks_exact_mut(examples.width()) {
        places.iter().for_each(|at| example[*at] = 0.0);
    }
    Ok(Examples::new(Unlabelled::new(examples.shape().to_vec(), features), examples.labels().to_vec()))
}
