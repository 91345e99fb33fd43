//! Brinell: formats.
