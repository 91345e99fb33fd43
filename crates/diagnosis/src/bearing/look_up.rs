//! From what people write for a bearing to its entry.

use super::suffix::{Remainder, compact, without_maker};
use super::{BearingShelf, CatalogueBearing};
use crate::Error;

/// Near names that are told.
const NEAR: usize = 4;

impl BearingShelf {
    /// Looks a designation up, forgiving of case, spaces, makers' names and suffixes: `6205-2RS JEM C3`,
    /// `SKF 6205 2RSJEM`, `6205ZZ` and `6205/C3` find `6205`, `nu 206 ecp` finds `NU206`, `7205 BEP` finds `7205B`.
    /// What was left out is told in [`CatalogueBearing::left_out`].
    ///
    /// # Errors
    /// [`Error::UnknownBearing`] with the nearest designations when nothing fits; also when the suffix says that the
    /// bearing has no cage (`NJ 305 VH`), which changes the number of its rolling elements.
    pub fn bearing(&self, designation: &str) -> Result<CatalogueBearing, Error> {
        let unknown = || self.unknown(designation);
        let asked = without_maker(designation);
        let whole = compact(&asked);
        if whole.is_empty() {
            return Err(unknown());
        }
        if let Some(found) = self.bearings().iter().find(|bearing| compact(&bearing.designation) == whole) {
            return Ok(found.clone());
        }
        let starts = self.bearings().iter().filter_map(|bearing| {
            let remainder = Remainder::after(&compact(&bearing.designation), &asked)?;
            Some((bearing, remainder))
        });
        let Some((found, remainder)) = starts.max_by_key(|(bearing, _)| compact(&bearing.designation).len())
        else {
            return Err(unknown());
        };
        if remainder.is_full_complement(&found.designation) {
            return Err(unknown());
        }
        Ok(CatalogueBearing { left_out: remainder.text, ..found.clone() })
    }

    fn unknown(&self, designation: &str) -> Error {
        let asked = compact(&without_maker(designation));
        let begins = |name: &str| !asked.is_empty() && compact(name).starts_with(&asked);
        // Those that begin so come first, the shortest before longer ones.
        let mut near: Vec<(bool, usize, f64, &str)> = self
            .bearings()
            .iter()
            .map(|b| b.designation.as_str())
            .map(|name| {
                (begins(name), compact(name).len(), strsim::jaro_winkler(&compact(name), &asked), name)
            })
            .filter(|(begins, _, likeness, _)| *begins || *likeness >= 0.8)
            .collect();
        near.sort_by(|a, b| {
            let shortest = if a.0 && b.0 { a.1.cmp(&b.1) } else { std::cmp::Ordering::Equal };
            b.0.cmp(&a.0).then(shortest).then(b.2.total_cmp(&a.2)).then(a.3.cmp(b.3))
        });
        near.dedup_by_key(|one| one.3);
        Error::UnknownBearing {
            designation: designation.to_owned(),
            begin: near.iter().filter(|one| one.0).count(),
            near: near.into_iter().take(NEAR).map(|one| one.3.to_owned()).collect(),
            known: self.bearings().len(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn found(name: &str) -> (String, String) {
        let bearing = BearingShelf::shipped().bearing(name).unwrap();
        (bearing.designation, bearing.left_out)
    }

    #[test]
    fn suffixes_case_spaces_and_makers_are_forgiven() {
        for (asked, designation, left_out) in [
            ("6205", "6205", ""),
            ("6205-2RS JEM C3", "6205", "2RS JEM C3"),
            ("SKF 6205 2RSJEM", "6205", "2RSJEM"),
            ("6205-2RS JEM (SKF)", "6205", "2RS JEM"),
            ("6205ZZ", "6205", "ZZ"),
            ("6205/C3", "6205", "C3"),
            (" nsk:6205ddu", "6205", "DDU"),
            ("nu 206 ecp", "NU206", "ECP"),
            ("NU206", "NU206", ""),
            ("22212 EK/C3", "22212", "EK/C3"),
            ("7205 BEP", "7205B", "EP"),
            ("7205ACD/P4A", "7205AC", "D/P4A"),
            ("7205 C3", "7205", "C3"),
            ("62/22-2Z", "62/22", "2Z"),
            ("6222 M", "6222", "M"),
            ("NU222-2Z", "NU222", "2Z"),
            ("NU 222 2RS", "NU222", "2RS"),
            ("2206 E-2RS1TN9", "2206", "E-2RS1TN9"),
            ("30206 J2/Q", "30206", "J2/Q"),
            ("6203 PU", "6203-PU", ""),
            ("er-16k", "ER16K", ""),
            ("Rexnord ZA-2115", "ZA-2115", ""),
            ("FAG 6308.2ZR", "6308", "2ZR"),
        ] {
            assert_eq!(found(asked), (designation.to_owned(), left_out.to_owned()), "{asked}");
        }
    }

    #[test]
    fn more_digits_are_another_bearing_and_not_a_suffix() {
        for name in ["62055", "6205123", "NU20", "222", "", "SKF", "6", "-", "x6205"] {
            assert!(BearingShelf::shipped().bearing(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_bearing_without_a_cage_is_not_the_one_with_a_cage() {
        let error = BearingShelf::shipped().bearing("NJ 305 VH").unwrap_err().to_string();
        assert!(error.contains("NJ 305 VH"), "{error}");
    }

    #[test]
    fn an_unknown_designation_is_refused_with_its_neighbours() {
        let error = BearingShelf::shipped().bearing("63255").unwrap_err().to_string();
        assert!(error.contains("63255") && error.contains("did you mean 632"), "{error}");
    }

    #[test]
    fn the_beginning_of_a_designation_is_answered_with_those_that_begin_so() {
        let shelf = BearingShelf::shipped();
        let Err(Error::UnknownBearing { near, begin, .. }) = shelf.bearing("SKF 62") else { panic!("found") };
        let count = shelf.bearings().iter().filter(|own| own.designation.starts_with("62")).count();
        assert!(count > 10 && begin == count, "{begin} of {count}");
        assert!(near.iter().all(|name| name.starts_with("62")), "{near:?}");
        let Err(Error::UnknownBearing { begin, .. }) = shelf.bearing("63255") else { panic!("found") };
        assert_eq!(begin, 0);
    }

    proptest! {
        #[test]
        fn no_designation_makes_the_look_up_panic(name in "\\PC{0,24}") {
            let _ = BearingShelf::shipped().bearing(&name);
        }

        #[test]
        fn every_entry_is_found_in_any_case_with_any_common_suffix(
            at in 0usize..1200,
            suffix in prop::sample::select(vec!["", "-2RS", " C3", "/C4", " ETN9", "-2Z/C3", " M"]),
        ) {
            let shelf = BearingShelf::shipped();
            let wanted = &shelf.bearings()[at % shelf.bearings().len()];
            let asked = format!("skf {}{suffix}", wanted.designation.to_lowercase());
            prop_assert_eq!(&shelf.bearing(&asked).unwrap().designation, &wanted.designation);
        }
    }
}
