//! Whatever numbers and names come in: a page comes out, without undefined numbers in it.
#![allow(clippy::unwrap_used)]

use crate::sample;

use brinell_report::{HtmlOptions, html, json, report_name};
use proptest::prelude::*;

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(0.0),
        Just(-0.0),
        Just(f64::MIN_POSITIVE),
        -1e4..1e4f64,
        0.0..1.0f64
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_give_a_page(numbers in prop::collection::vec(any_number(), 24), rows in 0usize..5, columns in 0usize..5) {
        let mut diagnosis = sample::found();
        let mut next = numbers.iter().copied().cycle();
        let mut take = || next.next().unwrap_or(0.0);
        diagnosis.speed.as_mut().unwrap().hz = take();
        diagnosis.method.resolution_hz = take();
        diagnosis.method.order_tolerance = take();
        diagnosis.method.bands_hz[0] = [take(), take()];
        diagnosis.input.rate_hz = take();
        diagnosis.input.duration_s = take();
        diagnosis.figures.envelope_band_hz = [take(), take()];
        diagnosis.figures.waveform.start_s = take();
        diagnosis.figures.waveform.slice_s = take();
        for i in 0..20 {
            diagnosis.figures.waveform.max[i] = take() as f32;
            diagnosis.figures.spectrum.hz[i] = take() as f32;
            diagnosis.figures.spectrum.value[i * 7] = take() as f32;
            diagnosis.figures.envelope_spectrum.hz[i * 3] = take() as f32;
            diagnosis.figures.envelope_spectrum.value[i * 5] = take() as f32;
            diagnosis.figures.envelope_floor[i * 11] = take() as f32;
        }
        diagnosis.figures.image.rows = rows;
        diagnosis.figures.image.columns = columns;
        diagnosis.figures.image.values = vec![7; rows * columns];
        diagnosis.figures.image.top_hz = take();
        diagnosis.figures.image.floor_db = take();
        for evidence in &mut diagnosis.evidence {
            evidence.expected_order = take();
            evidence.found_order = Some(take());
            evidence.deviation_percent = Some(take());
            evidence.band_hz = [take(), take()];
            evidence.score = take();
            evidence.p = take();
            evidence.p_adjusted = take();
            for peak in &mut evidence.peaks {
                peak.expected_hz = take();
                peak.tolerance_hz = take();
                peak.found_hz = take();
                peak.amplitude = take();
                peak.floor = take();
                peak.snr_db = take();
                peak.threshold_db = take();
            }
        }
        let page = html(&diagnosis, &HtmlOptions::default());
        for bad in ["NaN", ">inf", " inf ", "\"inf", "Linf", "Minf"] {
            // The picture's base64 may spell anything.
            let found = page.split("href=\"data:").map(|p| p.split_once('"').map_or(p, |p| if p.0.len() > 200 { p.1 } else { p.0 }));
            prop_assert!(!found.into_iter().any(|p| p.contains(bad)), "{bad}");
        }
        prop_assert!(page.len() < 3_000_000);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json(&diagnosis)).is_ok());
    }

    #[test]
    fn any_name_is_a_valid_file_name(path in ".{0,400}", id in ".{0,60}") {
        let mut diagnosis = sample::no_fault();
        diagnosis.input.path = path;
        diagnosis.id = id;
        let name = report_name(&diagnosis);
        prop_assert!(!name.is_empty() && name.len() <= 200);
        prop_assert!(name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'));
    }
}
