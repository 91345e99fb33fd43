//! Which trained model is asked beside the signal: the one that ships, one of the user, or none.

use crate::failure::{Code, Failure, Outcome};
use crate::translate::{self, Doing};
use brinell_diagnosis::default_model;
use brinell_learn::Trained;
use std::path::{Path, PathBuf};

/// The word for none.
const NONE: &str = "none";

/// A model that is ready to be asked.
#[derive(Debug)]
pub(crate) enum ModelChoice {
    /// No model: the signal alone.
    None,
    /// The one that ships.
    Shipped(&'static Trained),
    /// The user's own.
    Own(Box<Trained>, PathBuf),
}

impl ModelChoice {
    /// What `--model` says: left out, `none`, or a file.
    pub(crate) fn of(path: Option<&Path>, command: &'static str) -> Outcome<ModelChoice> {
        match path {
            None => default_model()
                .map(ModelChoice::Shipped)
                .map_err(|error| Failure::new(Code::Internal, error.to_string())),
            Some(path) if path.as_os_str() == NONE => Ok(ModelChoice::None),
            Some(path) => match Trained::load(path) {
                Ok(model) => Ok(ModelChoice::Own(Box::new(model), path.to_owned())),
                Err(error) => Err(translate::learn(&error, Doing { command, path })),
            },
        }
    }

    /// The model, if one is asked.
    pub(crate) fn model(&self) -> Option<&Trained> {
        match self {
            ModelChoice::None => None,
            ModelChoice::Shipped(model) => Some(model),
            ModelChoice::Own(model, _) => Some(model),
        }
    }

    /// What `--model` has to say to choose the same; nothing for the one that ships.
    pub(crate) fn flag(&self) -> Option<String> {
        match self {
            ModelChoice::Shipped(_) => None,
            ModelChoice::None => Some(NONE.to_owned()),
            ModelChoice::Own(_, path) => Some(path.to_string_lossy().into_owned()),
        }
    }
}
