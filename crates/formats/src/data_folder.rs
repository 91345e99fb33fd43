//! Where data sets are kept.

use std::path::{Path, PathBuf};

/// Values of the environment that name a data folder; only the command line reads the environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct DataFolderEnvironment<'a> {
    /// `BRINELL_DATA`.
    pub brinell_data: Option<&'a Path>,
    /// `XDG_DATA_HOME`.
    pub xdg_data_home: Option<&'a Path>,
    /// The user's home folder.
    pub home: Option<&'a Path>,
}

/// The folder that holds one folder for each data set: the flag, else `BRINELL_DATA`, else
/// `XDG_DATA_HOME/brinell`, else `.local/share/brinell` in the home folder.
///
/// Empty values count as absent, and so does a relative `XDG_DATA_HOME` (as its specification
/// demands). `None` when nothing names a folder.
#[must_use]
pub fn data_folder(flag: Option<&Path>, environment: DataFolderEnvironment<'_>) -> Option<PathBuf> {
    fn set(path: Option<&Path>) -> Option<&Path> {
        path.filter(|path| !path.as_os_str().is_empty())
    }
    if let Some(folder) = set(flag).or_else(|| set(environment.brinell_data)) {
        return Some(folder.to_owned());
    }
    if let Some(folder) = set(environment.xdg_data_home).filter(|path| path.is_absolute()) {
        return Some(folder.join("brinell"));
    }
    set(environment.home).map(|home| home.join(".local").join("share").join("brinell"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_environment_and_empty_values_do_not_count() {
        let path = |text: &'static str| Some(Path::new(text));
        let all =
            DataFolderEnvironment { brinell_data: path("/b"), xdg_data_home: path("/x"), home: path("/h") };
        assert_eq!(data_folder(path("/f"), all).as_deref(), path("/f"));
        assert_eq!(data_folder(path(""), all).as_deref(), path("/b"));
        let without = DataFolderEnvironment { brinell_data: path(""), ..all };
        assert_eq!(data_folder(None, without).as_deref(), path("/x/brinell"));
        let relative = DataFolderEnvironment { xdg_data_home: path("x"), ..without };
        assert_eq!(data_folder(None, relative).as_deref(), path("/h/.local/share/brinell"));
        assert_eq!(data_folder(None, DataFolderEnvironment::default()), None);
    }
}
