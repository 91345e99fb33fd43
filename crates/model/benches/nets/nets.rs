//! The nets of the bench, as small, thin and one-dimensional as they come.

use brinell_model::{
    Adam, AdamParams, Architecture, CrossEntropy, Inference, Network, Pass, Variables, cross_entropy,
};
use candle_core::{DType, Device, Tensor};

pub(crate) const CLASSES: usize = 10;

/// One net with its work.
pub(crate) struct Net {
    /// Its name in `peers.py`.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// As in a configuration.
    pub(crate) architecture: &'static str,
    pub(crate) input: &'static [usize],
    /// Samples of a training step.
    pub(crate) batch: usize,
    /// Most time that a training step may take beside PyTorch.
    pub(crate) training_bar: f64,
}

pub(crate) const NETS: [Net; 4] = [
    Net {
        name: "se-cnn",
        title: "SE-CNN 1×64×64",
        architecture: r#"{"name": "se-cnn"}"#,
        input: &[1, 64, 64],
        batch: 64,
        training_bar: 1.0,
    },
    Net {
        name: "densenet",
        title: "DenseNet growth 12, 3×6, 1×64×64",
        architecture: r#"{"name": "densenet", "growth": 12, "blocks": [6, 6, 6]}"#,
        input: &[1, 64, 64],
        batch: 32,
        training_bar: 0.9,
    },
    Net {
        name: "wdcnn",
        title: "WDCNN 2048",
        architecture: r#"{"name": "wdcnn"}"#,
        input: &[1, 2048],
        batch: 64,
        training_bar: 1.0,
    },
    Net {
        name: "udtl-cnn",
        title: "UDTL CNN 1024",
        architecture: r#"{"name": "udtl-cnn", "bottleneck": 256}"#,
        input: &[1, 1024],
        batch: 64,
        training_bar: 1.0,
    },
];

pub(crate) fn numbers(batch: usize, input: &[usize]) -> Tensor {
    let shape = [&[batch], input].concat();
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("numbers that fill their shape")
}

impl Net {
    fn build(&self) -> (Network, Variables) {
        let architecture: Architecture = serde_json::from_str(self.architecture).expect("a net of the zoo");
        let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
        let net = architecture.build(self.input, CLASSES, &mut variables).expect("a net that fits");
        (net, variables)
    }

    /// Forward, backward and one step of Adam.
    pub(crate) fn training(&self) -> impl FnMut() + use<> {
        let (net, variables) = self.build();
        let x = numbers(self.batch, self.input);
        let labels: Vec<u32> = (0..self.batch as u32).map(|i| i % CLASSES as u32).collect();
        let mut adam = Adam::new(AdamParams::default()).expect("the defaults");
        let mut at = 0;
        move || {
            let mut step = || {
                let trace = net.trace_logits(&x, &mut Pass::train(1, at))?;
                let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default())?;
                adam.step(&variables, &trace.backward(&loss)?)
            };
            step().expect("a training step");
            at += 1;
        }
    }

    /// Logits of a batch.
    pub(crate) fn inference(&self, batch: usize) -> impl FnMut() + use<> {
        let (net, _) = self.build();
        let x: Vec<f32> =
            numbers(batch, self.input).flatten_all().and_then(|x| x.to_vec1()).expect("numbers");
        let mut net = Inference::new(&net, batch).expect("a plan");
        move || {
            net.run(&x, batch).expect("logits");
        }
    }
}
