//! The Python literal that heads an NPY file: text, true and false, whole numbers, lists, tuples, dictionaries.

/// Most brackets inside each other.
const DEPTH: usize = 32;

/// A value of the literal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Truth(bool),
    Number(u64),
    /// A list or a tuple.
    List(Vec<Literal>),
    Dictionary(Vec<(String, Literal)>),
}

impl Literal {
    /// Parses the whole text; an error says at which character it went wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(0)?;
        parser.blanks();
        if parser.at < text.len() { Err(parser.wrong("its end")) } else { Ok(value) }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dictionary(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes a mark after blanks, if it stands there.
    fn take(&mut self, mark: &str) -> bool {
        self.blanks();
        let there = self.rest().starts_with(mark);
        if there {
            self.at += mark.len();
        }
        there
    }

    fn wrong(&self, expected: &str) -> String {
        let found: String = self.rest().chars().take(12).collect();
        format!("character {}: {expected} expected, `{}` found", self.at, found.escape_debug())
    }

    fn value(&mut self, depth: usize) -> Result<Literal, String> {
        if depth > DEPTH {
            return Err(format!("character {}: more than {DEPTH} brackets inside each other", self.at));
        }
        self.blanks();
        for (open, close) in [("(", ")"), ("[", "]")] {
            if self.take(open) {
                return Ok(Literal::List(self.list(close, depth)?));
            }
        }
        if self.take("{") {
            let mut entries = Vec::new();
            while !self.take("}") {
                let Literal::Text(key) = self.value(depth + 1)? else { return Err(self.wrong("a name")) };
                if !self.take(":") {
                    return Err(self.wrong("`:`"));
                }
                entries.push((key, self.value(depth + 1)?));
                if !self.take(",") && !self.rest().trim_start().starts_with('}') {
                    return Err(self.wrong("`,` or `}`"));
                }
            }
            return Ok(Literal::Dictionary(entries));
        }
        for (word, value) in [("True", true), ("False", false)] {
            if self.take(word) {
                return Ok(Literal::Truth(value));
            }
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let number = self.rest()[..digits].parse().map_err(|_| self.wrong("a smaller number"))?;
            self.at += digits;
            // Python 2 wrote long numbers so.
            self.take("L");
            return Ok(Literal::Number(number));
        }
        self.quoted().map(Literal::Text)
    }

    fn list(&mut self, close: &str, depth: usize) -> Result<Vec<Literal>, String> {
        let mut values = Vec::new();
        while !self.take(close) {
            values.push(self.value(depth + 1)?);
            if !self.take(",") && !self.rest().trim_start().starts_with(close) {
                return Err(self.wrong("`,` or the closing bracket"));
            }
        }
        Ok(values)
    }

    fn quoted(&mut self) -> Result<String, String> {
        // Python 2 marks its texts.
        let marked = self.rest().strip_prefix(['u', 'b']).is_some_and(|rest| rest.starts_with(['\'', '"']));
        let from = usize::from(marked);
        let Some(quote) = self.rest()[from..].chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return Err(self.wrong("a value"));
        };
        let mut text = String::new();
        let mut signs = self.rest()[from + 1..].char_indices();
        while let Some((i, sign)) = signs.next() {
            match sign {
                '\\' => match signs.next() {
                    Some((_, escaped @ ('\\' | '\'' | '"'))) => text.push(escaped),
                    _ => return Err(self.wrong("a text without escapes")),
                },
                sign if sign == quote => {
                    self.at += from + 1 + i + 1;
                    return Ok(text);
                }
                sign => text.push(sign),
            }
        }
        Err(self.wrong("the end of a text"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_of_old_and_new_writers_are_parsed() {
        let new = Literal::parse("{'descr': [('a b', '<f8', (2,)), (\"c'\", '|u1')], 'shape': (3,), }  \n")
            .unwrap();
        let fields = new.entry("descr").unwrap().list().unwrap();
        assert_eq!(fields[0].list().unwrap()[2], Literal::List(vec![Literal::Number(2)]));
        assert_eq!(fields[1].list().unwrap()[0].text(), Some("c'"));
        let old = Literal::parse("{u'fortran_order': False, u'shape': (12L, 3L)}").unwrap();
        assert_eq!(old.entry("fortran_order"), Some(&Literal::Truth(false)));
        assert_eq!(old.entry("shape").unwrap().list().unwrap()[0], Literal::Number(12));
        assert_eq!(Literal::parse("()").unwrap(), Literal::List(Vec::new()));
    }

    #[test]
    fn broken_literals_say_where_and_deep_ones_end() {
        for (text, told) in [
            ("{'a': }", "character 6: a value expected, `}` found"),
            ("{'a' 1}", "`:` expected"),
            ("(1 2)", "closing bracket expected"),
            ("'abc", "the end of a text"),
            ("(1,) x", "its end expected, `x` found"),
            ("99999999999999999999999", "a smaller number"),
            ("", "a value expected"),
            ("'ä\\x00'", "without escapes"),
        ] {
            let error = Literal::parse(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
        assert!(Literal::parse(&"(".repeat(100_000)).unwrap_err().contains("more than 32 brackets"));
    }
}
