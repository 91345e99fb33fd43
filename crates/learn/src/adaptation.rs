//! How a net is brought closer to recordings that have no labels, as an experiment names it.
//!
//! The target is given to training as a type without labels ([`Unlabelled`](crate::examples::Unlabelled)), so that none
//! can be read. Where it is the test part itself, and it is in every protocol but `load-to-load`, the figure is that of a
//! net that was adapted to what judges it: table, card and model say so.

use crate::experiment::Complaints;
use crate::protocol::{Protocol, TargetRule};
use brinell_model::{
    CoralForm, Discriminator, DiscriminatorParams, Jmmd, Kernels, Mmd, MultilinearMap, Pass, Variables, cdan,
    coral, dann, jmmd, mmd,
};
use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

/// The largest weight that an experiment may ask for.
const HEAVIEST: f64 = 1000.0;

/// How a net is adapted: a table with `kind` and its own fields.
///
/// All but `adabn` add a loss that makes features of source and target alike. It is multiplied by `weight` and by
/// `2 / (1 + exp(-10 p)) - 1`, where `p` goes from 0 to 1 over the epochs behind the first `from_epoch`, which know
/// nothing of the target; from then on every batch of the source goes through the net together with one of the target,
/// so that norms see both. The adversaries of `dann` and `cdan` learn at full strength from the begin; what is multiplied
/// is the turned gradient that the features get from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Adaptation {
    /// `adabn`: after training, the running statistics of batch norms are taken anew from the target (Li 2017).
    #[serde(rename = "adabn")]
    AdaBn(AdaBn),
    /// `mk-mmd`: means of kernels of the features.
    MkMmd(MkMmd),
    /// `jmmd`: the same of features and answers together.
    Jmmd(JointMmd),
    /// `coral`: covariances of the features.
    Coral(Coral),
    /// `dann`: an adversary tells the domains apart by the features.
    Dann(Dann),
    /// `cdan`: an adversary that also sees the answers.
    Cdan(ConditionalDann),
}

/// Nothing to set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaBn {}

/// Options of `mk-mmd`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MkMmd {
    /// The loss is multiplied by it.
    pub weight: f64,
    /// Epochs before the target is looked at.
    pub from_epoch: usize,
    /// The kernels.
    pub kernels: Kernels,
}

/// Options of `jmmd`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JointMmd {
    /// The loss is multiplied by it.
    pub weight: f64,
    /// Epochs before the target is looked at.
    pub from_epoch: usize,
    /// The kernels over features.
    pub features: Kernels,
    /// The kernels over answers.
    pub answers: Kernels,
}

/// Options of `coral`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Coral {
    /// The loss is multiplied by it.
    pub weight: f64,
    /// Epochs before the target is looked at.
    pub from_epoch: usize,
    /// Which of the published forms.
    pub form: CoralForm,
}

/// Options of `dann`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dann {
    /// The loss is multiplied by it.
    pub weight: f64,
    /// Epochs before the target is looked at.
    pub from_epoch: usize,
    /// Widths of the adversary's hidden layers.
    pub hidden: Vec<usize>,
    /// Dropout behind each of them.
    pub dropout: f64,
}

/// Options of `cdan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConditionalDann {
    /// The loss is multiplied by it.
    pub weight: f64,
    /// Epochs before the target is looked at.
    pub from_epoch: usize,
    /// Whether sure answers count more (CDAN+E).
    pub entropy: bool,
    /// Widths of the adversary's hidden layers.
    pub hidden: Vec<usize>,
    /// Dropout behind each of them.
    pub dropout: f64,
}

impl Default for MkMmd {
    fn default() -> Self {
        Self { weight: 1.0, from_epoch: 0, kernels: Kernels::default() }
    }
}

impl Default for JointMmd {
    fn default() -> Self {
        let Jmmd { features, answers, .. } = Jmmd::default();
        Self { weight: 1.0, from_epoch: 0, features, answers }
    }
}

impl Default for Coral {
    fn default() -> Self {
        Self { weight: 1.0, from_epoch: 0, form: CoralForm::default() }
    }
}

impl Default for Dann {
    fn default() -> Self {
        let DiscriminatorParams { hidden, dropout } = DiscriminatorParams::default();
        Self { weight: 1.0, from_epoch: 0, hidden, dropout }
    }
}

impl Default for ConditionalDann {
    fn default() -> Self {
        let DiscriminatorParams { hidden, dropout } = DiscriminatorParams::default();
        Self { weight: 1.0, from_epoch: 0, entropy: false, hidden, dropout }
    }
}

/// Features and logits of the source, then of the target.
pub(crate) struct Domains<'a> {
    pub features: [&'a Tensor; 2],
    pub logits: [&'a Tensor; 2],
}

/// The adversary, and what it looks at where that is more than the features.
#[derive(Debug)]
pub(crate) struct Adversary {
    pub discriminator: Discriminator,
    pub map: Option<MultilinearMap>,
}

impl Adaptation {
    /// The word for it in experiments, folders and tables.
    pub fn name(&self) -> &'static str {
        match self {
            Adaptation::AdaBn(_) => "adabn",
            Adaptation::MkMmd(_) => "mk-mmd",
            Adaptation::Jmmd(_) => "jmmd",
            Adaptation::Coral(_) => "coral",
            Adaptation::Dann(_) => "dann",
            Adaptation::Cdan(ConditionalDann { entropy: false, .. }) => "cdan",
            Adaptation::Cdan(ConditionalDann { entropy: true, .. }) => "cdan-e",
        }
    }

    /// Weight, and epochs before the target is looked at; none where nothing is added to the loss.
    pub fn weight_and_begin(&self) -> Option<(f64, usize)> {
        match self {
            Adaptation::AdaBn(_) => None,
            Adaptation::MkMmd(own) => Some((own.weight, own.from_epoch)),
            Adaptation::Jmmd(own) => Some((own.weight, own.from_epoch)),
            Adaptation::Coral(own) => Some((own.weight, own.from_epoch)),
            Adaptation::Dann(own) => Some((own.weight, own.from_epoch)),
            Adaptation::Cdan(own) => Some((own.weight, own.from_epoch)),
        }
    }

    /// Which segments it looks at.
    pub(crate) fn target_rule(&self) -> TargetRule {
        match self {
            Adaptation::AdaBn(_) => TargetRule::Tested,
            _ => TargetRule::SetApart,
        }
    }

    /// What has to stand beside every figure of a net that was adapted under this protocol.
    pub fn declared(&self, protocol: Protocol) -> String {
        let to = match self.target_rule() == TargetRule::SetApart && protocol.sets_target_apart() {
            true => "other unlabelled segments of the test recordings",
            false => "the unlabelled test recordings",
        };
        format!("adapted by {} to {to}", self.name())
    }

    /// The adversary for features of this width, where there is one.
    pub(crate) fn adversary(
        &self,
        features: usize,
        classes: usize,
        variables: &mut Variables,
    ) -> Result<Option<Adversary>, brinell_model::Error> {
        let (hidden, dropout, map) = match self {
            Adaptation::Dann(own) => (&own.hidden, own.dropout, None),
            Adaptation::Cdan(own) => {
                let map = MultilinearMap::new("map", features, classes, variables)?;
                (&own.hidden, own.dropout, Some(map))
            }
            _ => return Ok(None),
        };
        let params = DiscriminatorParams { hidden: hidden.clone(), dropout };
        let width = map.as_ref().map_or(features, MultilinearMap::width);
        let discriminator = Discriminator::new(&params, "domain", width, variables)?;
        Ok(Some(Adversary { discriminator, map }))
    }

    /// How far the two domains are apart, multiplied by `strength`, or told by an adversary whose gradient to the
    /// features is; without the weight. None where nothing is added to the loss.
    pub(crate) fn loss(
        &self,
        domains: &Domains<'_>,
        adversary: Option<&Adversary>,
        strength: f64,
        pass: &mut Pass,
    ) -> Result<Option<Tensor>, brinell_model::Error> {
        let Domains { features, logits } = *domains;
        let [source, target] = features;
        let distance = match (self, adversary) {
            (Adaptation::MkMmd(own), _) => {
                mmd(source, target, &Mmd { kernels: own.kernels.clone(), unbiased: false })?
            }
            (Adaptation::Jmmd(own), _) => {
                let (features_by, answers) = (own.features.clone(), own.answers.clone());
                jmmd(features, logits, &Jmmd { features: features_by, answers, unbiased: false })?
            }
            (Adaptation::Coral(own), _) => coral(source, target, own.form)?,
            (Adaptation::Dann(_), Some(adversary)) => {
                return dann(source, target, &adversary.discriminator, strength, pass).map(Some);
            }
            (Adaptation::Cdan(own), Some(Adversary { discriminator, map: Some(map) })) => {
                let options = brinell_model::Cdan { strength, entropy_weights: own.entropy };
                return cdan(features, logits, map, discriminator, &options, pass).map(Some);
            }
            _ => return Ok(None),
        };
        Ok(Some((distance * strength)?))
    }

    /// Notes what is out of range in a run of so many epochs.
    pub(crate) fn check(&self, path: &str, epochs: usize, found: &mut Complaints) {
        let Some((weight, begin)) = self.weight_and_begin() else { return };
        if !(weight > 0.0 && weight <= HEAVIEST) {
            let message = format!("weight must be > 0 and <= {HEAVIEST}, found {weight}");
            found.add(&format!("{path}.weight"), message);
        }
        if begin >= epochs {
            let message = format!("from_epoch must be below the {epochs} epochs of the run, found {begin}");
            found.add(&format!("{path}.from_epoch"), message);
        }
        if let Err(error) = self.try_out() {
            let key = match &error {
                brinell_model::Error::Config { field, .. } => format!(".{field}"),
                _ => String::new(),
            };
            found.add(&format!("{path}{key}"), error.to_string());
        }
    }

    /// Looks at two examples of each domain, as the losses refuse by themselves what is out of range.
    fn try_out(&self) -> Result<(), brinell_model::Error> {
        let mut variables = Variables::new(0, DType::F32, &Device::Cpu);
        let hidden = match self {
            Adaptation::Dann(own) => own.hidden.as_slice(),
            Adaptation::Cdan(own) => own.hidden.as_slice(),
            _ => &[],
        };
        if let Some(width) = hidden.iter().find(|width| !(1..=1 << 16).contains(*width)) {
            return Err(brinell_model::Error::Config {
                field: "hidden".to_owned(),
                value: width.to_string(),
                expected: "1 to 65536 units a layer".to_owned(),
            });
        }
        let adversary = self.adversary(2, 2, &mut variables)?;
        let zeros = Tensor::zeros((2, 2), DType::F32, &Device::Cpu)?;
        let domains = Domains { features: [&zeros; 2], logits: [&zeros; 2] };
        self.loss(&domains, adversary.as_ref(), 1.0, &mut Pass::evaluate()).map(drop)
    }
}

/// Notes where adapting makes no sense under a protocol; `noisy` where noise is added to the test.
pub(crate) fn check_sense(adaptation: &Adaptation, protocol: Protocol, noisy: bool) -> Option<String> {
    let name = adaptation.name();
    match protocol {
        Protocol::RandomWindow => Some(format!(
            "{name} has nothing to adapt to in {protocol}: its test is of the recordings that were learned from; leave \
             adaptation out"
        )),
        Protocol::UnknownFault => Some(format!(
            "{name} would draw the fault that {protocol} hides to the known ones; leave adaptation out"
        )),
        _ if noisy => Some(format!(
            "{name} would adapt to the test recordings without their noise, which nobody has; leave adaptation or noise out"
        )),
        _ => None,
    }
}
