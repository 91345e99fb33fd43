//! What a net costs and sees, against counts by hand.

use brinell_model::graph::{Conv, Field, RecurrentKind};
use brinell_model::{Attention, Cost};

use crate::part::drafted;
use crate::small_net;

#[test]
fn the_cost_equals_what_is_counted_by_hand() {
    // weights 4·(2·9) + 4·(2·9) + 4·6 + 6 + 6·3 + 3, norms 2·(4 + 4 + 6), attention 4·2 twice
    let cost = small_net().cost();
    assert_eq!(cost.parameters, 72 + 72 + 24 + 6 + 18 + 3 + 28 + 16);
    // 48 positions of the stem, 12 of the branch, the gate over 4 maps of 48
    assert_eq!(cost.multiply_adds, 4 * 48 * 18 + 4 * 12 * 18 + 16 + 4 * 48 + 24 + 18);
    // input, stem, norm; mean, hidden, ReLU, fc2, sigmoid; product; pool, branch, norm, sum; features, dropout;
    // hidden, norm, output
    let values = 96 + 2 * 192 + (4 + 2 + 2 + 4 + 4) + 192 + 4 * 48 + 2 * 4 + 2 * 6 + 3;
    assert_eq!(cost.activation_bytes, 4 * values);
}

#[test]
fn the_cost_of_products_and_recurrent_layers_equals_what_is_counted_by_hand() {
    let gru = drafted(&[5, 7], |net, x| net.recurrent("gru", x, RecurrentKind::Gru, 3, true)).cost();
    let weights = 2 * 3 * (3 * 5 + 3 * 3);
    assert_eq!(gru.parameters, weights + 2 * 3 * (3 + 3));
    assert_eq!(gru.multiply_adds, 7 * weights);
    let product = drafted(&[5, 7], |net, x| {
        let y = net.permute(x, &[1, 0])?;
        net.matmul(x, y)
    });
    let values = 35 + 35 + 25 + 25;
    assert_eq!(
        product.cost(),
        Cost { parameters: 0, multiply_adds: 5 * 5 * 7, activation_bytes: 4 * values }
    );
    let everywhere = drafted(&[5, 2, 3], |net, x| net.linear("mix", x, 4, true)).cost();
    assert_eq!((everywhere.parameters, everywhere.multiply_adds), (4 * 5 + 4, 4 * 5 * 6));
}

#[test]
fn the_receptive_field_grows_with_kernels_and_steps_and_not_with_gates() {
    let field = |attention: Attention| {
        let graph = drafted(&[1, 32, 32], |net, x| {
            let x = net.conv("a", x, &Conv::same(4, 3))?;
            let x = attention.draft(net, "attention", x)?;
            let x = net.halve("pool", x)?;
            net.conv("b", x, &Conv { dilation: [1, 2], ..Conv::new(4, 3) })
        });
        graph.receptive_field()
    };
    // 3, then one more by the pooling, then two steps of 2, along the width at every other place
    let expected = Field::Window { size: [8, 12], jump: [2, 2] };
    assert_eq!(field(Attention::None), expected);
    assert_eq!(field(Attention::se(2)), expected);
    let whole = drafted(&[2, 9], |net, x| net.recurrent("lstm", x, RecurrentKind::Lstm, 2, false));
    assert_eq!(whole.receptive_field(), Field::Whole);
}
