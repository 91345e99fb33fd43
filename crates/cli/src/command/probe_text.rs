//! What a probe found, for people.

use super::probe::{ChannelFacts, Facts, ProbedFile, SampleFacts};
use crate::number_text::{short, unit_text};
use crate::session::Session;
use crate::terminal::visible;
use brinell_signal::counted;
use std::fmt::Write as _;

/// What one file holds, line by line.
pub(super) fn human(file: &ProbedFile, session: &Session) -> String {
    let paint = session.paint;
    let mut text = String::new();
    let unpacked =
        file.unpacked_bytes.map(|bytes| format!(", packed: {bytes} bytes were unpacked to look at it"));
    let _ = writeln!(
        text,
        "{}  {}, {} bytes{}",
        paint.bold(&visible(&file.path)),
        visible(&file.format),
        file.bytes,
        unpacked.unwrap_or_default()
    );
    if let Some(header) = &file.header_text {
        let _ = writeln!(text, "  header    {}", visible(header.trim()));
    }
    for array in &file.arrays {
        let shape: Vec<String> = array.shape.iter().map(ToString::to_string).collect();
        let value = array.value.map(|value| format!(" = {}", short(value)));
        let _ = writeln!(
            text,
            "  array     {}  {} {}{}, byte {}",
            visible(&array.name),
            shape.join(" x "),
            array.class,
            value.unwrap_or_default(),
            array.byte
        );
    }
    if let Some(facts) = &file.recording {
        recording_lines(&mut text, facts, session);
    }
    for missing in &file.missing {
        let _ = writeln!(text, "  {}   {}", paint.caution("missing"), visible(&missing.message));
        if let Some(help) = &missing.help {
            let _ = writeln!(text, "  {}      {}", paint.accent("help"), visible(help));
        }
    }
    text
}

fn recording_lines(text: &mut String, facts: &Facts, session: &Session) {
    let mut line = |title: &str, words: String| {
        let _ = writeln!(text, "  {title:<10}{words}");
    };
    if let Some(rate) = facts.rate_hz {
        line("rate", format!("{rate} Hz ({})", noted(&facts.rate_origin, &facts.rate_note)));
    }
    if let (Some(hz), Some(rpm)) = (facts.speed_hz, facts.speed_rpm) {
        line(
            "speed",
            format!("{rpm:.1} rpm = {hz:.4} Hz ({})", noted(&facts.speed_origin, &facts.speed_note)),
        );
    }
    let seconds = facts.duration_s.map(|seconds| format!(", {seconds:.3} s"));
    line("length", format!("{}{}", counted(facts.samples, "sample"), seconds.unwrap_or_default()));
    if let Some(start) = &facts.start {
        line("start", visible(start));
    }
    match &facts.sha256 {
        Some(sha256) => line("sha256", sha256.clone()),
        None => line("sha256", "not computed: no catalogued recording has this size (--samples)".to_owned()),
    }
    match (&facts.dataset, &facts.layout) {
        (Some(dataset), _) => {
            let label = facts.label.as_deref().unwrap_or("no label");
            line("known as", format!("{}, {}", visible(dataset), visible(label)));
        }
        (None, Some(layout)) => line("layout", visible(layout)),
        (None, None) => {}
    }
    if let Some(path) = &facts.by_path {
        let named =
            |name: &str, value: &Option<String>| Some(format!("{name} {}", visible(value.as_deref()?)));
        let said = [
            named("fault", &path.fault),
            path.size_mm.map(|size| format!("size {} mm", short(size))),
            named("position", &path.position),
            named("load", &path.load),
            named("bearing", &path.bearing),
            named("bearing id", &path.bearing_id),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if !said.is_empty() {
            line("by path", said.join(", "));
        }
    }
    for channel in &facts.channels {
        channel_lines(text, channel, session);
    }
}

/// Where a value comes from.
fn noted(origin: &Option<String>, note: &Option<String>) -> String {
    let origin = origin.as_deref().unwrap_or_default();
    match note.as_deref().unwrap_or_default() {
        "" => origin.to_owned(),
        note => format!("{origin}: {}", visible(note)),
    }
}

fn channel_lines(text: &mut String, channel: &ChannelFacts, session: &Session) {
    let position = channel.position.as_deref().map(|at| format!(", at {}", visible(at)));
    let bearing = channel.bearing.as_deref().map(|name| format!(", bearing {}", visible(name)));
    let other = channel.no_vibration.as_deref().map(|why| format!(", no vibration: {}", visible(why)));
    let samples = channel.samples.as_ref();
    let level = samples.map(|own| format!(", RMS {:.4}, peak {:.4}", own.rms, own.peak));
    let _ = writeln!(
        text,
        "  channel   {} ({}), {}{}{}{}{}",
        session.paint.bold(&visible(&channel.name)),
        visible(&channel.variable),
        visible(&unit_text(&channel.unit, &channel.unit_origin)),
        position.unwrap_or_default(),
        bearing.unwrap_or_default(),
        other.unwrap_or_default(),
        level.unwrap_or_default(),
    );
    if let Some(samples) = samples {
        sample_lines(text, samples, session);
    }
}

fn sample_lines(text: &mut String, samples: &SampleFacts, session: &Session) {
    let paint = session.paint;
    let ratio = |name: &str, value: Option<f64>| value.map(|value| format!(", {name} {value:.2}"));
    let _ = writeln!(
        text,
        "    values  peak to peak {:.4}{}{}",
        samples.peak_to_peak,
        ratio("crest", samples.crest).unwrap_or_default(),
        ratio("kurtosis", samples.kurtosis).unwrap_or_default(),
    );
    if let Some(band) = &samples.overall {
        let _ = writeln!(
            text,
            "    {} to {} Hz  RMS {:.4}, peak {:.4}, peak to peak {:.4}",
            band.low_hz, band.high_hz, band.rms, band.peak, band.peak_to_peak
        );
    }
    for check in samples.quality.iter().filter(|check| check.level != "ok") {
        let word = if check.level == "bad" { paint.bad("bad") } else { paint.caution("warn") };
        let _ = writeln!(
            text,
            "    {word}  {}: {} (limit {}); {}",
            visible(&check.title),
            visible(&check.value),
            visible(&check.limit),
            visible(&check.effect)
        );
    }
    if samples.quality.iter().all(|check| check.level == "ok") {
        let _ = writeln!(text, "    {}    all {} checks", paint.good("ok"), samples.quality.len());
    }
}
