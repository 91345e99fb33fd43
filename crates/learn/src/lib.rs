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
//! | `recordings` `segment_view` `examples` `feature_cache` | recordings at one rate; segments seen through the pipeline, kept for other folds |
//! | `store/` | what pipelines made of all segments, in one HDF5 file that runs read |
//! | `protocol/` | who learns from what and is judged by what, one rule a file |
//! | `class` `fault_set` | the classes a net tells apart; which parts are damaged |
//! | `test_noise` | noise on a test part |
//! | `leak/` | what of a split's test is known from training, and classes that give themselves away |
//! | `tune/` | `[tune]` of the file: options chosen on held-out bearings |
//! | `training_options` `loss` `rate_schedule` | `[training]` of the file; what is made small; how the step size changes |
//! | `model` `judge` | what learns, by its name in `[model]`; what judges |
//! | `learning_side` `learning` | training and validation of a fold, with bearings held out in turn; one model from given examples |
//! | `augmentation/` | `[augmentation]` of the file: changed copies and simulated bearings to learn from |
//! | `baseline` | `[[baseline]]` of the file: other models under the same protocols |
//! | `calibration_options` `held_out` | `[calibration]` of the file; what held-out bearings tell |
//! | `training` `batches_ahead` `checkpoint` `shuffle` | one net on one fold; its batches, made ahead for a GPU; its state; seeded order |
//! | `size_task` `size_figures` | the size of a fault, learned beside its class; what that is worth |
//! | `adaptation` `alignment` | how a net is adapted to recordings without labels; its part of a training step |
//! | `observer` | what a run tells whoever watches |
//! | `run` `plan` `job` `side_by_side` `run_folder` `split_file` `seal` | an experiment into its folder, all folds made first, several learned at once, resumable; what a finished fold was made with |
//! | `learner/` | learners on rows of numbers |
//! | `scores` `scores_file` `judged` | scores of test segments, their file, what a run stores |
//! | `figure` `level_figures` `pooled_figures` `summary` `setting` | figures by name, of one fold, over all folds at once; `scores.json`; what stands beside them |
//! | `table/` `card` `figure_tables` | the figures for people; as Parquet |
//! | `comparison` | two runs, fold by fold |
//! | `metrics/` | figures of scores, one idea a file |
//! | `calibration/` | scores that can be relied on: probabilities, sets of classes, unknown faults |
//! | `trained` `learned_range` | the model file; the speeds and rates that it learned from |
//! | `attribution` | what of a recording an opinion rests on |
//! | `feature_plan` `vmd_on_gpu` | a pipeline planned for segments; its mode decomposition on a GPU |
//! | `final_model` | one model from all recordings, for machines that are none of them |
//! | `single_net` | one net from labelled recordings in memory |

mod adaptation;
mod alignment;
mod attribution;
mod augmentation;
mod baseline;
mod batches_ahead;
pub mod calibration;
mod calibration_options;
mod card;
mod checkpoint;
mod class;
mod comparison;
mod config_sections;
mod config_text;
mod error;
mod examples;
mod experiment;
mod fault_set;
mod feature_cache;
mod feature_plan;
mod figure;
mod figure_tables;
mod final_model;
mod held_out;
mod job;
mod judge;
mod judged;
pub mod leak;
mod learned_range;
pub mod learner;
mod learning;
mod learning_side;
mod level_figures;
mod loss;
pub mod metrics;
mod model;
mod nearest;
mod net_check;
mod observer;
mod option_keys;
mod option_mistake;
mod pipeline_text;
mod plan;
mod pooled_figures;
mod protocol;
mod rate_schedule;
mod recordings;
mod run;
mod run_folder;
mod scores;
mod scores_file;
mod seal;
mod segment_view;
mod select;
mod setting;
mod shuffle;
mod side_by_side;
mod single_net;
mod size_figures;
mod size_task;
mod split_file;
mod step_answers;
mod step_keys;
mod step_mistake;
mod store;
mod summary;
mod table;
mod test_noise;
mod trained;
mod training;
mod training_options;
mod tune;
mod value_wording;
mod vmd_on_gpu;

pub use brinell_model::Gpu;

pub use adaptation::{AdaBn, Adaptation, ConditionalDann, Coral, Dann, JointMmd, MkMmd};
pub use attribution::{Attribution, BandLoss, LineLoss, PlaceLoss};
pub use augmentation::{AddedNoise, AugmentationOptions, SimulatedBearings};
pub use baseline::Baseline;
pub use calibration_options::{CalibrationMethod, CalibrationOptions, UnknownOptions};
pub use class::ClassName;
pub use comparison::{Comparison, PairedFigure, PooledEce, ProtocolComparison, compare};
pub use config_text::{ConfigError, Problem};
pub use error::{Error, Result};
pub use examples::Examples;
pub use experiment::{Experiment, ProtocolOptions, SegmentOptions, ValidationUnit};
pub use fault_set::FaultSet;
pub use feature_plan::ModesOn;
pub use figure::{Figure, Level};
pub use figure_tables::{FigureTables, write_figure_tables};
pub use final_model::FinalOptions;
pub use judged::{BaselineSummaries, StoredFold, finished_folds, stored_baselines, stored_summary};
pub use learned_range::{Coverage, LearnedRange};
pub use level_figures::{LevelFigures, PartFigures, STATED_RISK};
pub use loss::Loss;
pub use metrics::{Metrics, Spread, arg_max};
pub use model::Model;
pub use nearest::nearest;
pub use observer::{Event, Observer, Place, Unobserved};
pub use option_keys::{attention_keys, learner_keys, net_keys, pool_keys};
pub use pipeline_text::parse_pipeline;
pub use plan::{Plan, PlannedProtocol, plan};
pub use pooled_figures::{PartReliability, PooledFigures};
pub use protocol::{
    Fold, InnerFold, Leaked, Part, Protocol, Signal, SplitRule, Target, TargetRule, UNKNOWN_CLASS, Window,
};
pub use rate_schedule::RateSchedule;
pub use recordings::{AnnotatedSignal, Recordings};
pub use run::{
    RunSummary, TrainOptions, TunedFold, check_training, evaluate, evaluate_on, train, train_on, tune,
    uses_gpu, with_device,
};
pub use run_folder::RunFolder;
pub use scores::{ScoreRow, ScoreTable};
pub use select::{DataOptions, IN_MEMORY, RecordRule, SensorOptions};
pub use setting::{Beside, SetPromise, Setting};
pub use single_net::{LabelledSignal, NetRecipe, train_net};
pub use size_figures::SizeFigures;
pub use size_task::{FurtherTasks, SizeClass, SizeTask};
pub use step_keys::{KeyDefault, StepKey, StepKeys, typed};
pub use step_mistake::{StepMistake, Writing};
pub use store::{PrepareOptions, PreparedStore, PreparedWay, prepare_store, prepare_store_of};
pub use summary::{
    ClassSpread, FoldFacts, FoldSummary, LevelSummary, PartSpread, ProtocolSummary, SCORES_SCHEMA, Summary,
    UnfinishedProtocol,
};
pub use table::{Line, NOT_FINISHED, NOT_MEASURED, Pair, Row, Side, Table};
pub use test_noise::{NoiseKind, TestNoise};
pub use trained::{ModelFacts, Scores, Trained};
pub use training::EpochRow;
pub use training_options::{ClassWeights, EarlyStop, Keep, TrainingOptions};
pub use tune::{Choice, Range, RangeScale, Space, Trial, TuneFigure, TuneMethod, TuneOptions, Values};
