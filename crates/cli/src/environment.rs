//! The environment variables that matter, read once at the start: nothing below reads them again.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// `NO_COLOR` is set and not empty.
    pub(crate) no_color: bool,
    /// `CLICOLOR_FORCE` is set, not empty and not `0`.
    pub(crate) color_force: bool,
    /// `TERM` is `dumb`.
    pub(crate) dumb_terminal: bool,
    /// `BRINELL_DATA`: the folder that holds data sets.
    pub(crate) data: Option<PathBuf>,
    /// `XDG_DATA_HOME`.
    pub(crate) xdg_data_home: Option<PathBuf>,
    /// `HOME`.
    pub(crate) home: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process.
    pub(crate) fn read() -> Self {
        Self::from(|name| std::env::var_os(name))
    }

    fn from(get: impl Fn(&str) -> Option<OsString>) -> Self {
        let filled = |name: &str| get(name).filter(|value| !value.is_empty());
        Self {
            no_color: filled("NO_COLOR").is_some(),
            color_force: filled("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb_terminal: get("TERM").is_some_and(|value| value == "dumb"),
            data: filled("BRINELL_DATA").map(PathBuf::from),
            xdg_data_home: filled("XDG_DATA_HOME").map(PathBuf::from),
            home: filled("HOME").map(PathBuf::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Environment {
        Environment::from(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn an_empty_no_color_does_not_count() {
        assert!(!with(&[("NO_COLOR", "")]).no_color);
        assert!(with(&[("NO_COLOR", "1")]).no_color);
    }

    #[test]
    fn an_empty_folder_counts_as_absent() {
        let environment = with(&[("BRINELL_DATA", ""), ("HOME", "/home/u")]);
        assert_eq!(environment.data, None);
        assert_eq!(environment.home, Some(PathBuf::from("/home/u")));
    }
}
