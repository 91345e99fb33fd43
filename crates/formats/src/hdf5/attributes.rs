//! Attributes of groups and datasets, and single numbers beside vectors, as statements with their places.

use super::file::File;
use super::numbers::{Element, element};
use super::tree::{Node, Tree};
use super::values::Stored;
use crate::error::Result;
use crate::facts::Facts;
use crate::named_facts::{self, Said, Statement};
use hdf5_reader::{Attribute, Dataset, group::Group};

/// What one object says of itself.
pub(crate) type Attributes = Vec<Statement>;

pub(crate) fn of_group(file: &File, group: &Group, path: &str) -> Result<Attributes> {
    let attributes = group.attributes().map_err(|error| file.damaged(path, group.address(), &error))?;
    let owner = if path.is_empty() { "the file".to_owned() } else { format!("group `{path}`") };
    Ok(statements(&attributes, &owner))
}

fn of_dataset(dataset: &Dataset, path: &str) -> Attributes {
    statements(&dataset.attributes(), &format!("`{path}`"))
}

fn statements(attributes: &[Attribute], owner: &str) -> Attributes {
    let known = attributes.iter().filter(|attribute| named_facts::is_known(&attribute.name));
    known
        .filter_map(|attribute| {
            Some(Statement {
                said: said(attribute)?,
                unit: None,
                place: format!("attribute `{}` of {owner}", attribute.name),
                name: attribute.name.clone(),
            })
        })
        .collect()
}

/// A single number or text.
fn said(attribute: &Attribute) -> Option<Said> {
    if attribute.num_elements().ok()? != 1 {
        return None;
    }
    if let Element::Columns(columns) = element(&attribute.datatype)
        && let [column] = &columns[..]
    {
        return column.decode(&attribute.raw_data, 0).map(Said::Number);
    }
    Some(Said::Text(attribute.read_string().ok()?))
}

/// What the file says of each dataset: its own attributes, single values beside it, the attributes of its groups.
pub(crate) struct Sayings<'a> {
    tree: &'a Tree,
    /// Single values in each group that are named as facts are.
    beside: Vec<Attributes>,
}

impl<'a> Sayings<'a> {
    pub(crate) fn of(file: &File, tree: &'a Tree) -> Result<Self> {
        let mut beside: Vec<Attributes> = tree.groups.iter().map(|_| Vec::new()).collect();
        for node in &tree.nodes {
            let name = node.dataset.name();
            if named_facts::is_known(name)
                && node.dataset.num_elements().is_ok_and(|count| count == 1)
                && let Some(statement) = single(file, node)?
            {
                beside[node.group].push(statement);
            }
        }
        Ok(Self { tree, beside })
    }

    pub(crate) fn facts(&self, node: &Node) -> Option<Box<Facts>> {
        if node.dataset.num_elements().is_ok_and(|count| count <= 1) {
            return None;
        }
        let own = of_dataset(&node.dataset, &node.path);
        let mut levels = vec![&own[..]];
        let mut group = node.group;
        loop {
            levels.push(&self.beside[group]);
            levels.push(&self.tree.groups[group].said);
            let parent = self.tree.groups[group].parent;
            if parent == group {
                break;
            }
            group = parent;
        }
        named_facts::facts(levels).boxed()
    }
}

/// The value of a dataset of one value.
fn single(file: &File, node: &Node) -> Result<Option<Statement>> {
    let stored = Stored::of(file, &node.path, &node.dataset)?;
    let said = match element(node.dataset.dtype()) {
        Element::Columns(columns) if columns.len() == 1 => {
            stored.first_element()?.and_then(|bytes| columns[0].decode(&bytes, 0)).map(Said::Number)
        }
        Element::Text => Some(Said::Text(stored.text()?)),
        _ => None,
    };
    let unit = of_dataset(&node.dataset, &node.path).into_iter().find_map(|statement| match statement {
        Statement { name, said: Said::Text(text), .. } if name.to_lowercase().starts_with("unit") => {
            Some(text)
        }
        _ => None,
    });
    let (name, place) = (node.dataset.name().to_owned(), format!("`{}`", node.path));
    Ok(said.map(|said| Statement { name, said, unit, place }))
}
