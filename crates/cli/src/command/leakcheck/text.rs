//! What a leak check came to, for people.

use crate::terminal::{Paint, shell_path, visible};
use brinell_learn::leak::{Finding, LeakSummary, Met, Unchecked, Verdict};
use brinell_signal::counted;
use std::fmt::Write as _;
use std::path::Path;

/// Lines of one kind, and names in one line, that are printed; all are in the JSON.
const SHOWN: usize = 8;

/// Findings kind by kind, notes, what was not checked, and the verdict.
pub(super) fn text(summary: &LeakSummary, path: &Path, paint: Paint) -> String {
    let mut text = String::new();
    if !summary.splits.is_empty() {
        let again: usize = summary.splits.iter().map(|split| split.same_as.len()).sum();
        let same =
            if again > 0 { format!(", and {again} with the bytes of one of them") } else { String::new() };
        let (splits, are) =
            (counted(summary.splits.len(), "split"), if summary.splits.len() == 1 { "is" } else { "are" });
        let run = visible(&path.display().to_string());
        let _ = writeln!(text, "{run} is a run: {splits} in it {are} checked{same}");
    }
    let mut kinds: Vec<(&'static str, Vec<&Met<Finding>>)> = Vec::new();
    for finding in &summary.findings {
        let heading = finding.what.heading();
        match kinds.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, of)) => of.push(finding),
            None => kinds.push((heading, vec![finding])),
        }
    }
    for (heading, findings) in &kinds {
        let _ = writeln!(text, "{} ({})", paint.bad(heading), findings.len());
        for finding in findings.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}{}", visible(&finding.what.to_string()), places(&finding.splits));
        }
        if findings.len() > SHOWN {
            let _ = writeln!(text, "  and {} more; all of them with --json", findings.len() - SHOWN);
        }
    }
    let notes = summary.notes.iter().map(|note| (note.what.to_string(), note.splits.as_slice()));
    lines(&paint.caution("note"), &notes.collect::<Vec<_>>(), &mut text);
    let unchecked = summary.unchecked.iter().map(|one| {
        let Unchecked { check, why } = &one.what;
        (format!("{check}: {why}"), one.splits.as_slice())
    });
    lines(&paint.caution("not checked"), &unchecked.collect::<Vec<_>>(), &mut text);
    absent(summary, path, paint, &mut text);
    let _ = writeln!(text, "{}", verdict(summary, paint));
    text
}

/// Lines of one kind that need no heading.
fn lines(word: &str, of: &[(String, &[String])], text: &mut String) {
    for (line, splits) in of.iter().take(SHOWN) {
        let _ = writeln!(text, "{word} {}{}", visible(line), places(splits));
    }
    if of.len() > SHOWN {
        let _ = writeln!(text, "{word} {} more of this kind; all of them with --json", of.len() - SHOWN);
    }
}

/// The splits in which something was met.
fn places(splits: &[String]) -> String {
    match splits {
        [] => String::new(),
        [only] => format!(" [{}]", visible(only)),
        [first, others @ ..] => format!(" [{} and {} more]", visible(first), others.len()),
    }
}

/// Recordings that were not found or cannot be read, where they were looked for, and what to do.
fn absent(summary: &LeakSummary, path: &Path, paint: Paint, text: &mut String) {
    let all = summary.recordings + summary.missing.len() + summary.unreadable.len();
    if !summary.missing.is_empty() {
        let which =
            format!("{} of {}: {}", summary.missing.len(), counted(all, "recording"), some(&summary.missing));
        let _ = writeln!(text, "{} {}", paint.caution("not found"), visible(&which));
        let folders = visible(&summary.looked_in.join(", "));
        let _ = writeln!(
            text,
            "  looked for in {folders}: as named, with .mat or .mat.xz, and by shipped catalogues"
        );
        let _ = writeln!(
            text,
            "  help: brinell data leakcheck {} --data-dir FOLDER, the folder in which they lie",
            shell_path(path)
        );
    }
    if !summary.unreadable.is_empty() {
        let names: Vec<String> = summary.unreadable.iter().map(|one| one.file.clone()).collect();
        let which = format!("{} of {}: {}", names.len(), counted(all, "recording"), some(&names));
        let _ = writeln!(text, "{} {}", paint.caution("not readable"), visible(&which));
    }
}

fn some(names: &[String]) -> String {
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{first} and {} more", names.len() - SHOWN) } else { first }
}

fn verdict(summary: &LeakSummary, paint: Paint) -> String {
    let absent = summary.missing.len() + summary.unreadable.len();
    let content = match absent {
        0 => counted(summary.recordings, "recording"),
        absent => format!("{} of {}", summary.recordings, counted(summary.recordings + absent, "recording")),
    };
    let looked_at = match (summary.folds, summary.segments) {
        (0, _) => content,
        (folds, 0) => format!("{}, content of {content}", counted(folds, "fold")),
        (folds, segments) => {
            format!(
                "{} in {}, content of {content}",
                counted(segments as usize, "segment"),
                counted(folds, "fold")
            )
        }
    };
    let whole = summary.unchecked.is_empty() && absent == 0;
    let word = match summary.verdict {
        Verdict::Found => paint.bad(&counted(summary.findings.len(), "finding")),
        Verdict::Clean if whole => paint.good("nothing found"),
        Verdict::Clean => paint.good("nothing found in what could be checked"),
        Verdict::Partial => paint.caution("nothing found in what could be checked"),
        Verdict::Unchecked if summary.recordings == 0 => {
            paint.caution("nothing of any recording could be checked")
        }
        Verdict::Unchecked => paint.caution("nothing could be compared"),
    };
    format!("{word}: {looked_at}")
}
