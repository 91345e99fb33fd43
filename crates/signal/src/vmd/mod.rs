//! Variational mode decomposition and its relatives.
