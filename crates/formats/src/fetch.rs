//! Gets the files of a data set: from their publisher, a mirror, or a folder.
//!
//! Every file is checked for size and SHA-256 before it appears under its name. A download that
//! broke off leaves `NAME.part` and goes on from there the next time.

use crate::catalogue::Entry;
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::reading::check_hash;
use crate::source::Source;
use crate::verify::verify_file;
use crate::whole_file::write_whole;
use std::fs;
use std::path::{Path, PathBuf};

/// Where to get files from instead of their publisher. They may be plain or packed (`.mat.xz`),
/// and lie directly there or below `mat/` and `xz/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mirror {
    /// A folder; needs no network.
    Dir(PathBuf),
    /// The address of a folder on a web server.
    Url(String),
}

impl Mirror {
    /// An address when it starts with `http://` or `https://`, else a folder.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            Self::Url(text.trim_end_matches('/').to_owned())
        } else {
            Self::Dir(PathBuf::from(text))
        }
    }
}

/// What to fetch, and where to.
#[derive(Debug, Clone)]
pub struct FetchPlan {
    /// Folder in which the files appear; made when it is not there.
    pub folder: PathBuf,
    /// Where from; `None` means each file's published address.
    pub from: Option<Mirror>,
    /// Names of the files (`105` or `105.mat`); `None` means all.
    pub only: Option<Vec<String>>,
    /// Replace files that are there and wrong.
    pub force: bool,
}

/// What happens while fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A file is being looked at.
    Started {
        /// File name.
        file: &'a str,
        /// Its number, from 0.
        index: usize,
        /// Number of files.
        count: usize,
    },
    /// Bytes of it have arrived.
    Advanced {
        /// File name.
        file: &'a str,
        /// Bytes so far, those of an earlier attempt included.
        done: u64,
        /// Bytes in all, when known.
        total: Option<u64>,
    },
    /// The connection broke and is tried again.
    Retrying {
        /// File name.
        file: &'a str,
        /// Why.
        why: &'a str,
    },
    /// It is whole and in place, or was already.
    Finished {
        /// File name.
        file: &'a str,
    },
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// File name.
    pub file: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Where it came from.
    pub source: String,
}

/// What became of each file.
#[derive(Debug, Default)]
pub struct FetchReport {
    /// Written now.
    pub written: Vec<Fetched>,
    /// Already there and right.
    pub kept: Vec<String>,
    /// Not to be had: neither the mirror nor the publisher has them.
    pub missing: Vec<String>,
    /// Failed, with the reason.
    pub failed: Vec<(String, Error)>,
    /// Not tried because the server could not be reached.
    pub not_tried: Vec<String>,
}

/// What would happen to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// File name.
    pub file: String,
    /// Where it would appear, or lies already.
    pub path: PathBuf,
    /// Size, when the catalogue knows it.
    pub bytes: Option<u64>,
    /// What would be done.
    pub action: PlannedAction,
    /// Where it would come from; empty when nothing would be read.
    pub source: String,
}

/// What would be done with one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlannedAction {
    /// It is there and right: nothing.
    Keep,
    /// It would be written.
    Write,
    /// It is there and wrong, and would be replaced.
    Replace,
    /// It is there and wrong, and would stay so without `force`.
    LeaveWrong,
    /// The source does not have it.
    Missing,
}

/// Lists what [`fetch`] would do; changes nothing and uses no network.
///
/// # Errors
/// When `only` names a file that the catalogue lacks, or the mirror's folder cannot be opened.
pub fn plan_fetch(dataset: &Dataset, plan: &FetchPlan) -> Result<Vec<PlannedFile>> {
    check_mirror(plan)?;
    let describe = |entry: &Entry| {
        let file = entry.file_name();
        let (path, there) = state(dataset, entry, plan);
        let source = match &plan.from {
            Some(Mirror::Dir(folder)) => dataset.path_of(entry, folder).map(|p| p.display().to_string()),
            _ => candidates(entry, plan).into_iter().next(),
        };
        let action = match (there, &source) {
            (Some(Ok(())), _) => PlannedAction::Keep,
            (Some(Err(_)), _) if !plan.force => PlannedAction::LeaveWrong,
            (_, None) => PlannedAction::Missing,
            (Some(Err(_)), Some(_)) => PlannedAction::Replace,
            (None, Some(_)) => PlannedAction::Write,
        };
        let reads = matches!(action, PlannedAction::Write | PlannedAction::Replace);
        let source = source.filter(|_| reads).unwrap_or_default();
        PlannedFile { file, path, bytes: entry.bytes, action, source }
    };
    Ok(chosen(dataset, plan)?.into_iter().map(describe).collect())
}

/// Gets the files that are not there yet. One that fails does not stop the others, unless no
/// server can be reached.
///
/// # Errors
/// When `only` names a file that the catalogue lacks, a folder cannot be opened or made, or this
/// build cannot download. What happens to a single file is in the report.
pub fn fetch(
    dataset: &Dataset,
    plan: &FetchPlan,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<FetchReport> {
    check_mirror(plan)?;
    let entries = chosen(dataset, plan)?;
    let mut transport = Transport::new(plan)?;
    fs::create_dir_all(&plan.folder).map_err(|e| Error::io(&plan.folder, "make", &e))?;
    let mut report = FetchReport::default();
    let count = entries.len();
    for (index, entry) in entries.iter().enumerate() {
        let file = entry.file_name();
        progress(Progress::Started { file: &file, index, count });
        let (target, there) = state(dataset, entry, plan);
        match there {
            Some(Ok(())) => {
                report.kept.push(file.clone());
                progress(Progress::Finished { file: &file });
                continue;
            }
            Some(Err(error)) if !plan.force => {
                report.failed.push((file, error));
                continue;
            }
            _ => {}
        }
        // A wrong file may lie elsewhere in the folder; the new one always appears at the top,
        // where it is found first.
        let target = if there.is_some() { plan.folder.join(&file) } else { target };
        match transport.get(dataset, entry, plan, &target, progress) {
            Ok(Some(source)) => {
                let bytes = fs::metadata(&target).map_or(0, |m| m.len());
                report.written.push(Fetched { file: file.clone(), path: target, bytes, source });
                progress(Progress::Finished { file: &file });
            }
            Ok(None) => report.missing.push(file),
            Err(error) => {
                let unreachable = matches!(error, Error::Network { unreachable: true, .. });
                report.failed.push((file, error));
                if unreachable {
                    report.not_tried.extend(entries[index + 1..].iter().map(|e| e.file_name()));
                    break;
                }
            }
        }
    }
    Ok(report)
}

fn check_mirror(plan: &FetchPlan) -> Result<()> {
    if let Some(Mirror::Dir(folder)) = &plan.from {
        fs::read_dir(folder).map_err(|e| Error::io(folder, "open", &e))?;
    }
    Ok(())
}

/// The entries that `only` names, in catalogue order.
fn chosen<'a>(dataset: &'a Dataset, plan: &FetchPlan) -> Result<Vec<&'a Entry>> {
    let Some(only) = &plan.only else { return Ok(dataset.catalogue.entries.iter().collect()) };
    let wanted: Vec<&Entry> = only.iter().map(|file| dataset.catalogue.find(file)).collect::<Result<_>>()?;
    Ok(dataset.catalogue.entries.iter().filter(|e| wanted.iter().any(|w| w.file == e.file)).collect())
}

/// Where the file lies or would appear, and, if it is there, whether it is right.
fn state(dataset: &Dataset, entry: &Entry, plan: &FetchPlan) -> (PathBuf, Option<Result<()>>) {
    match dataset.path_of(entry, &plan.folder) {
        Some(path) => {
            let checked = verify_file(entry, &path);
            (path, Some(checked))
        }
        None => (plan.folder.join(entry.file_name()), None),
    }
}

/// Addresses to try, in order.
fn candidates(entry: &Entry, plan: &FetchPlan) -> Vec<String> {
    match &plan.from {
        Some(Mirror::Url(base)) => {
            let (base, file) = (base.trim_end_matches('/'), entry.file_name());
            vec![
                format!("{base}/{file}"),
                format!("{base}/{file}.xz"),
                format!("{base}/mat/{file}"),
                format!("{base}/xz/{file}.xz"),
            ]
        }
        Some(Mirror::Dir(_)) => Vec::new(),
        None => entry.url.iter().cloned().collect(),
    }
}

/// How files are brought.
enum Transport {
    Folder,
    #[cfg(feature = "download")]
    Network {
        client: crate::http::Client,
        /// Which of the mirror's addresses worked last.
        preferred: usize,
    },
}

impl Transport {
    fn new(plan: &FetchPlan) -> Result<Self> {
        match plan.from {
            Some(Mirror::Dir(_)) => Ok(Self::Folder),
            #[cfg(feature = "download")]
            _ => Ok(Self::Network { client: crate::http::Client::new(), preferred: 0 }),
            #[cfg(not(feature = "download"))]
            _ => Err(Error::NoDownload),
        }
    }

    /// Brings one file to `target` and says where it came from; `None` when nobody has it.
    fn get(
        &mut self,
        dataset: &Dataset,
        entry: &Entry,
        plan: &FetchPlan,
        target: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Option<String>> {
        match self {
            Self::Folder => {
                let Some(Mirror::Dir(folder)) = &plan.from else { return Ok(None) };
                let Some(path) = dataset.path_of(entry, folder) else { return Ok(None) };
                let source = Source::open(&path)?.load()?;
                install(entry, &source, &path, target)?;
                let (file, done) = (entry.file_name(), source.length());
                progress(Progress::Advanced { file: &file, done, total: entry.bytes.or(Some(done)) });
                Ok(Some(path.display().to_string()))
            }
            #[cfg(feature = "download")]
            Self::Network { client, preferred } => {
                let mut addresses: Vec<_> = candidates(entry, plan).into_iter().enumerate().collect();
                let first = (*preferred).min(addresses.len().saturating_sub(1));
                if !addresses.is_empty() {
                    addresses[..=first].rotate_right(1);
                }
                for (kind, url) in addresses {
                    if download(client, entry, &url, target, progress)? {
                        *preferred = kind;
                        return Ok(Some(url));
                    }
                }
                Ok(None)
            }
        }
    }
}

/// Writes the unpacked bytes of a checked source.
fn install(entry: &Entry, source: &Source, from: &Path, target: &Path) -> Result<()> {
    check_hash(entry, from, &source.sha256()?, source.length())?;
    let length = usize::try_from(source.length()).unwrap_or(usize::MAX);
    let bytes = source.at(0, length)?;
    write_whole(target, |file| file.write_all(&bytes))
}

/// Downloads one address by way of `TARGET.part`; `false` when the server does not have it.
#[cfg(feature = "download")]
fn download(
    client: &crate::http::Client,
    entry: &Entry,
    url: &str,
    target: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<bool> {
    use crate::http::{Download, Outcome};
    let file = entry.file_name();
    let packed = url.ends_with(".xz");
    let part = beside(target, if packed { ".xz.part" } else { ".part" });
    let validator = beside(&part, ".validator");
    let download =
        Download { url, part: &part, validator: &validator, bytes: entry.bytes.filter(|_| !packed) };
    let remove = || {
        let _ = fs::remove_file(&part);
        let _ = fs::remove_file(&validator);
    };
    for _ in 0..2 {
        let resumed = match client.download(&download, &file, progress)? {
            Outcome::NotFound => return Ok(false),
            Outcome::Whole { resumed } => resumed,
        };
        match accept(entry, &part, url, target, packed) {
            Ok(()) => {
                remove();
                return Ok(true);
            }
            // Two halves of different files: once more, from the start.
            Err(Error::Checksum { .. }) if resumed => remove(),
            Err(error) => {
                // Wrong bytes are of no use; a full disk must not cost the download.
                if matches!(error, Error::Checksum { .. }) {
                    remove();
                }
                return Err(error);
            }
        }
    }
    Err(Error::Network {
        url: url.to_owned(),
        why: "the file changed on the server while it was being downloaded".to_owned(),
        help: "try again later".to_owned(),
        unreachable: false,
    })
}

/// Checks a whole download and puts it in place.
#[cfg(feature = "download")]
fn accept(entry: &Entry, part: &Path, url: &str, target: &Path, packed: bool) -> Result<()> {
    use crate::recognise::recognise;
    let wrong = |found: String| Error::Checksum {
        file: entry.file_name(),
        path: url.to_owned(),
        expected: format!("SHA-256 {}", entry.sha256),
        found,
    };
    let source = match Source::open(part) {
        Ok(source) => source,
        Err(Error::Empty { .. }) => return Err(wrong("an empty file".to_owned())),
        Err(error @ Error::Unpack { .. }) => return Err(wrong(error.to_string())),
        Err(error) => return Err(error),
    };
    if let Err(error) = check_hash(entry, Path::new(url), &source.sha256()?, source.length()) {
        // Servers like to send a page where a file was asked for.
        return Err(match recognise(url, &source.at(0, crate::format::HEAD)?) {
            Some(Error::UnknownFormat { looks_like, .. }) => wrong(looks_like),
            _ => error,
        });
    }
    if packed {
        return install(entry, &source, Path::new(url), target);
    }
    drop(source);
    fs::rename(part, target).map_err(|e| Error::io(target, "write", &e))?;
    crate::whole_file::sync_folder(target.parent().unwrap_or(Path::new(".")));
    Ok(())
}

#[cfg(feature = "download")]
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
