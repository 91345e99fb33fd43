//! How alike two rows are, for machines that see nothing else of them.

use super::newton::dot;
use super::svm::{SvmKernel, SvmOptions};
use std::collections::VecDeque;
use std::rc::Rc;

/// Bytes of the table of likeness that are kept at one time.
const KEPT: usize = 256 << 20;

/// What a kernel computes with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kernel {
    Linear,
    /// `exp(-gamma |x - y|²)`.
    Rbf(f64),
}

impl Kernel {
    /// That of the options, for rows of `width` standardised numbers.
    pub(super) fn of(options: &SvmOptions, width: usize) -> Kernel {
        match options.kernel {
            SvmKernel::Linear => Kernel::Linear,
            SvmKernel::Rbf => Kernel::Rbf(options.gamma.unwrap_or(1.0 / width as f64)),
        }
    }

    pub(super) fn between(self, x: &[f64], y: &[f64]) -> f64 {
        match self {
            Kernel::Linear => dot(x, y),
            Kernel::Rbf(gamma) => {
                let squares = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>();
                (-gamma * squares).exp()
            }
        }
    }
}

/// Rows of the table of likeness between all examples, computed when asked for; the oldest are dropped.
pub(super) struct Likeness<'a> {
    pub(super) kernel: Kernel,
    /// Standardised examples, one after the other.
    pub(super) rows: &'a [f64],
    pub(super) width: usize,
    squares: Vec<f64>,
    known: Vec<Option<Rc<Vec<f64>>>>,
    order: VecDeque<usize>,
}

impl<'a> Likeness<'a> {
    pub(super) fn new(kernel: Kernel, rows: &'a [f64], width: usize) -> Self {
        let squares: Vec<f64> = rows.chunks_exact(width).map(|row| dot(row, row)).collect();
        let known = vec![None; squares.len()];
        Likeness { kernel, rows, width, squares, known, order: VecDeque::new() }
    }

    pub(super) fn count(&self) -> usize {
        self.squares.len()
    }

    pub(super) fn example(&self, at: usize) -> &'a [f64] {
        &self.rows[at * self.width..(at + 1) * self.width]
    }

    /// How alike an example is to itself.
    pub(super) fn own(&self, at: usize) -> f64 {
        match self.kernel {
            Kernel::Linear => self.squares[at],
            Kernel::Rbf(_) => 1.0,
        }
    }

    /// How alike example `at` is to every example.
    pub(super) fn row(&mut self, at: usize) -> Rc<Vec<f64>> {
        if let Some(row) = &self.known[at] {
            return Rc::clone(row);
        }
        let (own, example) = (self.squares[at], self.example(at));
        let products = self.rows.chunks_exact(self.width).map(|row| dot(example, row));
        let row: Vec<f64> = match self.kernel {
            Kernel::Linear => products.collect(),
            Kernel::Rbf(gamma) => {
                let apart = products.zip(&self.squares).map(|(product, other)| own + other - 2.0 * product);
                apart.map(|square| (-gamma * square.max(0.0)).exp()).collect()
            }
        };
        if (self.order.len() + 1) * row.len() * 8 > KEPT
            && self.order.len() > 2
            && let Some(oldest) = self.order.pop_front()
        {
            self.known[oldest] = None;
        }
        let row = Rc::new(row);
        self.known[at] = Some(Rc::clone(&row));
        self.order.push_back(at);
        row
    }
}
