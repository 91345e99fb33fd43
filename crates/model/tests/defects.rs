//! Where the tensor library's own ops (candle 0.11.1) give wrong numbers, or none, and ours the right ones. When a test
//! here fails on a newer library it may have been repaired there: read what it says.
//!
//! Left out, as they show only on a GPU: `conv1d` with a transposed weight without cuDNN, `upsample_nearest1d`, which
//! has no kernel there. Left out, as no net of ours is made of them: `rope`, `sdpa`, interpolation between pixels.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)] // one of the two ways to compare is for other programs of tests
mod differences;
mod draws;
mod part;

use brinell_model::graph::Unary;
use brinell_model::ops::{
    AveragePool, Conv1d, Conv2d, MaxPool, Window, average_pool, conv_transpose1d, conv1d, conv2d, dropout,
    elementwise, largest, layer_norm, max_pool, relu, softmax,
};
use brinell_model::{BinaryCrossEntropy, Init, Key, Pass, binary_cross_entropy};
use candle_core::{D, DType, Device, Tensor, Var};
use candle_nn::{Module, ModuleT};
use differences::{Loss, every_entry};
use draws::numbers;
use part::Part;

fn var(shape: &[usize], key: u64) -> Var {
    Var::from_tensor(&numbers(shape, key)).unwrap()
}

fn values(x: &Tensor) -> Vec<f64> {
    x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// A number in which every value of `y` has a weight of its own.
fn weighed(y: &Tensor) -> Tensor {
    (y * numbers(y.dims(), 77)).unwrap().sum_all().unwrap()
}

fn gradient(y: &Tensor, x: &Var) -> Vec<f64> {
    values(weighed(y).backward().unwrap().get(x).unwrap())
}

/// The gradient of the weighed sum by central differences.
fn differences(x: &Var, f: impl Fn() -> Tensor) -> Vec<f64> {
    let start = values(x);
    let at = |place: usize, h: f64| -> f64 {
        let mut moved = start.clone();
        moved[place] += h;
        x.set(&Tensor::from_vec(moved, x.dims(), &Device::Cpu).unwrap()).unwrap();
        weighed(&f()).to_scalar().unwrap()
    };
    let slopes = (0..start.len()).map(|place| (at(place, 1e-5) - at(place, -1e-5)) / 2e-5).collect();
    x.set(&Tensor::from_vec(start.clone(), x.dims(), &Device::Cpu).unwrap()).unwrap();
    slopes
}

/// The largest distance between two lists.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// The library's gradient with respect to `x` is far from the differences, so that it still needs a way around.
fn library_is_wrong(what: &str, x: &Var, f: impl Fn() -> Tensor) {
    let off = apart(&gradient(&f(), x), &differences(x, &f));
    assert!(
        off > 1e-2,
        "the library's {what} has the right gradient now, {off} off: is our own still needed?"
    );
}

/// The library computes it, and then has no way back to `x`.
fn library_has_no_gradient(what: &str, x: &Var, f: impl Fn() -> Tensor) {
    let told = weighed(&f()).backward().map(|gradients| gradients.get(x).is_some());
    assert!(!matches!(told, Ok(true)), "the library's {what} has a gradient now: is our own still needed?");
}

// S1

#[test]
fn a_series_convolution_by_a_transposed_weight_is_wrong_in_the_library() {
    let (x, stored) = (numbers(&[2, 4, 9], 1), numbers(&[4, 3, 3], 2));
    let weight = stored.transpose(0, 1).unwrap();
    let right = values(&x.conv1d(&weight.contiguous().unwrap(), 1, 1, 1, 1).unwrap());
    let wrong = values(&x.conv1d(&weight, 1, 1, 1, 1).unwrap());
    assert!(apart(&wrong, &right) > 1e-2, "the library's convolution is right now");
    let conv = Conv1d { padding: 1, ..Conv1d::default() };
    assert!(apart(&values(&conv1d(&x, &weight, None, &conv).unwrap()), &right) < 1e-12);
}

#[test]
fn the_weight_gradient_of_a_series_convolution_is_wrong_in_the_library() {
    let (x, weight) = (numbers(&[2, 2, 16], 1), var(&[3, 2, 1], 2));
    library_is_wrong("conv1d", &weight, || x.conv1d(&weight, 0, 1, 1, 1).unwrap());
    every_entry("conv1d", &[&weight], Loss::Weighed, || {
        conv1d(&x, &weight, None, &Conv1d::default()).unwrap()
    });
}

// S2

#[test]
fn the_gradient_of_a_max_pooling_is_a_share_of_the_right_one_in_the_library() {
    for ([kernel_h, kernel_w], [h, w]) in [([2, 2], [4, 6]), ([3, 3], [6, 3]), ([1, 2], [3, 4])] {
        let x = var(&[1, 2, h, w], 1);
        let library = || x.max_pool2d((kernel_h, kernel_w)).unwrap();
        let right = differences(&x, library);
        let share = 1.0 / (kernel_h * kernel_w) as f64;
        let wrong: Vec<f64> = right.iter().map(|slope| slope * share).collect();
        assert!(apart(&gradient(&library(), &x), &wrong) < 1e-6, "the library's gradient is another one now");
        let pool = MaxPool::image([kernel_h, kernel_w], [kernel_h, kernel_w], [0, 0]);
        every_entry("max pool", &[&x], Loss::Weighed, || max_pool(&x, &pool).unwrap());
    }
}

// S3

fn halves() -> Window {
    Window { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] }
}

#[test]
fn rows_that_no_window_covers_have_a_gradient_in_the_library() {
    let x = var(&[1, 1, 5, 5], 1);
    let is_covered = |place: usize| place / 5 < 4 && place % 5 < 4;
    let beyond = |y: Tensor| -> f64 {
        let gradient = gradient(&y, &x);
        (0..25).filter(|place| !is_covered(*place)).map(|place| gradient[place].abs()).sum()
    };
    assert!(beyond(x.avg_pool2d(2).unwrap()) > 0.1, "the library's mean pooling is right now");
    let mean = AveragePool { window: halves(), ceil: false, count_padding: true };
    let max = MaxPool { window: halves(), ceil: false };
    assert_eq!(beyond(average_pool(&x, &mean).unwrap()), 0.0);
    assert_eq!(beyond(max_pool(&x, &max).unwrap()), 0.0);
    every_entry("average pool", &[&x], Loss::Weighed, || average_pool(&x, &mean).unwrap());
}

// S4

#[test]
fn enlarging_forgets_the_gradient_of_a_skip_connection_in_the_library() {
    let x = var(&[1, 2, 2, 3], 1);
    let series = var(&[1, 2, 3], 2);
    let skip = |x: &Tensor, large: Tensor| large.broadcast_add(&x.mean_all().unwrap()).unwrap();
    library_is_wrong("upsample_nearest2d", &x, || skip(&x, x.upsample_nearest2d(4, 6).unwrap()));
    library_is_wrong("upsample_nearest1d", &series, || skip(&series, series.upsample_nearest1d(6).unwrap()));
    // No op of ours enlarges; a net that needs it repeats values, which is right.
    let repeated = |x: &Tensor| {
        let x = x.reshape((1, 2, 2, 1, 3, 1)).unwrap().broadcast_as((1, 2, 2, 2, 3, 2)).unwrap();
        x.reshape((1, 2, 4, 6)).unwrap()
    };
    assert_eq!(values(&repeated(&x)), values(&x.upsample_nearest2d(4, 6).unwrap()));
    every_entry("repeated values", &[&x], Loss::Weighed, || skip(&x, repeated(&x)));
}

// S5, S6

/// `x^T w` of a batch `[B, K, N]` and one `[K, M]`, by the definition.
fn product(x: &Tensor, w: &Tensor) -> Vec<f64> {
    let (batch, inner, rows) = x.dims3().unwrap();
    let columns = w.dims()[1];
    let (x, w) = (values(x), values(w));
    let mut y = Vec::new();
    for b in 0..batch {
        for row in 0..rows {
            for column in 0..columns {
                let terms = (0..inner).map(|k| x[(b * inner + k) * rows + row] * w[k * columns + column]);
                y.push(terms.sum());
            }
        }
    }
    y
}

#[test]
fn a_batch_of_transposed_matrices_times_one_matrix_is_wrong_in_the_library() {
    let (x, w) = (numbers(&[2, 4, 5], 1), numbers(&[4, 3], 2));
    let right = product(&x, &w);
    let wrong = x.transpose(1, 2).unwrap().matmul(&w.broadcast_left(2).unwrap()).unwrap();
    assert!(apart(&values(&wrong), &right) > 1e-2, "the library's product is right now");
    let part = Part::new(DType::F64, &[4, 5], |net, x| {
        let w = net.parameter("w", &[4, 3], Init::Constant(0.0))?;
        let x = net.permute(x, &[1, 0])?;
        net.matmul(x, w)
    });
    let (_, own) = part.variables.trainable().next().unwrap();
    own.set(&w).unwrap();
    let x = Var::from_tensor(&x).unwrap();
    let ours = || part.forward(&x, &mut Pass::evaluate()).unwrap();
    assert!(apart(&values(&ours()), &right) < 1e-12);
    every_entry("matrix product", &[&x, own], Loss::Weighed, ours);
}

#[test]
fn a_linear_layer_over_a_transposed_series_is_wrong_in_the_library() {
    let (x, w) = (numbers(&[2, 4, 5], 1), numbers(&[3, 4], 2));
    let right = product(&x, &w.t().unwrap().contiguous().unwrap());
    let layer = candle_nn::Linear::new(w.clone(), None);
    let wrong = layer.forward(&x.transpose(1, 2).unwrap()).unwrap();
    assert!(apart(&values(&wrong), &right) > 1e-2, "the library's layer is right now");
    // Ours works on channels where they lie, and may be given a view.
    let part = Part::new(DType::F64, &[4, 5], |net, x| net.linear("fc", x, 3, false));
    let (_, own) = part.variables.trainable().next().unwrap();
    own.set(&w).unwrap();
    let stored = Var::from_tensor(&x.transpose(1, 2).unwrap().contiguous().unwrap()).unwrap();
    let ours = || part.forward(&stored.transpose(1, 2).unwrap(), &mut Pass::evaluate()).unwrap();
    assert!(apart(&values(&ours().transpose(1, 2).unwrap()), &right) < 1e-12);
    every_entry("linear", &[&stored, own], Loss::Weighed, ours);
}

// S7

#[test]
fn layer_norm_rms_norm_and_softmax_cut_the_graph_in_the_library() {
    let x = Var::from_tensor(&numbers(&[2, 3, 6], 1).to_dtype(DType::F32).unwrap()).unwrap();
    let ones = Tensor::ones(6, DType::F32, &Device::Cpu).unwrap();
    let zeros = ones.zeros_like().unwrap();
    let norm = candle_nn::LayerNorm::new(ones.clone(), zeros, 1e-5);
    let rms = candle_nn::RmsNorm::new(ones, 1e-5);
    for (what, y) in [
        ("layer norm", norm.forward(&x)),
        ("RMS norm", rms.forward(&x)),
        ("softmax", candle_nn::ops::softmax_last_dim(&x)),
    ] {
        let gradients = y.unwrap().sqr().unwrap().sum_all().unwrap().backward().unwrap();
        assert!(gradients.get(&x).is_none(), "the library's {what} has a gradient now");
    }
    let (x, gamma, beta) = (var(&[2, 6, 3], 1), var(&[6], 2), var(&[6], 3));
    every_entry("layer norm", &[&x, &gamma, &beta], Loss::Weighed, || {
        layer_norm(&x, &gamma, &beta, 1e-5).unwrap()
    });
    every_entry("softmax", &[&x], Loss::Weighed, || softmax(&x, 2).unwrap());
}

#[test]
fn layer_norm_of_doubles_is_refused_by_the_library() {
    let (x, ones) = (numbers(&[2, 3, 6], 1), Tensor::ones(6, DType::F64, &Device::Cpu).unwrap());
    let refused = candle_nn::ops::layer_norm(&x, &ones, &ones.zeros_like().unwrap(), 1e-5);
    assert!(refused.is_err(), "the library's layer norm takes doubles now");
}

// S8

#[test]
fn scattered_values_leave_a_wrong_gradient_of_what_they_are_put_into_in_the_library() {
    // No op of ours scatters.
    let (base, source) = (var(&[3, 3], 1), numbers(&[1, 3], 2));
    let places = Tensor::new(&[[0_u32, 2, 1]], &Device::Cpu).unwrap();
    let over = || base.scatter(&places, &source, 0).unwrap();
    library_is_wrong("scatter", &base, over);
    library_has_no_gradient("scatter_add", &base, || base.scatter_add(&places, &source, 0).unwrap());
    let (everywhere, source) = (Tensor::new(&[[0_u32, 2, 1]; 3], &Device::Cpu).unwrap(), numbers(&[3, 3], 3));
    library_is_wrong("scatter_add", &base, || base.scatter_add(&everywhere, &source, 0).unwrap());
}

// S9

#[test]
fn slopes_at_kinks_and_ties_are_pytorchs_in_our_ops_and_others_in_the_library() {
    let slopes = |x: &Var, y: Tensor| values(y.sum_all().unwrap().backward().unwrap().get(x).unwrap());
    let x = Var::new(&[0.0, -0.0, 1.0, -1.0], &Device::Cpu).unwrap();
    assert_eq!(slopes(&x, x.relu().unwrap()), [1.0, 1.0, 1.0, 0.0]);
    assert_eq!(slopes(&x, relu(&x).unwrap()), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(slopes(&x, x.abs().unwrap()), [1.0, 1.0, 1.0, -1.0]);
    assert_eq!(slopes(&x, elementwise(&x, Unary::Abs).unwrap()), [0.0, 0.0, 1.0, -1.0]);
    let leaky = Unary::LeakyRelu { slope: 0.25 };
    assert_eq!(slopes(&x, candle_nn::ops::leaky_relu(&x, 0.25).unwrap())[0], 0.625);
    assert_eq!(slopes(&x, elementwise(&x, leaky).unwrap()), [0.25, 0.25, 1.0, 0.25]);
    let bounds = Var::new(&[0.0, 6.0, 3.0, 7.0], &Device::Cpu).unwrap();
    assert_eq!(slopes(&bounds, bounds.clamp(0.0, 6.0).unwrap()), [0.5, 0.5, 1.0, 0.0]);
    assert_eq!(slopes(&bounds, elementwise(&bounds, Unary::Relu6).unwrap()), [0.0, 0.0, 1.0, 0.0]);
    let tied = Var::new(&[[2.0, 1.0, 2.0, 2.0]], &Device::Cpu).unwrap();
    assert_eq!(slopes(&tied, tied.max(D::Minus1).unwrap()), [1.0, 0.0, 1.0, 1.0]);
    assert_eq!(slopes(&tied, largest(&tied, 1).unwrap()), [1.0, 0.0, 0.0, 0.0]);
}

// S10

#[test]
fn a_batch_norm_of_one_value_a_channel_is_spoilt_for_good_in_the_library_and_refused_by_ours() {
    let map = candle_nn::VarMap::new();
    let tensors = candle_nn::VarBuilder::from_varmap(&map, DType::F64, &Device::Cpu);
    let norm = candle_nn::batch_norm(3, 1e-5, tensors).unwrap();
    let x = numbers(&[1, 3], 1);
    norm.forward_t(&x, true).unwrap();
    assert!(values(norm.running_var()).iter().all(|variance| variance.is_nan()));
    let part = Part::new(DType::F64, &[3], |net, x| net.norm("norm", x));
    let error = part.forward(&x, &mut Pass::train(1, 0)).unwrap_err().to_string();
    assert!(error.contains("norm") && error.contains("at least 2"), "{error}");
    assert!(part.variables.buffers().all(|(_, var)| values(var).iter().all(|value| value.is_finite())));
}

// S11

#[test]
fn binary_cross_entropy_of_a_large_logit_is_infinite_in_the_library() {
    let logit = Tensor::new(&[[40_f32]], &Device::Cpu).unwrap();
    let target = logit.zeros_like().unwrap();
    let theirs = candle_nn::loss::binary_cross_entropy_with_logit(&logit, &target).unwrap();
    assert_eq!(values(&theirs), [f64::INFINITY]);
    let ours = binary_cross_entropy(&logit, &target, &BinaryCrossEntropy::default()).unwrap();
    assert_eq!(values(&ours), [40.0]);
}

// What has no way back.

#[test]
fn a_strided_convolution_of_an_image_that_is_not_square_has_no_gradient_in_the_library() {
    let (x, weight) = (var(&[2, 2, 6, 7], 1), var(&[3, 2, 3, 3], 2));
    library_has_no_gradient("strided conv2d", &x, || x.conv2d(&weight, 1, 2, 1, 1).unwrap());
    let conv = Conv2d { stride: [2, 2], padding: [1, 1], ..Conv2d::default() };
    every_entry("conv2d", &[&x, &weight], Loss::Weighed, || conv2d(&x, &weight, None, &conv).unwrap());
}

#[test]
fn poolings_whose_windows_overlap_have_no_gradient_in_the_library() {
    let x = var(&[1, 2, 6, 5], 1);
    library_has_no_gradient("max_pool2d_with_stride", &x, || x.max_pool2d_with_stride(3, 2).unwrap());
    library_has_no_gradient("avg_pool2d_with_stride", &x, || x.avg_pool2d_with_stride(3, 2).unwrap());
    let window = Window { kernel: [3, 3], stride: [2, 2], padding: [0, 0], dilation: [1, 1] };
    let mean = AveragePool { window, ceil: false, count_padding: true };
    let max = MaxPool { window, ceil: false };
    every_entry("max pool", &[&x], Loss::Weighed, || max_pool(&x, &max).unwrap());
    every_entry("average pool", &[&x], Loss::Weighed, || average_pool(&x, &mean).unwrap());
}

#[test]
fn a_transposed_convolution_of_a_series_has_no_gradient_in_the_library() {
    let (x, weight) = (var(&[2, 3, 5], 1), var(&[3, 2, 4], 2));
    library_has_no_gradient("conv_transpose1d", &x, || x.conv_transpose1d(&weight, 1, 0, 2, 1, 1).unwrap());
    let ours = || conv_transpose1d(&x, &weight, None, 2, 1).unwrap();
    assert!(apart(&values(&ours()), &values(&x.conv_transpose1d(&weight, 1, 0, 2, 1, 1).unwrap())) < 1e-12);
    every_entry("transposed convolution", &[&x, &weight], Loss::Weighed, ours);
}

#[test]
fn draws_on_the_processor_cannot_be_seeded_in_the_library() {
    assert!(Device::Cpu.set_seed(1).is_err(), "the library's draws can be seeded now");
    let ones = Tensor::ones(4096, DType::F64, &Device::Cpu).unwrap();
    let theirs = || values(&candle_nn::ops::dropout(&ones, 0.5).unwrap());
    assert_ne!(theirs(), theirs());
    let ours = |step| values(&dropout(&ones, 0.5, Key::new(1, step, "dropout")).unwrap());
    assert_eq!(ours(1), ours(1));
    assert_ne!(ours(1), ours(2));
}
