//! Names of report files, and writing them whole or not at all.

use crate::error::{Error, Result};
use crate::html::{HtmlOptions, html};
use crate::json::json;
use crate::markdown::{MarkdownOptions, markdown};
use crate::pdf::{PdfOptions, pdf};
use crate::text::basename;
use crate::words::Language;
use brinell_diagnosis::Diagnosis;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Longest report name in bytes, without its ending.
const LONGEST: usize = 120;

/// Where a report was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPaths {
    /// The page.
    pub html: PathBuf,
    /// The data.
    pub json: PathBuf,
    /// The printable pages, where they were asked for.
    pub pdf: Option<PathBuf>,
    /// The text in Markdown, where it was asked for.
    pub markdown: Option<PathBuf>,
    /// What the reader of the report should know about the files, a sentence each.
    pub warnings: Vec<String>,
}

/// The files that are written beside the page and the data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forms {
    /// A PDF, made so.
    pub pdf: Option<PdfOptions>,
    /// A text in Markdown.
    pub markdown: bool,
    /// Language of page and text; that of the PDF stands in its options.
    pub language: Language,
}

/// Name of a report's files, without folder and ending: stem of the recording's file, a dash, the
/// diagnosis' id. It is a valid name on all common systems. Where a character had to be replaced or
/// the name cut, a hash of the original is added, so that different diagnoses keep different names.
pub fn report_name(diagnosis: &Diagnosis) -> String {
    let file = basename(&diagnosis.input.path);
    let stem = match file.find('.') {
        Some(dot) if dot > 0 => &file[..dot],
        _ => file,
    };
    let wanted = format!("{stem}-{}", diagnosis.id);
    let mut name: String =
        wanted.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect();
    if name.starts_with('-') {
        name.insert(0, '_');
    }
    while name.len() > LONGEST {
        name.pop();
    }
    let device = name.split('-').next().unwrap_or_default().to_ascii_uppercase();
    if is_reserved(&device) {
        name.insert(0, '_');
    }
    if name != wanted {
        let hash = Sha256::digest(wanted.as_bytes());
        let tail: String = hash.iter().take(4).map(|b| format!("{b:02x}")).collect();
        name = format!("{name}-{tail}");
    }
    name
}

/// Names that Windows keeps for devices.
fn is_reserved(stem: &str) -> bool {
    matches!(stem, "CON" | "PRN" | "AUX" | "NUL")
        || stem
            .strip_prefix("COM")
            .or_else(|| stem.strip_prefix("LPT"))
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Writes `NAME.html`, `NAME.json` and what `forms` asks for (see [`report_name`]) into `folder`, which is made if
/// needed.
///
/// Each file appears only when whole. A file that is there already is refused unless `force`.
///
/// # Errors
/// [`Error::Folder`], [`Error::Exists`], [`Error::Write`], and those of [`pdf()`].
pub fn write_report(diagnosis: &Diagnosis, folder: &Path, forms: &Forms, force: bool) -> Result<ReportPaths> {
    make_folder(folder)?;
    let name = report_name(diagnosis);
    let path = |ending: &str| folder.join(format!("{name}.{ending}"));
    let mut paths = ReportPaths {
        html: path("html"),
        json: path("json"),
        pdf: forms.pdf.is_some().then(|| path("pdf")),
        markdown: forms.markdown.then(|| path("md")),
        warnings: Vec::new(),
    };
    let wanted = [Some(&paths.json), Some(&paths.html), paths.pdf.as_ref(), paths.markdown.as_ref()];
    let wanted: Vec<&Path> = wanted.into_iter().flatten().map(PathBuf::as_path).collect();
    refuse_existing(&wanted, force)?;
    let printed = forms.pdf.as_ref().map(|options| pdf(diagnosis, options)).transpose()?;
    let json_name = Some(format!("{name}.json"));
    let page = html(
        diagnosis,
        &HtmlOptions { json: json_name.clone(), language: forms.language, ..HtmlOptions::default() },
    );
    write_whole(&paths.json, force, |file| file.write_all(json(diagnosis).as_bytes()))?;
    write_whole(&paths.html, force, |file| file.write_all(page.as_bytes()))?;
    if let (Some(path), Some(pdf)) = (&paths.pdf, &printed) {
        write_whole(path, force, |file| file.write_all(&pdf.bytes))?;
        paths.warnings.extend(pdf.warning());
    }
    if let Some(path) = &paths.markdown {
        let options = MarkdownOptions {
            created: None,
            json: json_name,
            page: Some(format!("{name}.html")),
            language: forms.language,
        };
        write_whole(path, force, |file| file.write_all(markdown(diagnosis, &options).as_bytes()))?;
    }
    Ok(paths)
}

/// Writes the fleet page as `index.html` into `folder`, which is made if needed.
///
/// # Errors
/// As [`write_report`].
pub fn write_fleet(page: &str, folder: &Path, force: bool) -> Result<PathBuf> {
    make_folder(folder)?;
    let path = folder.join("index.html");
    refuse_existing(&[path.as_path()], force)?;
    write_whole(&path, force, |file| file.write_all(page.as_bytes()))?;
    Ok(path)
}

/// Makes `folder` and all above it.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Folder { folder: folder.to_owned(), source })
}

/// Refuses before anything is written when one of `paths` is there and `force` is not given.
pub(crate) fn refuse_existing(paths: &[&Path], force: bool) -> Result<()> {
    match paths.iter().find(|path| !force && path.symlink_metadata().is_ok()) {
        Some(path) => Err(Error::Exists { path: path.to_path_buf() }),
        None => Ok(()),
    }
}

/// Writes a file beside `path`, syncs it and gives it its name. Without `force` a file that has come
/// there meanwhile is left as it is and refused.
pub(crate) fn write_whole(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> Result<()> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".brinell-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What an ordinary new file gets: the user's mask still applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    write(file.as_file_mut()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    if force {
        file.persist(path).map_err(|e| failed(e.error))?;
    } else {
        file.persist_noclobber(path).map_err(|e| {
            if e.error.kind() == std::io::ErrorKind::AlreadyExists {
                Error::Exists { path: path.to_owned() }
            } else {
                failed(e.error)
            }
        })?;
    }
    Ok(())
}
