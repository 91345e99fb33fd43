//! What a list of attention and pools says of each kind.

/// One kind of attention or pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionKind {
    /// The name in configurations.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Where it was published: authors, title, venue, year, arXiv or doi; `none` where it was not.
    pub paper: &'static str,
    /// How many numbers it trains on `C` channels, with its defaults where nothing else is said.
    pub parameters: &'static str,
    /// Whether it takes series `[C, L]`.
    pub series: bool,
    /// Whether it takes images `[C, H, W]`.
    pub images: bool,
}
