//! What may reach a terminal: when colour is used, and how foreign text is made harmless.

use crate::environment::Environment;
use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};
use std::path::Path;

/// When to do something that only makes sense on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Decides on colour: flag, then NO_COLOR, then CLICOLOR_FORCE, then TERM=dumb, then the terminal.
pub(crate) fn use_color(flag: When, environment: &Environment, is_terminal: bool) -> bool {
    match flag {
        When::Always => true,
        When::Never => false,
        When::Auto if environment.no_color => false,
        When::Auto if environment.color_force => true,
        When::Auto => is_terminal && !environment.dumb_terminal,
    }
}

/// Colours words, or leaves them alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    pub(crate) fn new(on: bool) -> Self {
        Self { on }
    }

    fn style(self, style: Style, text: &str) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.style(Style::new().bold(), text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.style(Style::new().dimmed(), text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.style(AnsiColor::Green.on_default().bold(), text)
    }

    pub(crate) fn caution(self, text: &str) -> String {
        self.style(AnsiColor::Yellow.on_default().bold(), text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.style(AnsiColor::Red.on_default().bold(), text)
    }

    pub(crate) fn accent(self, text: &str) -> String {
        self.style(AnsiColor::Cyan.on_default().bold(), text)
    }
}

/// Text from outside (file names, MATLAB strings) made harmless and visible on one line: control
/// characters are escaped as `\n` or `\x1b`, characters that change the direction of writing as
/// `\u{202e}`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if c.is_control() => shown.push_str(&format!("\\x{:02x}", c as u32)),
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                shown.push_str(&format!("\\u{{{:x}}}", c as u32));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// [`visible`] on every line: line breaks stay. For text of several lines that quotes foreign text.
pub(crate) fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// A path as it is shown; bytes that are not UTF-8 appear as U+FFFD.
pub(crate) fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// One word of a command line to copy, quoted for a POSIX shell when it has to be.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=+-,%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.chars().any(char::is_control) {
        // $'..' is the one form in which a control character can be copied.
        let mut quoted = String::from("$'");
        for c in word.chars() {
            match c {
                '\'' => quoted.push_str("\\'"),
                '\\' => quoted.push_str("\\\\"),
                c if c.is_control() => quoted.push_str(&visible(&c.to_string())),
                c => quoted.push(c),
            }
        }
        quoted + "'"
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A path as a word of a command line to copy.
pub(crate) fn shell_path(path: &Path) -> String {
    let word = shell_word(&path.to_string_lossy());
    // A leading dash would be taken for a flag.
    if word.starts_with('-') { format!("./{word}") } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_no_color_and_that_over_clicolor_force() {
        let mut environment = Environment { color_force: true, ..Environment::default() };
        assert!(use_color(When::Auto, &environment, false));
        environment.no_color = true;
        assert!(!use_color(When::Auto, &environment, true));
        assert!(use_color(When::Always, &environment, false));
        assert!(!use_color(When::Never, &Environment::default(), true));
    }

    #[test]
    fn a_dumb_terminal_has_no_color() {
        let environment = Environment { dumb_terminal: true, ..Environment::default() };
        assert!(!use_color(When::Auto, &environment, true));
        assert!(use_color(When::Auto, &Environment::default(), true));
    }

    #[test]
    fn escape_sequences_and_direction_overrides_become_visible() {
        assert_eq!(visible("a\u{1b}[31mb\nc\u{202e}d"), "a\\x1b[31mb\\nc\\u{202e}d");
        assert_eq!(visible("振动 é.mat"), "振动 é.mat");
    }

    #[test]
    fn a_word_with_spaces_is_quoted_so_that_it_can_be_copied() {
        assert_eq!(shell_word("rig3/vib_07.mat"), "rig3/vib_07.mat");
        assert_eq!(shell_word("a b.mat"), "'a b.mat'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word("a\nb"), "$'a\\nb'");
        assert_eq!(shell_path(Path::new("-x.mat")), "./-x.mat");
    }
}
