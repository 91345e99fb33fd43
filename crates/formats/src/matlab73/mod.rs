//! MATLAB 7.3 files (`.mat`): HDF5 behind a user block of 512 bytes, with the same arrays as version 5 to 7 would give.
//!
//! Layout: every variable is a dataset or, for structs, a group of its fields. The attribute `MATLAB_class` names the class.
//! Dimensions stand in reverse, so values are stored first dimension fastest as everywhere here. Characters are UTF-16 units.
//! Cells and fields of struct arrays are references to objects in `#refs#`. An empty array stores its shape in place of
//! values and has `MATLAB_empty`. Complex numbers are compounds of `real` and `imag`.
//!
//! Bounds: those of `hdf5`, nesting of 32, one million arrays.

mod tree;

use crate::array::{ArrayHeader, NamedArray};
use crate::error::Result;
use crate::format::{Confidence, Format, Outline, Probe, Selection};
use crate::hdf5::SIGNATURE;
use crate::hdf5::file::{File, fenced};
use crate::runs::Runs;
use crate::source::Source;
use tree::Tree;

/// Bytes of the user block.
const USER_BLOCK: usize = 512;
const TEXT: usize = 116;
const FIRST_WORDS: &[u8] = b"MATLAB 7.3 MAT-file";

/// MATLAB 7.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mat73;

impl Format for Mat73 {
    fn name(&self) -> &'static str {
        "matlab73"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".mat"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        let hdf5 = head.get(USER_BLOCK..USER_BLOCK + SIGNATURE.len()) == Some(SIGNATURE);
        if hdf5 && head.starts_with(b"MATLAB") {
            Confidence::Certain
        } else if head.starts_with(FIRST_WORDS) {
            Confidence::Possible
        } else {
            Confidence::No
        }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        fenced(source, || {
            let file = File::open(source)?;
            let tree = Tree::of(&file)?;
            let mut arrays = Vec::new();
            for (name, object) in tree.variables() {
                let about = tree.about(name, object)?;
                arrays.push(ArrayHeader {
                    name: name.to_owned(),
                    complex: about.is_complex(),
                    shape: about.shape,
                    class: about.class,
                    byte_offset: tree.offset(object),
                    facts: None,
                });
            }
            Ok(Probe { format: self.name().to_owned(), arrays, text: Some(text(source)?) })
        })
    }

    fn outline(&self, source: &Source) -> Result<Outline> {
        fenced(source, || {
            let file = File::open(source)?;
            let arrays = arrays(&mut Tree::lean(&file)?, Selection::All)?;
            Ok(Outline { arrays, text: Some(text(source)?) })
        })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        fenced(source, || {
            let file = File::open(source)?;
            arrays(&mut Tree::of(&file)?, selection)
        })
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        fenced(source, || {
            let file = File::open(source)?;
            let mut tree = Tree::of(&file)?;
            let Some(object) = tree.variables().find(|(own, _)| *own == name).map(|(_, o)| o.clone()) else {
                return Ok(());
            };
            tree.stream(name, &object, Runs::new(run, each))
        })
    }
}

/// Text of the user block.
fn text(source: &Source) -> Result<String> {
    let head = source.at(0, TEXT)?;
    let text: String = head.iter().take_while(|&&b| b != 0).map(|&b| char::from(b)).collect();
    Ok(text.trim_end().to_owned())
}

fn arrays(tree: &mut Tree<'_>, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
    let wanted: Vec<_> = tree
        .variables()
        .filter(|(name, _)| selection.wants(name))
        .map(|(name, object)| (name.to_owned(), object.clone()))
        .collect();
    wanted.into_iter().map(|(name, object)| tree.array(&name, &object, 0)).collect()
}
