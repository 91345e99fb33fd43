//! Patterns of paths: `35Hz12kN/{bearing_id}/*.csv`. What stands between braces is captured.

use crate::packing::ENDINGS;
use std::path::Path;

/// Longest pattern, and the most wildcards and captures in it.
const MAX_LENGTH: usize = 300;
const MAX_WILD: usize = 16;

/// A pattern of the last parts of a path: as many as it has itself.
///
/// `*` stands for any run of characters, `{name}` for a run of at least one; neither goes beyond a `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Any,
    Capture(String),
}

/// What the names of a pattern stood for, in its order.
pub(crate) type Captures<'p> = Vec<(&'p str, String)>;

impl PathPattern {
    /// Understands a pattern.
    ///
    /// # Errors
    /// In words, when it cannot be one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(format!("a pattern of paths has 1 to {MAX_LENGTH} bytes"));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('*') {
                parts.push(Part::Any);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let Some((name, after)) = after.split_once('}') else {
                    return Err(format!("pattern `{text}`: a brace is not closed"));
                };
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                if name.is_empty() || !name.chars().all(plain) {
                    return Err(format!(
                        "pattern `{text}`: `{name}` in braces: small letters, digits and `_` expected"
                    ));
                }
                if parts.contains(&Part::Capture(name.to_owned())) {
                    return Err(format!("pattern `{text}`: {{{name}}} may stand once"));
                }
                parts.push(Part::Capture(name.to_owned()));
                rest = after;
            } else if rest.starts_with('}') {
                return Err(format!("pattern `{text}`: a brace is not opened"));
            } else {
                let end = rest.find(['*', '{', '}']).unwrap_or(rest.len());
                parts.push(Part::Literal(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        if parts.iter().filter(|part| !matches!(part, Part::Literal(_))).count() > MAX_WILD {
            return Err(format!("pattern `{text}`: at most {MAX_WILD} of * and names in braces"));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Names in braces, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// What the names stand for in a path; `fits` says whether a name may stand for a text. Of several ways the one with the
    /// shortest texts counts, the first name first.
    pub(crate) fn matches(&self, path: &Path, fits: &dyn Fn(&str, &str) -> bool) -> Option<Captures<'_>> {
        let tail = tail(path, self.text.matches('/').count() + 1)?;
        let mut walk = Walk {
            parts: &self.parts,
            text: &tail,
            fits,
            dead: vec![false; (self.parts.len() + 1) * (tail.len() + 1)],
        };
        let mut found = Vec::new();
        walk.go(0, 0, &mut found).then_some(found)
    }
}

/// The last `count` parts of a path, joined by `/`, without the ending of a packed file.
fn tail(path: &Path, count: usize) -> Option<String> {
    let parts: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        })
        .collect();
    let tail = parts.get(parts.len().checked_sub(count)?..)?.join("/");
    let lower = tail.to_lowercase();
    let packed = ENDINGS.iter().find(|ending| lower.ends_with(*ending)).map_or(0, |ending| ending.len());
    Some(tail[..tail.len() - packed].to_owned())
}

struct Walk<'p, 't> {
    parts: &'p [Part],
    text: &'t str,
    fits: &'t dyn Fn(&str, &str) -> bool,
    /// Parts and places from which the rest is known not to match: the time stays bounded.
    dead: Vec<bool>,
}

impl<'p> Walk<'p, '_> {
    fn go(&mut self, part: usize, at: usize, found: &mut Captures<'p>) -> bool {
        let state = part * (self.text.len() + 1) + at;
        if self.dead[state] {
            return false;
        }
        let rest = &self.text[at..];
        let matched = match self.parts.get(part) {
            None => rest.is_empty(),
            Some(Part::Literal(own)) => {
                rest.starts_with(own.as_str()) && self.go(part + 1, at + own.len(), found)
            }
            Some(wild) => {
                let name = match wild {
                    Part::Capture(name) => Some(name.as_str()),
                    _ => None,
                };
                let end = rest.find('/').unwrap_or(rest.len());
                let ends = rest[..end].char_indices().map(|(place, _)| place).chain([end]);
                let had = found.len();
                let mut any = false;
                for length in ends.filter(|&length| length > 0 || name.is_none()) {
                    if let Some(name) = name {
                        if !(self.fits)(name, &rest[..length]) {
                            continue;
                        }
                        found.push((name, rest[..length].to_owned()));
                    }
                    any = self.go(part + 1, at + length, found);
                    if any {
                        break;
                    }
                    found.truncate(had);
                }
                any
            }
        };
        self.dead[state] = !matched;
        matched
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn captured(pattern: &str, path: &str) -> Option<Vec<String>> {
        let pattern = PathPattern::parse(pattern).unwrap();
        let number = |name: &str, text: &str| name != "speed" || text.parse::<f64>().is_ok();
        let found = pattern.matches(Path::new(path), &number)?;
        Some(found.into_iter().map(|(_, text)| text).collect())
    }

    #[test]
    fn the_last_parts_of_a_path_are_taken_apart() {
        let pattern = "{speed}Hz{load}kN/{bearing_id}/*.csv";
        assert_eq!(
            captured(pattern, "/data/37.5Hz11kN/Bearing2_1/7.csv.gz").unwrap(),
            ["37.5", "11", "Bearing2_1"]
        );
        assert_eq!(captured(pattern, "37.5Hz11kN/7.csv"), None);
        assert_eq!(captured("{kind}{speed}_*.csv", "ib600_2.csv").unwrap(), ["ib", "600"]);
        assert_eq!(captured("a*.mat", "x/abc.mat").unwrap(), Vec::<String>::new());
        assert_eq!(captured("{a}_{b}.mat", "x/1_/2.mat"), None, "no name goes beyond a folder");
    }

    #[test]
    fn many_wildcards_on_a_long_name_take_no_time() {
        let name = "a".repeat(250);
        let names: String = (0..8).map(|i| format!("{{n{i}}}*")).collect();
        assert_eq!(captured(&format!("{names}b"), &name), None);
    }

    #[test]
    fn wrong_patterns_are_refused() {
        for text in ["", "{a", "a}", "{}", "{A}", "{a}{a}", &"*".repeat(17)] {
            assert!(PathPattern::parse(text).is_err(), "{text}");
        }
    }
}
