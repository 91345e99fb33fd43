//! What a run is told anew each time: keys of random draws, and numbers of the pass.

use brinell_gpu::At;

use super::STEP;
use crate::ops::Mask;
use crate::pass::Pass;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Draw {
    /// The share of a batch's statistics in a norm's running ones.
    Share { momentum: f64 },
    /// Key, limit and scale of a dropout.
    Dropout { layer: String, rate: f64 },
    /// What taps of a kernel are multiplied by.
    Taps { layer: String, rates: [f64; 2], taps: usize },
    /// One draw for each sensor of each sample, each as two words.
    Sensors { layer: String, count: usize },
}

impl Draw {
    /// Words that it takes.
    fn len(&self) -> usize {
        match self {
            Self::Share { .. } => 1,
            Self::Dropout { .. } => Mask::WORDS,
            Self::Taps { taps, .. } => *taps,
            Self::Sensors { count, .. } => 2 * count,
        }
    }

    fn write(&self, pass: &Pass, words: &mut Vec<f32>) {
        let bits = |word: u32| f32::from_bits(word);
        match self {
            Self::Share { momentum } => words.push(pass.share(*momentum) as f32),
            Self::Dropout { layer, rate } => {
                words.extend(Mask::new(*rate, pass.key(layer)).words().map(bits));
            }
            Self::Taps { layer, rates: [low, high], taps } => {
                let rate = low + (high - low) * pass.key(&format!("{layer}.rate")).uniform();
                let mask = Mask::new(rate, pass.key(&format!("{layer}.taps")));
                words.extend(mask.factors().take(*taps).map(|factor| factor as f32));
            }
            Self::Sensors { layer, count } => {
                let draws = pass.key(layer).uniforms().take(*count);
                words.extend(draws.flat_map(|draw| {
                    let whole = draw.to_bits();
                    [bits(whole as u32), bits((whole >> 32) as u32)]
                }));
            }
        }
    }
}

/// All of a plan, one behind the other in a buffer.
#[derive(Debug, Default)]
pub(super) struct Draws {
    all: Vec<Draw>,
    len: usize,
}

impl Draws {
    /// Where a further one will lie.
    pub(super) fn add(&mut self, draw: Draw) -> At {
        // Pairs of words make numbers of double precision, which lie at even places.
        let offset = self.len;
        self.len = (offset + draw.len()).next_multiple_of(2);
        self.all.push(draw);
        At { buffer: STEP, offset }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The words of one run.
    pub(super) fn words(&self, pass: &Pass) -> Vec<f32> {
        let mut words = Vec::with_capacity(self.len);
        for draw in &self.all {
            draw.write(pass, &mut words);
            words.resize(words.len().next_multiple_of(2), 0.0);
        }
        words
    }
}
