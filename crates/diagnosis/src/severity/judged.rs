//! A diagnosis that waits for readings of the same point: of a batch the later recording may be diagnosed first.

use brinell_signal::{Phrase, phrase};

use super::{EarlierReading, SeverityRequest, day::Day, follow, reading};
use crate::{Caveat, Diagnosis, Verdict};

/// A diagnosis with what it takes to assess its history again.
#[derive(Debug, Clone)]
pub struct Judged {
    /// With the history that was known when it was made.
    pub diagnosis: Diagnosis,
    /// All that a verdict lacks, where that has only to be stated.
    pub(crate) to_state: Vec<Phrase>,
}

impl Judged {
    /// The reading that it is, for later ones.
    #[must_use]
    pub fn reading(&self) -> EarlierReading {
        let assessed = self.diagnosis.assessed.clone().unwrap_or_default();
        let day = assessed.measured.as_deref().and_then(Day::parse);
        let fault = matches!(self.diagnosis.verdict, Verdict::Found { .. });
        EarlierReading { fault, ..reading::of_this(&self.diagnosis, &assessed.severity, day) }
    }

    /// The same as the diagnosis of a part of a recording: `of` parts, `number` from 1, between two times in seconds.
    #[must_use]
    pub fn of_segment(mut self, number: usize, of: usize, [from, to]: [f64; 2]) -> Self {
        let diagnosis = &mut self.diagnosis;
        diagnosis.id = format!("{}-{number}of{of}", diagnosis.id);
        diagnosis.input.from_s = Some(from);
        let text = phrase!(
            "This is segment {number} of {of} of the recording: {from:.1} s to {to:.1} s.",
            number,
            of,
            from,
            to
        );
        diagnosis.caveats.insert(0, Caveat { code: "segment".to_owned(), text });
        self
    }

    /// The diagnosis with its history and actions by `request`; the date stays.
    #[must_use]
    pub fn with_history(mut self, request: &SeverityRequest) -> Diagnosis {
        let assessed = self.diagnosis.assessed.take().unwrap_or_default();
        follow(&mut self.diagnosis, assessed, &self.to_state, request);
        self.diagnosis
    }
}
