//! `--resume`: what an earlier run has done, and what of it still holds.

use super::Plan;
use super::earlier::Earlier;
use super::summary::Counts;
use crate::failure::Outcome;
use crate::manifest::Job;
use crate::progress::Progress;
use crate::report_folder::{Key, ReportFolder, path_text};
use brinell_formats::sha256_file;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// SHA-256 of a file as it lies; `None` where it cannot be read.
pub(super) fn content(path: &Path) -> Option<String> {
    sha256_file(path).ok()
}

/// A recording that is still to be done, and the hash of its configuration.
pub(super) struct Open {
    pub(super) job: Job,
    pub(super) configuration: String,
}

/// What is left of a batch.
#[derive(Default)]
pub(super) struct Left {
    pub(super) open: Vec<Open>,
    /// How those went that are done.
    pub(super) before: Counts,
    /// Readings that are done.
    pub(super) earlier: Earlier,
}

impl Plan {
    /// Sets apart what is done in the report folder, with the same content and the same configuration; takes out of the folder
    /// what was found of these files otherwise.
    pub(super) fn left(
        &self,
        jobs: Vec<Job>,
        report: Option<&mut ReportFolder>,
        progress: &mut Progress,
    ) -> Outcome<Left> {
        let configurations = self.configurations(&jobs);
        let open = |(job, configuration)| Open { job, configuration };
        let Some(report) = report else {
            let open = jobs.into_iter().zip(configurations).map(open).collect();
            return Ok(Left { open, ..Left::default() });
        };
        let mut known: BTreeMap<String, Key> = BTreeMap::new();
        report.each(&mut |entry| {
            if !entry.again {
                known.insert(entry.key.configuration.clone(), entry.key.clone());
            }
            Ok(())
        })?;
        let mut left = Left::default();
        let holds = self.still_holding(&jobs, &configurations, &known, progress);
        let paths: BTreeSet<String> = jobs.iter().map(|job| path_text(&job.path)).collect();
        let mut gone = BTreeSet::new();
        report.each(&mut |entry| {
            let named = paths.contains(&entry.path);
            if named && !holds.contains(&entry.key.configuration) {
                gone.insert(entry.key.configuration.clone());
                return Ok(());
            }
            for told in &entry.results {
                if named {
                    left.before.add(told.row.class());
                }
                let day = told.reading.as_ref().and_then(|reading| Some((reading.day()?, reading.clone())));
                if let Some((day, reading)) = day {
                    left.earlier.note((told.row.asset.clone(), told.row.point.clone()), day, reading);
                }
            }
            Ok(())
        })?;
        if !gone.is_empty() {
            report.take_out(&|entry| gone.contains(&entry.key.configuration))?;
        }
        let still_open = |(_, configuration): &(Job, String)| !holds.contains(configuration);
        left.open = jobs.into_iter().zip(configurations).filter(still_open).map(open).collect();
        Ok(left)
    }

    /// The configurations of recordings that are done and need not be diagnosed again. One that is to be diagnosed again takes
    /// the later ones of its point with it, whose history it is.
    fn still_holding(
        &self,
        jobs: &[Job],
        configurations: &[String],
        known: &BTreeMap<String, Key>,
        progress: &mut Progress,
    ) -> BTreeSet<String> {
        let candidates: Vec<(&Job, &Key)> =
            jobs.iter().zip(configurations).filter_map(|(job, own)| Some((job, known.get(own)?))).collect();
        progress.stage("comparing", candidates.len() as u64);
        let mut same = BTreeSet::new();
        for (n, some) in candidates.chunks(64).enumerate() {
            let of_these = some.par_iter().filter(|(job, key)| content(&job.path) == key.content);
            same.extend(of_these.map(|(_, key)| key.configuration.clone()).collect::<Vec<_>>());
            progress.at((64 * n + some.len()) as u64, "what is done");
        }
        progress.end();
        let mut broken = BTreeSet::new();
        for (job, own) in jobs.iter().zip(configurations) {
            let point = self.dated(job).map(|(point, _)| point);
            let after_change = point.as_ref().is_some_and(|point| broken.contains(point));
            if after_change {
                same.remove(own);
            }
            if !same.contains(own) {
                broken.extend(point);
            }
        }
        same
    }
}
