//! Brinell: learn.
