//! `--dry-run`: what would be read and written.

use super::Plan;
use super::recording::refusal;
use crate::exit::Exit;
use crate::failure::{Failure, FailureJson, Outcome, unreadable};
use crate::manifest::Job;
use crate::session::{Session, Target};
use crate::terminal::visible;
use serde::Serialize;
use std::io;

impl Plan {
    /// What would be read and written, and all that would fail before it is read: folders, rows of the manifest, and
    /// files that are not there.
    pub(super) fn describe(&self, jobs: &[Job], session: &Session) -> Outcome<Exit> {
        #[derive(Serialize)]
        struct Planned<'a> {
            dry_run: bool,
            read: Vec<String>,
            write: Vec<String>,
            refused: Vec<FailureJson<'a>>,
        }
        let gone = |job: &&Job| refusal(job).is_none() && !job.path.exists();
        let not_found = || io::Error::from(io::ErrorKind::NotFound);
        let missing: Vec<Box<Failure>> =
            jobs.iter().filter(gone).map(|job| unreadable(&job.path, &not_found())).collect();
        let of_rows = jobs.iter().filter_map(refusal);
        let refused: Vec<&Failure> = of_rows.chain(missing.iter().map(|own| &**own)).collect();
        let good = jobs.iter().filter(|job| refusal(job).is_none() && !gone(job));
        let read: Vec<String> = good.map(|job| job.path.to_string_lossy().into_owned()).collect();
        let mut write = Vec::new();
        if let Some(folder) = &self.arguments.output {
            let count = read.len();
            write.push(format!("{} (one page for each of {count})", folder.join("*.html").display()));
            let endings =
                [(true, "json"), (self.arguments.pdf.is_some(), "pdf"), (self.arguments.markdown, "md")];
            for (_, ending) in endings.into_iter().filter(|(wanted, _)| *wanted) {
                let files = folder.join(format!("*.{ending}"));
                write.push(format!("{} (one for each of {count})", files.display()));
            }
            for name in crate::report_folder::TOGETHER {
                write.push(folder.join(name).display().to_string());
            }
        }
        let mut human = String::new();
        for (word, paths) in [("would read ", &read), ("would write", &write)] {
            for path in paths {
                human.push_str(&format!("{word}  {}\n", visible(path)));
            }
        }
        refused.iter().for_each(|failure| session.report(failure));
        let exits: Vec<Exit> = refused.iter().map(|failure| failure.exit).collect();
        let exit = Exit::of_batch(read.len(), &exits, false);
        let refused: Vec<FailureJson<'_>> = refused.iter().map(|failure| failure.to_json()).collect();
        let data = Planned { dry_run: true, read, write, refused };
        session.result(
            &Target::default(),
            "brinell.diagnose.plan/1",
            data.refused.is_empty(),
            &data,
            &human,
        )?;
        Ok(exit)
    }
}
