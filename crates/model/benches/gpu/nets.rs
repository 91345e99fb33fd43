//! The nets of the bench and what is timed of them.

use brinell_gpu::Device;
use brinell_model::{
    AdamWParams, Architecture, CrossEntropy, Descent, GpuNetwork, GpuTraining, Graph, Network, Optimiser,
    Pass, Result, Variables, cross_entropy,
};
use candle_core::{DType, Tensor};
use serde_json::Deserializer;

pub(crate) const CLASSES: usize = 10;

/// One net.
pub(crate) struct Net {
    /// Its name in `peers.py`.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// As in a configuration.
    architecture: &'static str,
    input: &'static [usize],
}

pub(crate) const NETS: [Net; 3] = [
    Net {
        name: "se-cnn",
        title: "SE-CNN 1×64×64",
        architecture: r#"{"name": "se-cnn"}"#,
        input: &[1, 64, 64],
    },
    Net { name: "wdcnn", title: "WDCNN 2048", architecture: r#"{"name": "wdcnn"}"#, input: &[1, 2048] },
    Net {
        name: "densenet-121-cbam",
        title: "DenseNet-121 with CBAM 1×64×64",
        architecture: r#"{"name": "densenet-121", "attention": "cbam"}"#,
        input: &[1, 64, 64],
    },
];

/// What is done again and again.
pub(crate) type Work = Box<dyn FnMut() -> Result<()>>;

impl Net {
    pub(crate) fn build(&self) -> Result<(Network, Variables)> {
        let table = &mut Deserializer::from_str(self.architecture);
        let architecture = Architecture::of_table(table).expect("a net of the zoo");
        let mut variables = Variables::new(1, DType::F32, &candle_core::Device::Cpu);
        let net = architecture.build(self.input, CLASSES, &mut variables)?;
        Ok((net, variables))
    }

    pub(crate) fn graph(&self) -> Result<Graph> {
        Ok(self.build()?.0.graph().clone())
    }

    /// Samples of the CPU, `[batch, input]`.
    pub(crate) fn batch(&self, batch: usize) -> Result<Tensor> {
        let shape = [&[batch], self.input].concat();
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
        Ok(Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?)
    }

    /// A step: the batch to the GPU, forward, loss, backward, AdamW.
    pub(crate) fn training(&self, batch: usize, device: &Device) -> Result<Work> {
        let (net, _) = self.build()?;
        let wanted = [net.graph().outputs()[0].1];
        let mut descent = Descent::new(adam_w())?;
        let mut training = GpuTraining::new(&net, &descent, device)?;
        let (x, labels) = (training.network().pinned(&self.batch(batch)?)?, labels(batch));
        let device = device.clone();
        let mut at = 0;
        Ok(Box::new(move || {
            let trace = training.trace_pinned(&[&x], &wanted, &Pass::train(1, at))?;
            let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default())?;
            training.backward(&trace, &loss)?;
            training.step(&mut descent)?;
            at += 1;
            Ok(device.wait()?)
        }))
    }

    /// Logits of a batch: there and back.
    pub(crate) fn inference(&self, batch: usize, device: &Device) -> Result<Work> {
        let (net, _) = self.build()?;
        let mut net = GpuNetwork::new(&net, device)?;
        let x: Vec<f32> = self.batch(batch)?.flatten_all()?.to_vec1()?;
        let device = device.clone();
        Ok(Box::new(move || {
            net.judge(&x, batch)?;
            Ok(device.wait()?)
        }))
    }
}

pub(crate) fn adam_w() -> Optimiser {
    AdamWParams::default().into()
}

pub(crate) fn labels(batch: usize) -> Vec<u32> {
    (0..batch as u32).map(|i| i % CLASSES as u32).collect()
}
