//! Cyclostationarity: what repeats in the power of each frequency.
