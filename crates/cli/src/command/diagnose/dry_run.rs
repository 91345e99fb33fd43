//! `--dry-run`: what would be read and written.

use super::Plan;
use super::recording::refusal;
use crate::exit::Exit;
use crate::failure::{Failure, FailureJson, Outcome, unreadable};
use crate::manifest::Job;
use crate::session::{Session, Target};
use crate::terminal::visible;
use brinell_formats::WantedChannels;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

impl Plan {
    /// What would be read and written, and all that would fail before it is read: folders, rows of the manifest, and
    /// files that are not there.
    pub(super) fn describe(&self, jobs: &[Job], session: &Session) -> Outcome<Exit> {
        #[derive(Serialize)]
        struct Planned<'a> {
            dry_run: bool,
            read: Vec<String>,
            /// Of files whose every channel is diagnosed, by path.
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            channels: BTreeMap<String, Vec<String>>,
            write: Vec<String>,
            refused: Vec<FailureJson<'a>>,
        }
        let gone = |job: &&Job| refusal(job).is_none() && !job.path.exists();
        let not_found = || io::Error::from(io::ErrorKind::NotFound);
        let mut found: Vec<Box<Failure>> =
            jobs.iter().filter(gone).map(|job| unreadable(&job.path, &not_found())).collect();
        let good = jobs.iter().filter(|job| refusal(job).is_none() && !gone(job));
        let (mut read, mut channels, mut results) = (Vec::new(), BTreeMap::new(), 0);
        for job in good {
            let path = job.path.to_string_lossy().into_owned();
            if self.wanted(job.row.as_ref()) == WantedChannels::Vibration {
                match self.vibration_of(job) {
                    Ok(names) => {
                        results += names.len();
                        channels.insert(path.clone(), names);
                    }
                    Err(failure) => {
                        found.push(failure);
                        continue;
                    }
                }
            } else {
                results += 1;
            }
            read.push(path);
        }
        let of_rows = jobs.iter().filter_map(refusal);
        let refused: Vec<&Failure> = of_rows.chain(found.iter().map(|own| &**own)).collect();
        let mut write = Vec::new();
        if let Some(folder) = &self.arguments.output {
            write.push(format!("{} (one page for each of {results})", folder.join("*.html").display()));
            let endings =
                [(true, "json"), (self.arguments.pdf.is_some(), "pdf"), (self.arguments.markdown, "md")];
            for (_, ending) in endings.into_iter().filter(|(wanted, _)| *wanted) {
                let files = folder.join(format!("*.{ending}"));
                write.push(format!("{} (one for each of {results})", files.display()));
            }
            for name in crate::report_folder::TOGETHER {
                write.push(folder.join(name).display().to_string());
            }
        }
        let mut human = String::new();
        for (word, paths) in [("would read ", &read), ("would write", &write)] {
            for path in paths {
                let names = channels.get(path).map(|names| format!(" channels {}", names.join(", ")));
                human.push_str(&format!(
                    "{word}  {}{}\n",
                    visible(path),
                    visible(&names.unwrap_or_default())
                ));
            }
        }
        refused.iter().for_each(|failure| session.report(failure));
        let exits: Vec<Exit> = refused.iter().map(|failure| failure.exit).collect();
        let exit = Exit::of_batch(read.len(), &exits, false);
        let refused: Vec<FailureJson<'_>> = refused.iter().map(|failure| failure.to_json()).collect();
        let data = Planned { dry_run: true, read, channels, write, refused };
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
