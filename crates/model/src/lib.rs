//! Brinell: model.
