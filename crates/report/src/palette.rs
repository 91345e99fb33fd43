//! Colours for a light and a dark page, with the contrast each of them has to keep.
//!
//! The colours of the fault kinds are those of Okabe and Ito (2008), lightened for the dark page.
//! No kind is told by colour alone: each has its own dash and marker too.

use crate::figure::Marker;
use brinell_signal::FaultKind;

/// One named colour: CSS variable, value on the light and on the dark page, and the least contrast
/// to the page's ground that WCAG 2.2 AA asks of its use (4.5 text, 3 graphics, 1 decoration).
pub(crate) struct Colour {
    name: &'static str,
    light: &'static str,
    dark: &'static str,
    #[cfg_attr(not(test), allow(dead_code))]
    contrast: f64,
}

const fn colour(name: &'static str, light: &'static str, dark: &'static str, contrast: f64) -> Colour {
    Colour { name, light, dark, contrast }
}

/// All colours of the pages.
pub(crate) const PALETTE: [Colour; 21] = [
    colour("ground", "#ffffff", "#13171b", 1.0),
    colour("surface", "#f5f6f8", "#1c2228", 1.0),
    colour("text", "#1b1f23", "#e6e9ec", 7.0),
    colour("muted", "#555e67", "#a8b2bc", 4.5),
    colour("line", "#d3d8dd", "#38414a", 1.0),
    colour("grid", "#e6e9ec", "#272e35", 1.0),
    colour("axis", "#6b747d", "#8b959f", 3.0),
    colour("trace", "#33404d", "#c3ccd5", 4.5),
    colour("floor", "#6b747d", "#98a3ae", 3.0),
    colour("link", "#005a92", "#6fbdf0", 4.5),
    colour("inner", "#d55e00", "#ff8a3c", 3.0),
    colour("outer", "#0072b2", "#56b4e9", 3.0),
    colour("ball", "#009e73", "#2fc99c", 3.0),
    colour("cage", "#cc79a7", "#e29cc5", 3.0),
    colour("found", "#a84300", "#ff9f5c", 4.5),
    colour("found-ground", "#fdf2ea", "#2c1d12", 1.0),
    colour("undecided", "#7d5700", "#e8b84a", 4.5),
    colour("undecided-ground", "#fbf6e6", "#292312", 1.0),
    colour("nofault", "#005a92", "#6fbdf0", 4.5),
    colour("nofault-ground", "#ecf4fa", "#11232f", 1.0),
    colour("failed", "#7a3273", "#dc9ad6", 4.5),
];

/// CSS custom properties of [`PALETTE`] for both colour schemes; print is always light.
pub(crate) fn css_variables() -> String {
    let mut light = String::new();
    let mut dark = String::new();
    for colour in &PALETTE {
        light.push_str(&format!("--{}:{};", colour.name, colour.light));
        dark.push_str(&format!("--{}:{};", colour.name, colour.dark));
    }
    format!(
        ":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
}

/// Red, green and blue of a colour of [`PALETTE`] on the light page; black where there is none of that name.
pub(crate) fn light(name: &str) -> [u8; 3] {
    let hex = PALETTE.iter().find(|colour| colour.name == name).map_or("#000000", |colour| colour.light);
    let part = |i: usize| hex.get(i..i + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).unwrap_or(0);
    [part(1), part(3), part(5)]
}

/// Name of a fault kind in class names.
pub(crate) fn kind_class(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Inner => "inner",
        FaultKind::Outer => "outer",
        FaultKind::Ball => "ball",
        FaultKind::Cage => "cage",
    }
}

/// Marker of a fault kind.
pub(crate) fn kind_marker(kind: FaultKind) -> Marker {
    match kind {
        FaultKind::Inner => Marker::Triangle,
        FaultKind::Outer => Marker::Circle,
        FaultKind::Ball => Marker::Square,
        FaultKind::Cage => Marker::Diamond,
    }
}

/// Dash pattern of a fault kind's lines; empty is solid.
pub(crate) fn kind_dash(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Inner => "7 3",
        FaultKind::Outer => "",
        FaultKind::Ball => "1.5 3",
        FaultKind::Cage => "7 3 1.5 3",
    }
}

/// Line name as printed: `2xBSF` with a multiplication sign.
pub(crate) fn kind_line(kind: FaultKind) -> String {
    kind.line().replace("2x", "2\u{d7}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Relative luminance of `#rrggbb`, WCAG 2.2.
    fn luminance(hex: &str) -> f64 {
        let channel = |i: usize| {
            let value = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn find(name: &str) -> &'static Colour {
        PALETTE.iter().find(|c| c.name == name).unwrap()
    }

    #[test]
    fn every_colour_keeps_its_contrast_on_both_pages() {
        assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 1e-9);
        assert!((contrast("#ffffff", "#0072b2") - 5.19).abs() < 0.01, "the published value");
        for ground in ["ground", "surface"] {
            let ground = find(ground);
            for colour in &PALETTE {
                // Marks of the fault kinds are drawn on the page's ground only.
                if ground.name == "surface" && colour.contrast < 4.5 {
                    continue;
                }
                let light = contrast(colour.light, ground.light);
                let dark = contrast(colour.dark, ground.dark);
                assert!(light >= colour.contrast, "{} on light {}: {light:.2}", colour.name, ground.name);
                assert!(dark >= colour.contrast, "{} on dark {}: {dark:.2}", colour.name, ground.name);
            }
        }
    }

    #[test]
    fn text_is_readable_on_the_tinted_grounds_of_the_statuses() {
        for status in ["found", "undecided", "nofault"] {
            let ground = find(&format!("{status}-ground"));
            for text in [status, "text", "muted"] {
                let text = find(text);
                assert!(contrast(text.light, ground.light) >= 4.5, "{} on light {status}", text.name);
                assert!(contrast(text.dark, ground.dark) >= 4.5, "{} on dark {status}", text.name);
            }
        }
    }

    #[test]
    fn no_two_fault_kinds_share_a_marker_or_a_dash() {
        for a in FaultKind::ALL {
            for b in FaultKind::ALL {
                if a != b {
                    assert_ne!(kind_marker(a), kind_marker(b));
                    assert_ne!(kind_dash(a), kind_dash(b));
                    assert_ne!(kind_class(a), kind_class(b));
                }
            }
        }
    }
}
