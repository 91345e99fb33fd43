//! An output beside the logits, added to a net that is already written.

use super::{Draft, Graph};
use crate::error::{Error, Result};

impl Graph {
    /// The same net with one more output of `width` values, the last one: a fully connected layer `heads.NAME` on the
    /// features that the head judges, without the head's dropout. The tensors that were there keep their names, and so
    /// their first values.
    ///
    /// # Errors
    /// A net without features, an output or a layer of that name, a width of 0.
    pub fn with_output(self, name: &str, width: usize) -> Result<Graph> {
        let Some(features) = self.features else {
            let reason = format!("the net has no vector of features that the output `{name}` could judge");
            return Err(Error::layer("features", self.input(), reason));
        };
        if self.outputs.iter().any(|(known, _)| known == name) {
            return Err(Error::Duplicate { name: name.to_owned() });
        }
        let mut net = Draft::of(self);
        let output = net.linear(&format!("heads.{name}"), features, width, true)?;
        net.output(name, output);
        Ok(net.into_graph())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::pass::Pass;
    use crate::variables::Variables;
    use crate::{Architecture, Inference, Network, Wdcnn};
    use candle_core::{DType, Device, Tensor};

    #[test]
    fn every_net_takes_a_further_output_and_gives_the_same_logits_with_it() {
        let images =
            Architecture::SeCnn(crate::SeCnn { widths: vec![4, 8], hidden: 8, ..Default::default() });
        let series = Architecture::Wdcnn(Wdcnn::default());
        for (net, shape) in [(images, vec![1, 16, 16]), (series, vec![1, 2048])] {
            let built = |sizes: Option<usize>| {
                let graph = net.draft(&shape, 3).unwrap();
                let graph = sizes.map_or(graph.clone(), |sizes| graph.with_output("size", sizes).unwrap());
                Network::new(graph, &mut Variables::new(3, DType::F32, &Device::Cpu)).unwrap()
            };
            let (plain, both) = (built(None), built(Some(5)));
            let values: Vec<f32> =
                (0..2 * shape.iter().product::<usize>()).map(|n| (n as f32 * 0.7).sin()).collect();
            let whole: Vec<usize> = std::iter::once(2).chain(shape.iter().copied()).collect();
            let x = Tensor::from_slice(&values, whole, &Device::Cpu).unwrap();
            let logits =
                |net: &Network| net.forward(&x, &mut Pass::evaluate()).unwrap().to_vec2::<f32>().unwrap();
            assert_eq!(logits(&plain), logits(&both));
            let mut judge = Inference::new(&both, 2).unwrap();
            judge.run(&values, 2).unwrap();
            let outputs: Vec<(&str, usize)> = judge.outputs().map(|(name, own)| (name, own.len())).collect();
            assert_eq!(outputs, [("class", 6), ("size", 10)]);
        }
    }

    #[test]
    fn an_output_of_a_name_that_is_taken_or_of_no_width_is_refused() {
        let graph = || Architecture::Wdcnn(Wdcnn::default()).draft(&[1, 2048], 3).unwrap();
        assert!(graph().with_output("class", 2).is_err());
        assert!(graph().with_output("size", 0).is_err());
        assert!(graph().with_output("size", 2).unwrap().with_output("size", 2).is_err());
    }
}
