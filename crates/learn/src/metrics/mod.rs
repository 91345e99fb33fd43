//! Figures of a set of scores, each defined as the protocols define it, in f64 and over plain numbers: no net, no
//! file.
//!
//! [`Probabilities`] and [`Predictions`] are checked once, when they are made; what is computed from them cannot
//! fail for their sake. Shares lie between 0 and 1. A figure that is not defined for the data (an AUROC of a class
//! without examples) is `None` and counted, never left out in silence.
//!
//! ```
//! use brinell_learn::metrics::{MacroAuroc, Predictions, Probabilities, Reliability, Rows};
//!
//! let rows = Rows::new(2, vec![0.9, 0.1, 0.6, 0.4, 0.3, 0.7, 0.8, 0.2])?;
//! let predictions = Predictions::new(Probabilities::new(rows)?, vec![0, 0, 1, 1])?;
//! assert_eq!(predictions.metrics().accuracy, 0.75);
//! assert_eq!(MacroAuroc::one_vs_rest(&predictions, &[0, 1])?.mean, Some(0.75));
//! let ece = Reliability::of(&predictions).ece;
//! assert!((ece - 0.4).abs() < 1e-12, "{ece}");
//! # Ok::<(), brinell_learn::Error>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `rows` | rows of finite numbers; the checks that all figures share |
//! | `predictions` | probabilities with the true classes; arg max |
//! | `confusion` | accuracy, macro-F1, recall, precision, the confusion table |
//! | `auroc` | areas under ROC curves by mid-ranks |
//! | `multi_label` | one probability for each fault, more than one of which may be present |
//! | `reliability` | calibration error with its table |
//! | `proper` | log loss and Brier score |
//! | `risk_coverage` | the error among the most confident share |
//! | `unknown` `alarms` | how well a score tells unknown faults from known ones; what an alarm on it does |
//! | `vote` | windows into recordings or bearings |
//! | `interval` | intervals over splits that share bearings; paired comparison |
//! | `spread` | mean and spread over folds and seeds |

mod alarms;
mod auroc;
mod confusion;
mod interval;
mod multi_label;
mod predictions;
mod proper;
mod reliability;
mod risk_coverage;
mod rows;
mod spread;
mod unknown;
mod vote;

pub use alarms::AlarmFigures;
pub use auroc::{MacroAuroc, auroc};
pub use confusion::Metrics;
pub use interval::{BearingRatio, Interval, RunFigure};
pub use multi_label::{LabelF1, LabelScores};
pub use predictions::{Predictions, Probabilities, arg_max};
pub use proper::{brier, log_loss};
pub use reliability::{BINS, Bin, Reliability};
pub use risk_coverage::{RiskCoverage, RiskPoint};
pub use rows::Rows;
pub use spread::Spread;
pub use unknown::UnknownFigures;
pub use vote::vote;

pub(crate) use interval::{ROUNDING, all_equal};
pub(crate) use rows::{check_labels, check_scored, check_width};
pub(crate) use spread::CONFIDENCE;
