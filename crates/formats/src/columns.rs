//! Matrices whose columns are channels: each column becomes a field of its own, `data.1`, `data.2`.

use crate::array::{NamedArray, Values};

/// Most channels of one matrix.
const MOST_CHANNELS: usize = 64;

/// How many times longer than wide a matrix of channels is, at least: anything squarer is a picture or a table.
const LONGER: usize = 16;

/// Splits matrices of channels, also inside structs; everything else stays.
pub(crate) fn split(mut array: NamedArray) -> NamedArray {
    array.values = match std::mem::replace(&mut array.values, Values::Unread) {
        Values::Struct(fields) => {
            Values::Struct(fields.into_iter().map(|(name, field)| (name, split(field))).collect())
        }
        Values::Real(values) => match channels(&array.shape) {
            Some((samples, count, apart)) => each(&array, samples, count, |c| {
                Values::Real(match apart {
                    true => values[c * samples..(c + 1) * samples].to_vec(),
                    false => values.iter().skip(c).step_by(count).copied().collect(),
                })
            }),
            None => Values::Real(values),
        },
        Values::Unread => match channels(&array.shape) {
            Some((samples, count, _)) => each(&array, samples, count, |_| Values::Unread),
            None => Values::Unread,
        },
        other => other,
    };
    array
}

/// The channels as fields, with what `values` gives for each.
fn each(array: &NamedArray, samples: usize, count: usize, values: impl Fn(usize) -> Values) -> Values {
    let column = |c: usize| NamedArray {
        name: (c + 1).to_string(),
        shape: vec![samples, 1],
        class: array.class,
        values: values(c),
        byte_offset: array.byte_offset,
        facts: array.facts.clone(),
    };
    Values::Struct((0..count).map(column).map(|column| (column.name.clone(), column)).collect())
}

/// Samples, channels, and whether the samples of a channel stand together (first dimension fastest).
pub(crate) fn channels(shape: &[usize]) -> Option<(usize, usize, bool)> {
    match *shape {
        [rows, columns] if rows < 2 || columns < 2 => None,
        [rows, columns] if columns <= MOST_CHANNELS && rows >= LONGER * columns => {
            Some((rows, columns, true))
        }
        [rows, columns] if rows <= MOST_CHANNELS && columns >= LONGER * rows => Some((columns, rows, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayClass, flatten};

    fn matrix(shape: [usize; 2]) -> NamedArray {
        NamedArray {
            name: "data".into(),
            shape: shape.to_vec(),
            class: ArrayClass::Double,
            values: Values::Real((0..shape[0] * shape[1]).map(|i| i as f64).collect()),
            byte_offset: 7,
            facts: None,
        }
    }

    fn split_up(shape: [usize; 2]) -> Vec<(String, Vec<f64>)> {
        let split = [split(matrix(shape))];
        let flat = flatten(&split, None);
        flat.iter()
            .map(|(name, array)| (name.clone(), array.as_vector().unwrap_or_default()[..2].to_vec()))
            .collect()
    }

    #[test]
    fn columns_and_rows_of_long_matrices_become_channels() {
        let want = |a: &str, x: [f64; 2]| (a.to_owned(), x.to_vec());
        assert_eq!(split_up([40, 2]), [want("data.1", [0.0, 1.0]), want("data.2", [40.0, 41.0])]);
        assert_eq!(split_up([2, 40]), [want("data.1", [0.0, 2.0]), want("data.2", [1.0, 3.0])]);
    }

    #[test]
    fn vectors_pictures_and_single_numbers_stay_as_they_are() {
        for shape in [[40, 1], [1, 40], [20, 20], [1, 1], [31, 2]] {
            assert_eq!(split(matrix(shape)), matrix(shape));
        }
    }
}
