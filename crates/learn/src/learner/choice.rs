//! Which learner; what it is fitted to; what all of them share.

use super::comb_rule::{CombRule, CombRuleOptions};
use super::comb_scorer::{CombScorer, CombScorerOptions};
use super::forest::{Forest, ForestOptions};
use super::logistic::{Logistic, LogisticOptions};
use super::majority::Majority;
use super::svm::{Svm, SvmOptions};
use super::tensors::{Stored, Tensors};
use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::metrics::Rows;
use crate::training_options::ClassWeights;
use brinell_signal::FaultKind;
use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A learner on rows of numbers: a table with `name` and the learner's own options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Learner {
    /// `logistic`: logistic regression on standardised numbers.
    Logistic(LogisticOptions),
    /// `forest`: a random forest.
    Forest(ForestOptions),
    /// `svm`: support vector machines on standardised numbers.
    Svm(SvmOptions),
    /// `comb-rule`: the part whose lines stand out most, by the step `fault-lines`.
    CombRule(CombRuleOptions),
    /// `comb-scorer`: logistic regression and one scorer shared by all parts, by the step `fault-combs`.
    CombScorer(CombScorerOptions),
    /// `majority`: how common each class is, whatever the row.
    Majority {},
}

/// What the class numbers of the labels stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// These classes, of which a row has one.
    Classes(&'a [ClassName]),
    /// Whether this part is damaged, whatever the others are: class 1 if so, else class 0.
    Part(FaultKind),
}

impl Target<'_> {
    /// How many classes there are.
    pub fn count(&self) -> usize {
        match self {
            Target::Classes(classes) => classes.len(),
            Target::Part(_) => 2,
        }
    }
}

/// What a learner is fitted to, checked: one label below `classes` a row.
pub(super) struct Examples<'a> {
    pub(super) rows: &'a Rows,
    pub(super) labels: &'a [u32],
    pub(super) classes: usize,
    weighing: ClassWeights,
}

impl<'a> Examples<'a> {
    fn new(rows: &'a Rows, labels: &'a [u32], classes: usize, weighing: ClassWeights) -> Result<Self> {
        crate::metrics::check_labels(labels, rows.count(), classes)?;
        Ok(Examples { rows, labels, classes, weighing })
    }

    /// Numbers of the classes that have examples, ascending.
    pub(super) fn present(&self) -> Vec<u32> {
        let mut present = self.labels.to_vec();
        present.sort_unstable();
        present.dedup();
        present
    }

    /// What an example of each class weighs: 1, or `examples / (classes with examples x examples of the class)`.
    pub(super) fn class_weights(&self) -> Vec<f64> {
        if self.weighing == ClassWeights::Equal {
            return vec![1.0; self.classes];
        }
        let mut counts = vec![0_usize; self.classes];
        self.labels.iter().for_each(|label| counts[*label as usize] += 1);
        let present = counts.iter().filter(|count| **count > 0).count();
        let of = |count: &usize| self.labels.len() as f64 / (present * (*count).max(1)) as f64;
        counts.iter().map(of).collect()
    }

    /// What each example weighs.
    pub(super) fn weights(&self) -> Vec<f64> {
        let of_class = self.class_weights();
        self.labels.iter().map(|label| of_class[*label as usize]).collect()
    }
}

impl Learner {
    /// Its name in a configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Learner::Logistic(_) => "logistic",
            Learner::Forest(_) => "forest",
            Learner::Svm(_) => "svm",
            Learner::CombRule(_) => "comb-rule",
            Learner::CombScorer(_) => "comb-scorer",
            Learner::Majority {} => "majority",
        }
    }

    /// What it does, in one line.
    pub fn summary(&self) -> &'static str {
        match self {
            Learner::Logistic(_) => "logistic regression on standardised numbers",
            Learner::Forest(_) => "the mean of many trees, each grown on its own draw of the examples",
            Learner::Svm(_) => "support vector machines on standardised numbers: the widest margin",
            Learner::CombRule(_) => "the part whose fault lines stand out most; only a threshold is learned",
            Learner::CombScorer(_) => "logistic regression, and one scorer of combs that all parts share",
            Learner::Majority {} => "how common each class is, whatever the recording",
        }
    }

    /// Whether it is fitted to all classes at once also where each part has a label of its own. A part's score then is the
    /// probability of the classes that blame it.
    pub fn tells_parts_by_classes(&self) -> bool {
        matches!(self, Learner::CombScorer(_))
    }

    /// One of each learner, with its defaults.
    pub fn all() -> Vec<Learner> {
        vec![
            Learner::Logistic(LogisticOptions::default()),
            Learner::Forest(ForestOptions::default()),
            Learner::Svm(SvmOptions::default()),
            Learner::CombRule(CombRuleOptions::default()),
            Learner::CombScorer(CombScorerOptions::default()),
            Learner::Majority {},
        ]
    }

    /// What is wrong with its options: keys, each with what is allowed and what was found. Empty when all is well.
    pub fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        match self {
            Learner::Logistic(options) => options.check(&mut found),
            Learner::Forest(options) => options.check(&mut found),
            Learner::Svm(options) => options.check(&mut found),
            Learner::CombRule(options) => options.check(&mut found),
            Learner::CombScorer(options) => options.check(&mut found),
            Learner::Majority {} => (),
        }
        found
    }

    /// Fits it to `rows` with one class number each. The same input gives the same bits, for any number of threads.
    ///
    /// # Errors
    /// [`Error::Data`] for options that [`check`](Self::check) complains about, labels that are not one a row or name no
    /// class, and examples that the learner cannot learn from, such as those of one class alone.
    pub fn fit(
        &self,
        rows: &Rows,
        labels: &[u32],
        target: Target<'_>,
        weights: ClassWeights,
        seed: u64,
    ) -> Result<Fitted> {
        if let Some((_, why)) = self.check().into_iter().next() {
            let what = format!("the learner `{}` cannot be fitted", self.name());
            return Err(Error::data(what, why, "change the option in [model]"));
        }
        let classes = target.count();
        let examples = Examples::new(rows, labels, classes, weights)?;
        let kind = match self {
            Learner::Logistic(options) => Kind::Logistic(Logistic::fit(options, &examples)?),
            Learner::Forest(options) => Kind::Forest(Forest::fit(options, &examples, seed)),
            Learner::Svm(options) => Kind::Svm(Svm::fit(options, &examples, seed)?),
            Learner::CombRule(options) => Kind::CombRule(CombRule::fit(options, &examples, target)?),
            Learner::CombScorer(options) => Kind::CombScorer(CombScorer::fit(options, &examples, target)?),
            Learner::Majority {} => Kind::Majority(Majority::fit(&examples)),
        };
        Ok(Fitted { width: rows.width(), kind })
    }
}

/// A fitted learner.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    width: usize,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Logistic(Logistic),
    Forest(Forest),
    Svm(Svm),
    CombRule(CombRule),
    CombScorer(CombScorer),
    Majority(Majority),
}

impl Fitted {
    /// Numbers of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The probability of each class for one row of [`width`](Self::width) finite numbers; they sum to 1. Numbers that a
    /// shorter row lacks are 0, those that a longer one has beyond are not looked at.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        if row.len() != self.width {
            let mut fitting = row.to_vec();
            fitting.resize(self.width, 0.0);
            return self.probabilities(&fitting);
        }
        match &self.kind {
            Kind::Logistic(fitted) => fitted.probabilities(row),
            Kind::Forest(fitted) => fitted.probabilities(row),
            Kind::Svm(fitted) => fitted.probabilities(row),
            Kind::CombRule(fitted) => fitted.probabilities(row),
            Kind::CombScorer(fitted) => fitted.probabilities(row),
            Kind::Majority(fitted) => fitted.probabilities(),
        }
    }

    /// The logistic regression, if it is one.
    pub fn as_logistic(&self) -> Option<&Logistic> {
        if let Kind::Logistic(fitted) = &self.kind { Some(fitted) } else { None }
    }

    /// The support vector machines, if it is some.
    pub fn as_svm(&self) -> Option<&Svm> {
        if let Kind::Svm(fitted) = &self.kind { Some(fitted) } else { None }
    }

    /// Everything that was fitted, for a model file: f64 and u32.
    ///
    /// # Errors
    /// [`Error::Tensor`] when a tensor cannot be made.
    pub fn to_tensors(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut tensors = Tensors::new();
        match &self.kind {
            Kind::Logistic(fitted) => fitted.write(&mut tensors)?,
            Kind::Forest(fitted) => fitted.write(&mut tensors)?,
            Kind::Svm(fitted) => fitted.write(&mut tensors)?,
            Kind::CombRule(fitted) => fitted.write(&mut tensors)?,
            Kind::CombScorer(fitted) => fitted.write(&mut tensors)?,
            Kind::Majority(fitted) => fitted.write(&mut tensors)?,
        }
        Ok(tensors)
    }

    /// The fitted `learner` back from [`to_tensors`](Self::to_tensors), for rows of `width` numbers and the target that it
    /// was fitted for.
    ///
    /// # Errors
    /// [`Error::Data`] for tensors that are missing, of another shape or type, not finite, or do not belong together.
    pub fn from_tensors(
        learner: &Learner,
        width: usize,
        target: Target<'_>,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<Fitted> {
        let (stored, classes) = (Stored { learner: learner.name(), tensors }, target.count());
        let kind = match learner {
            Learner::Logistic(_) => Kind::Logistic(Logistic::read(&stored, width, classes)?),
            Learner::Forest(_) => Kind::Forest(Forest::read(&stored, width, classes)?),
            Learner::Svm(options) => Kind::Svm(Svm::read(options, &stored, width, classes)?),
            Learner::CombRule(options) => Kind::CombRule(CombRule::read(options, &stored, width, target)?),
            Learner::CombScorer(options) => {
                Kind::CombScorer(CombScorer::read(options, &stored, width, target)?)
            }
            Learner::Majority {} => Kind::Majority(Majority::read(&stored, classes)?),
        };
        Ok(Fitted { width, kind })
    }
}
