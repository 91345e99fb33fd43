//! What stands around the designation that decides the geometry: maker, seals, cage, clearance.

/// Makers and brands that people write before or after a designation.
const MAKERS: [&str; 31] = [
    "SKF",
    "FAG",
    "INA",
    "NSK",
    "NTN",
    "SNR",
    "KOYO",
    "JTEKT",
    "NACHI",
    "TIMKEN",
    "FAFNIR",
    "TORRINGTON",
    "REXNORD",
    "SCHAEFFLER",
    "LDK",
    "HRB",
    "ZWZ",
    "LYC",
    "ZKL",
    "ZVL",
    "KINEX",
    "RHP",
    "RKB",
    "FLT",
    "CRAFT",
    "NKE",
    "IBC",
    "MRC",
    "FYH",
    "ASAHI",
    "IBU",
];

/// Starts of suffixes that begin with a digit, so that they can stand right behind the designation.
const DIGIT_SUFFIXES: [&str; 8] = ["2RS", "2RZ", "2Z", "2LS", "2NS", "2HRS", "2CS", "2RU"];

/// Upper-case letters, digits and slashes only: a slash tells 62/22 from 6222.
pub(super) fn compact(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '/')
        .map(|c| c.to_ascii_uppercase())
        .collect::<String>()
        .trim_matches('/')
        .to_owned()
}

/// The text without makers' names, upper case, words a blank apart; dashes and slashes stay.
pub(super) fn without_maker(text: &str) -> String {
    let upper = text.to_uppercase();
    let words = upper.split(|c: char| !(c.is_ascii_alphanumeric() || c == '/' || c == '-'));
    words
        .filter(|word| !word.is_empty() && (!MAKERS.contains(word) || upper.trim() == *word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// What stands behind a designation.
#[derive(Debug, PartialEq)]
pub(super) struct Remainder {
    /// As written, upper case.
    pub(super) text: String,
}

impl Remainder {
    /// What stands in `asked` (without maker) behind `designation` (compact); `None` when it does not begin with it, or
    /// goes on with a digit that no suffix begins with.
    pub(super) fn after(designation: &str, asked: &str) -> Option<Self> {
        let mut wanted = designation.chars().peekable();
        let mut rest = asked.char_indices();
        let mut digit_before = false;
        while let Some(next) = wanted.peek() {
            let (_, c) = rest.next()?;
            // A blank or a dash between two digits ends the number: NU 222-2Z is no NU 2222.
            let apart = (c == ' ' || c == '-') && !(digit_before && next.is_ascii_digit());
            if c == *next {
                digit_before = c.is_ascii_digit();
                wanted.next();
            } else if !apart {
                return None;
            }
        }
        let behind = rest.as_str();
        let text = behind.trim_matches([' ', '-', '/']).to_owned();
        let apart = behind.starts_with([' ', '-', '/']);
        let begins_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
        let a_suffix = DIGIT_SUFFIXES.iter().any(|start| text.starts_with(start));
        if begins_with_digit && !apart && !a_suffix { None } else { Some(Self { text }) }
    }

    /// Whether the suffix says that a cylindrical roller bearing has no cage: it holds more rollers then.
    pub(super) fn is_full_complement(&self, designation: &str) -> bool {
        designation.starts_with('N') && self.text.starts_with('V')
    }
}
