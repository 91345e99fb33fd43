//! Histograms of oriented gradients equal scikit-image's.

use brinell_signal::image::HogParams;
use brinell_signal::{Hertz, Pipeline};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn histograms_of_oriented_gradients_equal_scikit_images() {
    let text = include_str!("../golden/hog.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let params: HogParams = serde_json::from_value(case["params"].clone()).unwrap();
        let shape = numbers(&case["shape"]);
        let plan = params.plan(shape[0] as usize, shape[1] as usize).unwrap();
        let (image, expected) = (numbers(&case["image"]), numbers(&case["values"]));
        assert_eq!(plan.output_len(), expected.len(), "{params:?}");
        let mut found = vec![0.0; expected.len()];
        plan.process(&image, &mut found, &mut Vec::new()).unwrap();
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            // scikit-image sums a cell in single precision.
            assert!((found - expected).abs() < 1e-6, "{params:?} {at}: {found} {expected}");
        }
    }
}

#[test]
fn an_image_that_is_smaller_than_a_block_is_refused_with_what_it_needs() {
    let error = HogParams::default().plan(23, 24).unwrap_err().to_string();
    assert!(error.contains("24×24 pixels"), "{error}");
    for params in [
        HogParams { orientations: 0, ..HogParams::default() },
        HogParams { cell: [0, 8], ..HogParams::default() },
        HogParams { block: [1, 0], ..HogParams::default() },
        HogParams { block: [usize::MAX, 1], ..HogParams::default() },
    ] {
        assert!(params.plan(64, 64).is_err(), "{params:?}");
    }
}

#[test]
fn every_channel_of_an_image_gets_its_own_histograms() {
    let steps = r#"[{"step":"vmd","modes":2},{"step":"stft","length":128,"hop":16},{"step":"hog"}]"#;
    let pipeline: Pipeline = serde_json::from_str(steps).unwrap();
    let plan = pipeline.plan(Hertz(12_000.0), 1024).unwrap();
    // 65 rows and 57 columns: 8 by 7 cells, 6 by 5 blocks of 9 cells.
    assert_eq!(plan.output_shape(), [2, 6 * 5 * 9 * 9]);
}
