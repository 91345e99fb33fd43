//! What of a split's test is known from its training, and classes that give themselves away.
//!
//! [`SplitTable`] is a table of segments and parts, ours or anybody's; [`RecordingFacts`] is what one pass over a
//! recording tells: hashes of the segments, of each channel and of the file, and the few figures by which a class may
//! be told without looking at the vibration. [`check_split`] and [`check_recordings`] compare them. Nothing is
//! concluded from a file's name. What could not be checked is said, with the reason.
//!
//! ```
//! use brinell_learn::leak::{Finding, SplitTable, check_split};
//!
//! let table = SplitTable::parse("file,part,bearing\na,train,DE-1\nb,test,DE-1\n", "split.csv")?;
//! let report = check_split(&table, &[]);
//! assert!(matches!(&report.findings[0], Finding::BearingOnBothSides { bearing, .. } if bearing == "DE-1"));
//! assert!(!report.unchecked.is_empty(), "the recordings were not at hand");
//! # Ok::<(), brinell_learn::Error>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `split_table` | the table: its columns, known names of parts |
//! | `locate` | where the recordings of a table lie |
//! | `facts` `fingerprint` | one pass over a recording; hashes of all its segments |
//! | `sides` | bearings, recordings and samples on both sides |
//! | `equal` | equal content under different names and places |
//! | `told` | classes told by one setting or level |
//! | `finding` | what was found, in words |

mod equal;
mod facts;
mod finding;
mod fingerprint;
mod locate;
mod sides;
mod split_table;
mod told;

pub use facts::{ChannelFacts, Flaw, RecordingFacts};
pub use finding::{Cue, Finding, LeakReport, Place, Unchecked};
pub use locate::locate;
pub use split_table::{SplitRow, SplitTable};

use std::collections::BTreeMap;

/// Checks a split. `recordings` are those of its files that are at hand, each under the name that the table gives.
pub fn check_split(table: &SplitTable, recordings: &[RecordingFacts]) -> LeakReport {
    let by_name: BTreeMap<&str, &RecordingFacts> =
        recordings.iter().map(|recording| (recording.name.as_str(), recording)).collect();
    let mut report = LeakReport {
        recordings: recordings.len(),
        segments: table.segments(),
        folds: table.folds().len(),
        ..LeakReport::default()
    };
    sides::check(table, &by_name, &mut report);
    equal::check_segments(table, &by_name, &mut report);
    equal::check_files(recordings, &mut report);
    facts::check_flaws(recordings, &mut report);
    told::check_split(table, &by_name, &mut report);
    let absent: Vec<&str> = table.files().into_iter().filter(|file| !by_name.contains_key(file)).collect();
    if let Some(first) = absent.first() {
        report.skip(
            "equal signal, equal files, broken channels, classes told by one figure",
            format!(
                "{} of {} recordings are not at hand (the first is {first}): name their folder",
                absent.len(),
                table.files().len()
            ),
        );
    }
    report
}

/// Checks recordings without a split: what can be seen from them alone.
pub fn check_recordings(recordings: &[RecordingFacts]) -> LeakReport {
    let mut report = LeakReport { recordings: recordings.len(), ..LeakReport::default() };
    equal::check_files(recordings, &mut report);
    facts::check_flaws(recordings, &mut report);
    told::check_recordings(recordings, &mut report);
    report.skip(
        "bearings, recordings, samples and equal signal on both sides",
        "a folder has no sides: give a split.csv".to_owned(),
    );
    report
}
