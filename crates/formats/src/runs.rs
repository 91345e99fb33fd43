//! Values of one array handed out in runs, so that a reader need not hold all of them.

use crate::error::Result;

/// Collects values one by one and hands them out in runs of the same length; the last one may be shorter.
pub(crate) struct Runs<'a> {
    run: usize,
    held: Vec<f64>,
    each: &'a mut dyn FnMut(&[f64]) -> Result<()>,
}

/// Values that room is made for at once: a caller may ask for runs longer than the array.
const ROOM: usize = 1 << 16;

impl<'a> Runs<'a> {
    /// Runs of up to `run` values, at least of one.
    pub(crate) fn new(run: usize, each: &'a mut dyn FnMut(&[f64]) -> Result<()>) -> Self {
        let run = run.max(1);
        Self { run, held: Vec::with_capacity(run.min(ROOM)), each }
    }

    /// The next value.
    pub(crate) fn push(&mut self, value: f64) -> Result<()> {
        self.held.push(value);
        if self.held.len() < self.run {
            return Ok(());
        }
        let result = (self.each)(&self.held);
        self.held.clear();
        result
    }

    /// The next values.
    pub(crate) fn extend(&mut self, values: impl IntoIterator<Item = f64>) -> Result<()> {
        values.into_iter().try_for_each(|value| self.push(value))
    }

    /// Hands out what is left.
    pub(crate) fn finish(self) -> Result<()> {
        if self.held.is_empty() { Ok(()) } else { (self.each)(&self.held) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::Error;

    #[test]
    fn all_values_come_out_in_order_in_runs_of_the_length_that_was_asked_for() {
        for (run, lengths) in [(3, vec![3, 3, 1]), (7, vec![7]), (100, vec![7]), (0, vec![1; 7])] {
            let (mut found, mut values) = (Vec::new(), Vec::new());
            let mut each = |run: &[f64]| {
                found.push(run.len());
                values.extend_from_slice(run);
                Ok(())
            };
            let mut runs = Runs::new(run, &mut each);
            runs.push(0.0).unwrap();
            runs.extend((1..7).map(f64::from)).unwrap();
            runs.finish().unwrap();
            assert_eq!((found, values), (lengths, (0..7).map(f64::from).collect()), "{run}");
        }
    }

    #[test]
    fn an_error_of_the_taker_ends_it() {
        let mut each = |_: &[f64]| Err(Error::Empty { path: "x".to_owned() });
        assert!(Runs::new(2, &mut each).extend([1.0, 2.0, 3.0]).is_err());
    }
}
