//! Where every value lies: planned once, from how long each one is needed.
//!
//! One image goes through the net at a time, so that its values stay in the cache; what a thread needs for that is its
//! arena of buffers, each used again and again. Where a fully connected layer has many weights they are better read
//! once for the whole batch: such a layer cuts the net in two, and what crosses the cut lies in a row that every image
//! of the batch has for itself. So do the outputs.
//!
//! Values that are parts of another one are not moved: a reshaped value is the value itself, a slice of channels is a
//! part of it, and what goes into a concatenation along the channels is written there at once.

use super::fold::{Task, Work};
use crate::graph::Op;

/// Weights of a fully connected layer from which on it takes the whole batch at once.
const MANY_WEIGHTS: usize = 1 << 14;
/// Numbers that may cross such a layer beside its own input.
const FEW_CROSSING: usize = 1 << 12;

/// What holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// The image itself.
    Input,
    /// A number of the net's own tensors.
    Constant(usize),
    /// The image's row.
    Row,
    /// A buffer of the arena.
    Buffer(usize),
}

/// A value or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) home: Home,
    pub(super) offset: usize,
    pub(super) len: usize,
}

/// What is computed, in this order, and where.
pub(super) struct Memory {
    /// The place of each task's value; those that are never held are `None`.
    pub(super) places: Vec<Option<Place>>,
    /// Tasks that are computed, by segment: each segment image by image, but for those of `at_once`.
    pub(super) segments: Vec<Segment>,
    /// Numbers of each buffer of an arena.
    pub(super) buffers: Vec<usize>,
    /// Numbers of a row.
    pub(super) row: usize,
    pub(super) constants: Vec<Vec<f32>>,
}

/// Neighbouring tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// Done image by image.
    Images(Vec<usize>),
    /// One fully connected layer for the whole batch.
    Batch(usize),
}

/// A value as a part of one that is computed.
#[derive(Debug, Clone, Copy)]
struct View {
    of: usize,
    offset: usize,
}

/// Plans the memory of `tasks` with these `outputs`.
pub(super) fn plan(tasks: &[Option<Task>], outputs: &[usize]) -> Memory {
    let views = views(tasks);
    let lives = Lives::new(tasks, outputs, &views);
    let segments = segments(tasks, &views, &lives);
    let mut segment_of = vec![usize::MAX; tasks.len()];
    for (index, segment) in segments.iter().enumerate() {
        match segment {
            Segment::Images(inside) => inside.iter().for_each(|at| segment_of[*at] = index),
            Segment::Batch(at) => segment_of[*at] = index,
        }
    }
    let mut homes: Vec<Option<(Home, usize)>> = vec![None; tasks.len()];
    let (mut row, mut constants) = (0, Vec::new());
    for (at, task) in computed(tasks, &views) {
        match &task.work {
            Work::Input => homes[at] = Some((Home::Input, 0)),
            Work::Constant(values) => {
                homes[at] = Some((Home::Constant(constants.len()), 0));
                constants.push(values.clone());
            }
            _ => {
                let crosses = lives.readers[at].iter().any(|reader| segment_of[*reader] != segment_of[at]);
                if crosses || lives.is_output[at] || matches!(segments[segment_of[at]], Segment::Batch(_)) {
                    homes[at] = Some((Home::Row, row));
                    row += task.len();
                }
            }
        }
    }
    let buffers = assign(tasks, &views, &lives, &mut homes);
    let places = tasks.iter().enumerate().map(|(at, task)| {
        let (task, view) = (task.as_ref()?, views[at]?);
        let (home, offset) = homes[view.of]?;
        Some(Place { home, offset: offset + view.offset, len: task.len() })
    });
    Memory { places: places.collect(), segments, buffers, row, constants }
}

/// The tasks that have a value of their own.
fn computed<'a>(
    tasks: &'a [Option<Task>],
    views: &'a [Option<View>],
) -> impl DoubleEndedIterator<Item = (usize, &'a Task)> {
    tasks.iter().enumerate().filter_map(|(at, task)| {
        let is_own = views[at].is_some_and(|view| view.of == at);
        task.as_ref().filter(|_| is_own).map(|task| (at, task))
    })
}

fn views(tasks: &[Option<Task>]) -> Vec<Option<View>> {
    let mut views: Vec<Option<View>> = Vec::with_capacity(tasks.len());
    for (at, task) in tasks.iter().enumerate() {
        let view = task.as_ref().map(|task| {
            let own = View { of: at, offset: 0 };
            let Some(of) = task.inputs.first().and_then(|input| views[*input]) else { return own };
            match &task.work {
                Work::Same | Work::Plain(Op::Reshape(_)) => of,
                Work::Plain(Op::Slice { axis, start, .. })
                    if task.shape[..*axis].iter().all(|len| *len == 1) =>
                {
                    let behind: usize = task.shape[axis + 1..].iter().product();
                    View { of: of.of, offset: of.offset + start * behind }
                }
                _ => own,
            }
        });
        views.push(view);
    }
    views
}

/// Who needs each computed value.
struct Lives {
    /// Computed tasks that read it, in order.
    readers: Vec<Vec<usize>>,
    is_output: Vec<bool>,
}

impl Lives {
    fn new(tasks: &[Option<Task>], outputs: &[usize], views: &[Option<View>]) -> Self {
        let mut readers = vec![Vec::new(); tasks.len()];
        for (at, task) in computed(tasks, views) {
            for view in task.inputs.iter().filter_map(|input| views[*input]) {
                readers[view.of].push(at);
            }
        }
        let mut is_output = vec![false; tasks.len()];
        outputs.iter().filter_map(|at| views[*at]).for_each(|view| is_output[view.of] = true);
        Self { readers, is_output }
    }

    fn last(&self, at: usize) -> usize {
        self.readers[at].last().copied().unwrap_or(at)
    }
}

fn segments(tasks: &[Option<Task>], views: &[Option<View>], lives: &Lives) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut inside = Vec::new();
    for (at, task) in computed(tasks, views) {
        if matches!(task.work, Work::Input | Work::Constant(_)) {
            continue;
        }
        let own = task.inputs.first().and_then(|input| views[*input]).map(|view| view.of);
        let crossing = || -> usize {
            computed(tasks, views)
                .take_while(|(before, _)| *before < at)
                .filter(|(before, task)| {
                    !matches!(task.work, Work::Input | Work::Constant(_))
                        && Some(*before) != own
                        && lives.last(*before) > at
                })
                .map(|(_, task)| task.len())
                .sum()
        };
        match &task.work {
            Work::Linear { weight, .. }
                if task.shape.len() == 1 && weight.len() >= MANY_WEIGHTS && crossing() <= FEW_CROSSING =>
            {
                if !inside.is_empty() {
                    segments.push(Segment::Images(std::mem::take(&mut inside)));
                }
                segments.push(Segment::Batch(at));
            }
            _ => inside.push(at),
        }
    }
    if !inside.is_empty() {
        segments.push(Segment::Images(inside));
    }
    segments
}

/// Whether a task may write over its first input.
fn works_in_place(work: &Work) -> bool {
    match work {
        Work::Scale { .. } | Work::LayerNorm { .. } => true,
        Work::Plain(op) => matches!(
            op,
            Op::Unary(_)
                | Op::Add
                | Op::Sub
                | Op::Mul
                | Op::Softmax(_)
                | Op::SoftThreshold
                | Op::Sensors { .. }
        ),
        _ => false,
    }
}

/// Gives what has no home yet a place in a buffer.
fn assign(
    tasks: &[Option<Task>],
    views: &[Option<View>],
    lives: &Lives,
    homes: &mut [Option<(Home, usize)>],
) -> Vec<usize> {
    // Which block each value is a part of, and where in it: concatenations first, the last one before those inside it.
    let mut inside: Vec<Option<(usize, usize)>> = vec![None; tasks.len()];
    let mut is_shared = vec![false; tasks.len()];
    for (at, task) in computed(tasks, views).rev() {
        if homes[at].is_some() {
            continue;
        }
        let (block, mut offset) = *inside[at].get_or_insert((at, 0));
        let Work::Plain(Op::Concat(axis)) = task.work else { continue };
        if task.shape[..axis].iter().any(|len| *len != 1) {
            continue;
        }
        is_shared[block] = true;
        for input in &task.inputs {
            let (Some(part), Some(view)) = (&tasks[*input], views[*input]) else { continue };
            let whole = tasks[view.of].as_ref().is_some_and(|of| of.len() == part.len());
            if whole && homes[view.of].is_none() && inside[view.of].is_none() {
                inside[view.of] = Some((block, offset));
            }
            offset += part.len();
        }
    }
    // What is written over what it was made of.
    for (at, task) in computed(tasks, views) {
        if inside[at] != Some((at, 0)) || is_shared[at] || !works_in_place(&task.work) {
            continue;
        }
        let Some(view) = task.inputs.first().and_then(|input| views[*input]) else { continue };
        let Some((block, 0)) = inside[view.of] else { continue };
        let input = tasks[task.inputs[0]].as_ref().map(Task::len);
        let is_free = input == Some(task.len())
            && tasks[view.of].as_ref().is_some_and(|of| of.len() == task.len())
            && lives.readers[view.of].iter().filter(|reader| **reader >= at).count() == 1
            && lives.last(view.of) == at;
        if is_free && !is_shared[block] {
            inside[at] = Some((block, 0));
        }
    }
    // From when to when each block is needed.
    let mut spans: Vec<Option<(usize, usize)>> = vec![None; tasks.len()];
    for (at, _) in computed(tasks, views) {
        if let Some((block, _)) = inside[at] {
            let last = lives.last(at);
            let span = spans[block].get_or_insert((at, last));
            *span = (span.0.min(at), span.1.max(last));
        }
    }
    let mut blocks: Vec<(usize, usize, usize)> = spans
        .iter()
        .enumerate()
        .filter_map(|(block, span)| span.map(|(from, to)| (from, to, block)))
        .collect();
    blocks.sort_unstable();
    let (mut buffers, mut busy_to): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut buffer_of = vec![0; tasks.len()];
    for (from, to, block) in blocks {
        let len = tasks[block].as_ref().map_or(0, Task::len);
        let free = (0..buffers.len()).filter(|buffer| busy_to[*buffer] < from);
        // The smallest that holds it, else the largest, which grows.
        let best = free.min_by_key(|buffer| match buffers[*buffer] >= len {
            true => (0, buffers[*buffer]),
            false => (1, usize::MAX - buffers[*buffer]),
        });
        let buffer = best.unwrap_or_else(|| {
            buffers.push(0);
            busy_to.push(0);
            buffers.len() - 1
        });
        buffers[buffer] = buffers[buffer].max(len);
        busy_to[buffer] = to;
        buffer_of[block] = buffer;
    }
    for (at, home) in homes.iter_mut().enumerate() {
        if let (None, Some((block, offset))) = (&home, inside[at]) {
            *home = Some((Home::Buffer(buffer_of[block]), offset));
        }
    }
    buffers
}
