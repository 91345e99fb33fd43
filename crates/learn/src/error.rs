//! What can go wrong while learning, and what to do about it.

use crate::config_text::ConfigError;
use crate::protocol::{Leaked, Protocol};
use std::path::{Path, PathBuf};

/// Everything that can go wrong in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An experiment file with mistakes, all of them.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}\n  why: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason of the operating system.
        source: std::io::Error,
    },
    /// A recording could not be read.
    #[error(transparent)]
    Formats(#[from] brinell_formats::Error),
    /// A transform could not be planned or run.
    #[error(transparent)]
    Signal(#[from] brinell_signal::Error),
    /// A net could not be built, run or trained.
    #[error(transparent)]
    Model(#[from] brinell_model::Error),
    /// A tensor operation failed.
    #[error("a tensor operation failed\n  why: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A table of scores could not be written or read.
    #[error("cannot {action} the table {}\n  why: {source}", path.display())]
    Scores {
        /// `write` or `read`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: polars::prelude::PolarsError,
    },
    /// The data do not allow what was asked.
    #[error("{what}\n  why: {why}\n  help: {help}")]
    Data {
        /// What cannot be done.
        what: String,
        /// Expected against found.
        why: String,
        /// A way out.
        help: String,
    },
    /// A protocol that promises unseen bearings would have shown one in training, or two parts share samples.
    #[error(
        "{protocol}, fold {fold}: {leaked}\n  \
         why: a net that has seen a bearing, a recording or a sample knows it again, the figure would say nothing \
         about a new one\n  \
         help: use one of the protocols as they are (brinell list protocols), or correct the annotations"
    )]
    Leak {
        /// The protocol.
        protocol: Protocol,
        /// The fold.
        fold: String,
        /// What is on both sides.
        leaked: Leaked,
    },
    /// The run folder holds something already.
    #[error(
        "the run folder {} is not empty\n  help: --resume to go on with it, --force to start anew, or name \
         another folder", folder.display()
    )]
    RunFolderInUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder is no run folder, or its run is another experiment.
    #[error("{} cannot be used\n  why: {why}\n  help: {help}", folder.display())]
    RunFolder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
        /// A way out.
        help: String,
    },
    /// A store of prepared segments is damaged, or that of something else.
    #[error("the store {} cannot be used\n  why: {why}\n  help: {help}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// A way out.
        help: String,
    },
    /// Work that saves nothing on the way was stopped from outside.
    #[error("stopped: {} was not written", what.display())]
    Stopped {
        /// What was being made.
        what: PathBuf,
    },
    /// Training was stopped from outside; everything is saved.
    #[error(
        "stopped in {place}, epoch {epoch} of {epochs}\n  saved: {}\n  resume: brinell train --resume {}",
        run_folder.display(),
        run_folder.display()
    )]
    Interrupted {
        /// The folder to resume from.
        run_folder: PathBuf,
        /// Protocol, fold and seed.
        place: String,
        /// The epoch that was running, from 1.
        epoch: usize,
        /// The number of epochs that were planned.
        epochs: usize,
    },
    /// Training went astray.
    #[error(
        "{place}: the loss became {loss} in epoch {epoch}\n  help: a lower [training.optimiser] learning_rate"
    )]
    Diverged {
        /// Protocol, fold and seed.
        place: String,
        /// The epoch, from 1.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// The bytes are no trained model, or a damaged one.
    #[error("{name} cannot be used as a model\n  why: {why}\n  help: {help}")]
    NotAModel {
        /// The file, or the name the bytes were given.
        name: String,
        /// What is wrong.
        why: String,
        /// A way out.
        help: String,
    },
    /// A recording does not carry what the model looks at.
    #[error("the model {model} cannot judge this recording\n  why: {why}\n  help: {help}")]
    CannotScore {
        /// The model.
        model: String,
        /// What is wrong.
        why: String,
        /// A way out.
        help: String,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    }

    pub(crate) fn data(what: impl Into<String>, why: impl Into<String>, help: impl Into<String>) -> Error {
        Error::Data { what: what.into(), why: why.into(), help: help.into() }
    }
}
