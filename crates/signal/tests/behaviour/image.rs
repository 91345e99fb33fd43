//! Scales, normalisations, sizes and colours of images.

use brinell_signal::Scratch;
use brinell_signal::image::{
    FittedNormalisation, FittedNormalisationParams, ImageParams, Normalisation, Scale, Scope, Statistic,
    colours,
};
use proptest::prelude::*;

use crate::allocation::allocations_when_warm;

const SCALES: [Scale; 5] = [
    Scale::Linear,
    Scale::Power,
    Scale::Log,
    Scale::Decibel { floor_db: -80.0 },
    Scale::AbsoluteDecibel { reference: 1e-3, floor_db: -90.0 },
];

fn scaled(scale: Scale, powers: &[f64]) -> Vec<f64> {
    let mut values = powers.to_vec();
    scale.apply(&mut values);
    values
}

#[test]
fn every_scale_writes_what_it_says() {
    let powers = [4.0, 0.04, 0.0];
    assert_eq!(scaled(Scale::Linear, &powers), [2.0, 0.2, 0.0]);
    assert_eq!(scaled(Scale::Power, &powers), powers);
    let log = scaled(Scale::Log, &powers);
    assert!((log[0] - 4.0_f64.ln()).abs() < 1e-9 && (log[2] - 4e-10_f64.ln()).abs() < 1e-9);
    let near = |got: Vec<f64>, want: [f64; 3]| got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9);
    assert!(near(scaled(Scale::Decibel { floor_db: -80.0 }, &powers), [0.0, -20.0, -80.0]));
    let absolute = Scale::AbsoluteDecibel { reference: 0.4, floor_db: -9.0 };
    assert!(near(scaled(absolute, &powers), [10.0, -9.0, -9.0]));
}

#[test]
fn scales_keep_the_names_that_models_store() {
    let names = [
        "\"linear\"",
        "\"power\"",
        "\"log\"",
        r#"{"decibel":{"floor_db":-80.0}}"#,
        r#"{"absolute-decibel":{"reference":0.001,"floor_db":-90.0}}"#,
    ];
    for (scale, name) in SCALES.iter().zip(names) {
        assert_eq!(serde_json::to_string(scale).unwrap(), name);
        assert_eq!(serde_json::from_str::<Scale>(name).unwrap(), *scale);
    }
}

#[test]
fn zeros_and_constants_give_finite_images_and_no_allocation_when_warm() {
    for scale in SCALES {
        for value in [0.0_f32, 2.5, 1e30] {
            let params = ImageParams { rows: Some(3), columns: Some(40), scale };
            let plan = params.plan(7, 10).unwrap();
            let (powers, mut image) = (vec![value; plan.len()], vec![0.0; plan.output_len()]);
            let mut scratch = Scratch::new();
            assert_eq!(allocations_when_warm(|| plan.process(&powers, &mut image, &mut scratch).unwrap()), 0);
            assert!(image.iter().all(|v| v.is_finite()), "{scale:?} {value}");
            for normalisation in [Normalisation::ZScore, Normalisation::MinMax] {
                let mut image = image.clone();
                normalisation.apply(&mut image);
                assert!(image.iter().all(|v| *v == 0.0), "{scale:?} {value} {normalisation:?}");
            }
        }
    }
}

#[test]
fn impossible_images_are_refused() {
    let plan = |params: ImageParams| params.plan(10, 10).map(|_| ()).unwrap_err().to_string();
    let params = ImageParams::default();
    assert!(plan(ImageParams { rows: Some(0), ..params }).contains("rows"));
    assert!(plan(ImageParams { columns: Some(20_000), ..params }).contains("columns"));
    assert!(params.plan(0, 10).is_err() && params.plan(usize::MAX, 2).is_err());
    for scale in [
        Scale::Decibel { floor_db: 0.0 },
        Scale::Decibel { floor_db: f64::NAN },
        Scale::AbsoluteDecibel { reference: 0.0, floor_db: -90.0 },
        Scale::AbsoluteDecibel { reference: 1.0, floor_db: f64::INFINITY },
    ] {
        plan(ImageParams { scale, ..params });
    }
    let plan = params.plan(2, 2).unwrap();
    assert!(plan.process(&[0.0; 3], &mut [0.0; 4], &mut Scratch::new()).is_err());
    assert!(plan.process(&[0.0; 4], &mut [0.0; 5], &mut Scratch::new()).is_err());
}

#[test]
fn normalised_images_have_the_range_and_moments_asked_for() {
    let mut values = [1.0, 3.0, 2.0, 5.0];
    Normalisation::MinMax.apply(&mut values);
    assert_eq!(values, [0.0, 0.5, 0.25, 1.0]);
    let mut values = [1.0, 3.0];
    Normalisation::ZScore.apply(&mut values);
    assert_eq!(values, [-1.0, 1.0]);
}

#[test]
fn a_fitted_normalisation_belongs_to_all_training_images() {
    let images: [&[f64]; 2] = [&[0.0, 2.0, 10.0, 10.0], &[4.0, 6.0, 10.0, 10.0]];
    let fit = |scope, statistic| FittedNormalisationParams { scope, statistic }.fit((2, 2), &images).unwrap();
    let all = fit(Scope::Image, Statistic::Moments);
    assert_eq!(all.centres(), [6.5]);
    let rows = fit(Scope::Row, Statistic::Moments);
    assert_eq!((rows.centres(), rows.widths()), (&[3.0, 10.0][..], &[5.0_f64.sqrt(), 0.0][..]));
    let mut image = [3.0, 3.0 + 5.0_f64.sqrt(), 10.0, 77.0];
    rows.apply((2, 2), &mut image).unwrap();
    assert!((image[1] - 1.0).abs() < 1e-15);
    assert_eq!([image[0], image[2], image[3]], [0.0; 3]);
    // NumPy: percentile([0, 2, 4, 6], [25, 50]) = [1.5, 3].
    let percentiles = fit(Scope::Row, Statistic::Percentiles { low: 25.0, high: 50.0 });
    assert_eq!((percentiles.centres(), percentiles.widths()), (&[1.5, 10.0][..], &[1.5, 0.0][..]));
    let whole = fit(Scope::Image, Statistic::Percentiles { low: 0.0, high: 100.0 });
    assert_eq!((whole.centres(), whole.widths()), (&[0.0][..], &[10.0][..]));

    assert!(rows.apply((4, 1), &mut image).unwrap_err().to_string().contains("2 x 2"));
    assert!(rows.apply((2, 2), &mut [0.0; 3]).is_err());
    let text = serde_json::to_string(&rows).unwrap();
    assert_eq!(serde_json::from_str::<FittedNormalisation>(&text).unwrap(), rows);
    for (right, wrong) in
        [("[3.0,10.0]", "[3.0]"), ("[2,2]", "[2,0]"), ("0.0]", "-1.0]"), ("\"shape\"", "\"form\"")]
    {
        let broken = text.replace(right, wrong);
        assert_ne!(broken, text);
        assert!(serde_json::from_str::<FittedNormalisation>(&broken).is_err(), "{broken}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let params = FittedNormalisationParams::default();
    assert!(params.fit::<f32>((2, 2), &[]).is_err());
    assert!(params.fit::<f32>((0, 2), &[&[]]).is_err());
    assert!(params.fit((2, 2), &[&[0.0_f32; 3][..]]).is_err());
    let message = params.fit((1, 2), &[&[0.0, f32::NAN][..]]).unwrap_err().to_string();
    assert!(message.contains("pixel 1 of image 0"), "{message}");
    let statistic = Statistic::Percentiles { low: 60.0, high: 40.0 };
    assert!(FittedNormalisationParams { statistic, ..params }.fit((1, 1), &[&[0.0_f32][..]]).is_err());
}

#[test]
fn colours_run_from_violet_to_yellow_and_lightness_rises() {
    let values: Vec<f64> = (0..=100).map(f64::from).collect();
    let bytes = colours(&values, (0.0, 100.0));
    let light = |c: &[u8]| 0.2126 * f64::from(c[0]) + 0.7152 * f64::from(c[1]) + 0.0722 * f64::from(c[2]);
    let lights: Vec<f64> = bytes.chunks(3).map(light).collect();
    assert!(lights.windows(2).all(|w| w[1] > w[0]));
    assert_eq!(colours(&[f64::NAN, -1.0, 200.0], (0.0, 100.0))[..6], [68, 1, 84, 68, 1, 84]);
    assert_eq!(colours(&[1e9_f32], (3.0, 3.0)), [68, 1, 84]);
    assert_eq!(colours(&[0.5_f32], (0.0, 1.0)), [33, 145, 140]);
}

proptest! {
    #[test]
    fn fitting_in_any_grouping_gives_the_moments_of_all_values(
        values in prop::collection::vec(-5.0..5.0_f64, 24), offset in -1e6..1e6_f64,
    ) {
        let values: Vec<f64> = values.iter().map(|v| v + offset).collect();
        let params = FittedNormalisationParams::default();
        let one = params.fit((4, 6), &[&values[..]]).unwrap();
        let many: Vec<&[f64]> = values.chunks(3).collect();
        let many = params.fit((1, 3), &many).unwrap();
        prop_assert!((one.centres()[0] - many.centres()[0]).abs() < 1e-9);
        prop_assert!((one.widths()[0] - many.widths()[0]).abs() < 1e-9);
    }
}
