//! Learners on rows of numbers, beside which a net has to show what it is worth, and which stand where it does not.
//!
//! A [`Learner`] is what `[model]` says: a name and its options. [`Learner::fit`] makes a [`Fitted`] one of the rows of
//! a training part, which gives each class of a row a probability and goes into a model file as tensors.
//!
//! ```
//! use brinell_learn::learner::{Learner, Target};
//! use brinell_learn::metrics::Rows;
//! use brinell_learn::{ClassName, ClassWeights};
//! use brinell_signal::FaultKind;
//!
//! let rows = Rows::new(1, vec![-1.2, -0.8, -0.1, 0.3, 0.9, 1.1])?;
//! let classes = [ClassName::normal(), ClassName::of(FaultKind::Inner)];
//! let learner: Learner = serde_json::from_str(r#"{ "name": "logistic", "strength": 10.0 }"#).unwrap();
//! let fitted = learner.fit(&rows, &[0, 0, 0, 1, 1, 1], Target::Classes(&classes), ClassWeights::Equal, 0)?;
//! assert!(fitted.probabilities(&[1.0])[1] > 0.8);
//! # Ok::<(), brinell_learn::Error>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `choice.rs` | which learner; what it is fitted to; what all of them share |
//! | `comb_rule.rs` | a judgement from the lines of faults, almost without training |
//! | `comb_scorer.rs` `conditional_logit.rs` | logistic regression beside one scorer of combs that all parts share; that scorer |
//! | `part_of_class.rs` | which part each class blames |
//! | `logistic.rs` `newton.rs` | logistic regression of two or more classes; where its sum is smallest |
//! | `forest.rs` `tree.rs` | a random forest; one of its trees |
//! | `svm.rs` `machine.rs` `kernel.rs` | support vector machines; one of them, for two classes; how alike rows are |
//! | `majority.rs` | how common each class is, whatever the row |
//! | `standardise.rs` | features with mean 0 and deviation 1 over the training part |
//! | `tensors.rs` | numbers of a fitted learner as tensors of a model file, and back |

mod choice;
mod comb_rule;
mod comb_scorer;
mod conditional_logit;
mod forest;
mod kernel;
mod logistic;
mod machine;
mod majority;
mod newton;
mod part_of_class;
mod standardise;
mod svm;
mod tensors;
mod tree;

pub use choice::{Fitted, Learner, Target};
pub use comb_rule::{CombRule, CombRuleOptions};
pub use comb_scorer::{CombScorer, CombScorerOptions};
pub use forest::{Forest, ForestOptions, SplitBy, SplitFeatures};
pub use logistic::{Logistic, LogisticOptions};
pub use majority::Majority;
pub use standardise::Standardise;
pub use svm::{Svm, SvmKernel, SvmOptions};
