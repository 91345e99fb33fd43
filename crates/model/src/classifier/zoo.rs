//! Every architecture with its source and its cost.

use std::sync::LazyLock;

use super::Architecture;
use crate::attention::Attention;
use crate::backbone::{
    Cnn, CnnBilstm, ConvNeXt, DenseNet, Drsn, EpsaNet, MobileNetV3, PatchTransformer, ResNet, RnnWdcnn,
    SeCnn, Ticnn, UdtlCnn, Wdcnn,
};
use crate::graph::{Cost, Field};

/// One entry of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// The name in the list: that of the architecture, or of one of its published settings.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Where it was published, or `none`.
    pub paper: &'static str,
    /// The input its cost is told for, `[C, H, W]` or `[C, L]`.
    pub input: &'static [usize],
    /// The number of classes its cost is told for.
    pub classes: usize,
    /// The architecture with its settings.
    pub architecture: Architecture,
    /// Trained numbers and multiply-adds for that input.
    pub cost: Cost,
    /// What one value of the last map sees of that input.
    pub receptive_field: Field,
}

pub(super) type Entry = (&'static str, &'static str, &'static str, &'static [usize], Architecture);

pub(super) const DENSENET: &str = "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, CVPR 2017, arXiv 1608.06993";
pub(super) const DRSN: &str = "Zhao, Zhong, Fu, Tang, Pecht: Deep Residual Shrinkage Networks for Fault Diagnosis, IEEE Transactions on Industrial Informatics 16 (2020) 4681, doi 10.1109/TII.2019.2943898";
pub(super) const EPSANET: &str = "Zhang, Zu, Lu, Zou, Meng: EPSANet: An Efficient Pyramid Squeeze Attention Block on Convolutional Neural Network, ACCV 2022, arXiv 2105.14447";
pub(super) const RESNET: &str =
    "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, arXiv 1512.03385";
pub(super) const MOBILENET: &str =
    "Howard, Sandler, Chu et al.: Searching for MobileNetV3, ICCV 2019, arXiv 1905.02244";
const SE: &str =
    "Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018, arXiv 1709.01507 (the attention)";

fn entries() -> Vec<Entry> {
    vec![
        (
            "cnn",
            "plain image net that those with attention are held against: three times convolution, batch norm, ReLU, pooling",
            "none",
            &[1, 64, 64],
            Architecture::Cnn(Cnn::default()),
        ),
        (
            "cnn-bilstm",
            "convolution, channel attention, LSTM both ways with attention over time; several outputs",
            "Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018, arXiv 1709.01507; Bahdanau, Cho, Bengio: Neural Machine Translation by Jointly Learning to Align and Translate, ICLR 2015, arXiv 1409.0473 (the parts)",
            &[3, 64],
            Architecture::CnnBilstm(CnnBilstm::default()),
        ),
        (
            "convnext",
            "depthwise convolutions in the manner of transformers, over series or images",
            "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie: A ConvNet for the 2020s, CVPR 2022, arXiv 2201.03545",
            &[1, 2048],
            Architecture::ConvNeXt(ConvNeXt::default()),
        ),
        (
            "densenet",
            "small densely connected net, over images or series",
            DENSENET,
            &[1, 64, 64],
            Architecture::DenseNet(DenseNet::default()),
        ),
        (
            "densenet-100",
            "densely connected net of 100 layers for small images",
            DENSENET,
            &[3, 32, 32],
            Architecture::DenseNet(DenseNet::bc_100()),
        ),
        (
            "densenet-121",
            "densely connected net of 121 layers for large images",
            DENSENET,
            &[3, 224, 224],
            Architecture::DenseNet(DenseNet::layers_121()),
        ),
        (
            "densenet-modes",
            "small densely connected net with channel attention, over the modes of a variational mode decomposition",
            DENSENET,
            &[5, 2048],
            Architecture::DenseNet(DenseNet::of_modes()),
        ),
        (
            "drsn-cs",
            "residual net that shrinks small values, one threshold for all channels",
            DRSN,
            &[1, 2048],
            Architecture::Drsn(Drsn::shared()),
        ),
        (
            "drsn-cw",
            "residual net that shrinks small values, a threshold a channel",
            DRSN,
            &[1, 2048],
            Architecture::Drsn(Drsn::default()),
        ),
        (
            "epsanet-50",
            "residual net of 50 layers with pyramid squeeze attention, over series or images",
            EPSANET,
            &[3, 224, 224],
            Architecture::EpsaNet(EpsaNet::default()),
        ),
        (
            "epsanet-small",
            "small residual net with pyramid squeeze attention, over series or images",
            EPSANET,
            &[1, 64, 64],
            Architecture::EpsaNet(EpsaNet::small()),
        ),
        (
            "mobilenet-v3",
            "small fast net, over series or images",
            MOBILENET,
            &[1, 2048],
            Architecture::MobileNetV3(MobileNetV3::default()),
        ),
        (
            "patch-transformer",
            "transformer over patches of a series or an image",
            "Dosovitskiy, Beyer, Kolesnikov et al.: An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale, ICLR 2021, arXiv 2010.11929",
            &[1, 2048],
            Architecture::PatchTransformer(PatchTransformer::default()),
        ),
        (
            "resnet",
            "residual net of 18 layers, over series or images",
            RESNET,
            &[1, 2048],
            Architecture::ResNet(ResNet::default()),
        ),
        (
            "resnet-se",
            "residual net of 18 layers with channel attention on its residual branches",
            SE,
            &[1, 64, 64],
            Architecture::ResNet(ResNet { attention: Attention::se(16), ..ResNet::default() }),
        ),
        (
            "rnn-wdcnn",
            "series net of two paths, one recurrent, one of convolutions",
            "Shenfield, Howarth: A Novel Deep Learning Model for the Detection and Identification of Rolling Element-Bearing Faults, Sensors 20 (2020) 5112",
            &[1, 2048],
            Architecture::RnnWdcnn(RnnWdcnn::default()),
        ),
        (
            "se-cnn",
            "image net with squeeze-and-excitation channel attention",
            SE,
            &[1, 64, 64],
            Architecture::SeCnn(SeCnn::default()),
        ),
        (
            "ticnn",
            "series net trained with interference: taps of its first kernel are dropped",
            "Zhang, Li, Peng, Chen, Zhang: A Deep Convolutional Neural Network with New Training Methods for Bearing Fault Diagnosis under Noisy Environment and Different Working Load, Mechanical Systems and Signal Processing 100 (2018) 439",
            &[1, 2048],
            Architecture::Ticnn(Ticnn::default()),
        ),
        (
            "udtl-cnn",
            "series net of a benchmark of domain adaptation",
            "Zhao, Zhang, Yu, Sun, Wang, Yan, Chen: Applications of Unsupervised Deep Transfer Learning to Intelligent Fault Diagnosis, IEEE Transactions on Instrumentation and Measurement 70 (2021) 3525828",
            &[1, 1024],
            Architecture::UdtlCnn(UdtlCnn::default()),
        ),
        (
            "wdcnn",
            "series net with a wide first kernel",
            "Zhang, Peng, Li, Chen, Zhang: A New Deep Learning Model for Fault Diagnosis with Good Anti-Noise and Domain Adaptation Ability on Raw Vibration Signals, Sensors 17 (2017) 425",
            &[1, 2048],
            Architecture::Wdcnn(Wdcnn::default()),
        ),
    ]
}

/// The entries with their cost.
pub(super) fn drafted(entries: Vec<Entry>, classes: usize) -> Vec<ModelInfo> {
    let drafted = entries.into_iter().filter_map(|(name, title, paper, input, architecture)| {
        let graph = architecture.draft(input, classes).ok()?;
        let (cost, receptive_field) = (graph.cost(), graph.receptive_field());
        Some(ModelInfo { name, title, paper, input, classes, architecture, cost, receptive_field })
    });
    drafted.collect()
}

static ZOO: LazyLock<Vec<ModelInfo>> = LazyLock::new(|| drafted(entries(), 10));

/// Every architecture, in the order of their names.
pub fn zoo() -> &'static [ModelInfo] {
    &ZOO
}
