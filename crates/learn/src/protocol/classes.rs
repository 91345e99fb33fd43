//! The classes of signals: which there are, and which each signal has.

use super::Signal;
use crate::class::ClassName;

/// The classes `faulty parts and size of the fault`: normal first, then by size, part by part.
pub(super) fn sized(signals: &[Signal]) -> (Vec<ClassName>, Vec<u32>) {
    ranked(
        signals,
        |signal| ClassName::of_faults(signal.faults, signal.size.as_deref()),
        |signal| if signal.faults.is_empty() { -1.0 } else { signal.size_mm.unwrap_or(0.0) },
    )
}

/// The classes `faulty parts`: normal first, single parts, several at once.
pub(super) fn by_part(signals: &[Signal]) -> (Vec<ClassName>, Vec<u32>) {
    ranked(signals, |signal| ClassName::of_faults(signal.faults, None), |_| 0.0)
}

fn ranked(
    signals: &[Signal],
    class_of: impl Fn(&Signal) -> ClassName,
    first: impl Fn(&Signal) -> f64,
) -> (Vec<ClassName>, Vec<u32>) {
    let mut found: Vec<(f64, usize, &Signal, ClassName)> = Vec::new();
    for signal in signals {
        let class = class_of(signal);
        if found.iter().all(|(.., known)| *known != class) {
            found.push((first(signal), signal.faults.count(), signal, class));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.faults.cmp(&b.2.faults)));
    let classes: Vec<ClassName> = found.into_iter().map(|(.., class)| class).collect();
    let place = |class: ClassName| classes.iter().position(|known| *known == class).unwrap_or(0) as u32;
    let labels = signals.iter().map(|signal| place(class_of(signal))).collect();
    (classes, labels)
}
