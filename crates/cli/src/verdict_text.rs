//! A diagnosis as text for a terminal: one line in a list, or a block when it stands alone.

use crate::number_text::unit_text;
use crate::terminal::{Paint, visible};
use brinell_diagnosis::{Assessed, Diagnosis, Learned, Level, Verdict, deciding};
use brinell_signal::FaultKind;
use std::fmt::Write as _;

/// The verdict in one word; the same words in text and JSON.
pub(crate) fn status(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Found { .. } => "found",
        Verdict::Undecided { .. } => "undecided",
        Verdict::NoFaultFound { .. } => "no_fault_found",
    }
}

/// The damaged part, when one was found.
pub(crate) fn element(verdict: &Verdict) -> Option<FaultKind> {
    match verdict {
        Verdict::Found { element, .. } => Some(*element),
        _ => None,
    }
}

/// The class that the net prefers.
fn preferred(learned: &Learned) -> Option<(&str, f64)> {
    learned
        .scores
        .iter()
        .reduce(|best, next| if next.score > best.score { next } else { best })
        .map(|score| (score.class.as_str(), score.score))
}

/// A probability as people read it.
pub(crate) fn chance(p: f64) -> String {
    if p < 1e-6 {
        "< 1e-6".to_owned()
    } else if p < 0.001 {
        format!("{p:.0e}")
    } else if p < 0.1 {
        format!("{p:.3}")
    } else {
        format!("{p:.2}")
    }
}

fn score(score: f64) -> String {
    if score > 0.99 {
        "> 0.99".to_owned()
    } else if score < 0.01 {
        "< 0.01".to_owned()
    } else {
        format!("{score:.2}")
    }
}

/// One line of a list, without its line break; with its channel where one was asked for.
pub(crate) fn line(diagnosis: &Diagnosis, with_channel: bool, paint: Paint) -> String {
    let verdict = match &diagnosis.verdict {
        Verdict::Found { element, .. } => {
            format!("{}  {:<15}", paint.bad("fault     "), element.title())
        }
        Verdict::Undecided { candidates, .. } => {
            let likely = deciding(diagnosis).filter(|_| !candidates.is_empty());
            let likely = likely.map_or("", |evidence| evidence.element.title());
            format!("{}  {likely:<15}", paint.caution("undecided "))
        }
        Verdict::NoFaultFound { .. } => format!("{}  {:<15}", paint.good("none found"), ""),
    };
    let mut text = verdict;
    match deciding(diagnosis) {
        Some(evidence) if !matches!(diagnosis.verdict, Verdict::NoFaultFound { .. }) => {
            let found = match (evidence.found_order, evidence.deviation_percent) {
                (Some(order), Some(deviation)) => {
                    format!("{order:.3}x for {:.3}x ({deviation:+.2} %)", evidence.expected_order)
                }
                _ => format!("nothing at {:.3}x", evidence.expected_order),
            };
            let _ = write!(text, "  {found:<28}  p {:<6}", chance(evidence.p_adjusted));
        }
        _ => {
            let _ = write!(text, "  {:<28}    {:<6}", "", "");
        }
    }
    if let Some((class, value)) = diagnosis.learned.as_ref().and_then(preferred) {
        let _ = write!(text, "  net: {} {}", visible(class), score(value));
    }
    let _ = write!(text, "  {}", visible(&diagnosis.input.path));
    if with_channel {
        let _ = write!(text, " channel {}", visible(&diagnosis.input.channel));
    }
    if let Some(from) = diagnosis.input.from_s {
        let _ = write!(text, " from {from:.1} s");
    }
    if diagnosis.disagreement.is_some() {
        let _ = write!(text, "  {}", paint.caution("(evidence and net disagree)"));
    }
    text.trim_end().to_owned()
}

/// A diagnosis that stands alone.
pub(crate) fn block(diagnosis: &Diagnosis, paint: Paint) -> String {
    let mut text = String::new();
    let (word, why) = match &diagnosis.verdict {
        Verdict::Found { element, why, .. } => {
            (paint.bad(&format!("fault: {} ({})", element.title(), element.line())), why)
        }
        Verdict::Undecided { why, .. } => (paint.caution("undecided"), why),
        Verdict::NoFaultFound { why, .. } => (paint.good("no bearing fault found"), why),
    };
    let _ = writeln!(text, "{}  {word}", visible(&diagnosis.input.path));
    let _ = writeln!(text, "  {}", visible(&why.to_string()));
    if let Some(disagreement) = &diagnosis.disagreement {
        let _ = writeln!(text, "  {} {}", paint.caution("disagreement:"), visible(&disagreement.to_string()));
    }
    match &diagnosis.verdict {
        Verdict::Undecided { settle, .. } => {
            for way in settle {
                let _ = writeln!(text, "  to settle it: {}", visible(&way.to_string()));
            }
        }
        Verdict::NoFaultFound { blind_to, .. } => {
            let _ = writeln!(text, "  not seen would be: {}", visible(&blind_to.to_string()));
        }
        Verdict::Found { .. } => {}
    }
    facts(&mut text, diagnosis);
    evidence(&mut text, diagnosis, paint);
    match &diagnosis.learned {
        Some(learned) => net(&mut text, learned, paint),
        None => {
            let _ = writeln!(text, "\n  net         none: {}", visible(&diagnosis.learned_note.to_string()));
        }
    }
    severity(&mut text, diagnosis);
    limits(&mut text, diagnosis, paint);
    text
}

/// Level, stage and history, a line each.
fn severity(text: &mut String, diagnosis: &Diagnosis) {
    let Some(Assessed { severity, stage, history, .. }) = &diagnosis.assessed else { return };
    let level = match (severity.velocity_rms_mm_s, severity.band_hz) {
        (Some(velocity), Some([low, high])) => format!("{velocity:.2} mm/s RMS, {low:.0} to {high:.0} Hz"),
        _ => "no velocity".to_owned(),
    };
    let zone = severity.zone.map_or_else(String::new, |zone| format!(", zone {zone} (indicative)"));
    let _ = writeln!(text, "\n  level       {level}{zone}");
    for refusal in &severity.refusals {
        let _ = writeln!(text, "              {}", visible(&refusal.to_string()));
    }
    let _ = writeln!(text, "  stage       {}", stage.in_words());
    for reason in stage.reasons.iter().chain([&stage.first_stage]) {
        let _ = writeln!(text, "              {}", visible(&reason.to_string()));
    }
    let _ = writeln!(text, "  history     {}", brinell_signal::counted(history.readings, "earlier reading"));
    for change in &history.changes {
        let sigmas =
            change.sigmas.map_or_else(|| "no scatter".to_owned(), |sigmas| format!("{sigmas:+.1} sigma"));
        let grown = if change.has_grown() { ", grown" } else { "" };
        let _ = writeln!(
            text,
            "              {}: {:.4} for {:.4} ({sigmas}{grown})",
            visible(&change.name),
            change.now,
            change.baseline
        );
    }
    if let Some(life) = &history.life {
        let latest =
            life.latest_days.map_or_else(|| "or more".to_owned(), |latest| format!("to {latest:.0}"));
        let limit = visible(&life.limit.indicator);
        let value = life.limit.value;
        let told = if life.is_over() {
            format!("the limit, {limit} of {value}, is met already")
        } else {
            format!("remaining life until {limit} of {value}: {:.0} {latest} days", life.earliest_days)
        };
        let _ = writeln!(text, "              {told}");
    }
    for note in &history.notes {
        let _ = writeln!(text, "              {}", visible(&note.to_string()));
    }
}

fn facts(text: &mut String, diagnosis: &Diagnosis) {
    let input = &diagnosis.input;
    let _ = writeln!(
        text,
        "\n  channel     {} (variable {}), {}",
        visible(&input.channel),
        visible(&input.variable),
        visible(&unit_text(&input.unit, &input.unit_origin.to_string()))
    );
    let _ = writeln!(
        text,
        "  recorded    {:.3} s at {} Hz ({})",
        input.duration_s, input.rate_hz, input.rate_origin
    );
    match &diagnosis.speed {
        Some(speed) => {
            let note = if speed.note.is_empty() {
                String::new()
            } else {
                format!(": {}", visible(&speed.note.to_string()))
            };
            let rpm = 60.0 * speed.hz;
            let _ =
                writeln!(text, "  speed       {rpm:.1} rpm = {:.4} Hz ({}{note})", speed.hz, speed.origin);
        }
        None => {
            let _ = writeln!(text, "  speed       unknown: give --speed 1797rpm");
        }
    }
    match &diagnosis.bearing {
        Some(bearing) => {
            let _ = writeln!(text, "  bearing     {} ({})", visible(&bearing.designation), bearing.origin);
        }
        None => {
            let _ = writeln!(text, "  bearing     unknown: give --bearing 6205");
        }
    }
}

fn evidence(text: &mut String, diagnosis: &Diagnosis, paint: Paint) {
    if diagnosis.evidence.is_empty() {
        return;
    }
    let title =
        "\n  evidence    part             line    expected     found      dev   harmonics  score  p adjusted";
    let _ = writeln!(text, "{title}");
    for evidence in &diagnosis.evidence {
        let found = evidence.found_order.map_or("-".to_owned(), |order| format!("{order:.4}x"));
        let deviation = evidence.deviation_percent.map_or("-".to_owned(), |d| format!("{d:+.2} %"));
        let word = if evidence.significant { paint.bad("stands  ") } else { "        ".to_owned() };
        let _ = write!(
            text,
            "    {word}  {:<15}  {:<6} {:>8.4}x  {found:>8}  {deviation:>8}     {:>2} of {:<2}   {:>6.3}  {}",
            evidence.element.title(),
            evidence.element.line(),
            evidence.expected_order,
            evidence.harmonics_found,
            evidence.harmonics_tested,
            evidence.score,
            chance(evidence.p_adjusted),
        );
        match &evidence.rival {
            Some(rival) => {
                let _ = writeln!(text, "  {}", paint.caution(&visible(&rival.to_string())));
            }
            None => text.push('\n'),
        }
    }
}

fn net(text: &mut String, learned: &Learned, paint: Paint) {
    let scores: Vec<String> = learned
        .scores
        .iter()
        .map(|class| format!("{} {}", visible(&class.class), score(class.score)))
        .collect();
    let calibrated = if learned.calibrated { "calibrated" } else { "not calibrated: no probabilities" };
    let _ = writeln!(text, "\n  net         {}", scores.join(", "));
    let _ = writeln!(
        text,
        "              {} over {} segments, {calibrated}",
        visible(&learned.model),
        learned.segments
    );
    if let Some(set) = &learned.set {
        let set: Vec<String> = set.iter().map(|class| visible(class)).collect();
        let _ = writeln!(text, "              may be, by what held-out bearings promise: {}", set.join(", "));
    }
    let _ = writeln!(text, "              {}", paint.dim(&visible(&learned.card.to_string())));
}

fn limits(text: &mut String, diagnosis: &Diagnosis, paint: Paint) {
    let mut open = true;
    for check in diagnosis.quality.iter().filter(|check| check.level != Level::Ok) {
        let word = if check.level == Level::Bad { paint.bad("bad ") } else { paint.caution("warn") };
        let _ = writeln!(
            text,
            "{}  {word}        {}: {} (limit {}); {}",
            if std::mem::take(&mut open) { "\n" } else { "" },
            visible(&check.title.to_string()),
            visible(&check.value.to_string()),
            visible(&check.limit.to_string()),
            visible(&check.effect.to_string())
        );
    }
    for caveat in &diagnosis.caveats {
        let gap = if std::mem::take(&mut open) { "\n" } else { "" };
        let _ =
            writeln!(text, "{gap}  {}      {}", paint.caution("caveat"), visible(&caveat.text.to_string()));
    }
    for note in &diagnosis.notes {
        let gap = if std::mem::take(&mut open) { "\n" } else { "" };
        let _ = writeln!(text, "{gap}  note        {}", visible(&note.text.to_string()));
    }
    for action in &diagnosis.actions {
        let when = match action.by_days {
            Some([0, 0]) => " (at once)".to_owned(),
            Some([low, high]) => format!(" (in {low} to {high} days)"),
            None => String::new(),
        };
        let who =
            action.who.as_ref().map_or_else(String::new, |who| format!("; {}", visible(&who.to_string())));
        let gap = if std::mem::take(&mut open) { "\n" } else { "" };
        let _ = writeln!(
            text,
            "{gap}  {}          {}{when}{who}",
            paint.accent("do"),
            visible(&action.what.to_string())
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn small_chances_are_not_written_finer_than_they_are_known() {
        assert_eq!(chance(0.0), "< 1e-6");
        assert_eq!(chance(0.0002), "2e-4");
        assert_eq!(chance(0.02), "0.020");
        assert_eq!(chance(1.0), "1.00");
        assert_eq!(score(0.999), "> 0.99");
    }

    #[test]
    fn of_the_candidates_beyond_chance_the_deepest_race_or_element_decides() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mat");
        let samples = (0..24_000).map(|k| f64::from((k * k) % 101)).collect();
        brinell_formats::write_mat5(&path, &[("x".to_owned(), samples)]).unwrap();
        let hertz = brinell_signal::Hertz;
        let stated = brinell_formats::ReadRequest {
            rate: Some(hertz(12_000.0)),
            speed: Some(hertz(30.0)),
            ..Default::default()
        };
        let read = brinell_formats::read_recording(&path, &stated).unwrap();
        let bearing = brinell_diagnosis::bearing("6205").unwrap();
        let request = brinell_diagnosis::Request {
            bearing: Some(brinell_diagnosis::BearingUse {
                bearing,
                origin: brinell_signal::Origin::Declared,
            }),
            ..Default::default()
        };
        let mut diagnosis = brinell_diagnosis::diagnose(&read.recording, &request).unwrap();
        let kinds: Vec<FaultKind> = diagnosis.evidence.iter().map(|evidence| evidence.element).collect();
        for (evidence, (p, modulation)) in
            diagnosis.evidence.iter_mut().zip([(0.2, 9.0), (0.001, 0.5), (0.005, 0.7), (0.0001, 1.0)])
        {
            (evidence.p, evidence.p_adjusted, evidence.modulation) = (p, p, modulation);
            (evidence.significant, evidence.rival) = (p < 0.01, None);
        }
        let mut decided = |candidates: &[FaultKind]| {
            let candidates = candidates.to_vec();
            diagnosis.verdict =
                Verdict::Undecided { candidates, why: brinell_signal::Phrase::default(), settle: Vec::new() };
            let kind = deciding(&diagnosis).unwrap().element;
            let text = line(&diagnosis, false, Paint::new(false));
            assert!(text.contains(kind.title()), "{text}");
            kind
        };
        assert_eq!(decided(&kinds[..2]), kinds[1]);
        assert_eq!(decided(&kinds[..3]), kinds[2]);
    }
}
