//! Patterns of variable names: `*` and `{prefix}`.

use serde::Deserialize;

/// Longest pattern and number of wildcards: matching stays cheap whatever a layout says.
const MAX_LENGTH: usize = 200;
const MAX_WILD: usize = 4;

/// A pattern of variable names.
///
/// `*` stands for any run of characters, `{prefix}` for the prefix that all variables of one
/// recording share: the one the catalogue gives, else any run of at least one character.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Any,
    Prefix,
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(format!("a pattern has 1 to {MAX_LENGTH} bytes"));
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.as_str();
        let flush = |literal: &mut String, parts: &mut Vec<Part>, next| {
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(literal)));
            }
            parts.extend(next);
        };
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("{prefix}") {
                flush(&mut literal, &mut parts, Some(Part::Prefix));
                rest = after;
                continue;
            }
            match c {
                '*' => flush(&mut literal, &mut parts, Some(Part::Any)),
                '{' | '}' => {
                    return Err(format!("pattern `{text}`: only {{prefix}} may stand in braces"));
                }
                _ => literal.push(c),
            }
            rest = &rest[c.len_utf8()..];
        }
        flush(&mut literal, &mut parts, None);
        let wild = parts.iter().filter(|p| !matches!(p, Part::Literal(_))).count();
        if wild > MAX_WILD {
            return Err(format!("pattern `{text}`: at most {MAX_WILD} of * and {{prefix}}"));
        }
        if parts.iter().filter(|p| **p == Part::Prefix).count() > 1 {
            return Err(format!("pattern `{text}`: {{prefix}} may stand once"));
        }
        Ok(Self { text, parts })
    }
}

/// How a name matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    /// What `{prefix}` stood for; `None` when the pattern has none.
    pub(crate) prefix: Option<String>,
}

impl Pattern {
    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Matches a whole name; a known `prefix` is the only one accepted.
    pub(crate) fn matches(&self, name: &str, prefix: Option<&str>) -> Option<Match> {
        let mut found = None;
        walk(&self.parts, name, prefix, &mut found).then_some(Match { prefix: found.map(str::to_owned) })
    }
}

/// Depth is the number of parts; branching is bounded by [`MAX_WILD`].
fn walk<'n>(parts: &[Part], name: &'n str, prefix: Option<&str>, found: &mut Option<&'n str>) -> bool {
    let Some((part, rest)) = parts.split_first() else { return name.is_empty() };
    match part {
        Part::Literal(text) => {
            name.strip_prefix(text.as_str()).is_some_and(|name| walk(rest, name, prefix, found))
        }
        Part::Any => splits(name).any(|at| walk(rest, &name[at..], prefix, found)),
        Part::Prefix => {
            let fits = |at: &usize| match prefix {
                Some(known) => &name[..*at] == known,
                None => *at > 0,
            };
            match splits(name).filter(fits).find(|&at| walk(rest, &name[at..], prefix, found)) {
                Some(at) => {
                    *found = Some(&name[..at]);
                    true
                }
                None => false,
            }
        }
    }
}

fn splits(name: &str) -> impl Iterator<Item = usize> {
    name.char_indices().map(|(at, _)| at).chain([name.len()])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn matched(pattern: &str, name: &str, prefix: Option<&str>) -> Option<Option<String>> {
        Pattern::try_from(pattern.to_owned()).unwrap().matches(name, prefix).map(|m| m.prefix)
    }

    #[test]
    fn a_prefix_is_found_or_demanded() {
        assert_eq!(matched("{prefix}_DE_time", "X105_DE_time", None), Some(Some("X105".to_owned())));
        assert_eq!(matched("{prefix}_DE_time", "X105_DE_time", Some("X105")), Some(Some("X105".to_owned())));
        assert_eq!(matched("{prefix}_DE_time", "X105_DE_time", Some("X1")), None);
        assert_eq!(matched("{prefix}_DE_time", "_DE_time", None), None);
        assert_eq!(matched("{prefix}_DE_time", "X105_DE_time2", None), None);
        assert_eq!(matched("X{prefix}RPM", "XaRPMRPM", None), Some(Some("aRPM".to_owned())));
    }

    #[test]
    fn a_star_stands_for_any_run() {
        assert_eq!(matched("*_DE_time", "X105_DE_time", None), Some(None));
        assert_eq!(matched("*", "", None), Some(None));
        assert_eq!(matched("a*b*c", "axxbyyc", None), Some(None));
        assert_eq!(matched("a*b*c", "axxcyyb", None), None);
        assert_eq!(matched("gs", "gs", Some("X")), Some(None));
        assert_eq!(matched("é*", "éa", None), Some(None));
    }

    #[test]
    fn wrong_patterns_are_refused() {
        for text in ["", "{pre}_x", "a}", "{prefix}{prefix}", "*a*a*a*a*a"] {
            assert!(Pattern::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
