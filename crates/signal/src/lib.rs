//! Brinell: signal.
