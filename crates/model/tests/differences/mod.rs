//! Gradients by central differences.

use candle_core::{Device, Tensor, Var};

use crate::draws::numbers;

/// How the loss is drawn from the result, so that ops meet every kind of incoming gradient.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Loss {
    /// Sum of the result times fixed numbers: a contiguous gradient.
    Weighed,
    /// Plain sum: a gradient that is one number broadcast.
    Sum,
    /// Sum of the transposed result times fixed numbers: a gradient that is a transposed view.
    Transposed,
}

impl Loss {
    pub(crate) fn of_case(case: usize) -> Self {
        [Self::Weighed, Self::Transposed, Self::Sum][case % 3]
    }

    fn of(self, y: &Tensor) -> Tensor {
        let y = match self {
            Self::Transposed if y.rank() >= 2 => y.transpose(y.rank() - 2, y.rank() - 1).unwrap(),
            _ => y.clone(),
        };
        match self {
            Self::Sum => y.sum_all().unwrap(),
            _ => (&y * numbers(y.dims(), 77)).unwrap().sum_all().unwrap(),
        }
    }
}

fn number(loss: &Tensor) -> f64 {
    loss.to_scalar::<f64>().unwrap()
}

fn set(var: &Var, value: &Tensor) {
    var.set(&value.contiguous().unwrap()).unwrap();
}

/// Compares the gradients of all `vars` with central differences along random directions (for ops
/// that are smooth there, an error in any entry shows with probability 1).
pub(crate) fn along_directions(what: &str, vars: &[&Var], loss: Loss, f: impl Fn() -> Tensor) {
    let step = 1e-5;
    let gradients = loss.of(&f()).backward().unwrap();
    for (i, var) in vars.iter().enumerate() {
        let gradient = gradients.get(var).unwrap_or_else(|| panic!("{what}: no gradient for input {i}"));
        assert_eq!(gradient.dims(), var.dims(), "{what}: input {i}");
        let start = var.as_detached_tensor().copy().unwrap();
        for key in 0..2 {
            let direction = numbers(var.dims(), 1000 + key + i as u64);
            let at = |h: f64| {
                set(var, &(&start + (&direction * h).unwrap()).unwrap());
                number(&loss.of(&f()))
            };
            let numeric = (at(step) - at(-step)) / (2.0 * step);
            set(var, &start);
            let told = number(&(gradient * &direction).unwrap().sum_all().unwrap());
            let size = number(&(gradient * &direction).unwrap().abs().unwrap().sum_all().unwrap());
            assert!(
                (told - numeric).abs() <= 1e-6 * (1.0 + size),
                "{what}, input {i}, {loss:?}: gradient tells {told}, differences {numeric}"
            );
        }
    }
}

/// Compares every entry of the gradients of all `vars` with a central difference.
pub(crate) fn every_entry(what: &str, vars: &[&Var], loss: Loss, f: impl Fn() -> Tensor) {
    let step = 1e-6;
    let gradients = loss.of(&f()).backward().unwrap();
    for (i, var) in vars.iter().enumerate() {
        let gradient = gradients.get(var).unwrap_or_else(|| panic!("{what}: no gradient for input {i}"));
        let told: Vec<f64> = gradient.flatten_all().unwrap().to_vec1().unwrap();
        let start: Vec<f64> = var.as_detached_tensor().flatten_all().unwrap().to_vec1().unwrap();
        let largest = told.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for j in 0..start.len() {
            let at = |h: f64| {
                let mut values = start.clone();
                values[j] += h;
                set(var, &Tensor::from_vec(values, var.dims(), &Device::Cpu).unwrap());
                number(&loss.of(&f()))
            };
            let numeric = (at(step) - at(-step)) / (2.0 * step);
            assert!(
                (told[j] - numeric).abs() <= 1e-6 * (1.0 + largest),
                "{what}, input {i}, entry {j}, {loss:?}: gradient tells {}, differences {numeric}",
                told[j]
            );
        }
        set(var, &Tensor::from_vec(start, var.dims(), &Device::Cpu).unwrap());
    }
}
