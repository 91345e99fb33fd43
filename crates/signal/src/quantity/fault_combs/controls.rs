//! Orders at which nothing in the machine turns, that combs are measured against.

/// The golden ratio less 1: its multiples, less whole numbers, fill 0 to 1 more evenly than any random draw.
const GOLDEN: f64 = 0.618_033_988_749_894_8;
/// A control order keeps at least this share of an own order away from it.
const AWAY: f64 = 0.03;
/// Where control orders lie, as shares of the lowest and the highest own one.
const FROM: f64 = 0.6;
const TO: f64 = 1.25;

/// `count` orders between 0.6 of the lowest and 1.25 of the highest of `own`, and not within 3 % of any, in `orders`: the
/// same for the same bearing. `own` has to be finite and above 0.
pub(super) fn draw(own: &[f64; 3], count: usize, orders: &mut Vec<f64>) {
    let least = FROM * own.iter().copied().fold(f64::INFINITY, f64::min);
    let most = TO * own.iter().copied().fold(0.0, f64::max);
    let drawn = (1..=8 * count).map(|n| least + (most - least) * (n as f64 * GOLDEN).fract());
    let apart = |order: &f64| own.iter().all(|own| (order / own - 1.0).abs() > AWAY);
    orders.clear();
    orders.extend(drawn.filter(apart).take(count));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_orders_as_wanted_fill_the_range_and_keep_away_from_the_bearings_own() {
        for own in [[3.5848, 5.4152, 4.7135], [7.2, 9.8, 6.1], [4.0, 4.0, 4.0], [1.2, 1.8, 0.4]] {
            let mut orders = Vec::new();
            draw(&own, 150, &mut orders);
            assert_eq!(orders.len(), 150);
            let (least, most) =
                (own.iter().copied().fold(9e9, f64::min), own.iter().copied().fold(0.0, f64::max));
            for order in &orders {
                assert!((0.6 * least..1.25 * most).contains(order), "{own:?} {order}");
                assert!(own.iter().all(|own| (order / own - 1.0).abs() > 0.03), "{own:?} {order}");
            }
            orders.sort_by(f64::total_cmp);
            let widest = orders.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
            assert!(widest < 0.1 * (1.25 * most - 0.6 * least), "{own:?} {widest}");
        }
    }
}
