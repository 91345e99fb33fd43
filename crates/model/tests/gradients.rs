//! Every gradient against central differences in double precision.
#![allow(clippy::unwrap_used)]

mod differences;
mod draws;
mod part;

use brinell_model::attention::SqueezeExcite;
use brinell_model::graph::RecurrentKind;
use brinell_model::ops::{
    Conv1d, Conv2d, MaxPool, Statistics, Window, batch_norm, channel_gate, channel_statistics, conv1d,
    conv2d, dropout, gated_max_pool, global_average, linear, max_pool, recurrent, relu, sigmoid,
};
use brinell_model::{
    Architecture, Attention, CrossEntropy, Key, Pass, SeCnn, Variables, Wdcnn, cross_entropy,
};
use candle_core::{DType, Device, Tensor, Var};
use differences::{Loss, along_directions, every_entry};
use draws::numbers;
use part::Part;

fn var(shape: &[usize], key: u64) -> Var {
    Var::from_tensor(&numbers(shape, key)).unwrap()
}

/// The input as it is, or as a transposed view of a variable that is stored the other way round.
fn seen(x: &Var, turned: bool) -> Tensor {
    if turned { x.transpose(x.rank() - 2, x.rank() - 1).unwrap() } else { x.as_tensor().clone() }
}

#[test]
fn conv2d_over_kernels_strides_paddings_dilations_and_groups() {
    let mut cases = 0;
    for kernel in 1..=5 {
        for stride in 1..=3 {
            for padding in 0..=2 {
                for dilation in 1..=2 {
                    for groups in [1, 2, 4] {
                        let [h, w] = [[9, 10], [11, 9], [10, 13]][cases % 3];
                        cases += 1;
                        // rectangles: the other axis has other values
                        let parameters = Conv2d {
                            stride: [stride, 1 + cases % 3],
                            padding: [padding, cases % 2],
                            dilation: [dilation, 1],
                            groups,
                        };
                        let kernel_w = 1 + cases % 4;
                        let turned = cases % 4 == 0;
                        let shape = if turned { [3, 4, w, h] } else { [3, 4, h, w] };
                        let x = var(&shape, 1);
                        let weight = var(&[8, 4 / groups, kernel, kernel_w], 2);
                        let bias = var(&[8], 3);
                        let what = format!("conv2d {kernel}x{kernel_w} {parameters:?} {h}x{w}");
                        let loss = Loss::of_case(cases);
                        if cases % 2 == 0 {
                            along_directions(&what, &[&x, &weight, &bias], loss, || {
                                conv2d(&seen(&x, turned), &weight, Some(&bias), &parameters).unwrap()
                            });
                        } else {
                            along_directions(&what, &[&x, &weight], loss, || {
                                conv2d(&seen(&x, turned), &weight, None, &parameters).unwrap()
                            });
                        }
                    }
                }
            }
        }
    }
    assert_eq!(cases, 270);
}

#[test]
fn conv1d_over_kernels_strides_paddings_dilations_and_groups() {
    let mut cases = 0;
    for kernel in [1, 2, 3, 4, 5, 7] {
        for stride in 1..=4 {
            for padding in 0..=3 {
                for dilation in 1..=2 {
                    for groups in [1, 2, 4] {
                        let length = 13 + cases % 3;
                        cases += 1;
                        let parameters = Conv1d { stride, padding, dilation, groups };
                        let turned = cases % 4 == 0;
                        let shape = if turned { [5, length, 4] } else { [5, 4, length] };
                        let x = var(&shape, 1);
                        let weight = var(&[4, 4 / groups, kernel], 2);
                        let what = format!("conv1d {kernel} {parameters:?} length {length}");
                        along_directions(&what, &[&x, &weight], Loss::of_case(cases), || {
                            conv1d(&seen(&x, turned), &weight, None, &parameters).unwrap()
                        });
                    }
                }
            }
        }
    }
}

#[test]
fn every_entry_of_a_convolution_gradient_is_right() {
    let (x, weight, bias) = (var(&[2, 4, 6, 5], 1), var(&[6, 2, 3, 2], 2), var(&[6], 3));
    let parameters = Conv2d { stride: [2, 1], padding: [1, 1], dilation: [1, 2], groups: 2 };
    every_entry("conv2d", &[&x, &weight, &bias], Loss::Weighed, || {
        conv2d(&x, &weight, Some(&bias), &parameters).unwrap()
    });
    // many images to a block, and a last block with fewer
    let (x, weight) = (var(&[19, 2, 7], 1), var(&[3, 2, 3], 2));
    every_entry("conv1d", &[&x, &weight], Loss::Transposed, || {
        conv1d(&x, &weight, None, &Conv1d::default()).unwrap()
    });
}

#[test]
fn max_pool_over_kernels_strides_and_paddings() {
    let mut cases = 0;
    for kernel in 1..=5 {
        for stride in 1..=3 {
            for padding in 0..=(kernel / 2).min(2) {
                let [h, w] = [[7, 8], [8, 7], [6, 9]][cases % 3];
                cases += 1;
                let turned = cases % 4 == 0;
                let shape = if turned { [2, 3, w, h] } else { [2, 3, h, w] };
                let x = var(&shape, 5);
                let gate = var(&[2, 3], 6);
                let kernel_w = 2 + cases % 3;
                let pool = MaxPool::image([kernel, kernel_w], [stride, 2], [padding, cases % 2]);
                let loss = Loss::of_case(cases);
                every_entry(&format!("{pool:?}"), &[&x], loss, || {
                    max_pool(&seen(&x, turned), &pool).unwrap()
                });
                every_entry(&format!("gated {pool:?}"), &[&x, &gate], loss, || {
                    gated_max_pool(&seen(&x, turned), &gate, &pool).unwrap()
                });
                let series = var(&[2, 3, 4 + kernel], 7);
                let pool = MaxPool::series(kernel, stride, padding);
                every_entry(&format!("{pool:?}"), &[&series], loss, || max_pool(&series, &pool).unwrap());
            }
        }
    }
    // the halving pool, whose odd last row and column belong to no window
    for [h, w] in [[2, 2], [5, 4], [4, 7], [3, 3]] {
        let (x, gate) = (var(&[2, 2, h, w], 8), var(&[2, 2], 9));
        let pool = MaxPool::image([2, 2], [2, 2], [0, 0]);
        every_entry("halving", &[&x], Loss::Weighed, || max_pool(&x, &pool).unwrap());
        every_entry("gated halving", &[&x, &gate], Loss::Sum, || gated_max_pool(&x, &gate, &pool).unwrap());
    }
}

#[test]
fn of_equal_largest_values_the_first_takes_the_whole_gradient() {
    let x = Var::from_tensor(&Tensor::zeros((1, 1, 3, 4), DType::F64, &Device::Cpu).unwrap()).unwrap();
    let pool = MaxPool::image([2, 2], [2, 2], [0, 0]);
    let gradients = max_pool(&x, &pool).unwrap().sum_all().unwrap().backward().unwrap();
    let got: Vec<f64> = gradients.get(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(got, [1., 0., 1., 0., 0., 0., 0., 0., 0., 0., 0., 0.]);
    let pool = MaxPool::image([3, 3], [1, 1], [1, 1]);
    let gradients = max_pool(&x, &pool).unwrap().sum_all().unwrap().backward().unwrap();
    let got: Vec<f64> = gradients.get(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(got, [4., 2., 2., 0., 2., 1., 1., 0., 0., 0., 0., 0.]);
}

#[test]
fn a_gated_pool_has_the_bits_of_gate_then_pool() {
    for dtype in [DType::F32, DType::F64] {
        let run = |together: bool| {
            let x = Var::from_tensor(&numbers(&[3, 5, 9, 8], 1).to_dtype(dtype).unwrap()).unwrap();
            let gate = Var::from_tensor(&numbers(&[3, 5], 2).to_dtype(dtype).unwrap()).unwrap();
            let pool = MaxPool::image([2, 2], [2, 2], [0, 0]);
            let y = if together {
                gated_max_pool(&x, &gate, &pool).unwrap()
            } else {
                max_pool(&channel_gate(&x, &gate).unwrap(), &pool).unwrap()
            };
            let up = numbers(y.dims(), 3).to_dtype(dtype).unwrap();
            let gradients = (&y * up).unwrap().sum_all().unwrap().backward().unwrap();
            let bits = |t: &Tensor| -> Vec<f64> {
                t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
            };
            (bits(&y), bits(gradients.get(&x).unwrap()))
        };
        assert_eq!(run(true), run(false));
    }
}

#[test]
fn batch_norm_in_both_modes_with_and_without_relu() {
    for (case, shape) in [vec![6, 3], vec![2, 3, 5], vec![3, 2, 4, 3]].iter().enumerate() {
        let channels = shape[1];
        let (x, gamma, beta) = (var(shape, 1), var(&[channels], 2), var(&[channels], 3));
        let constant = channel_statistics(&numbers(shape, 9)).unwrap();
        for relu in [false, true] {
            for statistics in [Statistics::OfThisBatch, Statistics::Constant] {
                let what = format!("batch norm {shape:?} {statistics:?} relu {relu}");
                every_entry(&what, &[&x, &gamma, &beta], Loss::of_case(case), || {
                    let of = match statistics {
                        Statistics::OfThisBatch => channel_statistics(&x).unwrap(),
                        Statistics::Constant => constant.clone(),
                    };
                    batch_norm(&x, &gamma, &beta, &of, statistics, 1e-5, relu).unwrap()
                });
            }
        }
    }
}

#[test]
fn the_smaller_ops_for_every_kind_of_incoming_gradient() {
    for case in 0..3 {
        let loss = Loss::of_case(case);
        let (x, gate) = (var(&[3, 4, 5, 3], 1), var(&[3, 4], 2));
        let series = var(&[3, 4, 17], 3);
        every_entry("channel gate", &[&x, &gate], loss, || channel_gate(&x, &gate).unwrap());
        every_entry("channel gate", &[&series, &gate], loss, || channel_gate(&series, &gate).unwrap());
        every_entry("global average", &[&x], loss, || global_average(&x).unwrap());
        every_entry("global average", &[&series], loss, || global_average(&series).unwrap());
        every_entry("relu", &[&x], loss, || relu(&x).unwrap());
        every_entry("sigmoid", &[&x], loss, || sigmoid(&x).unwrap());
        every_entry("dropout", &[&x], loss, || dropout(&x, 0.4, Key::new(1, 2, "d")).unwrap());
        for turned in [false, true] {
            let shape = if turned { [7, 5] } else { [5, 7] };
            let (x, weight, bias) = (var(&shape, 4), var(&[6, 7], 5), var(&[6], 6));
            every_entry("linear", &[&x, &weight, &bias], loss, || {
                linear(&seen(&x, turned), &weight, Some(&bias)).unwrap()
            });
            every_entry("linear without bias", &[&x, &weight], loss, || {
                linear(&seen(&x, turned), &weight, None).unwrap()
            });
        }
    }
}

#[test]
fn cross_entropy_with_smoothing_and_weights() {
    let logits = var(&[5, 4], 1);
    let labels = [0, 3, 1, 1, 2];
    for label_smoothing in [0.0, 0.1] {
        for class_weights in [None, Some(vec![1.0, 2.0, 0.5, 0.0])] {
            let options = CrossEntropy { label_smoothing, class_weights };
            every_entry("cross entropy", &[&logits], Loss::Sum, || {
                cross_entropy(&logits, &labels, &options).unwrap()
            });
        }
    }
}

#[test]
fn squeeze_and_excitation_for_images_and_series() {
    for bias in [false, true] {
        let module = Attention::Se(SqueezeExcite { reduction: 2, bias });
        for shape in [vec![2, 6, 4, 3], vec![2, 6, 7]] {
            let part = Part::new(DType::F64, &shape[1..], |net, x| module.draft(net, "a", x));
            let x = var(&shape, 1);
            let mut vars: Vec<&Var> = part.variables.trainable().map(|(_, var)| var).collect();
            vars.push(&x);
            every_entry("squeeze and excitation", &vars, Loss::Transposed, || {
                part.forward(&x, &mut Pass::train(0, 0)).unwrap()
            });
        }
    }
}

/// Checks the gradient of every parameter of a whole net in a training pass with dropout.
fn whole_net(architecture: &Architecture, input: &[usize]) {
    let mut variables = Variables::new(5, DType::F64, &Device::Cpu);
    let net = architecture.build(input, 3, &mut variables).unwrap();
    let mut shape = vec![4];
    shape.extend_from_slice(input);
    let x = var(&shape, 1);
    let mut vars: Vec<&Var> = variables.trainable().map(|(_, var)| var).collect();
    vars.push(&x);
    let labels = [0, 2, 1, 2];
    for training in [true, false] {
        every_entry(architecture.name(), &vars, Loss::Sum, || {
            let mut pass = if training { Pass::train(7, 11) } else { Pass::evaluate() };
            let logits = net.forward(&x, &mut pass).unwrap();
            cross_entropy(&logits, &labels, &CrossEntropy::default()).unwrap()
        });
    }
}

#[test]
fn the_whole_of_se_cnn() {
    for attention in [Attention::None, Attention::se(2)] {
        let net = SeCnn { widths: vec![3, 4], attention, hidden: 5, ..SeCnn::default() };
        whole_net(&Architecture::SeCnn(net), &[2, 6, 9]);
    }
}

#[test]
fn the_whole_of_wdcnn() {
    let net = Wdcnn {
        widths: vec![3, 4, 3],
        first_kernel: 8,
        first_stride: 2,
        first_padding: 3,
        conv_bias: false,
        hidden: 6,
        batch_norm_after_hidden: true,
        dropout: 0.3,
        ..Wdcnn::default()
    };
    whole_net(&Architecture::Wdcnn(net), &[2, 44]);
}

#[test]
#[should_panic(expected = "gradient tells")]
fn differences_find_the_library_s_wrong_max_pool_gradient() {
    let x = var(&[1, 2, 4, 4], 1);
    along_directions("the library's max pool", &[&x], Loss::Weighed, || x.max_pool2d(2).unwrap());
}

#[test]
fn recurrent_layers_both_ways_over_more_samples_than_a_piece_holds() {
    for (case, (kind, backwards)) in [
        (RecurrentKind::Gru, false),
        (RecurrentKind::Gru, true),
        (RecurrentKind::Lstm, false),
        (RecurrentKind::Lstm, true),
    ]
    .into_iter()
    .enumerate()
    {
        for (batch, hidden, time) in [(18, 3, 5), (1, 2, 1), (3, 1, 4)] {
            let rows = kind.gates() * hidden;
            let given = var(&[batch, rows, time], 1);
            let (weight, bias) = (var(&[rows, hidden], 2), var(&[rows], 3));
            let what = format!("{kind:?} backwards {backwards} [{batch}, {hidden}, {time}]");
            along_directions(&what, &[&given, &weight, &bias], Loss::of_case(case), || {
                recurrent(&given, &weight, &bias, kind, backwards).unwrap()
            });
        }
    }
}

/// In single precision with stride 1 a convolution goes its own way: forwards, and back to input and weight.
#[test]
fn convolutions_in_single_precision_agree_with_those_in_double() {
    let mut case = 0;
    for kernel in [[1, 1], [1, 2], [2, 3], [3, 3], [1, 4], [5, 5], [3, 7]] {
        for (inputs, outputs, groups) in
            [(3, 5, 1), (40, 12, 1), (16, 20, 1), (6, 33, 1), (4, 70, 1), (8, 12, 4), (1, 16, 1)]
        {
            for dilation in [1, 2] {
                case += 1;
                let reach = kernel.map(|taps| dilation * (taps - 1));
                // From none to as much as the kernel reaches: an output smaller and larger than the input.
                let padding = reach.map(|reach| [0, reach / 2, reach][case % 3]);
                let extent = [[9, 17], [11, 8], [13, 31]][case % 3];
                let batch = [1, 3, 19][case % 3];
                let parameters = Conv2d { stride: [1, 1], padding, dilation: [dilation; 2], groups };
                let wide = [
                    numbers(&[batch, inputs, extent[0], extent[1]], 1),
                    numbers(&[outputs, inputs / groups, kernel[0], kernel[1]], 2),
                    numbers(&[outputs], 3),
                ];
                let [double, single] = [DType::F64, DType::F32].map(|dtype| {
                    let vars = wide.clone().map(|x| Var::from_tensor(&x.to_dtype(dtype).unwrap()).unwrap());
                    let y = conv2d(&vars[0], &vars[1], Some(&vars[2]), &parameters).unwrap();
                    let weights = numbers(y.dims(), 4).to_dtype(dtype).unwrap();
                    let gradients = (&y * weights).unwrap().sum_all().unwrap().backward().unwrap();
                    let of = |x: &Tensor| x.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
                    [y.detach()]
                        .iter()
                        .chain(vars.iter().map(|var| gradients.get(var).unwrap()))
                        .map(|x| of(x).to_vec1::<f64>().unwrap())
                        .collect::<Vec<_>>()
                });
                for (what, (double, single)) in
                    ["result", "input", "weight", "bias"].iter().zip(double.iter().zip(&single))
                {
                    let most = double.iter().fold(1.0_f64, |most, value| most.max(value.abs()));
                    for (double, single) in double.iter().zip(single) {
                        assert!(
                            (double - single).abs() <= 3e-6 * most,
                            "{what} of {inputs} to {outputs} by {kernel:?}, {parameters:?}: {single}, not {double}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_window_that_sees_nothing_but_padding_takes_no_gradient() {
    // Taps at -1 and 4 of a series of four values.
    let wide = Window { padding: [0, 1], kernel: [1, 2], dilation: [1, 5], stride: [1, 1] };
    let alone = var(&[1, 2, 4], 2);
    let y = max_pool(&alone, &MaxPool { window: wide, ceil: false }).unwrap();
    let values: Vec<f64> = y.flatten_all().unwrap().to_vec1().unwrap();
    assert!(values.iter().all(|value| *value == f64::NEG_INFINITY), "{values:?}");
    let gradients = y.sum_all().unwrap().backward().unwrap();
    let told: Vec<f64> = gradients.get(&alone).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(told, [0.0; 8]);
}
