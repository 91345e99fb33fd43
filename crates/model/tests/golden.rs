//! Every op, module, net, loss and optimiser against PyTorch's numbers, in `f64` and `f32`.
#![allow(clippy::unwrap_used)]

mod part;

use std::collections::BTreeMap;

use brinell_model::attention::SqueezeExcite;
use brinell_model::graph::Norm;
use brinell_model::ops::{
    Conv1d, Conv2d, MaxPool, conv1d, conv2d, global_average, linear, max_pool, relu, sigmoid,
};
use brinell_model::{
    Adam, AdamParams, Architecture, Attention, CrossEntropy, Decay, Init, Pass, Plateau, SeCnn, Variables,
    Wdcnn, clip_factor, cross_entropy, global_norm, zoo,
};
use candle_core::{DType, Device, Tensor, Var};
use part::{Part, drafted};
use serde_json::Value;

type Outcome = Result<(), Box<dyn std::error::Error>>;

struct Golden {
    manifest: Value,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

impl Golden {
    fn read() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
        let manifest = std::fs::read_to_string(format!("{folder}/manifest.json")).unwrap();
        let bytes = std::fs::read(format!("{folder}/golden.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let data = view.data();
            let values = match view.dtype() {
                safetensors::Dtype::F32 => {
                    let chunks = data.as_chunks().0.iter();
                    chunks.map(|b| f64::from(f32::from_le_bytes(*b))).collect()
                }
                safetensors::Dtype::F64 => {
                    data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
                }
                safetensors::Dtype::I64 => {
                    data.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect()
                }
                other => panic!("{name} is {other:?}"),
            };
            tensors.insert(name, (view.shape().to_vec(), values));
        }
        Self { manifest: serde_json::from_str(&manifest).unwrap(), tensors }
    }

    /// Calls `check` for every case whose name begins with `prefix`, in both number types.
    fn each(&self, prefix: &str, mut check: impl FnMut(&Case) -> Outcome) {
        let mut count = 0;
        for case in self.manifest["cases"].as_array().unwrap() {
            let name = case["case"].as_str().unwrap();
            if !name.starts_with(prefix) {
                continue;
            }
            for dtype in [DType::F64, DType::F32] {
                let tolerance = if dtype == DType::F64 { "tol_f64" } else { "tol_f32" };
                let case = Case {
                    name: name.to_owned(),
                    dtype,
                    tolerance: case[tolerance].as_f64().unwrap(),
                    about: case,
                    golden: self,
                };
                check(&case).unwrap_or_else(|error| panic!("{name} {dtype:?}: {error}"));
                count += 1;
            }
        }
        assert!(count > 0, "no case begins with {prefix}");
    }
}

struct Case<'a> {
    name: String,
    dtype: DType,
    tolerance: f64,
    about: &'a Value,
    golden: &'a Golden,
}

impl Case<'_> {
    fn stored(&self, key: &str) -> Option<&(Vec<usize>, Vec<f64>)> {
        self.golden.tensors.get(&format!("{}/{key}", self.name))
    }

    fn tensor(&self, key: &str) -> Tensor {
        let (shape, values) = self.stored(key).unwrap_or_else(|| panic!("{key} is not stored"));
        Tensor::from_vec(values.clone(), shape.as_slice(), &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(self.dtype))
            .unwrap()
    }

    fn keys(&self, role: &str) -> Vec<&str> {
        let keys = self.about[role].as_array().unwrap();
        keys.iter().map(|key| key.as_str().unwrap()).collect()
    }

    fn number(&self, key: &str) -> f64 {
        self.about["params"][key].as_f64().unwrap()
    }

    /// The shape of the input without the batch axis.
    fn input(&self) -> &[usize] {
        &self.stored("x").unwrap().0[1..]
    }

    fn flag(&self, key: &str) -> bool {
        self.about["params"][key].as_bool().unwrap_or(false)
    }

    /// A parameter that is one number or one a spatial axis, as one a spatial axis.
    fn axes(&self, key: &str, axes: usize) -> Vec<usize> {
        match &self.about["params"][key] {
            Value::Array(list) => list.iter().map(|v| v.as_u64().unwrap() as usize).collect(),
            value => vec![value.as_u64().unwrap() as usize; axes],
        }
    }

    fn compare(&self, key: &str, got: &Tensor) {
        let got = got.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
        let got: Vec<f64> = got.to_vec1().unwrap();
        let (_, expected) = self.stored(key).unwrap_or_else(|| panic!("{key} is not stored"));
        assert_eq!(got.len(), expected.len(), "{} {key}", self.name);
        let largest = expected.iter().fold(1.0_f64, |a, b| a.max(b.abs()));
        let worst = got
            .iter()
            .zip(expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, |a: f64, b| if b.is_nan() { f64::INFINITY } else { a.max(b) });
        assert!(
            worst <= self.tolerance * largest,
            "{} {:?} {key}: off by {worst:e}, allowed {:e}",
            self.name,
            self.dtype,
            self.tolerance * largest
        );
    }

    /// Runs a module whose tensors are in `variables` in the modes that are stored, and compares
    /// results, gradients and running statistics. `rename` gives our name for a stored one.
    fn module(
        &self,
        variables: &Variables,
        rename: impl Fn(&str) -> String,
        forward: impl Fn(&Tensor, &mut Pass) -> brinell_model::Result<Tensor>,
    ) -> Outcome {
        let mut tensors = BTreeMap::new();
        for key in self.keys("in") {
            if let Some(name) = key.strip_prefix("p.").or_else(|| key.strip_prefix("buf.")) {
                tensors.insert(rename(name), self.tensor(key));
            }
        }
        for mode in ["eval", "train"] {
            if self.stored(&format!("{mode}.y")).is_none() {
                continue;
            }
            variables.load(&tensors)?;
            let mut pass = match mode {
                "eval" => Pass::evaluate(),
                _ => Pass::train(0, 0),
            };
            let x = Var::from_tensor(&self.tensor("x"))?;
            let y = forward(&x, &mut pass)?;
            self.compare(&format!("{mode}.y"), &y);
            let gradients = (y * self.tensor("up"))?.sum_all()?.backward()?;
            let own: BTreeMap<&str, &Var> = variables.named().collect();
            for key in self.keys("out") {
                let Some(rest) = key.strip_prefix(mode).and_then(|k| k.strip_prefix('.')) else {
                    continue;
                };
                if rest == "g.x" {
                    self.compare(key, gradients.get(&x).unwrap());
                } else if let Some(name) = rest.strip_prefix("g.") {
                    let gradient = gradients.get(own[rename(name).as_str()]).unwrap();
                    self.compare(key, gradient);
                } else if let Some(name) = rest.strip_prefix("gsum.") {
                    let gradient = gradients.get(own[rename(name).as_str()]).unwrap();
                    let g = gradient.to_dtype(DType::F64)?;
                    let sums = [g.sum_all()?, g.abs()?.sum_all()?, g.sqr()?.sum_all()?.sqrt()?];
                    self.compare(key, &Tensor::stack(&sums, 0)?);
                } else if let Some(name) = rest.strip_prefix("buf.") {
                    self.compare(key, own[rename(name).as_str()]);
                } else {
                    assert_eq!(rest, "y");
                }
            }
        }
        Ok(())
    }

    /// Runs a function of `x` alone.
    fn function(&self, forward: impl Fn(&Tensor) -> brinell_model::Result<Tensor>) -> Outcome {
        let x = Var::from_tensor(&self.tensor("x"))?;
        let y = forward(&x)?;
        self.compare("y", &y);
        let up = self.tensor("up").reshape(y.dims())?;
        let gradients = (y * up)?.sum_all()?.backward()?;
        self.compare("g.x", gradients.get(&x).unwrap());
        Ok(())
    }

    /// Variables with one parameter for each stored one, under the stored names.
    fn variables(&self) -> Variables {
        let mut variables = Variables::new(0, self.dtype, &Device::Cpu);
        for key in self.keys("in") {
            if let Some(name) = key.strip_prefix("p.") {
                let shape = &self.stored(key).unwrap().0;
                variables.parameter(name, shape, Init::Constant(0.0)).unwrap();
            }
        }
        variables
    }
}

fn same(name: &str) -> String {
    name.to_owned()
}

/// `c.0.weight` and the like to our names.
fn net_name(name: &str) -> String {
    let (first, rest) = name.split_once('.').unwrap();
    let feature = |kind: &str| {
        let (index, rest) = rest.split_once('.').unwrap();
        format!("features.{kind}{index}.{rest}")
    };
    match first {
        "c" => feature("conv"),
        "b" => feature("norm"),
        "a" => feature("attention"),
        "f1" => format!("classifier.hidden.{rest}"),
        "f2" => format!("classifier.output.{rest}"),
        other => panic!("{other}"),
    }
}

#[test]
fn convolutions_agree_with_pytorch() {
    Golden::read().each("conv", |case| {
        let variables = case.variables();
        let vars: BTreeMap<&str, &Var> = variables.trainable().collect();
        let bias = vars.get("bias").map(|var| var.as_tensor());
        let images = case.name.starts_with("conv2d");
        let axes = if images { 2 } else { 1 };
        let [stride, padding, dilation] = ["stride", "padding", "dilation"].map(|key| case.axes(key, axes));
        let groups = case.number("groups") as usize;
        case.module(&variables, same, |x, _| {
            if images {
                let parameters = Conv2d {
                    stride: [stride[0], stride[1]],
                    padding: [padding[0], padding[1]],
                    dilation: [dilation[0], dilation[1]],
                    groups,
                };
                conv2d(x, vars["weight"], bias, &parameters)
            } else {
                let parameters =
                    Conv1d { stride: stride[0], padding: padding[0], dilation: dilation[0], groups };
                conv1d(x, vars["weight"], bias, &parameters)
            }
        })
    });
}

#[test]
fn poolings_agree_with_pytorch() {
    let golden = Golden::read();
    golden.each("max_pool", |case| {
        let images = case.name.starts_with("max_pool2d");
        let axes = if images { 2 } else { 1 };
        let [k, s, p] = ["kernel", "stride", "padding"].map(|key| case.axes(key, axes));
        let pool = if images {
            MaxPool::image([k[0], k[1]], [s[0], s[1]], [p[0], p[1]])
        } else {
            MaxPool::series(k[0], s[0], p[0])
        };
        case.function(|x| max_pool(x, &pool))
    });
    golden.each("adaptive_avg_pool2d", |case| {
        case.function(|x| {
            let y = global_average(x)?;
            let shape = (y.dims()[0], y.dims()[1], 1, 1);
            Ok(y.reshape(shape)?)
        })
    });
}

#[test]
fn activations_agree_with_pytorch_at_the_kinks_too() {
    let golden = Golden::read();
    golden.each("act_relu", |case| case.function(relu));
    golden.each("act_sigmoid", |case| case.function(sigmoid));
}

#[test]
fn linear_agrees_with_pytorch() {
    Golden::read().each("linear", |case| {
        let variables = case.variables();
        let vars: BTreeMap<&str, &Var> = variables.trainable().collect();
        case.module(&variables, same, |x, _| linear(x, vars["weight"], Some(vars["bias"])))
    });
}

#[test]
fn batch_norm_agrees_with_pytorch_in_both_modes() {
    Golden::read().each("bn", |case| {
        let norm = Norm { eps: case.number("eps"), momentum: case.number("momentum"), ..Norm::default() };
        let part = Part::new(case.dtype, case.input(), |net, x| net.norm_with("n", x, norm));
        case.module(&part.variables, |name| format!("n.{name}"), |x, pass| part.forward(x, pass))
    });
}

#[test]
fn squeeze_and_excitation_agrees_with_pytorch() {
    Golden::read().each("se_", |case| {
        if case.name == "se_cnn_small" {
            return Ok(());
        }
        let module =
            Attention::Se(SqueezeExcite { reduction: case.number("r") as usize, bias: case.flag("bias") });
        let part = Part::new(case.dtype, case.input(), |net, x| module.draft(net, "a", x));
        assert_eq!(part.variables.count() as f64, case.number("n_params"));
        case.module(&part.variables, |name| format!("a.{name}"), |x, pass| part.forward(x, pass))
    });
}

#[test]
fn wdcnn_agrees_with_pytorch() {
    Golden::read().each("wdcnn", |case| {
        let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
        let net = Architecture::Wdcnn(Wdcnn::default()).build(&[1, 2048], 10, &mut variables)?;
        assert_eq!(variables.count() as f64, case.number("n_params"));
        case.module(&variables, net_name, |x, pass| net.forward(x, pass))
    });
}

#[test]
fn se_cnn_agrees_with_pytorch() {
    Golden::read().each("se_cnn_small", |case| {
        let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
        let architecture = Architecture::SeCnn(SeCnn {
            widths: vec![4, 8, 8],
            conv_bias: true,
            attention: Attention::se(4),
            hidden: 12,
            dropout: 0.0,
            ..SeCnn::default()
        });
        let net = architecture.build(&[1, 16, 16], 4, &mut variables)?;
        assert_eq!(variables.count() as f64, case.number("n_params"));
        case.module(&variables, net_name, |x, pass| net.forward(x, pass))
    });
}

#[test]
fn cross_entropy_agrees_with_pytorch() {
    Golden::read().each("ce", |case| {
        let z = Var::from_tensor(&case.tensor("z"))?;
        let labels: Vec<u32> = case.stored("target").unwrap().1.iter().map(|l| *l as u32).collect();
        let options = CrossEntropy {
            label_smoothing: case.about["params"]["eps"].as_f64().unwrap_or(0.0),
            class_weights: case.stored("weight").map(|(_, values)| values.clone()),
        };
        let loss = cross_entropy(&z, &labels, &options)?;
        assert!(loss.dims().is_empty());
        case.compare("y", &loss);
        case.compare("g.z", loss.backward()?.get(&z).unwrap());
        Ok(())
    });
}

#[test]
fn adam_agrees_with_pytorch() {
    Golden::read().each("adam", |case| {
        let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
        let mut vars = Vec::new();
        let mut values = BTreeMap::new();
        for name in ["p0", "p1"] {
            let tensor = case.tensor(name);
            vars.push(variables.parameter(name, tensor.dims(), Init::Constant(0.0))?);
            values.insert(name.to_owned(), tensor);
        }
        variables.load(&values)?;
        let mut adam = Adam::new(AdamParams {
            learning_rate: case.number("lr"),
            weight_decay: case.number("weight_decay"),
            decay: if case.name.starts_with("adamw") { Decay::Decoupled } else { Decay::InGradient },
            ..AdamParams::default()
        })?;
        for step in 1..=6 {
            let terms = [0, 1].map(|i| {
                let gradient = case.tensor(&format!("g{i}.{step}"));
                (vars[i].as_tensor() * gradient).unwrap().sum_all().unwrap()
            });
            adam.step(&variables, &(&terms[0] + &terms[1])?.backward()?)?;
            for (i, var) in vars.iter().enumerate() {
                case.compare(&format!("p{i}.step{step}"), var);
            }
        }
        Ok(())
    });
}

#[test]
fn clipping_agrees_with_pytorch() {
    Golden::read().each("clip_norm", |case| {
        let gradients = [case.tensor("g0"), case.tensor("g1")];
        let norm = global_norm(["a", "b"].into_iter().zip(&gradients))?;
        case.compare("norm", &Tensor::new(norm, &Device::Cpu)?);
        for (i, gradient) in gradients.iter().enumerate() {
            case.compare(&format!("c{i}"), &(gradient * clip_factor(norm, 1.0))?);
        }
        Ok(())
    });
}

#[test]
fn the_plateau_schedule_agrees_with_pytorch() {
    Golden::read().each("sched_plateau", |case| {
        let factor = case.number("factor");
        let mut plateau = Plateau::new(case.number("lr0"), case.number("patience") as usize, factor)?;
        let mut rates = Vec::new();
        for &metric in &case.stored("metric").unwrap().1 {
            rates.push(plateau.rate());
            let before = plateau.rate();
            let told = plateau.observe(metric);
            assert_eq!(told.unwrap_or(before), plateau.rate());
        }
        let count = rates.len();
        case.compare("lr", &Tensor::from_vec(rates, count, &Device::Cpu)?);
        Ok(())
    });
}

#[test]
fn parameter_counts_are_the_published_ones() {
    let golden = Golden::read();
    let count = |name: &str| golden.manifest["parameter_counts"][name].as_u64().unwrap();
    for channels in [16, 32, 64, 128, 256] {
        for (bias, suffix) in [(false, ""), (true, "_bias")] {
            let attention = Attention::Se(SqueezeExcite { reduction: 16, bias });
            let graph = drafted(&[channels, 4, 4], |net, x| attention.draft(net, "a", x));
            assert_eq!(graph.cost().parameters, count(&format!("se_C{channels}_r16{suffix}")));
        }
    }
    let published = Architecture::SeCnn(SeCnn { conv_bias: true, ..SeCnn::default() });
    let cost =
        |architecture: &Architecture, input: &[usize]| architecture.cost(input, 10).unwrap().parameters;
    assert_eq!(cost(&published, &[3, 32, 32]), count("se_cnn_seed"));
    assert_eq!(cost(&published, &[1, 64, 64]), count("se_cnn_1x64x64"));
    // biases in front of a batch norm have no effect and are left out by default: 32 + 64 + 128
    let own = Architecture::SeCnn(SeCnn::default());
    assert_eq!(cost(&own, &[1, 64, 64]), count("se_cnn_1x64x64") - 224);
    let wdcnn = |conv_bias, batch_norm_after_hidden| {
        let net = Wdcnn { conv_bias, batch_norm_after_hidden, ..Wdcnn::default() };
        cost(&Architecture::Wdcnn(net), &[1, 2048])
    };
    assert_eq!(wdcnn(true, false), count("wdcnn_10"));
    assert_eq!(wdcnn(false, false), count("wdcnn_10_nobias"));
    assert_eq!(wdcnn(true, true), count("wdcnn_10_fcbn"));
}

#[test]
fn the_cost_told_from_shapes_is_that_of_the_built_net() {
    for info in zoo() {
        let mut variables = Variables::new(0, DType::F32, &Device::Cpu);
        info.architecture.build(info.input, info.classes, &mut variables).unwrap();
        assert_eq!(variables.count(), info.cost.parameters, "{}", info.name);
        assert!(info.cost.multiply_adds > info.cost.parameters / 2);
        assert_eq!(info.name, info.architecture.name());
        assert!(!info.paper.is_empty() && !info.title.is_empty());
    }
}
