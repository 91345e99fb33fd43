//! One tree of a forest: grown on drawn rows by the best of a few drawn features at each place (Breiman 1984, 2001), then
//! pruned where a branch gains less than it costs.

use super::forest::{ForestOptions, SplitBy};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// What all trees of a forest are grown from.
pub(super) struct Ground<'a> {
    pub(super) options: &'a ForestOptions,
    pub(super) labels: &'a [u32],
    pub(super) classes: usize,
    /// What an example of each class weighs at a place: 1 where the draw saw to it that classes weigh alike.
    pub(super) factors: Vec<f64>,
    /// What all examples up to each one weigh in the draw.
    up_to: Vec<f64>,
    /// Per feature, the values that occur, ascending.
    values: Vec<Vec<f64>>,
    /// Per feature, the place of each row's value among them.
    ranks: Vec<Vec<u32>>,
    /// `m log2 m` for every count of examples.
    logs: Vec<f64>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        options: &'a ForestOptions,
        rows: &crate::metrics::Rows,
        labels: &'a [u32],
        weights: Vec<f64>,
    ) -> Self {
        let column = |at: usize| -> Vec<f64> { rows.iter().map(|row| row[at]).collect() };
        let sorted = |at: usize| {
            let mut values = column(at);
            values.sort_by(f64::total_cmp);
            values.dedup();
            values
        };
        let values: Vec<Vec<f64>> = (0..rows.width()).map(sorted).collect();
        let ranked = |(at, values): (usize, &Vec<f64>)| -> Vec<u32> {
            column(at).iter().map(|value| values.partition_point(|other| other < value) as u32).collect()
        };
        let ranks = values.iter().enumerate().map(ranked).collect();
        let log = |count: usize| if count == 0 { 0.0 } else { count as f64 * (count as f64).log2() };
        let logs = (0..=labels.len()).map(log).collect();
        let mut sum = 0.0;
        let mut up_to = |label: &u32| {
            sum += weights[*label as usize];
            sum
        };
        let up_to = labels.iter().map(&mut up_to).collect();
        let classes = weights.len();
        let factors = if options.bootstrap { vec![1.0; classes] } else { weights };
        Ground { options, labels, classes, factors, up_to, values, ranks, logs }
    }

    fn weight(&self, counts: &[u32]) -> f64 {
        counts.iter().zip(&self.factors).map(|(count, factor)| f64::from(*count) * factor).sum()
    }

    /// Impurity times weight, of a place with these examples of each class: `w (1 - Σ p²)` or `-w Σ p log2 p`.
    fn impurity(&self, counts: &[u32], weight: f64) -> f64 {
        let each = counts.iter().zip(&self.factors);
        match self.options.split {
            SplitBy::Gini => {
                let squares = each.map(|(count, factor)| (f64::from(*count) * factor).powi(2)).sum::<f64>();
                weight - squares / weight
            }
            SplitBy::LogLoss => {
                let log = |factor: f64| if factor == 1.0 { 0.0 } else { factor * factor.log2() };
                let of = |(count, factor): (&u32, &f64)| {
                    factor * self.logs[*count as usize] + f64::from(*count) * log(*factor)
                };
                self.weight_log(weight) - each.map(of).sum::<f64>()
            }
        }
    }

    fn weight_log(&self, weight: f64) -> f64 {
        let whole = weight as usize;
        if whole as f64 == weight && whole < self.logs.len() {
            return self.logs[whole];
        }
        if weight > 0.0 { weight * weight.log2() } else { 0.0 }
    }
}

/// A place of a tree. Children stand behind their parent, the left one right behind it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Feature, largest value that goes left, and the place of the right child; none: a leaf.
    pub(super) split: Option<(usize, f64, usize)>,
    /// How many examples of each class were drawn, one that was drawn twice counts twice.
    pub(super) counts: Vec<u32>,
    impurity: f64,
}

/// A split that was looked at.
#[derive(Clone, Copy)]
struct Split {
    /// Impurity times weight of both sides.
    rest: f64,
    feature: usize,
    /// The largest rank that goes left, and the smallest that goes right.
    rank: u32,
    next: u32,
}

/// What a tree works with.
struct Growth<'a> {
    ground: &'a Ground<'a>,
    random: ChaCha8Rng,
    /// How often each row was drawn.
    drawn: Vec<u32>,
    /// Features, in an order that changes with every draw.
    features: Vec<usize>,
    keys: Vec<u64>,
    left: Vec<u32>,
    right: Vec<u32>,
}

/// The places of one tree, the root first.
pub(super) fn grow(ground: &Ground<'_>, random: ChaCha8Rng) -> Vec<Place> {
    let rows = ground.labels.len();
    let mut growth = Growth {
        ground,
        random,
        drawn: vec![u32::from(!ground.options.bootstrap); rows],
        features: (0..ground.values.len()).collect(),
        keys: Vec::with_capacity(rows),
        left: vec![0; ground.classes],
        right: vec![0; ground.classes],
    };
    for _ in 0..if ground.options.bootstrap { rows } else { 0 } {
        let row = growth.draw();
        growth.drawn[row] += 1;
    }
    let mut bag: Vec<u32> = (0..rows as u32).filter(|row| growth.drawn[*row as usize] > 0).collect();
    let mut places: Vec<Place> = Vec::new();
    let mut open = vec![(0, bag.len(), 0, None)];
    while let Some((from, to, depth, right_of)) = open.pop() {
        let at = places.len();
        if let Some(parent) = right_of {
            let parent: &mut Place = &mut places[parent];
            parent.split = parent.split.map(|(feature, threshold, _)| (feature, threshold, at));
        }
        let mut place = growth.place(&bag[from..to]);
        let deep = ground.options.max_depth.is_some_and(|most| depth >= most);
        if !deep && let Some(Split { feature, rank, next, .. }) = growth.best_split(&bag[from..to], &place) {
            let ranks = &ground.ranks[feature];
            let middle = from + partition(&mut bag[from..to], |row| ranks[row as usize] <= rank);
            let values = &ground.values[feature];
            let (below, above) = (values[rank as usize], values[next as usize]);
            // Half of each, so that no sum overflows; the mean of neighbours may round up to the upper one.
            let mean = 0.5 * below + 0.5 * above;
            place.split = Some((feature, if mean < above { mean } else { below }, 0));
            open.push((middle, to, depth + 1, Some(at)));
            open.push((from, middle, depth + 1, None));
        }
        places.push(place);
    }
    places
}

/// Brings rows that fit before the others and says how many they are.
fn partition(rows: &mut [u32], fits: impl Fn(u32) -> bool) -> usize {
    let mut count = 0;
    for at in 0..rows.len() {
        if fits(rows[at]) {
            rows.swap(count, at);
            count += 1;
        }
    }
    count
}

impl Growth<'_> {
    /// A number below `count`, by multiply and shift.
    fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.random.next_u64()) * count as u128) >> 64) as usize
    }

    /// A row, as likely as it weighs.
    fn draw(&mut self) -> usize {
        let up_to = &self.ground.up_to;
        let share = (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let weight = share * up_to.last().copied().unwrap_or(0.0);
        up_to.partition_point(|up_to| *up_to <= weight).min(up_to.len().saturating_sub(1))
    }

    fn place(&self, rows: &[u32]) -> Place {
        let mut counts = vec![0; self.ground.classes];
        for row in rows {
            counts[self.ground.labels[*row as usize] as usize] += self.drawn[*row as usize];
        }
        let impurity = self.ground.impurity(&counts, self.ground.weight(&counts));
        Place { split: None, counts, impurity }
    }

    /// The split that leaves the least impurity, where a split is allowed and there is one.
    fn best_split(&mut self, rows: &[u32], place: &Place) -> Option<Split> {
        let options = self.ground.options;
        if rows.len() < options.min_split.max(2 * options.min_leaf) || place.impurity <= 1e-12 {
            return None;
        }
        let all = self.features.len();
        let wanted = options.features.of(all);
        let mut best = None;
        let mut varying = false;
        for visited in 0..all {
            // At least one feature that varies is looked at.
            if visited >= wanted && varying {
                break;
            }
            let other = visited + self.below(all - visited);
            self.features.swap(visited, other);
            let feature = self.features[visited];
            let ranks = &self.ground.ranks[feature];
            self.keys.clear();
            self.keys.extend(rows.iter().map(|row| u64::from(ranks[*row as usize]) << 32 | u64::from(*row)));
            let first = self.keys[0] >> 32;
            if self.keys.iter().all(|key| key >> 32 == first) {
                continue;
            }
            varying = true;
            self.keys.sort_unstable();
            self.scan(feature, &place.counts, &mut best);
        }
        best
    }

    /// Looks at every place between two values of a feature, whose rows stand sorted in `keys`.
    fn scan(&mut self, feature: usize, counts: &[u32], best: &mut Option<Split>) {
        let ground = self.ground;
        let (count, least) = (self.keys.len(), ground.options.min_leaf);
        self.left.fill(0);
        self.right.copy_from_slice(counts);
        let (mut left_weight, mut right_weight) = (0.0, ground.weight(counts));
        for at in 0..count - 1 {
            let row = (self.keys[at] & u64::from(u32::MAX)) as usize;
            let (class, drawn) = (ground.labels[row] as usize, self.drawn[row]);
            self.left[class] += drawn;
            self.right[class] -= drawn;
            let weight = f64::from(drawn) * ground.factors[class];
            left_weight += weight;
            right_weight -= weight;
            let (rank, next) = ((self.keys[at] >> 32) as u32, (self.keys[at + 1] >> 32) as u32);
            if rank == next || at + 1 < least || count - at - 1 < least {
                continue;
            }
            let left = ground.impurity(&self.left, left_weight);
            let rest = left + ground.impurity(&self.right, right_weight);
            if best.is_none_or(|best| rest < best.rest) {
                *best = Some(Split { rest, feature, rank, next });
            }
        }
    }
}

/// Makes leaves of the places whose branches take away less impurity, as a share of the root's weight, than `cost` for
/// each leaf they add (minimal cost complexity, Breiman 1984), and gives back what is left, in the same order.
pub(super) fn prune(ground: &Ground<'_>, mut places: Vec<Place>, cost: f64) -> Vec<Place> {
    let Some(root) = places.first() else { return places };
    let cost = cost * ground.weight(&root.counts);
    if cost > 0.0 {
        let mut of_branch = vec![0.0; places.len()];
        for at in (0..places.len()).rev() {
            let alone = places[at].impurity + cost;
            let branch = places[at].split.map(|(_, _, right)| of_branch[at + 1] + of_branch[right]);
            of_branch[at] = branch.map_or(alone, |branch| branch.min(alone));
            if branch.is_some_and(|branch| alone <= branch) {
                places[at].split = None;
            }
        }
    }
    let mut kept: Vec<Place> = Vec::with_capacity(places.len());
    let mut open = vec![(0, None)];
    while let Some((at, right_of)) = open.pop() {
        let now = kept.len();
        if let Some(parent) = right_of {
            let parent: &mut Place = &mut kept[parent];
            parent.split = parent.split.map(|(feature, threshold, _)| (feature, threshold, now));
        }
        if let Some((_, _, right)) = places[at].split {
            open.push((right, Some(now)));
            open.push((at + 1, None));
        }
        kept.push(places[at].clone());
    }
    kept
}
