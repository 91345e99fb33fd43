//! What to do in which case, by a policy that is data.

use brinell_signal::{FaultKind, Joint, Phrase, PhraseValue};
use serde::{Deserialize, Serialize};

use super::{History, Severity, StageRange, Zone};
use crate::{Action, Diagnosis, Error, Verdict};

const SHIPPED: &str = include_str!("../../../../data/severity/policy.toml");

/// Cases that a policy has to answer, each once.
const CASES: [&str; 12] = [
    "stage-4",
    "stage-3",
    "stage-2",
    "stage-4-not-excluded",
    "suspect",
    "not-stated",
    "undetermined",
    "grown",
    "zone-c",
    "zone-d",
    "limit-met",
    CALM_CASE,
];
/// The only case whose action may be calm.
const CALM_CASE: &str = "no-evidence";

/// How much depends on a machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// Its failure endangers people or stops the plant.
    High,
    /// Taken when nothing is declared.
    #[default]
    Medium,
    /// It is doubled or easily done without.
    Low,
}

impl Criticality {
    /// In one word, as [`Phrase::word`] takes it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl std::fmt::Display for Criticality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}

/// Actions for every case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What reports call it.
    pub name: String,
    /// What a report says below the actions, a sentence; may be empty.
    #[serde(default)]
    pub note: String,
    case: Vec<Case>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    when: String,
    action: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    what: String,
    who: String,
    why: String,
    #[serde(default)]
    days: Option<Days>,
    #[serde(default)]
    calm: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    high: [u32; 2],
    medium: [u32; 2],
    low: [u32; 2],
}

impl Days {
    fn of(self, criticality: Criticality) -> [u32; 2] {
        match criticality {
            Criticality::High => self.high,
            Criticality::Medium => self.medium,
            Criticality::Low => self.low,
        }
    }
}

/// What the recording says of the bearing, as far as actions depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BearingAxis {
    Found {
        lowest: u8,
        highest: u8,
    },
    Suspect,
    /// It could not be judged, and what is missing has only to be stated.
    NotStated,
    Undetermined,
    NoEvidence,
}

impl BearingAxis {
    fn of(verdict: &Verdict, stage: &StageRange, to_state: &[Phrase]) -> Self {
        match verdict {
            Verdict::Found { .. } => {
                let [lowest, highest] = stage.range.unwrap_or([2, 4]);
                Self::Found { lowest, highest }
            }
            Verdict::Undecided { candidates, .. } if candidates.is_empty() => {
                if to_state.is_empty() {
                    Self::Undetermined
                } else {
                    Self::NotStated
                }
            }
            Verdict::Undecided { .. } => Self::Suspect,
            Verdict::NoFaultFound { .. } => Self::NoEvidence,
        }
    }
}

/// The cases that hold, most pressing first. A good zone adds nothing and takes nothing away.
fn cases(bearing: BearingAxis, zone: Option<Zone>, grown: bool, met: bool) -> Vec<&'static str> {
    let mut cases = Vec::new();
    if met {
        cases.push("limit-met");
    }
    if zone == Some(Zone::D) {
        cases.push("zone-d");
    }
    match bearing {
        BearingAxis::Found { lowest, highest } => {
            if lowest < 4 && highest >= 4 {
                cases.push("stage-4-not-excluded");
            }
            cases.push(match lowest {
                4.. => "stage-4",
                3 => "stage-3",
                _ => "stage-2",
            });
        }
        BearingAxis::Suspect => cases.push("suspect"),
        BearingAxis::NotStated => cases.push("not-stated"),
        BearingAxis::Undetermined => cases.push("undetermined"),
        BearingAxis::NoEvidence => {}
    }
    if zone == Some(Zone::C) {
        cases.push("zone-c");
    }
    if grown && !matches!(bearing, BearingAxis::Found { .. }) {
        cases.push("grown");
    }
    if cases.is_empty() {
        cases.push(CALM_CASE);
    }
    cases
}

impl Policy {
    /// Reads a policy (TOML); `path` is told in errors.
    ///
    /// # Errors
    /// [`Error::Formats`] with line and column: not such a file. [`Error::Policy`]: a case that is missing, unknown or given twice, a case without an action, days
    /// that run backwards, or a calm action elsewhere than in the case `no-evidence`.
    pub fn read(path: &str, text: &str) -> Result<Self, Error> {
        let refuse = |why: String| Error::Policy { path: path.to_owned(), why };
        let policy: Self = brinell_formats::parse_toml(text, path)?;
        for known in CASES {
            match policy.case.iter().filter(|case| case.when == known).count() {
                1 => {}
                0 => return Err(refuse(format!("the case `{known}` is missing"))),
                n => return Err(refuse(format!("the case `{known}` is given {n} times"))),
            }
        }
        for case in &policy.case {
            let name = &case.when;
            if !CASES.contains(&name.as_str()) {
                return Err(refuse(format!("there is no case `{name}`; the cases are {}", CASES.join(", "))));
            }
            if case.action.is_empty() {
                return Err(refuse(format!("the case `{name}` has no action")));
            }
            for rule in &case.action {
                if rule.calm && name != CALM_CASE {
                    return Err(refuse(format!(
                        "the case `{name}` cannot have a calm action; only `{CALM_CASE}` can"
                    )));
                }
                if let Some(Days { high, medium, low }) = rule.days
                    && [high, medium, low].iter().any(|[from, to]| from > to)
                {
                    return Err(refuse(format!("the case `{name}` has days that run backwards")));
                }
            }
        }
        Ok(policy)
    }

    /// The policy that ships.
    #[must_use]
    pub fn shipped() -> Self {
        // The shipped text is checked by a test.
        Self::read("policy", SHIPPED).unwrap_or(Self {
            name: "none".into(),
            note: String::new(),
            case: Vec::new(),
        })
    }

    pub(super) fn actions(
        &self,
        diagnosis: &Diagnosis,
        severity: &Severity,
        stage: &StageRange,
        history: &History,
        to_state: &[Phrase],
    ) -> Vec<Action> {
        let bearing = BearingAxis::of(&diagnosis.verdict, stage, to_state);
        let criticality = diagnosis.machine.criticality;
        let cases = cases(bearing, severity.zone, history.has_grown(), history.limit_is_met());
        let mut actions = Vec::new();
        for case in self.case_of(&cases) {
            for rule in &case.action {
                let undeclared = (rule.days.is_some() && criticality.is_none())
                    .then(|| Phrase::word("Criticality is not declared: medium was taken (--criticality)."));
                let why = filled(&rule.why, &diagnosis.verdict, to_state);
                actions.push(Action {
                    what: filled(&rule.what, &diagnosis.verdict, to_state),
                    by_days: rule.days.map(|days| days.of(criticality.unwrap_or_default())),
                    why: Phrase::sentences([why, undeclared.into()]),
                    who: Some(Phrase::named(&rule.who)),
                    case: Some(case.when.clone()),
                    calm: rule.calm,
                });
            }
        }
        actions
    }

    /// The cases of those names, in their order.
    fn case_of<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a Case> {
        names.iter().filter_map(|name| self.case.iter().find(|case| case.when == *name))
    }
}

/// The rule's wording with what is known of the verdict in its blanks.
fn filled(wording: &str, verdict: &Verdict, to_state: &[Phrase]) -> Phrase {
    let title = |kind: &FaultKind| Phrase::word(kind.title());
    let nobody = || Phrase::word("part not named");
    let longer = || Phrase::word("a longer recording");
    let (element, candidates, settle) = match verdict {
        Verdict::Found { element, .. } => (title(element), title(element), longer()),
        Verdict::Undecided { candidates, settle, .. } => {
            let names = match candidates.as_slice() {
                [] => Phrase::word("no part can be named"),
                [..] => Phrase::list(Joint::Comma, candidates.iter().map(title)),
            };
            let settle = match (candidates.as_slice(), settle.as_slice()) {
                // All of it is needed, else each of them would do.
                ([], _) if !to_state.is_empty() => Phrase::list(Joint::And, to_state.iter().cloned()),
                ([], [_, ..]) => Phrase::list(Joint::Semicolon, settle.iter().cloned()),
                (_, [first, ..]) => first.clone(),
                (_, []) => longer(),
            };
            (nobody(), names, settle)
        }
        Verdict::NoFaultFound { .. } => (nobody(), Phrase::word("no part can be named"), longer()),
    };
    let values = [("element", element), ("candidates", candidates), ("settle", settle)];
    Phrase::of_data(wording, values.map(|(name, value)| (name, PhraseValue::from(value))).into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const BEARINGS: [BearingAxis; 7] = [
        BearingAxis::Found { lowest: 2, highest: 3 },
        BearingAxis::Found { lowest: 3, highest: 4 },
        BearingAxis::Found { lowest: 4, highest: 4 },
        BearingAxis::Suspect,
        BearingAxis::NotStated,
        BearingAxis::Undetermined,
        BearingAxis::NoEvidence,
    ];
    const ZONES: [Option<Zone>; 5] = [None, Some(Zone::A), Some(Zone::B), Some(Zone::C), Some(Zone::D)];

    #[test]
    fn the_policy_that_ships_answers_every_case() {
        let policy = Policy::read("policy", SHIPPED).unwrap();
        assert_eq!(policy.case.len(), CASES.len());
        assert_eq!(Policy::shipped(), policy);
    }

    #[test]
    fn no_zone_and_no_history_make_an_action_calm_while_the_bearing_is_undetermined_or_damaged() {
        let policy = Policy::shipped();
        let mut combinations = 0;
        for bearing in BEARINGS {
            for zone in ZONES {
                for (grown, met) in [(false, false), (true, false), (false, true), (true, true)] {
                    let names = cases(bearing, zone, grown, met);
                    let calm = policy.case_of(&names).flat_map(|case| &case.action).any(|rule| rule.calm);
                    let may = bearing == BearingAxis::NoEvidence && !grown && !met && zone < Some(Zone::C);
                    assert_eq!(calm, may, "{bearing:?} {zone:?} {grown} {met}");
                    assert!(!names.is_empty());
                    combinations += 1;
                }
            }
        }
        assert_eq!(combinations, 140);
    }

    #[test]
    fn a_better_zone_never_takes_an_action_away() {
        for bearing in BEARINGS {
            for grown in [false, true] {
                let of_bearing = |zone| -> Vec<&str> {
                    cases(bearing, zone, grown, false)
                        .into_iter()
                        .filter(|case| !case.starts_with("zone"))
                        .collect()
                };
                assert_eq!(of_bearing(Some(Zone::A)), of_bearing(None), "{bearing:?}");
            }
        }
    }

    #[test]
    fn a_more_critical_machine_is_never_given_more_time() {
        for case in &Policy::shipped().case {
            for days in case.action.iter().filter_map(|rule| rule.days) {
                assert!(days.high[1] <= days.medium[1] && days.medium[1] <= days.low[1], "{}", case.when);
            }
        }
    }

    #[test]
    fn a_policy_that_calms_where_it_may_not_is_refused() {
        for (from, to, part) in [
            (
                "when = \"suspect\"\n[[case.action]]\n",
                "when = \"suspect\"\n[[case.action]]\ncalm = true\n",
                "calm",
            ),
            ("when = \"zone-d\"", "when = \"zone-e\"", "zone-d` is missing"),
            ("[1, 7]", "[7, 1]", "backwards"),
            ("name = ", "nam = ", "nam"),
        ] {
            let text = SHIPPED.replacen(from, to, 1);
            assert_ne!(text, SHIPPED);
            let error = Policy::read("mine.toml", &text).unwrap_err().to_string();
            assert!(error.contains("mine.toml") && error.contains(part), "{error}");
        }
    }

    #[test]
    fn what_has_only_to_be_stated_asks_for_no_new_measurement() {
        let verdict = Verdict::Undecided {
            candidates: Vec::new(),
            why: Phrase::default(),
            settle: vec!["a recording of 2 s".into(), "the bearing".into()],
        };
        let action = |to_state: &[Phrase]| {
            let axis = BearingAxis::of(&verdict, &StageRange::default(), to_state);
            let policy = Policy::shipped();
            let names = cases(axis, None, false, false);
            let rule = &policy.case_of(&names).next().unwrap().action[0];
            filled(&rule.what, &verdict, to_state).to_string()
        };
        let stated = action(&["the bearing".into(), "the speed".into()]);
        assert_eq!(stated, "State the bearing and the speed, and diagnose the same file again");
        let measured = action(&[]);
        assert!(measured.contains("measure again: a recording of 2 s; the bearing"), "{measured}");
    }

    proptest! {
        #[test]
        fn no_policy_text_makes_reading_panic(text in "\\PC{0,200}") {
            let _ = Policy::read("p", &text);
        }
    }
}
