//! Units as files write them, in one table.

use brinell_signal::Unit;

/// A unit of the program and the factor that leads to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scaled {
    pub(crate) unit: Unit,
    pub(crate) factor: f64,
}

/// Spellings, in lower case and without blanks, with what they mean.
const SPELLINGS: [(&[&str], Unit, f64); 17] = [
    (&["g", "gn", "g's", "gs", "gpk", "grms", "g_n"], Unit::G, 1.0),
    (&["mg"], Unit::G, 1e-3),
    (
        &["m/s2", "m/s^2", "m/s²", "m/s**2", "m/s/s", "ms-2", "m*s-2", "m.s-2", "m/(s^2)", "m/sec^2"],
        Unit::MetresPerSecondSquared,
        1.0,
    ),
    (&["mm/s2", "mm/s^2", "mm/s²"], Unit::MetresPerSecondSquared, 1e-3),
    (&["in/s2", "in/s^2"], Unit::MetresPerSecondSquared, 0.0254),
    (&["ft/s2", "ft/s^2"], Unit::MetresPerSecondSquared, 0.3048),
    (&["gal", "cm/s2", "cm/s^2"], Unit::MetresPerSecondSquared, 0.01),
    (&["mm/s", "mm/sec"], Unit::MillimetresPerSecond, 1.0),
    (&["m/s", "m/sec"], Unit::MillimetresPerSecond, 1000.0),
    (&["in/s", "ips", "in/sec"], Unit::MillimetresPerSecond, 25.4),
    (&["um", "µm", "μm", "micron", "microns", "mum"], Unit::Micrometres, 1.0),
    (&["v", "volt", "volts"], Unit::Volts, 1.0),
    (&["mm"], Unit::Micrometres, 1000.0),
    (&["m"], Unit::Micrometres, 1e6),
    (&["mil", "mils"], Unit::Micrometres, 25.4),
    (&["mv", "millivolt", "millivolts"], Unit::Volts, 1e-3),
    (&["uv", "µv", "μv"], Unit::Volts, 1e-6),
];

/// What a unit's text means; `None` where no unit of motion or voltage is written so.
pub(crate) fn scaled_unit(text: &str) -> Option<Scaled> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = bare.trim_matches(|c| "()[]".contains(c)).to_lowercase();
    SPELLINGS
        .iter()
        .find(|(spellings, ..)| spellings.contains(&bare.as_str()))
        .map(|&(_, unit, factor)| Scaled { unit, factor })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Standard acceleration of gravity in m/s².
    const GRAVITY: f64 = 9.80665;

    #[test]
    fn spellings_of_files_are_understood_and_none_stands_for_two_units() {
        assert_eq!(
            scaled_unit(" [M/S^2] "),
            Some(Scaled { unit: Unit::MetresPerSecondSquared, factor: 1.0 })
        );
        assert_eq!(scaled_unit("in/s").map(|s| s.factor), Some(25.4));
        assert_eq!(scaled_unit("Pa"), None);
        assert_eq!(scaled_unit(""), None);
        let all: Vec<&str> = SPELLINGS.iter().flat_map(|(s, ..)| s.iter().copied()).collect();
        for (i, spelling) in all.iter().enumerate() {
            assert!(!all[..i].contains(spelling), "{spelling}");
            assert_eq!(*spelling, spelling.to_lowercase(), "{spelling}");
        }
    }

    #[test]
    fn an_acceleration_of_one_g_is_the_same_in_all_units_of_acceleration() {
        let metres = |text: &str, value: f64| {
            scaled_unit(text).map(|s| match s.unit {
                Unit::G => value * s.factor * GRAVITY,
                _ => value * s.factor,
            })
        };
        for (text, value) in [
            ("g", 1.0),
            ("mg", 1000.0),
            ("m/s2", 9.80665),
            ("mm/s2", 9806.65),
            ("in/s2", 386.088_582_677_165_35),
            ("ft/s2", 32.174_048_556_430_45),
            ("gal", 980.665),
        ] {
            let found = metres(text, value).unwrap_or_default();
            assert!((found - GRAVITY).abs() < 1e-9, "{text}: {found}");
        }
    }
}
