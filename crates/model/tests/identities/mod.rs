//! What one loss is of another, and what none of them may see.

use brinell_model::{
    BinaryCrossEntropy, CoralForm, CrossEntropy, Focal, IGNORED, Jmmd, Kernels, Mmd, Result,
    binary_cross_entropy, coral, cross_entropy, entropy, focal, huber, jmmd, mmd, smooth_l1,
    soft_cross_entropy, supervised_contrastive,
};
use candle_core::{Device, Tensor};
use proptest::prelude::*;

use crate::draws::numbers;

fn number(loss: Result<Tensor>) -> f64 {
    loss.unwrap().to_scalar().unwrap()
}

fn alike(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-10 * (1.0 + one.abs())
}

fn table(rows: usize, columns: usize, key: u64, size: f64) -> Tensor {
    (numbers(&[rows, columns], key) * size).unwrap()
}

fn one_hot(labels: &[u32], classes: usize) -> Tensor {
    let values: Vec<f64> =
        labels.iter().flat_map(|label| (0..classes).map(|k| f64::from(k == *label as usize))).collect();
    Tensor::from_vec(values, (labels.len(), classes), &Device::Cpu).unwrap()
}

fn rows(x: &Tensor, order: &[u32]) -> Tensor {
    x.index_select(&Tensor::new(order, &Device::Cpu).unwrap(), 0).unwrap()
}

proptest! {
    #[test]
    fn losses_of_classes_are_what_they_are_of_each_other(
        labels in prop::collection::vec(0_u32..4, 1..8),
        key in 1_u64..1000,
        size in 0.1..50.0_f64,
        label_smoothing in 0.0..1.0_f64,
    ) {
        let z = table(labels.len(), 4, key, size);
        let plain = CrossEntropy::default();
        let hard = number(cross_entropy(&z, &labels, &plain));
        let no_focus = Focal { gamma: 0.0, alpha: None };
        prop_assert!(alike(hard, number(focal(&z, &labels, &no_focus))));
        let focused = number(focal(&z, &labels, &Focal::default()));
        prop_assert!(focused >= 0.0 && focused <= hard);
        let smoothed = CrossEntropy { label_smoothing, class_weights: None };
        let targets = one_hot(&labels, 4);
        let soft = number(soft_cross_entropy(&z, &targets, &smoothed));
        prop_assert!(alike(number(cross_entropy(&z, &labels, &smoothed)), soft));
        // Softmax does not see what all logits of a row share.
        prop_assert!(alike(hard, number(cross_entropy(&(&z + 7.0).unwrap(), &labels, &plain))));
        // Turned logits and turned targets are the same question.
        let binary = BinaryCrossEntropy::default();
        let turned = binary_cross_entropy(&z.neg().unwrap(), &targets.affine(-1.0, 1.0).unwrap(), &binary);
        prop_assert!(alike(number(binary_cross_entropy(&z, &targets, &binary)), number(turned)));
        let sure = number(entropy(&z));
        prop_assert!(sure > -1e-4 && sure <= 4.0_f64.ln());
        // A row that is ignored is as good as absent.
        let more = Tensor::cat(&[&z, &table(1, 4, key + 1, size)], 0).unwrap();
        let with: Vec<u32> = labels.iter().copied().chain([IGNORED]).collect();
        prop_assert!(alike(hard, number(cross_entropy(&more, &with, &plain))));
        prop_assert!(alike(focused, number(focal(&more, &with, &Focal::default()))));
    }

    #[test]
    fn huber_is_the_bend_times_the_smooth_absolute_error(key in 1_u64..1000, bend in 0.01..3.0_f64) {
        let (x, target) = (table(3, 4, key, 2.0), table(3, 4, key + 1, 2.0));
        let smooth = number(smooth_l1(&x, &target, bend));
        prop_assert!(alike(number(huber(&x, &target, bend)), bend * smooth));
        let straight = number(smooth_l1(&x, &target, 0.0));
        prop_assert!(smooth <= straight && straight <= smooth + 0.5 * bend + 1e-12);
    }

    #[test]
    fn no_loss_of_two_domains_sees_their_order_or_that_of_their_rows(
        key in 1_u64..1000,
        sources in 2_usize..6,
        targets in 2_usize..6,
        unbiased: bool,
        seed in any::<u32>(),
    ) {
        let (s, t) = (table(sources, 3, key, 1.0), table(targets, 3, key + 1, 2.0));
        let (zs, zt) = (table(sources, 4, key + 2, 3.0), table(targets, 4, key + 3, 3.0));
        let first = seed as usize % sources;
        let order: Vec<u32> = (0..sources).map(|i| ((i + first) % sources) as u32).rev().collect();
        let (moved, of_moved) = (rows(&s, &order), rows(&zs, &order));
        let options = Mmd { kernels: Kernels::default(), unbiased };
        let value = number(mmd(&s, &t, &options));
        prop_assert!(unbiased || value >= -1e-12);
        prop_assert!(alike(value, number(mmd(&t, &s, &options))));
        prop_assert!(alike(value, number(mmd(&moved, &t, &options))));
        // Kernels see distances only.
        let far = mmd(&(&s + 30.0).unwrap(), &(&t + 30.0).unwrap(), &options);
        prop_assert!(alike(value, number(far)));
        let joint = Jmmd { unbiased, ..Jmmd::default() };
        let value = number(jmmd([&s, &t], [&zs, &zt], &joint));
        prop_assert!(alike(value, number(jmmd([&t, &s], [&zt, &zs], &joint))));
        prop_assert!(alike(value, number(jmmd([&moved, &t], [&of_moved, &zt], &joint))));
        for form in [CoralForm::Paper, CoralForm::Udtl, CoralForm::Tllib] {
            let value = number(coral(&s, &t, form));
            prop_assert!(value >= 0.0);
            prop_assert!(alike(value, number(coral(&t, &s, form))));
            prop_assert!(alike(value, number(coral(&moved, &t, form))));
        }
    }

    #[test]
    fn contrast_sees_neither_lengths_nor_the_order_of_rows(key in 1_u64..1000, size in 0.01..100.0_f64) {
        let x = table(5, 3, key, 1.0);
        let value = number(supervised_contrastive(&x, &[4, 4, 1, 1, 1], 0.2));
        let longer = (&x * size).unwrap();
        prop_assert!(alike(value, number(supervised_contrastive(&longer, &[4, 4, 1, 1, 1], 0.2))));
        let moved = rows(&x, &[3, 0, 4, 1, 2]);
        prop_assert!(alike(value, number(supervised_contrastive(&moved, &[1, 4, 1, 4, 1], 0.2))));
    }
}
