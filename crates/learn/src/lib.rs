//! Learning: from annotated recordings to trained nets whose worth is known.
//!
//! An [`Experiment`] is one TOML file; [`train`] runs it into one folder; a [`Protocol`] decides which segments
//! a net may learn from and which judge it; a [`Trained`] model is one file that judges recordings.
//!
//! ```
//! use brinell_learn::{Experiment, Protocol};
//!
//! let text = "
//!     name = \"small\"
//!     [data]
//!     dataset = \"simulated\"
//!     rate = \"12kHz\"
//!     [segments]
//!     length = 2048
//!     stride = 2048
//!     [training]
//!     epohcs = 5
//!     [model]
//!     name = \"wdcnn\"
//!     [[pipeline]]
//!     step = \"standardise\"
//!     [[protocol]]
//!     name = \"random-window\"
//!     sensor = \"DE\"
//! ";
//! let mistake = Experiment::parse(text, "small.toml").unwrap_err().to_string();
//! assert!(mistake.contains("small.toml:10:5: unknown key `epohcs`; did you mean `epochs`?"), "{mistake}");
//! let experiment = Experiment::parse(&text.replace("epohcs", "epochs"), "small.toml")?;
//! assert_eq!(experiment.training.epochs, 5);
//! assert!(Protocol::RandomWindow.is_leaky().is_some());
//! # Ok::<(), brinell_learn::Error>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `experiment` `select` | the TOML file; which recordings of a catalogue |
//! | `config_text` `config_sections` `nearest` | complaints with file, line, column and a hint; those about whole sections |
//! | `option_mistake` `net_check` `value_wording` | what is wrong with `[model]` and `[training]`: keys, kinds, values; ranges and shapes; how it is said |
//! | `step_keys` `step_answers` `step_mistake` `pipeline_text` | the keys of a step; what is wrong with one; a file's steps alone |
//! | `option_keys` | the keys of nets, attention and pools |
//! | `recordings` `examples` | recordings at one rate; segments seen through the pipeline |
//! | `protocol/` | who learns from what and is judged by what, one rule a file |
//! | `class` `fault_set` | the classes a net tells apart; which parts are damaged |
//! | `test_noise` | noise on a test part |
//! | `leak/` | what of a split's test is known from training, and classes that give themselves away |
//! | `training_options` `loss` `rate_schedule` | `[training]` of the file; what is made small; how the step size changes |
//! | `training` `checkpoint` `shuffle` | one net on one fold; its state; seeded order |
//! | `adaptation` `alignment` | how a net is adapted to recordings without labels; its part of a training step |
//! | `observer` | what a run tells whoever watches |
//! | `run` `job` `side_by_side` `run_folder` `split_file` | an experiment into its folder, fold by fold, several at once, resumable |
//! | `scores` `summary` `table` `card` | what came out |
//! | `metrics/` | figures of scores, one idea a file |
//! | `calibration/` | scores that can be relied on: probabilities, sets of classes, unknown faults |
//! | `trained` | the model file |
//! | `single_net` | one net from labelled recordings in memory |

mod adaptation;
mod alignment;
pub mod calibration;
mod card;
mod checkpoint;
mod class;
mod config_sections;
mod config_text;
mod error;
mod examples;
mod experiment;
mod fault_set;
pub mod feature;
mod job;
pub mod leak;
pub mod learner;
mod loss;
pub mod metrics;
mod nearest;
mod net_check;
mod observer;
mod option_keys;
mod option_mistake;
mod pipeline_text;
mod protocol;
mod rate_schedule;
mod recordings;
mod run;
mod run_folder;
mod scores;
mod select;
mod shuffle;
mod side_by_side;
mod single_net;
mod split_file;
mod step_answers;
mod step_keys;
mod step_mistake;
mod summary;
mod table;
mod test_noise;
mod trained;
mod training;
mod training_options;
mod value_wording;

pub use adaptation::{AdaBn, Adaptation, ConditionalDann, Coral, Dann, JointMmd, MkMmd};
pub use class::ClassName;
pub use config_text::{ConfigError, Problem};
pub use error::{Error, Result};
pub use examples::Examples;
pub use experiment::{Experiment, ProtocolOptions, SegmentOptions, ValidationUnit};
pub use fault_set::FaultSet;
pub use loss::Loss;
pub use metrics::{Metrics, Spread, arg_max};
pub use nearest::nearest;
pub use observer::{Event, Observer, Place, Unobserved};
pub use option_keys::{attention_keys, net_keys, pool_keys};
pub use pipeline_text::parse_pipeline;
pub use protocol::{
    Fold, Leaked, Part, Protocol, Signal, SplitRule, Target, TargetRule, UNKNOWN_CLASS, Window,
};
pub use rate_schedule::RateSchedule;
pub use recordings::{AnnotatedSignal, Recordings};
pub use run::{RunSummary, TrainOptions, evaluate, evaluate_on, train, train_on};
pub use run_folder::RunFolder;
pub use scores::{ScoreRow, ScoreTable};
pub use select::{DataOptions, IN_MEMORY, RecordRule, SensorOptions};
pub use single_net::{LabelledSignal, NetRecipe, train_net};
pub use step_keys::{KeyDefault, StepKey, StepKeys, typed};
pub use step_mistake::{StepMistake, Writing};
pub use summary::{FoldFacts, FoldSummary, PartFigures, ProtocolSummary, SCORES_SCHEMA, Summary};
pub use table::{NOT_MEASURED, Row, Table};
pub use test_noise::{NoiseKind, TestNoise};
pub use trained::{ModelFacts, Scores, Trained};
pub use training::EpochRow;
pub use training_options::{ClassWeights, EarlyStop, Keep, TrainingOptions};
