//! Listing, reading and streaming have to agree on any bytes. The contract test replays what fuzzing found with the same check.

use brinell_formats::{Format, NamedArray, Selection, Source, Values};
use std::collections::HashSet;

/// Values handed out at once by a stream.
const RUN: usize = 7;
/// Arrays of one file that are streamed: streaming all of them would walk over the file as often.
const STREAMED: usize = 6;

/// Lists, reads and streams; what is read has to be what is listed and streamed.
pub(crate) fn agreeing(format: &dyn Format, source: &Source) {
    let probe = format.probe(source);
    let read = format.read(source, Selection::All);
    let (probe, arrays) = match (probe, read) {
        (probe, Ok(arrays)) => {
            (probe.unwrap_or_else(|error| panic!("what is read cannot be listed: {error}")), arrays)
        }
        (Ok(probe), Err(_)) => {
            // No values, but also no panic where only some of them are asked for.
            for header in probe.arrays.iter().take(STREAMED) {
                let _ = format.read(source, Selection::Names(std::slice::from_ref(&header.name)));
                let _ = format.stream(source, &header.name, RUN, &mut |_| Ok(()));
            }
            return;
        }
        (Err(_), Err(_)) => return,
    };
    assert_eq!(probe.arrays.len(), arrays.len(), "arrays that are listed and read");
    for (header, array) in probe.arrays.iter().zip(&arrays) {
        assert_eq!((&header.name, &header.shape), (&array.name, &array.shape));
        assert_eq!((header.class, header.byte_offset), (array.class, array.byte_offset), "{}", array.name);
        assert_eq!(format!("{:?}", header.facts), format!("{:?}", array.facts), "{}", array.name);
        filled(array);
    }
    let mut seen = HashSet::new();
    let repeated: HashSet<&str> =
        arrays.iter().map(|array| &*array.name).filter(|name| !seen.insert(*name)).collect();
    let once = arrays.iter().filter(|array| !repeated.contains(&*array.name));
    for array in once.take(STREAMED) {
        let Values::Real(values) = &array.values else { continue };
        let mut streamed = Vec::new();
        let result = format.stream(source, &array.name, RUN, &mut |run| {
            assert!(run.len() <= RUN, "{}: a run of {}", array.name, run.len());
            streamed.extend_from_slice(run);
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("what is read cannot be streamed: {error}"));
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        assert_eq!(streamed.len(), values.len(), "{}: values that are streamed and read", array.name);
        assert!(streamed.iter().zip(values).all(same), "{}: streamed values differ", array.name);
    }
}

/// As many values as the shape says.
fn filled(array: &NamedArray) {
    let count = array.shape.iter().try_fold(1_usize, |all, n| all.checked_mul(*n));
    match &array.values {
        Values::Real(values) => assert_eq!(Some(values.len()), count, "{}", array.name),
        Values::Complex(values) => assert_eq!(Some(values.len()), count, "{}", array.name),
        Values::Struct(fields) => fields.iter().for_each(|(_, field)| filled(field)),
        Values::Cell(cells) => cells.iter().for_each(filled),
        _ => {}
    }
}
