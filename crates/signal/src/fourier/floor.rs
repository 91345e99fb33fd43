//! The floor of a spectrum: the running median of its lines.
//!
//! Lines that stand above the floor are what is left when the colour of the background is divided out; a
//! median does not follow them as a mean would. Near both ends the window holds only what there is of it.

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;

/// Half-width of the floor in lines that evidence and images use unless said.
pub const FLOOR_HALF_WIDTH: usize = 40;

/// The running median of `values` over `2·half + 1` lines, in `output` of the same length: `output[i]` is the
/// median of `values[i-half ..= i+half]`, as far as those exist; of an even number of values (near an end) it
/// is the mean of the two in the middle.
///
/// Any `half` is allowed: with `half >= len - 1` every output is the median of all. NaN counts as +∞.
/// Takes `O(n log w)` time for a window of `w` lines: each stretch of `w` lines is sorted once,
/// and the window then slides along linked lists through two neighbouring stretches (Suomela 2014, "Median
/// filtering is equivalent to sorting", arXiv:1406.1717). The order of equal values is their index's, so the
/// result has the same bits everywhere.
///
/// # Errors
/// [`Error::Length`] when the lengths differ.
pub fn running_median<T: Sample>(
    values: &[T],
    half: usize,
    output: &mut [T],
    window: &mut MedianWindow,
) -> Result<()> {
    check_len("output of the running median", values.len(), output.len())?;
    if values.is_empty() {
        return Ok(());
    }
    check_lines(values.len())?;
    let half = half.min(values.len() - 1);
    // Padding alternates between the two infinities outwards from the values, -∞ nearest before them and +∞
    // nearest behind: so padding in the window cancels, but for at most one of either sign.
    window.load(values, half, |i, near| if i.is_multiple_of(2) { near } else { -near });
    window.medians(output, |i| (half.saturating_sub(i), (i + half).saturating_sub(values.len() - 1)));
    Ok(())
}

/// Refuses more lines than their indices can count.
fn check_lines(lines: usize) -> Result<()> {
    if lines > u32::MAX as usize / 4 {
        let reason = "at most a thousand million lines are allowed";
        return Err(Error::parameter("running median", "lines", lines, reason));
    }
    Ok(())
}

/// The running median of `values` over `2·half + 1` samples with zeros before the first and behind the last, in
/// `output` of the same length: `scipy.signal.medfilt`. It takes single spikes out of a record and leaves steps
/// as they are; near the ends it is drawn towards 0, where [`running_median`] is not.
///
/// Any `half` is allowed: from `half >= len` on the zeros are the majority. NaN counts as +∞.
///
/// # Errors
/// [`Error::Length`] when the lengths differ.
pub fn median_filter<T: Sample>(
    values: &[T],
    half: usize,
    output: &mut [T],
    window: &mut MedianWindow,
) -> Result<()> {
    check_len("output of the median filter", values.len(), output.len())?;
    if half >= values.len() {
        output.fill(T::default());
        return Ok(());
    }
    check_lines(values.len())?;
    window.load(values, half, |_, _| 0.0);
    window.medians(output, |_| (0, 0));
    Ok(())
}

/// Working memory of [`running_median`] and [`median_filter`].
#[derive(Debug, Clone, Default)]
pub struct MedianWindow {
    half: usize,
    /// The values with padding on both sides, in whole stretches of `2·half + 1`.
    padded: Vec<f64>,
    leaving: Stretch,
    entering: Stretch,
}

impl MedianWindow {
    /// Takes `values` with padding: `outward(i, -∞)` is the one `i` before the first value, `outward(i, ∞)` the
    /// one `i` behind the last, counted from 0.
    fn load<T: Sample>(&mut self, values: &[T], half: usize, outward: impl Fn(usize, f64) -> f64) {
        let width = 2 * half + 1;
        self.half = half;
        self.padded.clear();
        self.padded.extend((0..half).rev().map(|i| outward(i, f64::NEG_INFINITY)));
        let number = |v: &T| if v.is_nan() { f64::INFINITY } else { v.widen() };
        self.padded.extend(values.iter().map(number));
        let whole = (self.padded.len() + half).next_multiple_of(width);
        let behind = whole - self.padded.len();
        self.padded.extend((0..behind).map(|i| outward(i, f64::INFINITY)));
        self.leaving.load(&self.padded[..width], 0);
        self.entering.load(&[], width);
        self.entering.unwind();
        self.leaving.point_at(half);
    }

    /// The median around every value, of which `padding(i)` says how many infinities lie before and behind.
    fn medians<T: Sample>(&mut self, output: &mut [T], padding: impl Fn(usize) -> (usize, usize)) {
        for (i, out) in output.iter_mut().enumerate() {
            if i > 0 {
                self.slide(i);
            }
            let (before, behind) = padding(i);
            *out = T::narrow(self.median(before, behind));
        }
    }

    fn width(&self) -> usize {
        2 * self.half + 1
    }

    /// Moves the window, which began at `start - 1`, to begin at `start`.
    fn slide(&mut self, start: usize) {
        let width = self.width();
        let step = (start - 1) % width;
        if step == 0 {
            // The window is one whole stretch: it begins to leave, and the next one to enter.
            if start > 1 {
                std::mem::swap(&mut self.leaving, &mut self.entering);
            }
            let next = start - 1 + width;
            let end = (next + width).min(self.padded.len());
            self.entering.load(&self.padded[next.min(end)..end], width);
            self.entering.unwind();
        }
        self.leaving.remove(step);
        self.entering.restore(step);
        while self.leaving.below + self.entering.below < self.half {
            if self.leaving_is_next() {
                self.leaving.advance();
            } else {
                self.entering.advance();
            }
        }
    }

    /// Whether the next value upwards lies in the stretch that is leaving.
    fn leaving_is_next(&self) -> bool {
        !self.leaving.at_end()
            && (self.entering.at_end() || self.leaving.value().total_cmp(&self.entering.value()).is_le())
    }

    /// Median of what the window holds apart from `before` and `behind` padding values.
    fn median(&self, before: usize, behind: usize) -> f64 {
        let (left, right) = (self.leaving.value(), self.entering.value());
        let (middle, upper) = if self.leaving_is_next() {
            (left, smaller(self.leaving.after(), right))
        } else {
            (right, smaller(left, self.entering.after()))
        };
        match (before % 2, behind % 2) {
            // One -∞ too many below: the middle is the lower of the two in the middle.
            (1, 0) => 0.5 * (middle + upper),
            // One +∞ too many above: it is the upper of the two.
            (0, 1) => {
                let lower = larger(self.leaving.before(), self.entering.before());
                0.5 * (lower + middle)
            }
            _ => middle,
        }
    }
}

fn smaller(a: f64, b: f64) -> f64 {
    if a.total_cmp(&b).is_le() { a } else { b }
}

fn larger(a: f64, b: f64) -> f64 {
    if a.total_cmp(&b).is_ge() { a } else { b }
}

/// A stretch of the values in ascending order, as a linked list that values can leave and come back to.
#[derive(Debug, Clone, Default)]
struct Stretch {
    values: Vec<f64>,
    order: Vec<u32>,
    rank: Vec<u32>,
    /// Neighbours in ascending order; the last entry, `tail`, stands for both ends.
    next: Vec<u32>,
    previous: Vec<u32>,
    tail: usize,
    /// The first value that is not below the median, or the tail.
    at: usize,
    /// How many values lie before it.
    below: usize,
}

impl Stretch {
    /// Takes `values` and fills up to `width` with +∞, linked in ascending order.
    fn load(&mut self, values: &[f64], width: usize) {
        self.values.clear();
        self.values.extend_from_slice(values);
        if values.len() < width {
            self.values.resize(width, f64::INFINITY);
        }
        let n = self.values.len();
        self.tail = n;
        self.order.clear();
        self.order.extend(0..n as u32);
        let all = &self.values;
        self.order.sort_unstable_by(|&a, &b| all[a as usize].total_cmp(&all[b as usize]).then(a.cmp(&b)));
        self.rank.resize(n + 1, 0);
        self.next.resize(n + 1, 0);
        self.previous.resize(n + 1, 0);
        self.rank[n] = n as u32;
        let mut last = n;
        for (rank, &i) in self.order.iter().enumerate() {
            self.rank[i as usize] = rank as u32;
            self.next[last] = i;
            self.previous[i as usize] = last as u32;
            last = i as usize;
        }
        self.next[last] = n as u32;
        self.previous[n] = last as u32;
        self.at = self.tail;
        self.below = 0;
    }

    /// Puts the pointer on the value of rank `rank` of the whole stretch.
    fn point_at(&mut self, rank: usize) {
        self.at = self.order.get(rank).map_or(self.tail, |&i| i as usize);
        self.below = rank;
    }

    /// Takes all values out, the last first, so that they can come back first to last.
    fn unwind(&mut self) {
        for i in (0..self.tail).rev() {
            self.unlink(i);
        }
        self.at = self.tail;
        self.below = 0;
    }

    fn unlink(&mut self, i: usize) {
        let (before, after) = (self.previous[i], self.next[i]);
        self.next[before as usize] = after;
        self.previous[after as usize] = before;
    }

    /// Takes value `i` out; the pointer stays between the same others, or steps down by one.
    fn remove(&mut self, i: usize) {
        self.unlink(i);
        if self.rank[i] < self.rank[self.at] {
            self.below -= 1;
            return;
        }
        if self.at == i {
            self.at = self.next[i] as usize;
        }
        if self.below > 0 {
            self.at = self.previous[self.at] as usize;
            self.below -= 1;
        }
    }

    /// Brings value `i` back; values below the pointer count the same as before.
    fn restore(&mut self, i: usize) {
        let (before, after) = (self.previous[i], self.next[i]);
        self.next[before as usize] = i as u32;
        self.previous[after as usize] = i as u32;
        if self.rank[i] < self.rank[self.at] {
            self.at = self.previous[self.at] as usize;
        }
    }

    fn advance(&mut self) {
        self.at = self.next[self.at] as usize;
        self.below += 1;
    }

    fn at_end(&self) -> bool {
        self.at == self.tail
    }

    fn read(&self, i: usize, at_tail: f64) -> f64 {
        if i == self.tail { at_tail } else { self.values[i] }
    }

    fn value(&self) -> f64 {
        self.read(self.at, f64::INFINITY)
    }

    fn after(&self) -> f64 {
        if self.at_end() { f64::INFINITY } else { self.read(self.next[self.at] as usize, f64::INFINITY) }
    }

    fn before(&self) -> f64 {
        self.read(self.previous[self.at] as usize, f64::NEG_INFINITY)
    }
}
