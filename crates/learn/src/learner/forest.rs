//! A random forest (Breiman 2001): the mean of what many trees say, each grown on its own draw of the examples.
//!
//! Rules and defaults are scikit-learn's: a draw of as many rows as there are, with replacement, each as likely as it
//! weighs; counts of rows at a place are of different rows; a place that asks for some features is given at least one that varies.

use super::choice::Examples;
use super::tensors::{Stored, Tensors, counts, numbers};
use super::tree::{Ground, Place, grow, prune};
use crate::error::Result;
use brinell_signal::generator;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// `forest`: many trees, each grown on its own draw of the examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForestOptions {
    /// How many. 100 unless said.
    pub trees: usize,
    /// What a split makes small. `gini` unless said.
    pub split: SplitBy,
    /// Splits from the root to a leaf, at most. Left out: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_depth: Option<usize>,
    /// A place with fewer different examples is not split. 2 unless said.
    pub min_split: usize,
    /// Different examples that each side of a split keeps at least. 1 unless said.
    pub min_leaf: usize,
    /// Whether each tree grows on its own draw of as many rows as there are, with replacement. True unless said.
    pub bootstrap: bool,
    /// How many features are looked at for each split, drawn anew. `sqrt` unless said.
    pub features: SplitFeatures,
    /// What a leaf costs, in impurity times the share of the examples: branches that gain less are cut off. 0 unless said.
    pub ccp_alpha: f64,
}

impl Default for ForestOptions {
    fn default() -> Self {
        ForestOptions {
            trees: 100,
            split: SplitBy::Gini,
            max_depth: None,
            min_split: 2,
            min_leaf: 1,
            bootstrap: true,
            features: SplitFeatures::Sqrt,
            ccp_alpha: 0.0,
        }
    }
}

/// What a split makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitBy {
    /// `1 - Σ p²`.
    Gini,
    /// Entropy in bits, `-Σ p log2 p`.
    LogLoss,
}

/// How many features are looked at for one split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitFeatures {
    /// The root of how many there are, rounded down.
    Sqrt,
    /// This share of them, rounded down, at least one; 1 for all.
    Fraction(f64),
}

impl SplitFeatures {
    pub(super) fn of(self, all: usize) -> usize {
        let wanted = match self {
            SplitFeatures::Sqrt => (all as f64).sqrt(),
            SplitFeatures::Fraction(share) => share * all as f64,
        };
        (wanted as usize).clamp(1, all)
    }
}

impl ForestOptions {
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        let mut within = |key: &str, value: f64, least: f64, most: f64, usual: &str| {
            if !(value >= least && value <= most) {
                let message = format!("{key} must be >= {least} and <= {most}, found {value}; {usual}");
                found.push((key.to_owned(), message));
            }
        };
        within("trees", self.trees as f64, 1.0, 10_000.0, "200 are usual");
        if let Some(depth) = self.max_depth {
            within("max_depth", depth as f64, 1.0, 1e9, "leave it out for no limit");
        }
        within("min_split", self.min_split as f64, 2.0, 1e9, "2 splits all that can be split");
        within("min_leaf", self.min_leaf as f64, 1.0, 1e9, "1 lets every leaf stand");
        within("ccp_alpha", self.ccp_alpha, 0.0, 10.0, "0 cuts nothing off");
        if let SplitFeatures::Fraction(share) = self.features
            && !(share > 0.0 && share <= 1.0)
        {
            let message = format!("features.fraction must be > 0 and <= 1, found {share}; 1 takes all");
            found.push(("features.fraction".to_owned(), message));
        }
    }
}

/// What stands for a feature at a leaf.
const LEAF: u32 = u32::MAX;

/// A fitted forest: the places of all trees, tree after tree, each tree from its root on; the left child of a place
/// stands right behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    classes: usize,
    /// The root of each tree, and the number of places.
    roots: Vec<u32>,
    /// The feature that is asked for; [`LEAF`] at a leaf.
    feature: Vec<u32>,
    /// The largest value that goes left; 0 at a leaf.
    threshold: Vec<f64>,
    /// The place of the right child; the number of a leaf.
    next: Vec<u32>,
    /// The share of each class, leaf by leaf.
    shares: Vec<f64>,
}

impl Forest {
    pub(super) fn fit(options: &ForestOptions, examples: &Examples<'_>, seed: u64) -> Forest {
        let ground = Ground::new(options, examples.rows, examples.labels, examples.class_weights());
        let tree = |number: usize| {
            let places = grow(&ground, generator(seed, &format!("tree {number} of a forest")));
            prune(&ground, places, options.ccp_alpha)
        };
        let trees: Vec<Vec<Place>> = (0..options.trees).into_par_iter().map(tree).collect();
        let mut forest = Forest {
            classes: examples.classes,
            roots: vec![0],
            feature: Vec::new(),
            threshold: Vec::new(),
            next: Vec::new(),
            shares: Vec::new(),
        };
        trees.iter().for_each(|tree| forest.plant(tree, &ground.factors));
        forest
    }

    fn plant(&mut self, tree: &[Place], factors: &[f64]) {
        let root = self.feature.len();
        for place in tree {
            let (feature, threshold, next) = match place.split {
                Some((feature, threshold, right)) => (feature as u32, threshold, root + right),
                None => (LEAF, 0.0, self.shares.len() / self.classes),
            };
            self.feature.push(feature);
            self.threshold.push(threshold);
            self.next.push(next as u32);
            if place.split.is_none() {
                let weights =
                    place.counts.iter().zip(factors).map(|(count, factor)| f64::from(*count) * factor);
                let sum: f64 = weights.clone().sum();
                self.shares.extend(weights.map(|weight| weight / sum));
            }
        }
        self.roots.push(self.feature.len() as u32);
    }

    /// The probability of each class for one row: the mean over trees of the shares at the leaf that it comes to.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let trees = self.roots.len() - 1;
        let mut sums = vec![0.0; self.classes];
        for root in &self.roots[..trees] {
            let mut at = *root as usize;
            while self.feature[at] != LEAF {
                let left = row[self.feature[at] as usize] <= self.threshold[at];
                at = if left { at + 1 } else { self.next[at] as usize };
            }
            let leaf = self.next[at] as usize * self.classes;
            let shares = &self.shares[leaf..leaf + self.classes];
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
        }
        sums.iter().map(|sum| sum / trees as f64).collect()
    }

    pub(super) fn write(&self, tensors: &mut Tensors) -> Result<()> {
        let (places, leaves) = (self.feature.len(), self.shares.len() / self.classes);
        tensors.insert("roots".to_owned(), counts(&self.roots, &[self.roots.len()])?);
        tensors.insert("feature".to_owned(), counts(&self.feature, &[places])?);
        tensors.insert("threshold".to_owned(), numbers(&self.threshold, &[places])?);
        tensors.insert("next".to_owned(), counts(&self.next, &[places])?);
        tensors.insert("shares".to_owned(), numbers(&self.shares, &[leaves, self.classes])?);
        Ok(())
    }

    pub(super) fn read(stored: &Stored<'_>, width: usize, classes: usize) -> Result<Forest> {
        let (places, leaves) = (stored.len("feature"), stored.len("shares"));
        let forest = Forest {
            classes,
            roots: stored.counts("roots", &[stored.len("roots")])?,
            feature: stored.counts("feature", &[places])?,
            threshold: stored.numbers("threshold", &[places])?,
            next: stored.counts("next", &[places])?,
            shares: stored.numbers("shares", &[leaves, classes])?,
        };
        let ascending = forest.roots.windows(2).all(|pair| pair[0] < pair[1]);
        let ends = (forest.roots.first(), forest.roots.last());
        if forest.roots.len() < 2 || !ascending || ends != (Some(&0), Some(&(places as u32))) {
            return Err(stored.damaged("`roots` do not part its places into trees"));
        }
        for pair in forest.roots.windows(2) {
            for at in pair[0]..pair[1] {
                let (feature, next) = (forest.feature[at as usize], forest.next[at as usize]);
                // Children behind their parent: every way ends at a leaf.
                let sound = match feature {
                    LEAF => (next as usize) < leaves,
                    _ => (feature as usize) < width && next > at + 1 && next < pair[1],
                };
                if !sound {
                    return Err(stored.damaged(&format!("place {at} of its trees leads nowhere")));
                }
            }
        }
        let whole = |shares: &[f64]| {
            shares.iter().all(|share| *share >= 0.0) && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9
        };
        if !forest.shares.chunks_exact(classes).all(whole) {
            return Err(stored.damaged("`shares` are no shares: those of a leaf have to sum to 1"));
        }
        Ok(forest)
    }
}
