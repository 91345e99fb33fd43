//! Working memory of the solvers.

use crate::sample::Sample;
use crate::vmd::precision::Precision;

/// State of a decomposition, kept from call to call so that nothing is allocated.
#[derive(Debug, Clone, Default)]
pub(crate) struct VmdMemory<T> {
    /// All vectors of the solver in one run of memory, see [`Views`].
    numbers: Vec<T>,
    /// All sums.
    wide: Vec<f64>,
    /// The order of the output.
    pub(crate) order: Vec<usize>,
}

/// How much of everything a decomposition needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) channels: usize,
    pub(crate) modes: usize,
    /// Coefficients of a channel, padded to whole vectors.
    pub(crate) padded: usize,
    /// Whether the modes of the last sweep but one are kept.
    pub(crate) previous: bool,
}

/// The parts of the memory. Channel `c` of a part that has channels is the `c`-th run of `padded` numbers (of
/// `padded * modes` in `modes` and `previous`).
#[derive(Debug)]
pub(crate) struct Views<'a, T> {
    pub(crate) grid: &'a mut [T],
    pub(crate) lane: &'a mut [T],
    pub(crate) centres: &'a mut [T],
    pub(crate) room: &'a mut [T],
    pub(crate) gathered: &'a mut [T],
    pub(crate) record: &'a mut [T],
    pub(crate) rest: &'a mut [T],
    pub(crate) multiplier: &'a mut [T],
    pub(crate) modes: &'a mut [T],
    pub(crate) previous: &'a mut [T],
    pub(crate) state: State<'a>,
}

/// Sums and centres in f64.
#[derive(Debug)]
pub(crate) struct State<'a> {
    /// Centres in cycles a sample.
    pub(crate) omega: &'a mut [f64],
    pub(crate) previous_omega: &'a mut [f64],
    pub(crate) power: &'a mut [f64],
    pub(crate) previous_power: &'a mut [f64],
    pub(crate) moment: &'a mut [f64],
    pub(crate) channel_power: &'a mut [f64],
    pub(crate) channel_moment: &'a mut [f64],
    /// Of each channel: weight of its squares, and exponent of its scale.
    pub(crate) weight: &'a mut [f64],
    pub(crate) exponent: &'a mut [f64],
}

/// Bytes in a line of the cache, and in the longest vector.
const LINE_BYTES: usize = 64;

impl<T: Sample> VmdMemory<T> {
    /// The parts, of the lengths that `extent` asks for, each on a line of its own. What they hold has no meaning.
    pub(crate) fn views(&mut self, extent: Extent) -> (Views<'_, T>, &mut Vec<usize>) {
        let Extent { channels, modes, padded, previous } = extent;
        let lines = |len: usize| len.next_multiple_of(T::LINE);
        let per_channel = channels * padded;
        let room = 4 * modes * T::LINE;
        let kept = if previous { per_channel * modes } else { 0 };
        let total = padded * 2 + T::LINE + lines(modes) + room + per_channel * (3 + modes) + kept + T::LINE;
        if self.numbers.len() < total {
            self.numbers.resize(total, T::default());
        }
        let skip = self.numbers.as_ptr().align_offset(LINE_BYTES).min(T::LINE - 1);
        let mut rest = &mut self.numbers[skip..];
        let mut take = |len: usize| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(len);
            rest = after;
            part
        };
        let grid = take(padded);
        let lane = take(T::LINE);
        let centres = &mut take(lines(modes))[..modes];
        let (room, gathered, record) = (take(room), take(padded), take(per_channel));
        let (rest_of_record, multiplier) = (take(per_channel), take(per_channel));
        let (mode_values, previous) = (take(per_channel * modes), take(kept));

        let wide_len = 7 * modes + 2 * channels;
        if self.wide.len() < wide_len {
            self.wide.resize(wide_len, 0.0);
        }
        let (by_mode, by_channel) = self.wide[..wide_len].split_at_mut(7 * modes);
        let (weight, exponent) = by_channel.split_at_mut(channels);
        let mut by_mode = by_mode.chunks_exact_mut(modes);
        let mut of_modes = || by_mode.next().unwrap_or_default();
        let state = State {
            omega: of_modes(),
            previous_omega: of_modes(),
            power: of_modes(),
            previous_power: of_modes(),
            moment: of_modes(),
            channel_power: of_modes(),
            channel_moment: of_modes(),
            weight,
            exponent,
        };
        let views = Views {
            grid,
            lane,
            centres,
            room,
            gathered,
            record,
            rest: rest_of_record,
            multiplier,
            modes: mode_values,
            previous,
            state,
        };
        (views, &mut self.order)
    }
}

/// Copies mode `k` of `count` from blocks of `lanes` bins into one run.
pub(crate) fn gather<T: Precision>(modes: &[T], count: usize, k: usize, lanes: usize, output: &mut [T]) {
    fn blocks<T: Copy, const L: usize>(modes: &[T], count: usize, k: usize, output: &mut [T]) {
        let blocks = modes.as_chunks::<L>().0.iter().skip(k).step_by(count);
        for (to, from) in output.as_chunks_mut::<L>().0.iter_mut().zip(blocks) {
            *to = *from;
        }
    }
    match lanes {
        16 => blocks::<T, 16>(modes, count, k, output),
        8 => blocks::<T, 8>(modes, count, k, output),
        4 => blocks::<T, 4>(modes, count, k, output),
        2 => blocks::<T, 2>(modes, count, k, output),
        _ => blocks::<T, 1>(modes, count, k, output),
    }
}
