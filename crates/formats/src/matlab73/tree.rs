//! Variables of a file as arrays: datasets, structs as groups, cells as references.

use crate::array::{ArrayClass, NamedArray, Values};
use crate::error::Result;
use crate::format::SMALL;
use crate::hdf5::file::File;
use crate::hdf5::numbers::{Column, Element, element};
use crate::hdf5::values::{Order, Stored};
use crate::runs::Runs;
use hdf5_reader::messages::datatype::{Datatype, VarLenKind};
use hdf5_reader::{Attribute, Dataset, group::Group};
use std::collections::{BTreeMap, HashMap};

/// Nesting of structs and cells that is followed.
const MAX_DEPTH: usize = 32;
/// Arrays of one file, nested ones included.
const MAX_ARRAYS: usize = 1_000_000;
/// Characters of a text that a look at the headers reads.
const SHORT: usize = 1024;
/// Group of what cells refer to; like all names that begin so it holds no variable.
const REFERENCES: &str = "#refs#";
/// Bytes of a reference.
const REFERENCE: usize = 8;

/// A variable, a field or a part of a cell.
#[derive(Clone)]
pub(super) enum Object {
    Group(Group),
    Dataset(Box<Dataset>),
}

impl Object {
    fn address(&self) -> u64 {
        match self {
            Self::Group(group) => group.address(),
            Self::Dataset(dataset) => dataset.address(),
        }
    }

    fn attribute(&self, name: &str) -> Option<Attribute> {
        match self {
            Self::Group(group) => group.attribute(name).ok(),
            Self::Dataset(dataset) => dataset.attribute(name).ok(),
        }
    }
}

/// What is known of an object from its header.
pub(super) struct About {
    pub(super) class: ArrayClass,
    pub(super) shape: Vec<usize>,
    content: Content,
}

enum Content {
    Real(Column),
    Complex([Column; 2]),
    Text(Column),
    Cell,
    Fields,
    /// Fields that are cells, one part for each element of the struct array.
    StructArray,
    Empty,
    Other(String),
}

impl About {
    pub(super) fn is_complex(&self) -> bool {
        matches!(self.content, Content::Complex(_))
    }
}

/// An open file.
pub(super) struct Tree<'a> {
    file: &'a File,
    variables: Vec<(String, Object)>,
    root: Group,
    /// What cells refer to, by its address; filled when it is first asked for.
    referred: Option<HashMap<u64, Object>>,
    arrays: usize,
    taken: u64,
    /// Whether real numbers are left unread where there are more than a few.
    lean: bool,
}

impl<'a> Tree<'a> {
    /// As [`Tree::of`], but real numbers and texts are left unread where there are more than a few.
    pub(super) fn lean(file: &'a File) -> Result<Self> {
        Self::of(file).map(|tree| Self { lean: true, ..tree })
    }

    pub(super) fn of(file: &'a File) -> Result<Self> {
        let root = file.library.root_group().map_err(|error| file.damaged("", 0, &error))?;
        let mut tree =
            Self { file, variables: Vec::new(), root, referred: None, arrays: 0, taken: 0, lean: false };
        let children = tree.children("", &tree.root)?;
        tree.variables = children.into_iter().filter(|(name, _)| !name.starts_with('#')).collect();
        Ok(tree)
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &Object)> {
        self.variables.iter().map(|(name, object)| (name.as_str(), object))
    }

    pub(super) fn offset(&self, object: &Object) -> u64 {
        object.address() + self.file.library.superblock().base_address
    }

    /// Members of a group, by name.
    fn children(&self, name: &str, group: &Group) -> Result<Vec<(String, Object)>> {
        let members = group.members().map_err(|error| self.file.damaged(name, group.address(), &error))?;
        let mut children = BTreeMap::new();
        children.extend(members.0.into_iter().map(|group| (group.name().to_owned(), Object::Group(group))));
        let datasets = members.1.into_iter();
        children.extend(datasets.map(|own| (own.name().to_owned(), Object::Dataset(Box::new(own)))));
        Ok(children.into_iter().collect())
    }

    /// Fields of a struct, in the order in which MATLAB lists them.
    fn fields(&self, name: &str, group: &Group) -> Result<Vec<(String, Object)>> {
        let mut children = self.children(name, group)?;
        let order = field_order(group).unwrap_or_default();
        let place = |name: &str| order.iter().position(|own| own == name).unwrap_or(order.len());
        children.sort_by_key(|(name, _)| place(name));
        Ok(children)
    }

    /// Class and shape of an object.
    pub(super) fn about(&self, name: &str, object: &Object) -> Result<About> {
        let stated = object.attribute("MATLAB_class").and_then(|own| own.read_string().ok());
        let stated = stated.as_deref().map(str::trim_end);
        let about = |class, shape, content| Ok(About { class, shape, content });
        let other = |class, what: &str| about(class, Vec::new(), Content::Other(what.to_owned()));
        let dataset = match object {
            Object::Dataset(dataset) => dataset,
            Object::Group(_) if object.attribute("MATLAB_sparse").is_some() => {
                return other(ArrayClass::Sparse, "a sparse matrix");
            }
            Object::Group(group) if matches!(stated, None | Some("struct")) => {
                // Fields of a struct array are references without a class of their own.
                let fields = self.children(name, group)?;
                let arrays = fields.iter().find_map(|(_, field)| match field {
                    Object::Dataset(own) if matches!(own.dtype(), Datatype::Reference { .. }) => {
                        field.attribute("MATLAB_class").is_none().then(|| shape(own))
                    }
                    _ => None,
                });
                return match arrays {
                    Some(shape) => about(ArrayClass::Struct, shape, Content::StructArray),
                    None => about(ArrayClass::Struct, vec![1, 1], Content::Fields),
                };
            }
            Object::Group(_) => return other(ArrayClass::Opaque, "an object of a class"),
        };
        let Some(class) = class(stated, dataset) else {
            return other(ArrayClass::Opaque, &format!("of class {}", stated.unwrap_or("unknown")));
        };
        if object.attribute("MATLAB_empty").is_some_and(|own| own.read_as_f64().is_ok_and(|n| n != 0.0)) {
            let stored = Stored::of(self.file, name, dataset)?;
            let Element::Columns(columns) = element(dataset.dtype()) else {
                return about(class, vec![0, 0], Content::Empty);
            };
            if stored.count > MAX_DEPTH {
                let why = format!("an empty array of {} dimensions", stored.count);
                return Err(self.file.malformed(name, self.offset(object), why));
            }
            let columns: Vec<&Column> = columns.iter().take(1).collect();
            let shape = stored.columns(&columns, &mut 0, |place| place as usize)?;
            let shape: Vec<usize> = shape.into_iter().flatten().map(|n| n as usize).collect();
            if !shape.contains(&0) {
                let why = "it is said to be empty, and its shape is not".to_owned();
                return Err(self.file.malformed(name, self.offset(object), why));
            }
            return about(class, shape, Content::Empty);
        }
        let content = match (element(dataset.dtype()), class) {
            (Element::References, _) => Content::Cell,
            (Element::Complex(columns), _) => Content::Complex(columns),
            (Element::Columns(columns), class) if class == ArrayClass::Char || class.is_numeric() => {
                match <[Column; 1]>::try_from(columns) {
                    Ok([column]) if class == ArrayClass::Char => Content::Text(column),
                    Ok([column]) => Content::Real(column),
                    Err(_) => Content::Other("of compound values".to_owned()),
                }
            }
            _ => Content::Other(format!("of class {}", stated.unwrap_or("unknown"))),
        };
        about(class, shape(dataset), content)
    }

    pub(super) fn array(&mut self, name: &str, object: &Object, depth: usize) -> Result<NamedArray> {
        let at = self.offset(object);
        if depth > MAX_DEPTH {
            let why = format!("arrays are nested more than {MAX_DEPTH} deep");
            return Err(self.file.malformed(name, at, why));
        }
        self.arrays += 1;
        if self.arrays > MAX_ARRAYS {
            return Err(self.file.malformed(name, at, "the file holds more than a million arrays"));
        }
        let about = self.about(name, object)?;
        let values = match (object, &about.content) {
            (_, Content::Other(what)) => Values::Unsupported(what.clone()),
            (_, Content::Empty) => match about.class {
                ArrayClass::Char => Values::Text(String::new()),
                ArrayClass::Cell => Values::Cell(Vec::new()),
                ArrayClass::Struct => Values::Struct(Vec::new()),
                _ => Values::Real(Vec::new()),
            },
            (Object::Group(group), content) => {
                let mut fields = Vec::new();
                for (field, object) in self.fields(name, group)? {
                    let path = format!("{name}.{field}");
                    let mut array = match (&object, content) {
                        (Object::Dataset(dataset), Content::StructArray) => NamedArray {
                            name: field.clone(),
                            shape: about.shape.clone(),
                            class: ArrayClass::Cell,
                            values: Values::Cell(self.cell(&path, dataset, depth)?),
                            byte_offset: at,
                            facts: None,
                        },
                        _ => self.array(&path, &object, depth + 1)?,
                    };
                    array.name.clone_from(&field);
                    fields.push((field, array));
                }
                Values::Struct(fields)
            }
            (Object::Dataset(dataset), Content::Cell) => Values::Cell(self.cell(name, dataset, depth)?),
            (Object::Dataset(dataset), content) => self.numbers(name, dataset, &about.shape, content)?,
        };
        Ok(NamedArray {
            name: name.to_owned(),
            shape: about.shape,
            class: about.class,
            values,
            byte_offset: at,
            facts: None,
        })
    }

    fn numbers(
        &mut self,
        name: &str,
        dataset: &Dataset,
        shape: &[usize],
        content: &Content,
    ) -> Result<Values> {
        let count = shape.iter().try_fold(1, |all: usize, &n| all.checked_mul(n));
        if self.lean && count.is_none_or(|count| count > SMALL) {
            match content {
                Content::Real(_) => return Ok(Values::Unread),
                Content::Complex(_) => return Ok(Values::Complex(Vec::new())),
                Content::Text(_) if count.is_none_or(|count| count > SHORT) => {
                    return Ok(Values::Text(String::new()));
                }
                _ => {}
            }
        }
        let stored = Stored::of(self.file, name, dataset)?;
        let mut read = |columns: &[&Column]| stored.columns(columns, &mut self.taken, |place| place as usize);
        Ok(match content {
            Content::Complex([real, imaginary]) => {
                let mut both = read(&[real, imaginary])?.into_iter();
                let (real, imaginary) = (both.next().unwrap_or_default(), both.next().unwrap_or_default());
                Values::Complex(real.into_iter().zip(imaginary).map(|(re, im)| [re, im]).collect())
            }
            Content::Text(column) => {
                let units =
                    read(&[column])?.into_iter().flatten().map(|unit| unit as u16).collect::<Vec<_>>();
                Values::Text(rows(&units, shape.first().copied().unwrap_or(0)))
            }
            Content::Real(column) => Values::Real(read(&[column])?.into_iter().flatten().collect()),
            _ => Values::Unsupported("of an unknown kind".to_owned()),
        })
    }

    /// The parts of a cell.
    fn cell(&mut self, name: &str, dataset: &Dataset, depth: usize) -> Result<Vec<NamedArray>> {
        let stored = Stored::of(self.file, name, dataset)?;
        if stored.width != REFERENCE {
            let why = format!("references of {} bytes, 8 expected", stored.width);
            return Err(self.file.malformed(name, stored.offset(), why));
        }
        let mut parts = Vec::new();
        for reference in stored.elements()?.as_chunks::<REFERENCE>().0 {
            let address = u64::from_le_bytes(*reference);
            let Some(object) = self.referred()?.get(&address).cloned() else {
                let why = format!("a reference to byte {address}, where nothing in `{REFERENCES}` stands");
                return Err(self.file.malformed(name, stored.offset(), why));
            };
            let mut part = self.array(name, &object, depth + 1)?;
            part.name.clear();
            parts.push(part);
        }
        Ok(parts)
    }

    fn referred(&mut self) -> Result<&HashMap<u64, Object>> {
        if self.referred.is_none() {
            let mut found = HashMap::new();
            if let Ok(group) = self.root.group(REFERENCES) {
                let children = self.children(REFERENCES, &group)?;
                found.extend(children.into_iter().map(|(_, object)| (object.address(), object)));
            }
            self.referred = Some(found);
        }
        Ok(self.referred.get_or_insert_default())
    }

    /// A real variable in runs.
    pub(super) fn stream(&mut self, name: &str, object: &Object, runs: Runs<'_>) -> Result<()> {
        let about = self.about(name, object)?;
        match (object, &about.content) {
            (Object::Dataset(dataset), Content::Real(column)) => {
                Stored::of(self.file, name, dataset)?.stream(column, Order::AsStored, runs)
            }
            _ => Ok(()),
        }
    }
}

/// Dimensions as MATLAB counts them.
fn shape(dataset: &Dataset) -> Vec<usize> {
    let mut shape: Vec<usize> =
        dataset.shape().iter().rev().map(|&n| usize::try_from(n).unwrap_or(usize::MAX)).collect();
    while shape.len() < 2 {
        shape.push(1);
    }
    shape
}

/// The class that is stated, else that of the stored type: other programs write such files as well.
fn class(stated: Option<&str>, dataset: &Dataset) -> Option<ArrayClass> {
    Some(match stated {
        Some("double") => ArrayClass::Double,
        Some("single") => ArrayClass::Single,
        Some("logical") => ArrayClass::Logical,
        Some("char") => ArrayClass::Char,
        Some("cell") => ArrayClass::Cell,
        Some("struct") => ArrayClass::Struct,
        Some("int8") => ArrayClass::Int8,
        Some("uint8") => ArrayClass::UInt8,
        Some("int16") => ArrayClass::Int16,
        Some("uint16") => ArrayClass::UInt16,
        Some("int32") => ArrayClass::Int32,
        Some("uint32") => ArrayClass::UInt32,
        Some("int64") => ArrayClass::Int64,
        Some("uint64") => ArrayClass::UInt64,
        Some("function_handle") => ArrayClass::Function,
        Some(_) => return None,
        None => match element(dataset.dtype()) {
            Element::Columns(columns) => columns.first()?.class,
            Element::Complex(columns) => columns[0].class,
            Element::References => ArrayClass::Cell,
            _ => return None,
        },
    })
}

/// Names in `MATLAB_fields`: each a sequence of single characters.
fn field_order(group: &Group) -> Option<Vec<String>> {
    let attribute = group.attribute("MATLAB_fields").ok()?;
    let Datatype::VarLen { kind: VarLenKind::Sequence, .. } = attribute.datatype else { return None };
    let width = 8 + usize::from(group.offset_size());
    let names = attribute.raw_data.chunks_exact(width).map(|reference| {
        let bytes = group.resolve_vlen_reference_bytes(reference, 1).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    names.collect()
}

/// Text of the `rows` rows of a character matrix, joined by line feeds; units are stored column by column.
fn rows(units: &[u16], rows: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        if row > 0 {
            text.push('\n');
        }
        let row = units.iter().skip(row).step_by(rows).copied();
        text.extend(char::decode_utf16(row).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }
    text
}
