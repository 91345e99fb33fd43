//! Natural order of names: `9.mat` before `10.mat`.

use std::cmp::Ordering;
use std::path::Path;

/// Compares two texts with runs of digits read as numbers; equal numbers with different zeros, and
/// all else, fall back to the plain order, so that the order is total.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    loop {
        let (Some(c), Some(d)) = (x.chars().next(), y.chars().next()) else {
            return x.len().cmp(&y.len()).then_with(|| a.cmp(b));
        };
        if c.is_ascii_digit() && d.is_ascii_digit() {
            let (m, rest_x) = number(x);
            let (n, rest_y) = number(y);
            match m.len().cmp(&n.len()).then_with(|| m.cmp(n)) {
                Ordering::Equal => (x, y) = (rest_x, rest_y),
                other => return other,
            }
        } else if c == d {
            (x, y) = (&x[c.len_utf8()..], &y[d.len_utf8()..]);
        } else {
            return c.cmp(&d);
        }
    }
}

/// Compares two paths component by component in natural order.
pub(crate) fn compare_paths(a: &Path, b: &Path) -> Ordering {
    let mut left = a.components();
    let mut right = b.components();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(c), Some(d)) => {
                match compare(&c.as_os_str().to_string_lossy(), &d.as_os_str().to_string_lossy()) {
                    Ordering::Equal => {}
                    other => return other,
                }
            }
        }
    }
}

/// Splits the leading digits off, without their leading zeros.
fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = vec!["b10", "b9", "b09", "b1.mat", "a", "b1", "b", "10", "9"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["9", "10", "a", "b", "b1", "b1.mat", "b09", "b9", "b10"]);
    }

    #[test]
    fn a_folder_comes_before_what_follows_it() {
        assert_eq!(compare_paths(Path::new("rig2/1.mat"), Path::new("rig10/1.mat")), Ordering::Less);
        assert_eq!(compare_paths(Path::new("rig2"), Path::new("rig2/1.mat")), Ordering::Less);
    }
}
