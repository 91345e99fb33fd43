//! Draws the picture of the crate's front page: one simulated record on its way through the transforms.
//!
//! `cargo run --release -p brinell-signal --example front_page > crates/signal/front_page.svg`
#![allow(clippy::print_stdout)]

use std::fmt::Write as _;

use brinell_signal::image::{Scale, colours};
use brinell_signal::pipeline::BandEdge;
use brinell_signal::simulate::{SimulatedFault, Simulation};
use brinell_signal::wavelet::{CwtFrequencies, CwtImageParams};
use brinell_signal::{
    BearingGeometry, Context, Error, FaultKind, Hertz, Millimetres, Pipeline, Result, Step,
};

const RATE: Hertz = Hertz(12_000.0);
const SHAFT: Hertz = Hertz(29.95);
/// Size of a panel's plot, and of the room for its title and labels.
const PLOT: [f64; 2] = [290.0, 150.0];
const CELL: [f64; 2] = [330.0, 215.0];

fn main() -> Result<()> {
    println!("{}", draw()?);
    Ok(())
}

/// The page: a simulated record and what five steps make of it.
pub(crate) fn draw() -> Result<String> {
    let bearing = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0)?;
    let machine = Simulation {
        fault: Some(SimulatedFault { kind: FaultKind::Inner, amplitude: 1.0, angle_deg: 0.0 }),
        snr_db: -2.0,
        seed: 7,
        ..Simulation::new(RATE, 2.0, SHAFT, bearing)
    };
    let record = machine.simulate()?.samples;
    let inner = FaultKind::Inner.order(&bearing.orders()).at(SHAFT).0;
    let short = &record[..1024];
    let shown = 0.4 * RATE.0;

    let mut page = Page::default();
    page.curve("the record, 85 ms", "time", &[run(&[], short)?], None);
    let modes = run(&[Step::Vmd(Default::default())], short)?;
    let curves: Vec<Vec<f32>> = modes.chunks_exact(short.len()).map(<[f32]>::to_vec).collect();
    page.curve("vmd: its four modes", "time", &curves, None);
    let lines =
        run(&[Step::SquaredEnvelopeSpectrum { band: Some([0.4, 0.65].map(BandEdge::Fraction)) }], &record)?;
    let top = (5.5 * inner * 2.0) as usize;
    let marks = (1..=5).map(|h| f64::from(h) * inner * 2.0 / top as f64).collect();
    page.curve(
        "squared envelope spectrum, to 890 Hz",
        "inner race: 1x to 5x",
        &[lines[..top].to_vec()],
        Some(marks),
    );

    let stft = serde_step(64, 16);
    page.image("stft: magnitude", "time; 0 to 6 kHz from below", &run(&[stft], short)?, 33);
    let frequencies = CwtFrequencies::geometric(Hertz(300.0), Hertz(shown), 48);
    let cwt = Step::CwtImage(CwtImageParams { frequencies, columns: 64, ..CwtImageParams::default() });
    let image =
        Step::Image(brinell_signal::image::ImageParams { scale: Scale::Linear, ..Default::default() });
    let mut rows = run(&[cwt, image], short)?;
    // The highest frequency comes first; a picture begins at the bottom.
    let flipped: Vec<f32> = rows.chunks_exact(64).rev().flatten().copied().collect();
    rows.copy_from_slice(&flipped);
    page.image("cwt-image: the same with wavelets", "time; 0.3 to 4.8 kHz from below", &rows, 48);
    let kurtogram = run(&[Step::Kurtogram(Default::default())], &record[..16_384])?;
    let levels = kurtogram_rows(&record[..16_384])?;
    page.image(
        "kurtogram: which band rings",
        "0 to 6 kHz; ever narrower bands from below",
        &kurtogram,
        levels,
    );
    Ok(page.finish())
}

fn serde_step(length: usize, hop: usize) -> Step {
    Step::Stft { window: Default::default(), length, hop, scale: Scale::Linear, rows: None, columns: None }
}

fn run(steps: &[Step], segment: &[f32]) -> Result<Vec<f32>> {
    let plan = Pipeline::new(steps.to_vec()).plan(RATE, segment.len())?;
    let mut output = vec![0.0; plan.output_len()];
    plan.process(segment, &Context::default(), &mut output, &mut plan.scratch())?;
    Ok(output)
}

fn kurtogram_rows(segment: &[f32]) -> Result<usize> {
    let plan = Pipeline::new(vec![Step::Kurtogram(Default::default())]).plan(RATE, segment.len())?;
    plan.output_shape().get(1).copied().ok_or(Error::NoChannels)
}

#[derive(Default)]
struct Page {
    panels: usize,
    body: String,
}

impl Page {
    /// Opens the next panel of the grid of three columns.
    fn panel(&mut self, title: &str, below: &str) {
        let (x, y) = ((self.panels % 3) as f64 * CELL[0] + 20.0, (self.panels / 3) as f64 * CELL[1] + 30.0);
        self.panels += 1;
        let _ = write!(
            self.body,
            r##"<g transform="translate({x} {y})"><text y="-8" fill="#1b1f23">{title}</text><text y="{}" fill="#555e67">{below}</text>"##,
            PLOT[1] + 16.0
        );
    }

    /// Curves one above the other, with lines where `marks` say, from 0 to 1 along the axis.
    fn curve(&mut self, title: &str, below: &str, curves: &[Vec<f32>], marks: Option<Vec<f64>>) {
        self.panel(title, below);
        for at in marks.unwrap_or_default() {
            let x = at * PLOT[0];
            let _ = write!(
                self.body,
                r##"<path d="M{x:.1} 0V{}" stroke="#d55e00" stroke-dasharray="3 3"/>"##,
                PLOT[1]
            );
        }
        let height = PLOT[1] / curves.len() as f64;
        for (number, curve) in curves.iter().enumerate() {
            let low = curve.iter().copied().fold(f32::INFINITY, f32::min);
            let high = curve.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut path = String::new();
            for (n, value) in curve.iter().enumerate() {
                let x = n as f64 / curve.len() as f64 * PLOT[0];
                let share = f64::from((value - low) / (high - low).max(f32::MIN_POSITIVE));
                let y = (number as f64 + 0.95 - 0.9 * share) * height;
                let _ = write!(path, "{}{x:.1} {y:.1}", if n == 0 { "M" } else { "L" });
            }
            let _ =
                write!(self.body, r##"<path d="{path}" fill="none" stroke="#0072b2" stroke-width="0.8"/>"##);
        }
        self.body.push_str("</g>");
    }

    /// An image of `rows`, the first at the bottom: runs of one colour are drawn together.
    fn image(&mut self, title: &str, below: &str, values: &[f32], rows: usize) {
        self.panel(title, below);
        self.body.push_str(r#"<g shape-rendering="crispEdges">"#);
        let columns = values.len() / rows;
        let (width, height) = (PLOT[0] / columns as f64, PLOT[1] / rows as f64);
        let high = values.iter().copied().fold(0.0, f32::max);
        // Twenty shades are enough for a picture of this size.
        let levels: Vec<f32> = values.iter().map(|v| (v / high * 20.0).round() / 20.0).collect();
        let pixels = colours(&levels, (0.0, 1.0));
        let colour = |i: usize| &pixels[3 * i..3 * i + 3];
        for row in 0..rows {
            let mut start = 0;
            for column in 1..=columns {
                let first = row * columns + start;
                if column < columns && colour(first) == colour(row * columns + column) {
                    continue;
                }
                let [r, g, b] = [0, 1, 2].map(|part| colour(first)[part]);
                let (x, y) = (start as f64 * width, PLOT[1] - (row + 1) as f64 * height);
                let run = (column - start) as f64 * width + 0.3;
                let _ = write!(
                    self.body,
                    r##"<path d="M{x:.1} {y:.1}h{run:.1}v{:.1}h-{run:.1}z" fill="#{r:02x}{g:02x}{b:02x}"/>"##,
                    height + 0.3
                );
                start = column;
            }
        }
        self.body.push_str("</g></g>");
    }

    fn finish(self) -> String {
        let (width, height) = (3.0 * CELL[0], self.panels.div_ceil(3) as f64 * CELL[1]);
        format!(
            "<div>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
             font-size=\"13\"><rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>{}</svg>\n</div>",
            self.body
        )
    }
}
