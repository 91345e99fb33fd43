//! Which trained model is asked beside the signal: the one that ships, one of the user, or none.

use crate::device::{AskedDevice, NO_NET};
use crate::failure::{Code, Failure, Outcome};
use crate::session::Session;
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

    /// The same with its net on the GPU of a device, where it is one; says where it judges. The model that ships is no net.
    pub(crate) fn on(self, device: &AskedDevice, session: &Session) -> Outcome<ModelChoice> {
        match self {
            ModelChoice::None => {
                device.tell_useless(session, "no model is asked");
                Ok(self)
            }
            ModelChoice::Own(model, path) if model.facts().model.net().is_some() => {
                device.tell_judging(session);
                let doing = Doing { command: "diagnose --model", path: &path };
                let model = model.on(device.gpu()).map_err(|error| translate::learn(&error, doing))?;
                Ok(ModelChoice::Own(Box::new(model), path))
            }
            ModelChoice::Shipped(_) | ModelChoice::Own(..) => {
                device.tell_useless(session, NO_NET);
                Ok(self)
            }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_model_that_ships_is_no_net_so_that_none_is_lacking_on_a_gpu() {
        assert!(default_model().unwrap().facts().model.net().is_none());
    }
}
