//! Functions of one number.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::writer::{Writer, float};
use crate::graph::Unary;

impl Writer<'_> {
    /// The operators of `function` on `x`. Opset 17 has no GELU, SiLU or logarithm of a sigmoid.
    pub(super) fn function(&mut self, x: &str, function: Unary) -> String {
        let operator = match function {
            Unary::Relu => "Relu",
            Unary::Sigmoid => "Sigmoid",
            Unary::Tanh => "Tanh",
            Unary::HardSwish => "HardSwish",
            Unary::Softplus => "Softplus",
            Unary::Elu => "Elu",
            Unary::Abs => "Abs",
            Unary::Sqrt => "Sqrt",
            Unary::Reciprocal => "Reciprocal",
            Unary::HardSigmoid => {
                let attributes = vec![float("alpha", 1.0 / 6.0), float("beta", 0.5)];
                return self.emit("HardSigmoid", &[x], attributes);
            }
            Unary::LeakyRelu { slope } => return self.emit("LeakyRelu", &[x], vec![float("alpha", slope)]),
            Unary::Relu6 => {
                let [least, most] = [0.0, 6.0].map(|limit| self.number(limit));
                return self.emit("Clip", &[x, &least, &most], Vec::new());
            }
            Unary::Square => return self.product(x, x),
            Unary::Affine { scale, shift } => {
                let scaled = self.scaled(x, scale);
                return self.shifted(&scaled, shift);
            }
            Unary::Silu => {
                let gate = self.emit("Sigmoid", &[x], Vec::new());
                return self.product(x, &gate);
            }
            Unary::LogSigmoid => {
                let against = self.emit("Neg", &[x], Vec::new());
                let loss = self.emit("Softplus", &[&against], Vec::new());
                return self.emit("Neg", &[&loss], Vec::new());
            }
            Unary::Gelu => {
                let inner = self.scaled(x, FRAC_1_SQRT_2);
                let bent = self.emit("Erf", &[&inner], Vec::new());
                return self.half_times_one_more(x, &bent);
            }
            Unary::GeluTanh => {
                let square = self.product(x, x);
                let part = self.scaled(&square, 0.044_715);
                let factor = self.shifted(&part, 1.0);
                let inner = self.product(x, &factor);
                let inner = self.scaled(&inner, (2.0 / PI).sqrt());
                let bent = self.emit("Tanh", &[&inner], Vec::new());
                return self.half_times_one_more(x, &bent);
            }
        };
        self.emit(operator, &[x], Vec::new())
    }

    /// `x (1 + y) / 2`.
    fn half_times_one_more(&mut self, x: &str, y: &str) -> String {
        let more = self.shifted(y, 1.0);
        let twice = self.product(x, &more);
        self.scaled(&twice, 0.5)
    }

    fn product(&mut self, x: &str, y: &str) -> String {
        self.emit("Mul", &[x, y], Vec::new())
    }

    fn scaled(&mut self, x: &str, scale: f64) -> String {
        let scale = self.number(scale);
        self.product(x, &scale)
    }

    fn shifted(&mut self, x: &str, shift: f64) -> String {
        let shift = self.number(shift);
        self.emit("Add", &[x, &shift], Vec::new())
    }
}
