//! FlatBuffers tables, as far as Arrow's metadata need them: every place is held against the bytes before it is read.
//!
//! Layout: "FlatBuffers Internals": a table begins with the distance to its table of offsets; a field that is not there has
//! offset 0; strings, vectors and tables are pointed to by a distance forward.

/// Most elements of one vector.
const MOST: usize = 1 << 20;

/// A table of FlatBuffers: its fields lie where its table of offsets says.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Table<'a> {
    pub(super) fn root(bytes: &'a [u8]) -> Option<Self> {
        let at = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        Some(Self { bytes, at })
    }

    fn word<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    pub(super) fn u8(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn i32(&self, at: usize) -> Option<i32> {
        self.word(at).map(i32::from_le_bytes)
    }

    pub(super) fn i64(&self, at: usize) -> Option<i64> {
        self.word(at).map(i64::from_le_bytes)
    }

    /// Place of a field; `None` where it is not there.
    pub(super) fn field(&self, index: usize) -> Option<usize> {
        let offsets = (self.at as i64).checked_sub(i64::from(self.i32(self.at)?))?;
        let offsets = usize::try_from(offsets).ok()?;
        let size = usize::from(u16::from_le_bytes(self.word(offsets)?));
        let place = 4 + 2 * index;
        if place + 2 > size {
            return None;
        }
        match u16::from_le_bytes(self.word(offsets + place)?) {
            0 => None,
            away => self.at.checked_add(usize::from(away)),
        }
    }

    /// The place that a field points to.
    fn pointed(&self, index: usize) -> Option<usize> {
        let at = self.field(index)?;
        at.checked_add(u32::from_le_bytes(self.word(at)?) as usize)
    }

    pub(super) fn table(&self, index: usize) -> Option<Self> {
        Some(Self { bytes: self.bytes, at: self.pointed(index)? })
    }

    /// First element and number of a vector of structs of `size` bytes; `Some(None)` where there is none, `None` where it
    /// does not fit.
    pub(super) fn vector(&self, index: usize, size: usize) -> Option<Option<(usize, usize)>> {
        if self.field(index).is_none() {
            return Some(None);
        }
        let at = self.pointed(index)?;
        let count = u32::from_le_bytes(self.word(at)?) as usize;
        let first = at.checked_add(4)?;
        let end = first.checked_add(count.checked_mul(size)?)?;
        (count <= MOST && end <= self.bytes.len()).then_some(Some((first, count)))
    }
}

impl<'a> Table<'a> {
    pub(super) fn bool(&self, index: usize) -> bool {
        self.field(index).and_then(|at| self.u8(at)).is_some_and(|byte| byte != 0)
    }

    /// A number of 4 bytes in a field, 0 where it is not there.
    pub(super) fn number(&self, index: usize) -> Option<i32> {
        self.field(index).map_or(Some(0), |at| self.i32(at))
    }

    /// A number of 8 bytes in a field, 0 where it is not there.
    pub(super) fn long(&self, index: usize) -> Option<u64> {
        self.field(index).map_or(Some(0), |at| u64::try_from(self.i64(at)?).ok())
    }

    /// A number of 2 bytes in a field, 0 where it is not there.
    pub(super) fn short(&self, index: usize) -> Option<i16> {
        self.field(index).map_or(Some(0), |at| self.word(at).map(i16::from_le_bytes))
    }

    /// A text in a field, empty where it is not there.
    pub(super) fn text(&self, index: usize) -> Option<String> {
        let Some((first, count)) = self.vector(index, 1)? else { return Some(String::new()) };
        Some(String::from_utf8_lossy(self.bytes.get(first..first + count)?).into_owned())
    }

    /// The tables of a vector of tables.
    pub(super) fn tables(&self, index: usize) -> Option<Vec<Self>> {
        let Some((first, count)) = self.vector(index, 4)? else { return Some(Vec::new()) };
        (0..count)
            .map(|i| {
                let at = first + 4 * i;
                let at = at.checked_add(u32::from_le_bytes(self.word(at)?) as usize)?;
                Some(Self { bytes: self.bytes, at })
            })
            .collect()
    }
}
