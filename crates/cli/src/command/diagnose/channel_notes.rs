//! What was not diagnosed of files with several channels, and the flag that diagnoses it.

use crate::session::Session;
use crate::terminal::{shell_word, shown, visible};
use brinell_formats::{MeasuredChannels, OtherChannel, WantedChannels};
use brinell_signal::counted;
use std::path::Path;

/// Notes about the files of a batch: of each kind the first one, and how many there are.
#[derive(Default)]
pub(super) struct ChannelNotes {
    /// Files of which only the first channel was diagnosed, since none was named.
    further: Noted,
    /// Files with channels that `all` leaves out.
    left_out: Noted,
}

#[derive(Default)]
struct Noted {
    first: String,
    files: usize,
}

impl Noted {
    fn add(&mut self, text: impl FnOnce() -> String) {
        if self.files == 0 {
            self.first = text();
        }
        self.files += 1;
    }
}

impl ChannelNotes {
    /// Takes note of a file that was diagnosed.
    pub(super) fn add(&mut self, path: &Path, wanted: WantedChannels<'_>, channels: &MeasuredChannels) {
        match wanted {
            WantedChannels::First if channels.vibration.len() > 1 => self.further.add(|| {
                let names = visible(&channels.vibration.join(", "));
                format!("{}: one channel of {names}; --channel all diagnoses each", shown(path))
            }),
            WantedChannels::Vibration if !channels.others.is_empty() => self.left_out.add(|| {
                let in_words = |OtherChannel { name, why }: &OtherChannel| format!("{name} ({why})");
                let all: Vec<String> = channels.others.iter().map(in_words).collect();
                let flag = channels.others.first().map(|other| shell_word(&other.name)).unwrap_or_default();
                format!(
                    "{}: left out as no vibration: {}; --channel {flag} diagnoses it all the same",
                    shown(path),
                    visible(&all.join(", "))
                )
            }),
            _ => {}
        }
    }

    /// Says them on standard error.
    pub(super) fn tell(&self, session: &Session) {
        for Noted { first, files } in [&self.further, &self.left_out] {
            match *files {
                0 => {}
                1 => session.hint(first),
                many => session.hint(&format!("{first} (and {} like this)", counted(many - 1, "more file"))),
            }
        }
    }
}
