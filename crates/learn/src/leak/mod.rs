//! What of a split's test is known from its training, and classes that give themselves away.
//!
//! [`SplitTable`] is a table of segments and parts, ours or anybody's; [`RecordingFacts`] is what one pass over a
//! recording tells: hashes of the segments, of each channel and of the file, anchors by which a stretch of it is known
//! again wherever it lies, and the few figures by which a class may be told without looking at the vibration.
//! [`check_splits`] and [`check_recordings`] compare them; recordings that share a stretch are read once more, to see
//! where it begins and ends. Nothing is concluded from a file's name. What could not be checked is said, with the
//! reason, and a [`Verdict`] is clean only where all was.
//!
//! ```
//! use brinell_learn::leak::{Finding, SplitTable, check_split};
//!
//! let table = SplitTable::parse("file,part,bearing\na,train,DE-1\nb,test,DE-1\n", "split.csv")?;
//! let report = check_split(&table, &[]);
//! assert!(matches!(&report.findings[0], Finding::BearingOnBothSides { bearing, .. } if bearing == "DE-1"));
//! assert_eq!(report.missing, ["a", "b"]);
//! # Ok::<(), brinell_learn::Error>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `split_table` `part_name` | the table: its columns; known names of parts |
//! | `locate` | where the recordings of a table lie |
//! | `facts` `fingerprint` `anchors` | one pass over a recording; hashes of all its segments; places known again |
//! | `sides` | bearings, recordings and samples on both sides |
//! | `equal` | equal files, channels and segments |
//! | `stretches` `equal_stretches` | equal stretches at any places; between which sides they lie |
//! | `information` | whether equal samples may be chance |
//! | `told` `chance` | classes told by one setting or level; whether that may be chance |
//! | `finding` | what was found, in words |
//! | `report` `summary` | what one check came to, and several together |

mod anchors;
mod chance;
mod equal;
mod equal_stretches;
mod facts;
mod finding;
mod fingerprint;
mod information;
mod locate;
mod part_name;
mod report;
mod sides;
mod split_table;
mod stretches;
mod summary;
mod told;

pub use facts::{ChannelFacts, Flaw, RecordingFacts};
pub use finding::{Cue, Finding, Place};
pub use locate::locate;
pub use report::{LeakReport, Note, Unchecked, Unreadable, Verdict};
pub use split_table::{SplitRow, SplitTable};
pub use summary::{Checked, LeakSummary, Met, SplitVerdict};

use std::collections::BTreeMap;

/// Checks a split. `recordings` are those of its files that are at hand, each under the name that the table gives.
pub fn check_split(table: &SplitTable, recordings: &[RecordingFacts]) -> LeakReport {
    check_splits(std::slice::from_ref(table), recordings).pop().unwrap_or_default()
}

/// Checks several splits of the same recordings, each by itself.
pub fn check_splits(tables: &[SplitTable], recordings: &[RecordingFacts]) -> Vec<LeakReport> {
    let stretches = stretches::find(recordings);
    tables.iter().map(|table| check_table(table, recordings, &stretches)).collect()
}

fn check_table(
    table: &SplitTable,
    recordings: &[RecordingFacts],
    stretches: &[stretches::Stretch<'_>],
) -> LeakReport {
    let files = table.files();
    let own = |recording: &&RecordingFacts| files.contains(recording.name.as_str());
    let recordings: Vec<&RecordingFacts> = recordings.iter().filter(own).collect();
    let by_name: BTreeMap<&str, &RecordingFacts> =
        recordings.iter().map(|recording| (recording.name.as_str(), *recording)).collect();
    let mut report =
        LeakReport { recordings: recordings.len(), segments: table.segments(), ..LeakReport::default() };
    sides::check(table, &by_name, &mut report);
    equal_stretches::check_split(table, stretches, &mut report);
    equal::check_segments(table, &by_name, &mut report);
    equal::check_files(&recordings, &mut report);
    facts::check_flaws(&recordings, &mut report);
    told::check_split(table, &by_name, &mut report);
    report.missing =
        files.into_iter().filter(|file| !by_name.contains_key(file)).map(str::to_owned).collect();
    report
}

/// Checks recordings without a split: what can be seen from them alone.
pub fn check_recordings(recordings: &[RecordingFacts]) -> LeakReport {
    let mut report = LeakReport { recordings: recordings.len(), ..LeakReport::default() };
    let all: Vec<&RecordingFacts> = recordings.iter().collect();
    equal_stretches::check_recordings(&stretches::find(recordings), &mut report);
    equal::check_files(&all, &mut report);
    facts::check_flaws(&all, &mut report);
    told::check_recordings(recordings, &mut report);
    report.skip(
        "bearings, recordings and samples on both sides",
        "a folder has no sides: give a split.csv".to_owned(),
    );
    report
}
