//! The same steps from the same seed: twice on the GPU, which must give the same bits, and on the CPU, which gives
//! nearly the same numbers.

use std::collections::BTreeMap;

use brinell_gpu::Device;
use brinell_model::{CrossEntropy, Descent, GpuTraining, Network, Pass, Result, Variables, cross_entropy};
use candle_core::Tensor;

use crate::nets::{Net, adam_w, labels};

const STEPS: u64 = 5;
const BATCH: usize = 16;

/// What is left of some steps: the losses, and all tensors of the net.
struct Learnt {
    losses: Vec<f64>,
    tensors: BTreeMap<String, Vec<f32>>,
}

impl Learnt {
    fn of(losses: Vec<f64>, variables: &Variables) -> Result<Self> {
        let numbers = |(name, tensor): (String, Tensor)| Ok((name, tensor.flatten_all()?.to_vec1()?));
        let tensors = variables.to_tensors()?.into_iter().map(numbers).collect::<Result<_>>()?;
        Ok(Self { losses, tensors })
    }

    fn on_gpu(net: &Net, device: &Device) -> Result<Self> {
        let (network, variables) = net.build()?;
        let wanted = [network.graph().outputs()[0].1];
        let mut descent = Descent::new(adam_w())?;
        let mut training = GpuTraining::new(&network, &descent, device)?;
        let (x, labels) = (net.batch(BATCH)?, labels(BATCH));
        let mut losses = Vec::new();
        for step in 0..STEPS {
            let trace = training.trace(&x, &wanted, &Pass::train(1, step))?;
            let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default())?;
            training.backward(&trace, &loss)?;
            training.step(&mut descent)?;
            losses.push(number(&loss)?);
        }
        training.store(&mut descent)?;
        Self::of(losses, &variables)
    }

    fn on_cpu(net: &Net) -> Result<Self> {
        let (network, variables): (Network, Variables) = net.build()?;
        let mut descent = Descent::new(adam_w())?;
        let (x, labels) = (net.batch(BATCH)?, labels(BATCH));
        let mut losses = Vec::new();
        for step in 0..STEPS {
            let trace = network.trace_logits(&x, &mut Pass::train(1, step))?;
            let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default())?;
            descent.step(&variables, &trace.backward(&loss)?)?;
            losses.push(number(&loss)?);
        }
        Self::of(losses, &variables)
    }

    fn has_the_bits_of(&self, other: &Self) -> bool {
        let bits = |values: &Vec<f32>| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let losses = self.losses.iter().map(|loss| loss.to_bits());
        losses.eq(other.losses.iter().map(|loss| loss.to_bits()))
            && self
                .tensors
                .iter()
                .map(|(name, values)| (name, bits(values)))
                .eq(other.tensors.iter().map(|(name, values)| (name, bits(values))))
    }
}

fn number(loss: &Tensor) -> Result<f64> {
    Ok(loss.to_dtype(candle_core::DType::F64)?.to_scalar()?)
}

/// Whether the GPU gave the same bits both times for every net.
pub(crate) fn table(nets: &[&Net], device: &Device) -> bool {
    println!("\n{STEPS} steps of AdamW from the same seed, batches of {BATCH}");
    println!(
        "\n| net | twice on the GPU | first loss, GPU and CPU | last loss, GPU and CPU |\n|---|---|---|---|"
    );
    let mut all_same = true;
    for net in nets {
        let runs = Learnt::on_gpu(net, device)
            .and_then(|one| Ok((one, Learnt::on_gpu(net, device)?)))
            .and_then(|(one, two)| Ok((one, two, Learnt::on_cpu(net)?)));
        match runs {
            Ok((one, two, cpu)) => {
                let same = one.has_the_bits_of(&two);
                all_same &= same;
                let said = if same { "the same bits" } else { "DIFFERENT BITS" };
                let of = |learnt: &Learnt, last: bool| {
                    let loss = if last { learnt.losses.last() } else { learnt.losses.first() };
                    loss.map_or_else(String::new, |loss| format!("{loss:.7}"))
                };
                let [first, last] =
                    [false, true].map(|last| format!("{}, {}", of(&one, last), of(&cpu, last)));
                println!("| {} | {said} | {first} | {last} |", net.title);
            }
            Err(error) => {
                all_same = false;
                println!("| {} | FAILED: {error} | | |", net.title);
            }
        }
    }
    all_same
}
