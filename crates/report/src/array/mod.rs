//! The output of a transform as a file: numbers with their axes as a picture (SVG, PNG), as a NumPy array, or
//! as a Parquet table.
//!
//! | file | idea |
//! |---|---|
//! | `mod.rs` | the numbers, their axes, and one panel a channel |
//! | `svg.rs` | panels with axes, one under the other |
//! | `png.rs` | one pixel a number, without axes |
//! | `npy.rs` | float32, row-major |
//! | `parquet.rs` | one row a number: its place on every axis, and its value |

mod npy;
mod parquet;
mod png;
mod svg;

pub use npy::npy;
pub use parquet::{ARRAY_SCHEMA, parquet};
pub use png::png;
pub use svg::svg;

use crate::error::{Error, Result};
use brinell_signal::pipeline::Axis;

/// Numbers over one, two or three axes, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    title: String,
    unit: String,
    values: Vec<f32>,
    axes: Vec<Axis>,
    /// What each panel is called; empty where it is told by its number.
    panel_names: Vec<String>,
    powers: bool,
}

/// How far below the largest power the darkest colour lies, in dB.
const DEEPEST_DB: f64 = 60.0;

/// The numbers of one channel.
struct Panel<'a> {
    title: String,
    values: &'a [f32],
    axes: &'a [Axis],
}

impl Array {
    /// `values` over `axes`, the first of three, or one that numbers channels, being one panel a position. `title` heads the pictures; `unit` says
    /// what the values are, such as `m/s2` or `dB`.
    ///
    /// # Errors
    /// [`Error::Array`] when the axes are not one series or one image (with or without channels), or their
    /// lengths do not multiply to the number of values.
    pub fn new(
        title: impl Into<String>,
        unit: impl Into<String>,
        values: Vec<f32>,
        axes: Vec<Axis>,
    ) -> Result<Self> {
        let shape: Vec<usize> = axes.iter().map(|axis| axis.values.len()).collect();
        let several = has_panels(&axes);
        let inner = axes.len() - usize::from(several);
        if !(1..=2).contains(&inner) || shape.iter().product::<usize>() != values.len() || values.is_empty() {
            return Err(Error::Array { shape, values: values.len() });
        }
        let (title, unit) = (title.into(), unit.into());
        Ok(Self { title, unit, values, axes, panel_names: Vec::new(), powers: false })
    }

    /// The same with names for its panels, one each in their order, such as `mode 1, 683 Hz`; a panel without one is
    /// called by its number.
    #[must_use]
    pub fn with_panel_names(self, panel_names: Vec<String>) -> Self {
        Self { panel_names, ..self }
    }

    /// The same as powers: pictures of images show them in dB below the largest of all panels, from -60 to 0. Numbers
    /// in arrays and tables stay as they are.
    #[must_use]
    pub fn of_powers(self) -> Self {
        Self { powers: true, ..self }
    }

    /// Number of positions along each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.values.len()).collect()
    }

    fn panels(&self) -> Vec<Panel<'_>> {
        let several = has_panels(&self.axes);
        let (channels, axes) = if several { self.axes.split_at(1) } else { (&[][..], &self.axes[..]) };
        let count = channels.first().map_or(1, |axis| axis.values.len());
        let titles = (0..count).map(|i| match count {
            1 => self.title.clone(),
            _ => {
                let named = self.panel_names.get(i).map(String::as_str);
                match named.or_else(|| channels.first().and_then(|axis| axis.quantity.name_of(i))) {
                    Some(name) => format!("{}, {name}", self.title),
                    None => format!("{}, channel {i}", self.title),
                }
            }
        });
        titles
            .zip(self.values.chunks_exact(self.values.len() / count))
            .map(|(title, values)| Panel { title, values, axes })
            .collect()
    }

    /// Smallest and largest finite value; `[0, 1]` where there is none.
    fn range(&self) -> [f32; 2] {
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        let [low, high] =
            finite.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]);
        if low <= high { [low, high] } else { [0.0, 1.0] }
    }
}

/// Whether the first axis has one panel a position.
fn has_panels(axes: &[Axis]) -> bool {
    axes.len() == 3 || axes.first().is_some_and(|axis| axis.quantity.counts_channels())
}

/// How values become colours.
#[derive(Debug, Clone, Copy)]
enum Shading {
    /// From the lower to the upper end.
    Even([f32; 2]),
    /// In dB below this power.
    Decibels(f64),
}

impl Shading {
    /// That of an array's images.
    fn of(array: &Array) -> Self {
        let range = array.range();
        if array.powers { Self::Decibels(f64::from(range[1])) } else { Self::Even(range) }
    }

    /// 0 to 255.
    fn shade(self, value: f32) -> u8 {
        let value = f64::from(value);
        let share = match self {
            Self::Even([low, high]) => (value - f64::from(low)) / (f64::from(high) - f64::from(low)),
            Self::Decibels(largest) => 1.0 + 10.0 * (value / largest).log10() / DEEPEST_DB,
        };
        if share.is_finite() { (share.clamp(0.0, 1.0) * 255.0).round() as u8 } else { 0 }
    }

    /// What the darkest and the brightest colour stand for, and its unit where that is not the values' own.
    fn colour_bar(self) -> ([f64; 2], Option<&'static str>) {
        match self {
            Self::Even(range) => (range.map(f64::from), None),
            Self::Decibels(_) => ([-DEEPEST_DB, 0.0], Some("dB re largest")),
        }
    }
}

/// The shades of an image, the top row first: low frequencies lie at the bottom of a picture.
fn shades(panel: &Panel<'_>, shading: Shading) -> Vec<u8> {
    let columns = panel.axes[1].values.len();
    let rising = panel.axes[0].values.first() <= panel.axes[0].values.last();
    let row = |row: &[f32]| row.iter().map(|v| shading.shade(*v)).collect::<Vec<_>>();
    let rows = panel.values.chunks_exact(columns);
    if rising { rows.rev().flat_map(row).collect() } else { rows.flat_map(row).collect() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use brinell_signal::pipeline::Quantity;

    fn axis(quantity: Quantity, values: &[f64]) -> Axis {
        Axis { quantity, values: values.to_vec() }
    }

    fn image() -> Array {
        let axes = vec![
            axis(Quantity::Channel, &[0.0, 1.0]),
            axis(Quantity::Frequency, &[100.0, 200.0, 400.0]),
            axis(Quantity::Time, &[0.0, 0.5, 1.0, 1.5]),
        ];
        Array::new("Modes", "dB", (0..24).map(|i| i as f32).collect(), axes).unwrap()
    }

    fn series(len: usize) -> Array {
        let times: Vec<f64> = (0..len).map(|i| i as f64 / 100.0).collect();
        let values = (0..len).map(|i| (i as f32 * 0.1).sin()).collect();
        Array::new("Wave <&>", "m/s2", values, vec![axis(Quantity::Time, &times)]).unwrap()
    }

    #[test]
    fn axes_that_do_not_fit_the_values_are_refused() {
        let time = axis(Quantity::Time, &[0.0, 1.0]);
        for (axes, values) in [
            (vec![], 0),
            (vec![time.clone()], 3),
            (vec![axis(Quantity::Time, &[])], 0),
            (vec![axis(Quantity::Channel, &[0.0])], 1),
            (vec![time.clone(), time.clone(), time.clone(), time.clone()], 16),
        ] {
            let error = Array::new("", "", vec![0.0; values], axes).unwrap_err();
            assert!(matches!(error, Error::Array { .. }), "{error}");
        }
    }

    #[test]
    fn an_npy_file_says_its_shape_and_begins_its_numbers_at_a_multiple_of_64() {
        let file = npy(&image());
        let header = u16::from_le_bytes([file[8], file[9]]) as usize;
        assert_eq!((10 + header) % 64, 0);
        let text = std::str::from_utf8(&file[10..10 + header]).unwrap();
        assert!(text.contains("'shape': (2, 3, 4,)") && text.ends_with('\n'), "{text}");
        assert_eq!(file.len(), 10 + header + 24 * 4);
        assert_eq!(file[10 + header + 4..10 + header + 8], 1f32.to_le_bytes());
    }

    #[test]
    fn a_png_of_an_image_has_one_pixel_a_number_with_low_frequencies_below() {
        let file = png(&image()).unwrap();
        let mut decoder = ::png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(::png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!((reader.info().width, reader.info().height), (4, 3 + 4 + 3));
        // The first channel's lowest frequency is its last row, and holds the smallest values.
        assert!(pixels[8] == 0 && pixels[11] > 0 && pixels[8..12].iter().all(|p| *p < pixels[0]));
        assert_eq!(pixels[(3 + 4) * 4 + 3], 255);
    }

    #[test]
    fn pictures_of_series_of_any_length_are_drawn() {
        for len in [1, 2, 1079, 5000] {
            assert!(png(&series(len)).unwrap().starts_with(b"\x89PNG"));
            let drawn = svg(&series(len));
            assert!(drawn.starts_with("<svg xmlns") && !drawn.contains("NaN") && !drawn.contains("Wave <&>"));
        }
    }

    #[test]
    fn an_svg_has_a_panel_a_channel_with_named_axes() {
        let drawn = svg(&image());
        assert_eq!(drawn.matches("data:image/png").count(), 2);
        assert!(drawn.contains("Frequency, Hz") && drawn.contains("Time, s") && drawn.contains("channel 1"));
    }

    #[test]
    fn cells_of_unequal_width_carry_their_values_and_faults_their_names() {
        let uneven = [0.0, 1.0, 1.584_962_500_721_156, 2.0, 2.584_962_500_721_156];
        let levels = axis(Quantity::Level, &uneven);
        let bands = axis(Quantity::Frequency, &[3000.0, 1500.0, 4500.0, 1000.0]);
        let draw = |axes: Vec<Axis>| {
            let len = axes.iter().map(|axis| axis.values.len()).product();
            svg(&Array::new("", "", vec![1.0; len], axes).unwrap())
        };
        let levels = draw(vec![levels, bands.clone()]);
        for label in [">0<", ">1.58<", ">2.58<", ">3000<", ">1500<", ">4500<", ">1000<"] {
            assert!(levels.contains(label), "{label}");
        }
        let faults = draw(vec![axis(Quantity::Fault, &[0.0, 1.0, 2.0, 3.0]), bands]);
        for label in [">inner race<", ">outer race<", ">rolling element<", ">cage<", ">Fault<"] {
            assert!(faults.contains(label), "{label}");
        }
    }

    #[test]
    fn every_panel_shows_its_title_and_a_name_where_its_number_has_one() {
        let axes = vec![
            axis(Quantity::Bunching, &[0.0, 1.0, 2.0]),
            axis(Quantity::Level, &[0.0, 1.0]),
            axis(Quantity::Frequency, &[100.0, 200.0]),
        ];
        let drawn = svg(&Array::new("Wave <&>", "", vec![1.0; 12], axes).unwrap());
        for name in ["time", "frequency", "mean"] {
            assert!(drawn.contains(&format!(">Wave &lt;&amp;&gt;, {name}</text>")), "{name}");
        }
        assert!(svg(&image()).contains(">Modes, channel 1</text>"));
        let axes = vec![axis(Quantity::Time, &[0.0, 1.0])];
        let long = svg(&Array::new("step, ".repeat(100) + "last", "", vec![1.0; 2], axes).unwrap());
        assert!(long.contains(">…") && long.contains("step, last</text>"));
    }

    #[test]
    fn panels_are_called_by_their_names() {
        let axes = vec![axis(Quantity::Mode, &[1.0, 2.0]), axis(Quantity::Time, &[0.0, 1.0])];
        let modes = Array::new("vmd", "g", vec![0.0, 1.0, 2.0, 3.0], axes).unwrap();
        let drawn = svg(&modes.with_panel_names(vec!["mode 1, 683 Hz".to_owned()]));
        assert!(drawn.contains(">vmd, mode 1, 683 Hz</text>") && drawn.contains(">vmd, channel 1</text>"));
    }

    #[test]
    fn powers_are_drawn_in_decibels_below_the_largest_and_kept_as_they_are() {
        let axes = |rows: &[f64]| vec![axis(Quantity::Frequency, rows), axis(Quantity::Time, &[0.0, 1.0])];
        let values = vec![1e-9, 1e-6, 1e-3, 1.0];
        let powers = Array::new("", "(g)²", values.clone(), axes(&[100.0, 200.0])).unwrap().of_powers();
        let shades: Vec<u8> = values.iter().map(|v| Shading::of(&powers).shade(*v)).collect();
        assert_eq!(shades, [0, 0, 128, 255]);
        assert_eq!(Shading::of(&powers).shade(0.0), 0);
        let drawn = svg(&powers);
        assert!(
            drawn.contains(">dB re largest</text>") && drawn.contains(">-60<") && !drawn.contains("(g)²")
        );
        assert!(npy(&powers).ends_with(&1f32.to_le_bytes()));
        let silent = Array::new("", "", vec![0.0; 4], axes(&[1.0, 2.0])).unwrap().of_powers();
        assert!(!svg(&silent).contains("NaN") && png(&silent).is_ok());
    }

    #[test]
    fn rows_of_a_few_cyclic_frequencies_reach_to_the_middle_between_neighbours() {
        let axes = vec![
            axis(Quantity::ModulationFrequency, &[30.0, 107.36, 162.2]),
            axis(Quantity::Frequency, &[100.0, 200.0]),
        ];
        let array = Array::new("", "", (0..6).map(|v| v as f32).collect(), axes).unwrap();
        let (height, pixels) = svg::picture(&array.panels()[0], Shading::of(&array));
        let high = |shade: u8| pixels.iter().step_by(2).filter(|pixel| **pixel == shade).count() as f64;
        // From -8.68 to 68.68, to 134.78, to 189.62.
        let whole = 189.62 + 8.68;
        for (shade, share) in [(0, 77.36 / whole), (102, 66.1 / whole), (204, 54.84 / whole)] {
            assert!((high(shade) / height as f64 - share).abs() < 0.01, "{shade}: {} {share}", high(shade));
        }
        let drawn = svg(&array);
        for label in [">30<", ">107<", ">162<", ">Modulation frequency, Hz<"] {
            assert!(drawn.contains(label), "{label}");
        }
    }

    #[test]
    fn values_without_a_range_are_drawn_too() {
        let axes = vec![axis(Quantity::Time, &[0.0, 1.0])];
        for values in [vec![f32::NAN; 2], vec![3.0; 2], vec![f32::MAX, f32::MIN]] {
            let array = Array::new("", "", values, axes.clone()).unwrap();
            assert!(!svg(&array).contains("NaN") && png(&array).is_ok());
        }
    }
}
