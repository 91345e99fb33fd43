//! Where data sets lie on this machine.

use crate::arguments::DataFolder;
use crate::environment::Environment;
use crate::failure::{Code, Failure, Outcome};
use brinell_formats::DataFolderEnvironment;
use std::path::PathBuf;

/// The folder of all data sets: flag, then `BRINELL_DATA`, then the user's data folder.
pub(crate) fn data_folder(flag: &DataFolder, environment: &Environment) -> Outcome<PathBuf> {
    let values = DataFolderEnvironment {
        brinell_data: environment.data.as_deref(),
        xdg_data_home: environment.xdg_data_home.as_deref(),
        home: environment.home.as_deref(),
    };
    let chosen = brinell_formats::data_folder(flag.data_dir.as_deref(), values);
    chosen.ok_or_else(|| {
        Failure::new(Code::Usage, "no data folder is known")
            .why("neither --data-dir nor BRINELL_DATA, XDG_DATA_HOME or HOME is set")
            .help("--data-dir data")
    })
}
