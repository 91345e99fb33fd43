//! The channel that a command is about, by name.

use crate::failure::{Code, Failure, Outcome};
use crate::terminal::visible;
use brinell_signal::{Channel, Recording};

/// The channel called `asked`, which `flag` names.
pub(crate) fn channel_named<'a>(recording: &'a Recording, asked: &str, flag: &str) -> Outcome<&'a Channel> {
    recording.channel(asked).ok_or_else(|| {
        let names: Vec<&str> = recording.channels().iter().map(Channel::name).collect();
        let near = brinell_learn::nearest(asked, names.iter().copied());
        let hint = near.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
        Failure::new(Code::ChannelUnknown, format!("there is no channel `{}`{hint}", visible(asked)))
            .why(format!("the recording has {}", visible(&names.join(", "))))
            .help(format!("{flag} {}", names[0]))
    })
}
