//! The two streams: the result on standard output, everything else on standard error.

use crate::failure::{Code, Failure, Outcome, system_reason, unwritable};
use crate::terminal::{shell_path, shown};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a part of the result to standard output.
///
/// A reader that goes away (`| head -1`) is no error: it comes back as [`Code::ClosedPipe`], which
/// ends the program quietly with 0.
pub(crate) fn print(text: &str) -> Outcome<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Code::ClosedPipe, "the reader of the output went away"))
        }
        Err(error) => Err(Failure::new(Code::OutputUnwritable, "standard output cannot be written")
            .why(system_reason(&error))
            .help("free some space, or send the output elsewhere")),
    }
}

/// Writes to standard error; nobody can be told when that fails.
pub(crate) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A file or folder that is there already, without `--force`.
pub(crate) fn exists_already(path: &Path) -> Box<Failure> {
    Failure::new(Code::OutputExists, format!("{} exists already", shown(path)))
        .why("nothing is overwritten unasked")
        .help(format!("add --force, or choose another place: -o {}", shell_path(&other_name(path))))
        .file(path)
}

/// `report` becomes `report-2`, `a.json` becomes `a-2.json`.
fn other_name(path: &Path) -> PathBuf {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = match path.extension() {
        Some(extension) => format!("{stem}-2.{}", extension.to_string_lossy()),
        None => format!("{stem}-2"),
    };
    path.with_file_name(name)
}

/// Writes a file as a whole: beside its place, synchronised, then renamed.
pub(crate) fn write_file(path: &Path, bytes: &[u8], force: bool) -> Outcome<()> {
    check_place(path, force)?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        // A device such as /dev/stdout or /dev/full cannot be replaced by a file.
        if path.metadata().is_ok_and(|meta| !meta.is_file()) {
            let mut device = std::fs::OpenOptions::new().write(true).open(path)?;
            device.write_all(bytes)?;
            return device.flush();
        }
        let mut file = new_file_beside(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    write().map_err(|error| unwritable(path, &error))
}

/// A file under a passing name; it gets the permissions of any new file.
fn new_file_beside(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".brinell-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Refuses a file that is there, unless it may be replaced, and one whose folder is not there.
pub(crate) fn check_place(path: &Path, force: bool) -> Outcome<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        return Err(Failure::new(
            Code::OutputUnwritable,
            format!("the folder {} does not exist", shown(folder)),
        )
        .why(format!("{} was to be written there", shown(path)))
        .help(format!("mkdir -p {}", shell_path(folder)))
        .file(path));
    }
    match path.symlink_metadata() {
        Ok(_) if path.is_dir() => {
            Err(Failure::new(Code::OutputExists, format!("{} is a folder", shown(path)))
                .help(format!("name a file in it: -o {}", shell_path(&path.join("result.json"))))
                .file(path))
        }
        Ok(meta) if meta.is_file() && !force => Err(exists_already(path)),
        _ => Ok(()),
    }
}

/// Makes sure, before any work, that files can be written in a folder: makes it where it is missing
/// and writes and removes one file in it.
pub(crate) fn prepare_folder(folder: &Path) -> Outcome<()> {
    std::fs::create_dir_all(folder).map_err(|error| {
        if folder.exists() && !folder.is_dir() {
            return Failure::new(Code::OutputUnwritable, format!("{} is no folder", shown(folder)))
                .why("a file of that name is in the way")
                .help(format!("-o {}", shell_path(&other_name(folder))))
                .file(folder);
        }
        unwritable(folder, &error)
    })?;
    let probe = || -> io::Result<()> {
        let mut file = new_file_beside(folder)?;
        file.write_all(b"brinell")?;
        file.close()
    };
    probe().map_err(|error| unwritable(folder, &error))
}

/// Whether a folder holds anything.
pub(crate) fn is_filled(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
