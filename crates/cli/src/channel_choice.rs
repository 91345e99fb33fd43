//! The channels that a command is about, by name.

use crate::failure::{Code, Failure, Outcome};
use crate::terminal::visible;
use brinell_formats::WantedChannels;
use brinell_signal::{Channel, Recording};

/// What stands for every channel that is vibration.
pub(crate) const ALL: &str = "all";

/// The channels that are meant by what was said, if anything was.
pub(crate) fn wanted(said: Option<&str>) -> WantedChannels<'_> {
    match said {
        None => WantedChannels::First,
        Some(ALL) => WantedChannels::Vibration,
        Some(name) => WantedChannels::Named(name),
    }
}

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
