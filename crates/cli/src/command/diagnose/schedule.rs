//! Which recordings of a batch are worked on here, in which order, and what each result is made from.

use super::Plan;
use super::arguments::Recordings;
use crate::failure::{Code, Failure, Outcome};
use crate::manifest::{Job, Row};
use brinell_diagnosis::day_span;
use brinell_formats::sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// Name of the machine and of the measuring point.
pub(super) type Point = (Option<String>, Option<String>);

/// One part of a batch that several machines share: `2/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    /// From 1.
    number: u64,
    of: u64,
}

impl Shard {
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        let parse = || {
            let (number, of) = text.split_once('/')?;
            let (number, of) = (number.parse().ok()?, of.parse().ok()?);
            (1..=of).contains(&number).then_some(Self { number, of })
        };
        parse().ok_or_else(|| {
            Failure::new(Code::Usage, format!("--shard {text} is no part of a batch"))
                .why("it is the number of the part, from 1, and how many there are")
                .help("--shard 1/4")
        })
    }

    /// Whether a recording belongs to this part. All recordings of a named point are in one part, since each is the history of
    /// the later ones; all others are told apart by their path below what was named, which is the same on every machine.
    fn has(self, plan: &Plan, roots: &Roots, job: &Job) -> bool {
        let whose = match plan.point_of(job) {
            (None, None) => format!("{:?}", roots.below(&job.path)),
            point => format!("{point:?}"),
        };
        let digits = sha256(whose.as_bytes());
        let hash = u64::from_str_radix(&digits[..15], 16).unwrap_or_default();
        hash % self.of == self.number - 1
    }
}

/// The folders that were named, or that hold what was named.
struct Roots(BTreeSet<PathBuf>);

impl Roots {
    fn of(arguments: &Recordings) -> Self {
        let of_pattern = |path: &Path| -> PathBuf {
            let is_plain =
                |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
            path.components().take_while(is_plain).collect()
        };
        let root = |path: &PathBuf| match path.symlink_metadata() {
            _ if path.is_dir() => path.components().collect(),
            Ok(_) => path.parent().unwrap_or(Path::new("")).to_owned(),
            Err(_) => of_pattern(path),
        };
        Self(arguments.inputs.iter().chain(&arguments.manifest).map(root).collect())
    }

    /// A path without the longest folder that is among them.
    fn below<'a>(&self, path: &'a Path) -> &'a Path {
        let root = path.ancestors().skip(1).find(|folder| self.0.contains(*folder));
        root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path)
    }
}

/// Where a file lies, however it was named.
pub(super) fn place(path: &Path) -> PathBuf {
    let place = path.canonicalize().or_else(|_| std::path::absolute(path));
    place.unwrap_or_else(|_| path.to_owned())
}

impl Plan {
    /// The point of a recording, as it is stated.
    pub(super) fn point_of(&self, job: &Job) -> Point {
        let machine = self.machine_of(job.row.as_ref());
        (machine.asset, machine.point)
    }

    /// The point and the day of a recording that can be the history of others.
    pub(super) fn dated(&self, job: &Job) -> Option<(Point, f64)> {
        let [day, _] = day_span(&self.measured_of(job.row.as_ref())?)?;
        let point = self.point_of(job);
        (point != (None, None)).then_some((point, day))
    }

    /// The recordings of this part of the batch. Dated ones of a point change places among themselves so that earlier ones come
    /// first: each finds its history done.
    pub(super) fn scheduled(&self, shard: Option<Shard>, jobs: Vec<Job>) -> Vec<Job> {
        let mut jobs = jobs;
        if let Some(shard) = shard {
            let roots = Roots::of(&self.arguments);
            jobs.retain(|job| shard.has(self, &roots, job));
        }
        let mut points: BTreeMap<Point, Vec<(f64, usize)>> = BTreeMap::new();
        for (at, job) in jobs.iter().enumerate() {
            if let Some((point, day)) = self.dated(job) {
                points.entry(point).or_default().push((day, at));
            }
        }
        let mut from: Vec<usize> = (0..jobs.len()).collect();
        for dated in points.into_values() {
            let places: Vec<usize> = dated.iter().map(|(_, at)| *at).collect();
            let mut dated = dated;
            dated.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (place, (_, at)) in places.into_iter().zip(dated) {
                from[place] = at;
            }
        }
        let mut jobs: Vec<Option<Job>> = jobs.into_iter().map(Some).collect();
        from.into_iter().filter_map(|at| jobs[at].take()).collect()
    }

    /// Of each recording the hash of all that its result depends on besides its content: the program, the flags, its row, its
    /// place, and the earlier recordings of its point. One that is named twice is told apart by how often.
    pub(super) fn configurations(&self, jobs: &[Job], places: &[PathBuf]) -> Vec<String> {
        let mut points: BTreeMap<Point, String> = BTreeMap::new();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        let one = |(job, place): (&Job, &PathBuf)| {
            let dated = self.dated(job).map(|(point, _)| point);
            let before = dated.as_ref().and_then(|point| points.get(point));
            let refused = job.refused.as_ref().or(job.row.as_ref().and_then(|row| row.refused.as_ref()));
            let refused = refused.map(|failure| failure.one_line());
            let row = job.row.clone().map(|row| Row { file: PathBuf::new(), refused: None, ..row });
            let text = format!("{}\n{before:?}\n{place:?}\n{row:?}\n{refused:?}", self.fingerprint);
            let mut hash = sha256(text.as_bytes());
            hash.truncate(16);
            let time = times.entry(hash.clone()).or_default();
            *time += 1;
            if *time > 1 {
                hash = sha256(format!("{hash} {time}").as_bytes());
                hash.truncate(16);
            }
            if let Some(point) = dated {
                points.insert(point, hash.clone());
            }
            hash
        };
        jobs.iter().zip(places).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_lies_below_a_root_does_not_depend_on_how_the_root_was_named() {
        for (root, path) in [("s", "s/day/a.mat"), ("/mnt/s", "/mnt/s/day/a.mat"), (".", "./day/a.mat")] {
            let roots = Roots([PathBuf::from(root)].into());
            assert_eq!(roots.below(Path::new(path)), Path::new("day/a.mat"), "{root}");
        }
        assert_eq!(Roots([PathBuf::from("b")].into()).below(Path::new("c/a.mat")), Path::new("c/a.mat"));
    }

    #[test]
    fn a_shard_is_a_number_of_a_number() {
        assert_eq!(Shard::parse("2/8").unwrap(), Shard { number: 2, of: 8 });
        for wrong in ["", "0/8", "9/8", "1", "1/0", "a/b", "-1/2"] {
            assert_eq!(Shard::parse(wrong).unwrap_err().code, Code::Usage, "{wrong}");
        }
    }
}
