//! HDF5 files (`.h5`, `.hdf5`): every numeric dataset is an array under its path, `group/dataset`.
//!
//! Layout of the format: "HDF5 File Format Specification", The HDF Group: a superblock, groups that link names to objects,
//! and datasets, each with a type, a shape and values that stand in one piece or in chunks. The structure is read by the
//! crate `hdf5-reader`; values are taken from it in runs, checked against what is stored before memory is taken.
//!
//! Compounds give an array for each numeric field, `dataset/field`. Attributes of a dataset, single values beside it, and
//! attributes of its groups give its facts, the nearest first. Soft links are followed, back to a group that is being walked
//! they are not. Bounds: groups 32 deep, 65 536 objects, 1 MiB of text in one dataset, 1100 bytes of values for each byte of
//! the file beyond 64 MiB. A dataset that was never fully written is filled up with its fill value, as the reference library
//! does it, up to twice the file; beyond that it is an error.

mod attributes;
pub(crate) mod file;
mod filters;
pub(crate) mod numbers;
pub(crate) mod tree;
pub(crate) mod values;

use crate::array::{ArrayClass, ArrayHeader, NamedArray, Values};
use crate::error::Result;
use crate::facts::Facts;
use crate::format::{Confidence, Format, Probe, Selection};
use crate::runs::Runs;
use crate::source::Source;
use attributes::Sayings;
use file::{File, fenced};
use numbers::{Column, Element, element};
use tree::{Node, Tree};
use values::{Order, Stored};

/// First bytes of a file, or of what follows its user block.
pub(crate) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// HDF5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hdf5;

impl Format for Hdf5 {
    fn name(&self) -> &'static str {
        "hdf5"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".h5", ".hdf5", ".hdf", ".he5"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        let signed = head.starts_with(SIGNATURE)
            || (head.get(512..520) == Some(SIGNATURE) && !head.starts_with(b"MATLAB"));
        if signed {
            Confidence::Certain
        } else if head.len() >= 4 && SIGNATURE.starts_with(head) {
            Confidence::Possible
        } else {
            Confidence::No
        }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        fenced(source, || {
            let file = File::open(source)?;
            let tree = Tree::of(&file)?;
            let sayings = Sayings::of(&file, &tree)?;
            let mut arrays = Vec::new();
            for node in &tree.nodes {
                let facts = sayings.facts(node);
                for part in parts(node) {
                    arrays.push(ArrayHeader {
                        name: part.name,
                        shape: part.shape,
                        class: part.class,
                        complex: matches!(part.content, Content::Complex(_)),
                        byte_offset: node.dataset.address() + file.library.superblock().base_address,
                        facts: facts.clone(),
                    });
                }
            }
            Ok(Probe { format: self.name().to_owned(), arrays, text: None })
        })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        fenced(source, || {
            let file = File::open(source)?;
            let tree = Tree::of(&file)?;
            let sayings = Sayings::of(&file, &tree)?;
            let (mut arrays, mut taken) = (Vec::new(), 0);
            for node in &tree.nodes {
                let wanted: Vec<Part> =
                    parts(node).into_iter().filter(|part| selection.wants(&part.name)).collect();
                if !wanted.is_empty() {
                    arrays.extend(read(&file, node, wanted, sayings.facts(node), &mut taken)?);
                }
            }
            Ok(arrays)
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
            let tree = Tree::of(&file)?;
            let found = tree
                .nodes
                .iter()
                .find_map(|node| Some((node, parts(node).into_iter().find(|part| part.name == name)?)));
            let Some((node, part)) = found else { return Ok(()) };
            let Content::Real(column) = &part.content else { return Ok(()) };
            let stored = Stored::of(&file, &node.path, &node.dataset)?;
            stored.stream(column, Order::FirstFastest, Runs::new(run, each))
        })
    }
}

/// One array of a dataset: the whole, or a field of its compound.
struct Part {
    name: String,
    shape: Vec<usize>,
    class: ArrayClass,
    content: Content,
}

enum Content {
    Real(Column),
    Complex([Column; 2]),
    Text,
    Other(String),
}

fn parts(node: &Node) -> Vec<Part> {
    let whole = |class, content| {
        vec![Part { name: node.path.clone(), shape: shape(node.dataset.shape()), class, content }]
    };
    match element(node.dataset.dtype()) {
        Element::Text => whole(ArrayClass::Char, Content::Text),
        Element::References => whole(ArrayClass::Opaque, Content::Other("of references".to_owned())),
        Element::Other(what) => whole(ArrayClass::Opaque, Content::Other(format!("of {what}"))),
        Element::Complex(columns) => whole(columns[0].class, Content::Complex(columns)),
        Element::Columns(columns) => columns
            .into_iter()
            .map(|column| {
                let mut dimensions = node.dataset.shape().to_vec();
                dimensions.extend(&column.dimensions);
                let path = &node.path;
                Part {
                    name: if column.field.is_empty() {
                        path.clone()
                    } else {
                        format!("{path}/{}", column.field)
                    },
                    shape: shape(&dimensions),
                    class: column.class,
                    content: Content::Real(column),
                }
            })
            .collect(),
    }
}

/// A shape of at least two dimensions; a vector is a column.
fn shape(dimensions: &[u64]) -> Vec<usize> {
    let mut shape: Vec<usize> =
        dimensions.iter().map(|&n| usize::try_from(n).unwrap_or(usize::MAX)).collect();
    while shape.len() < 2 {
        shape.push(1);
    }
    shape
}

fn read(
    file: &File,
    node: &Node,
    parts: Vec<Part>,
    facts: Option<Box<Facts>>,
    taken: &mut u64,
) -> Result<Vec<NamedArray>> {
    let stored = Stored::of(file, &node.path, &node.dataset)?;
    let columns: Vec<&Column> = parts
        .iter()
        .flat_map(|part| match &part.content {
            Content::Real(column) => vec![column],
            Content::Complex([real, imaginary]) => vec![real, imaginary],
            _ => Vec::new(),
        })
        .collect();
    let shape = node.dataset.shape();
    let mut columns =
        stored.columns(&columns, taken, |place| Order::FirstFastest.place(place, shape))?.into_iter();
    let mut arrays = Vec::new();
    for part in &parts {
        let values = match &part.content {
            Content::Real(_) => columns.next().map(Values::Real),
            Content::Complex(_) => columns.next().zip(columns.next()).map(|(real, imaginary)| {
                Values::Complex(real.into_iter().zip(imaginary).map(|(re, im)| [re, im]).collect())
            }),
            Content::Text => Some(Values::Text(stored.text()?)),
            Content::Other(what) => Some(Values::Unsupported(what.clone())),
        };
        arrays.extend(values.map(|values| NamedArray {
            name: part.name.clone(),
            shape: part.shape.clone(),
            class: part.class,
            values,
            byte_offset: stored.offset(),
            facts: facts.clone(),
        }));
    }
    Ok(arrays)
}
