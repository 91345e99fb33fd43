//! NumPy arrays (`.npy`) and archives of them (`.npz`).
//!
//! Layout of the format: "NEP 1 - A Simple File Format for NumPy Arrays": `\x93NUMPY`, a version, the length of a Python
//! literal that states element type, order and shape, then the elements. An archive is a zip file whose members are such files,
//! stored or deflated.
//!
//! The array of an `.npy` file has no name of its own: it is `array`. In an archive it has its member's name without the
//! ending. A structured array gives one array for each number of its elements: `field`, `outer.inner`, `field.2` of a field of
//! several numbers.
//!
//! Bounds: 64 KiB for a head, 32 brackets inside each other, 1024 fields; an archive as any packed file (`packing.rs`).

mod archive;
mod header;
mod literal;

pub(crate) use archive::Npz;

use crate::array::{ArrayHeader, NamedArray, Values};
use crate::error::Result;
use crate::format::{Confidence, Format, Probe, Selection};
use crate::records::Field;
use crate::runs::Runs;
use crate::source::Source;
use crate::turned::{Take, first_fastest, turned};
use header::{Header, Leaf, MAGIC, Member, Place};
use std::io::{BufReader, Read};

/// One NumPy array.
#[derive(Debug)]
pub(crate) struct Npy;

/// Name of an array that has none.
const NAME: &str = "array";

impl Format for Npy {
    fn name(&self) -> &'static str {
        "npy"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".npy"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        if head.starts_with(MAGIC) { Confidence::Certain } else { Confidence::No }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let opened = Opened::of(&mut reader(source), source.length(), NAME, place(source))?;
        opened.refuse_unread()?;
        Ok(Probe { format: self.name().to_owned(), arrays: opened.headers(), text: None })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let mut reader = reader(source);
        let opened = Opened::of(&mut reader, source.length(), NAME, place(source))?;
        opened.refuse_unread()?;
        opened.read(&mut reader, selection)
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let open = || {
            let mut reader = reader(source);
            let opened = Opened::of(&mut reader, source.length(), NAME, place(source))?;
            Ok((opened, reader))
        };
        let (opened, mut first) = open()?;
        if opened.header.in_order() {
            return opened.stream(&mut first, name, run, each);
        }
        // Rows that stand one after the other are turned piece by piece, each by a walk over the file.
        let Some(field) = opened.real(name) else { return Ok(()) };
        let shape: Vec<u64> = opened.header.shape.iter().map(|&n| n as u64).collect();
        let broken = |error: &std::io::Error| opened.place.broken(error);
        let mut walk = |take: &mut Take<'_>| {
            let (_, mut reader) = open()?;
            let mut stored = 0;
            opened.header.records.runs(&mut reader, &field, usize::MAX, &broken, &mut |values| {
                for &value in values {
                    take(stored, value);
                    stored += 1;
                }
                Ok(())
            })
        };
        let mut runs = Runs::new(run, each);
        let count = opened.header.records.count;
        turned(count, f64::NAN, &|stored| first_fastest(stored, &shape), &mut walk, &mut runs)?;
        runs.finish()
    }
}

fn reader(source: &Source) -> impl Read {
    BufReader::with_capacity(1 << 16, source.reader())
}

fn place(source: &Source) -> Place<'_> {
    Place { source, offset: 0, element: NAME }
}

/// An array whose head was read.
struct Opened<'a> {
    header: Header,
    /// Name of each member, in order.
    names: Vec<String>,
    place: Place<'a>,
}

impl<'a> Opened<'a> {
    fn of(reader: &mut dyn Read, total: u64, name: &str, place: Place<'a>) -> Result<Self> {
        let header = Header::read(reader, total, place)?;
        let bare = place.offset == 0 && name == NAME;
        let names = header.members.iter().map(|member| match (&*member.name, bare) {
            ("", _) => name.to_owned(),
            (own, true) => own.to_owned(),
            (own, false) => format!("{name}.{own}"),
        });
        Ok(Self { names: names.collect(), header, place })
    }

    /// An array without any number is refused where it is all that a file holds.
    fn refuse_unread(&self) -> Result<()> {
        match self.header.members.first() {
            Some(Member { leaf: Leaf::Unread(what), .. })
                if self.header.members.iter().all(|m| matches!(m.leaf, Leaf::Unread(_))) =>
            {
                let help = "save an array of numbers";
                Err(self.place.source.unsupported(self.place.element, what.clone(), help))
            }
            _ => Ok(()),
        }
    }

    fn byte_offset(&self) -> u64 {
        self.place.offset
    }

    fn headers(&self) -> Vec<ArrayHeader> {
        let headers = self.header.members.iter().zip(&self.names).map(|(member, name)| ArrayHeader {
            name: name.clone(),
            shape: self.header.shape.clone(),
            class: member.class(),
            complex: matches!(member.leaf, Leaf::Complex(_)),
            byte_offset: self.byte_offset(),
            facts: None,
        });
        headers.collect()
    }

    fn read(&self, reader: &mut dyn Read, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let wanted: Vec<(&Member, &String)> =
            self.header.members.iter().zip(&self.names).filter(|(_, name)| selection.wants(name)).collect();
        let fields: Vec<Field> = wanted.iter().flat_map(|(member, _)| member.fields()).collect();
        let fields: Vec<&Field> = fields.iter().collect();
        let broken = |error: &std::io::Error| self.place.broken(error);
        let mut columns = self.header.records.columns(reader, &fields, &broken)?.into_iter();
        let shape = &self.header.shape;
        let in_order = self.header.in_order();
        let mut arrays = Vec::with_capacity(wanted.len());
        for (member, name) in wanted {
            let values = match &member.leaf {
                Leaf::Real(_) => columns.next().map(|real| Values::Real(ordered(real, shape, in_order))),
                Leaf::Complex(_) => columns.next().zip(columns.next()).map(|(real, imaginary)| {
                    let both = real.into_iter().zip(imaginary).map(|(re, im)| [re, im]).collect();
                    Values::Complex(ordered(both, shape, in_order))
                }),
                Leaf::Unread(what) => Some(Values::Unsupported(what.clone())),
            };
            arrays.push(NamedArray {
                name: name.clone(),
                shape: shape.clone(),
                class: member.class(),
                values: values.expect("a column for each field"),
                byte_offset: self.byte_offset(),
                facts: None,
            });
        }
        Ok(arrays)
    }

    fn stream(
        &self,
        reader: &mut dyn Read,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let Some(field) = self.real(name) else { return Ok(()) };
        let broken = |error: &std::io::Error| self.place.broken(error);
        if self.header.in_order() {
            return self.header.records.runs(reader, &field, run, &broken, each);
        }
        // A member of an archive is unpacked from its beginning: rows are columns only when all are there.
        let columns = self.header.records.columns(reader, &[&field], &broken)?;
        let mut runs = Runs::new(run, each);
        for column in columns {
            runs.extend(ordered(column, &self.header.shape, false))?;
        }
        runs.finish()
    }

    /// The first array of that name, where it is of real numbers.
    fn real(&self, name: &str) -> Option<Field> {
        let (member, _) = self.header.members.iter().zip(&self.names).find(|(_, own)| *own == name)?;
        match member.leaf {
            Leaf::Real(_) => member.fields().into_iter().next(),
            _ => None,
        }
    }
}

/// Values whose last dimension is fastest, with the first one fastest.
fn ordered<T: Copy>(values: Vec<T>, shape: &[usize], in_order: bool) -> Vec<T> {
    if in_order || values.is_empty() {
        return values;
    }
    // How far apart neighbours of each dimension stand in `values`.
    let mut apart = vec![1; shape.len()];
    for d in (1..shape.len()).rev() {
        apart[d - 1] = apart[d] * shape[d];
    }
    let mut place = vec![0; shape.len()];
    let mut at = 0;
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        ordered.push(values[at]);
        for d in 0..shape.len() {
            place[d] += 1;
            at += apart[d];
            if place[d] < shape[d] {
                break;
            }
            at -= apart[d] * shape[d];
            place[d] = 0;
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    fn file(head: &str, data: &[u8]) -> Source {
        let length = (head.len() as u16).to_le_bytes();
        let bytes = [MAGIC, &[1, 0], &length, head.as_bytes(), data].concat();
        Source::from_bytes(Path::new("x.npy"), bytes)
    }

    fn refusal(source: &Source) -> String {
        let error = Npy.read(source, Selection::All).unwrap_err().to_string();
        assert_eq!(Npy.probe(source).unwrap_err().to_string(), error);
        error
    }

    #[test]
    fn complex_numbers_and_text_are_listed_as_what_they_are() {
        let head =
            "{'descr': [('z', '>c8'), ('who', '<U1'), ('', '|V3')], 'fortran_order': False, 'shape': (1,)}";
        let mut data = [1.5_f32.to_be_bytes(), (-2_f32).to_be_bytes(), *b"a\0\0\0"].concat();
        data.extend([0; 3]);
        let source = file(head, &data);
        let read = Npy.read(&source, Selection::All).unwrap();
        assert_eq!(read[0].values, Values::Complex(vec![[1.5, -2.0]]));
        assert_eq!(read[1].values, Values::Unsupported("text (`<U1`)".to_owned()));
        assert_eq!(read.len(), 2);
        assert!(Npy.probe(&source).unwrap().arrays[0].complex);
    }

    #[test]
    fn objects_text_and_heads_that_contradict_are_refused_with_a_reason() {
        let with = |descr: &str, shape: &str| {
            let head = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}");
            refusal(&file(&head, &[0; 16]))
        };
        assert!(with("'|O'", "(2,)").contains("an array of Python objects"));
        assert!(with("[('a', '<f8'), ('b', '|O')]", "(1,)").contains("an array of Python objects"));
        assert!(with("'<U4'", "(1,)").contains("is text (`<U4`), which is not supported"));
        assert!(with("'<f16'", "(1,)").contains("a long float"));
        assert!(with("'<x8'", "(2,)").contains("`<x8` is no element type"));
        assert!(with("'<f8'", "(3,)").contains("declares 89 bytes"));
        assert!(with("'<f8'", "(1,)").contains("8 bytes follow the 73 of the array"));
        assert!(with("'<f8'", "(4294967296, 4294967296)").contains("beyond all measure"));
        assert!(with("[]", "(1000000000000,)").contains("no bytes"));
        assert!(with("[('a', '<f8', (9999999999,))]", "(1,)").contains("more than 1024 fields"));
        assert!(with("'<f8'", "'x'").contains("says nothing usable of `shape`"));
        let deep = format!("{}'<f8'", "[('a', ".repeat(40));
        assert!(with(&deep, "(2,)").contains("more than 32 brackets"));
    }

    #[test]
    fn a_huge_stated_head_takes_no_memory() {
        let bytes = [MAGIC, &[2, 0], &[0xFF; 4], b"{}"].concat();
        assert!(
            refusal(&Source::from_bytes(Path::new("x.npy"), bytes)).contains("declares 4294967307 bytes")
        );
        let bytes = [MAGIC, &[9, 0], &[0xFF; 4]].concat();
        let told = refusal(&Source::from_bytes(Path::new("x.npy"), bytes));
        assert!(told.contains("version 1, 2 or 3 expected, 9 found"), "{told}");
    }
}
