//! Walks the groups of a file: every dataset under each of its names, with what is said about it on the way.

use super::attributes::{self, Attributes};
use super::file::File;
use crate::error::Result;
use hdf5_reader::{Dataset, group::Group};

/// Groups inside groups that are followed.
const MAX_DEPTH: usize = 32;
/// Objects that are visited. A group that is reached by several links counts each time.
const MAX_OBJECTS: usize = 65_536;

/// A dataset with its path.
pub(crate) struct Node {
    /// Names of its groups and its own, joined by `/`.
    pub(crate) path: String,
    pub(crate) dataset: Dataset,
    /// Group that holds it, in [`Tree::groups`].
    pub(crate) group: usize,
}

/// A group that was visited.
pub(crate) struct Visited {
    pub(crate) said: Attributes,
    /// Group that holds it; the root holds itself.
    pub(crate) parent: usize,
}

/// Everything that can be reached from the root.
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) groups: Vec<Visited>,
}

impl Tree {
    /// Walks the file. A link back to a group that is being walked is not followed; a soft link to nothing is passed over.
    pub(crate) fn of(file: &File) -> Result<Self> {
        let root = file.library.root_group().map_err(|error| file.damaged("", 0, &error))?;
        let mut tree = Self { nodes: Vec::new(), groups: Vec::new() };
        let mut visited = 0;
        tree.walk(file, &root, String::new(), &mut Vec::new(), &mut visited, 0)?;
        Ok(tree)
    }

    fn walk(
        &mut self,
        file: &File,
        group: &Group,
        path: String,
        above: &mut Vec<u64>,
        visited: &mut usize,
        parent: usize,
    ) -> Result<()> {
        let address = group.address();
        if above.len() > MAX_DEPTH {
            let why = format!("groups are nested more than {MAX_DEPTH} deep");
            return Err(file.malformed(&path, address, why));
        }
        let said = attributes::of_group(file, group, &path)?;
        let own = self.groups.len();
        self.groups.push(Visited { said, parent });
        let (groups, datasets) = group.members().map_err(|error| file.damaged(&path, address, &error))?;
        *visited += 1 + groups.len() + datasets.len();
        if *visited > MAX_OBJECTS {
            return Err(file.malformed(
                &path,
                address,
                format!("the file holds more than {MAX_OBJECTS} objects"),
            ));
        }
        above.push(address);
        let mut children: Vec<Child> = groups.into_iter().map(Child::Group).collect();
        children.extend(datasets.into_iter().map(Child::Dataset));
        // As the reference library lists them, whatever the order in which they are stored.
        children.sort_by(|a, b| a.name().cmp(b.name()));
        for child in children {
            let path =
                if path.is_empty() { child.name().to_owned() } else { format!("{path}/{}", child.name()) };
            match child {
                Child::Dataset(dataset) => self.nodes.push(Node { path, dataset, group: own }),
                Child::Group(group) if above.contains(&group.address()) => {}
                Child::Group(group) => self.walk(file, &group, path, above, visited, own)?,
            }
        }
        above.pop();
        Ok(())
    }
}

#[allow(clippy::large_enum_variant, reason = "made and taken apart at once, one at a time")]
enum Child {
    Group(Group),
    Dataset(Dataset),
}

impl Child {
    fn name(&self) -> &str {
        match self {
            Self::Group(group) => group.name(),
            Self::Dataset(dataset) => dataset.name(),
        }
    }
}
