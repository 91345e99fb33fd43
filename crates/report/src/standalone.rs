//! Figures in a file of their own: one under the other, each with its title over it.

use crate::figure::Figure;
use crate::palette::css_variables;
use crate::svg::{FIGURE_STYLE, draw};
use crate::text::{escape, sanitize};
use std::fmt::Write as _;

/// Height of the line over a figure that says what it is.
const HEADING: f64 = 24.0;
/// Most characters of that line on a figure of 1080 pixels; of longer titles the end is kept, which tells them apart.
const LONGEST: f64 = 140.0;

/// `figures` as one SVG file in light and dark colours, as wide as the widest.
pub(crate) fn stacked(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.size[0]).fold(0.0, f64::max);
    let whole: f64 = figures.iter().map(|figure| HEADING + figure.size[1]).sum();
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{whole}" viewBox="0 0 {width} {whole}"><style>{}svg{{font-family:system-ui,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif}}{FIGURE_STYLE}.ground{{fill:var(--ground)}}.figure .heading{{font-size:13px;font-weight:600}}image{{image-rendering:pixelated}}</style><rect class="ground" width="{width}" height="{whole}"/>"#,
        css_variables()
    );
    let mut top = 0.0;
    for figure in figures {
        let height = figure.size[1];
        let _ = write!(out, r#"<g class="figure"><text class="heading" x="8" y="{}">"#, top + 17.0);
        escape(&mut out, &heading(&figure.title.to_string(), width));
        let _ =
            write!(out, r#"</text></g><svg y="{}" height="{height}">{}</svg>"#, top + HEADING, draw(figure));
        top += HEADING + height;
    }
    out.push_str("</svg>\n");
    sanitize(&out)
}

fn heading(title: &str, width: f64) -> String {
    let most = (LONGEST * width / 1080.0) as usize;
    let skipped = title.chars().count().saturating_sub(most);
    let kept: String = title.chars().skip(skipped).collect();
    if skipped > 0 { format!("…{kept}") } else { kept }
}
