//! Brinell: report.
