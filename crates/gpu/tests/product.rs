//! Products of matrices.
#![allow(clippy::unwrap_used)]

mod precisions;

use brinell_gpu::{At, Matrix, Precision, product};
use precisions::{PRECISIONS, rounded, two_in};

/// Numbers that look random, between -1 and 1.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(next).collect()
}

fn at(buffer: u8, offset: usize) -> At {
    At { buffer, offset }
}

fn end(matrix: Matrix, batch: usize, rows: usize, columns: usize) -> usize {
    matrix.at.offset
        + (batch - 1) * matrix.batch
        + (rows - 1) * matrix.row
        + (columns - 1) * matrix.column
        + 1
}

/// Both orders and precisions against sums in f64; what lies between the numbers of c stays as it is.
fn check(batch: usize, sizes: [usize; 3], matrices: [Matrix; 3], bias: bool, add: bool) {
    for precision in PRECISIONS {
        check_in(precision, batch, sizes, matrices, bias, add);
    }
}

fn check_in(
    precision: Precision,
    batch: usize,
    sizes: [usize; 3],
    [a, b, c]: [Matrix; 3],
    bias: bool,
    add: bool,
) {
    let [m, n, k] = sizes;
    let as_multiplied = |value: f32| f64::from(rounded(value, precision));
    let (va, vb) = (numbers(end(a, batch, m, k.max(1)), 1), numbers(end(b, batch, k.max(1), n), 2));
    let (vc, vbias) = (numbers(end(c, batch, m, n) + 3, 3), numbers(n + 1, 4));
    let mut expected: Vec<f64> = vc.iter().map(|value| f64::from(*value)).collect();
    for z in 0..batch {
        for i in 0..m {
            for j in 0..n {
                let start_a = a.at.offset + z * a.batch + i * a.row;
                let start_b = b.at.offset + z * b.batch + j * b.column;
                let sum: f64 = (0..k)
                    .map(|p| {
                        as_multiplied(va[start_a + p * a.column]) * as_multiplied(vb[start_b + p * b.row])
                    })
                    .sum();
                let own = &mut expected[c.at.offset + z * c.batch + i * c.row + j * c.column];
                *own = if add { *own } else { 0.0 } + sum + if bias { f64::from(vbias[j + 1]) } else { 0.0 };
            }
        }
    }
    let found = two_in(precision).map(|device| {
        let buffers = [&va, &vb, &vc, &vbias].map(|values| {
            let buffer = device.zeros(values.len()).unwrap();
            device.upload(&buffer, 0, values).unwrap();
            buffer
        });
        let launches = product(batch, sizes, a, b, c, bias.then_some(at(3, 1)), add);
        device.run(&launches, &buffers.each_ref()).unwrap();
        let mut found = vc.clone();
        device.download(&buffers[2], 0, &mut found).unwrap();
        found
    });
    assert_eq!(found[0], found[1], "the order of threads shows");
    let scale = (k as f64).sqrt().max(1.0);
    for (i, (found, expected)) in found[0].iter().zip(&expected).enumerate() {
        let off = (f64::from(*found) - expected).abs();
        assert!(off <= 1e-5 * scale, "{sizes:?} in {precision:?} at {i}: {found} in place of {expected}");
    }
}

/// Rows behind each other, each `apart` longer than it must be; or columns.
fn dense(buffer: u8, rows: usize, columns: usize, apart: usize, by_columns: bool) -> Matrix {
    let (row, column) = if by_columns { (1, rows + apart) } else { (columns + apart, 1) };
    let batch = if by_columns { columns * column } else { rows * row } + apart;
    Matrix { at: at(buffer, apart), row, column, batch }
}

#[test]
fn products_are_right_whichever_way_the_matrices_lie() {
    for [m, n, k] in [[1, 1, 1], [5, 7, 3], [33, 31, 33], [64, 40, 100], [70, 65, 17]] {
        for lie in 0..8 {
            let ways = [lie & 1 != 0, lie & 2 != 0, lie & 4 != 0];
            let matrices =
                [dense(0, m, k, 2, ways[0]), dense(1, k, n, 0, ways[1]), dense(2, m, n, 1, ways[2])];
            check(2, [m, n, k], matrices, lie % 3 == 0, lie % 2 == 0);
        }
    }
}

#[test]
fn one_matrix_serves_a_whole_batch_and_steps_may_be_any() {
    let a = Matrix { at: at(0, 3), row: 2, column: 30, batch: 0 };
    let b = Matrix { at: at(1, 0), row: 3, column: 40, batch: 1 };
    let c = Matrix { at: at(2, 5), row: 60, column: 2, batch: 600 };
    check(3, [9, 12, 11], [a, b, c], true, true);
}

#[test]
fn a_sum_of_nothing_is_the_bias() {
    check(
        1,
        [3, 4, 0],
        [dense(0, 3, 1, 0, false), dense(1, 1, 4, 0, false), dense(2, 3, 4, 0, false)],
        true,
        false,
    );
    let [a, b, c] = [0, 1, 2].map(|buffer| dense(buffer, 3, 3, 0, false));
    assert!(product(2, [0, 3, 3], a, b, c, None, false).is_empty());
}

#[test]
fn every_size_of_tile_is_right() {
    let mut used = Vec::new();
    for [m, n, k] in [[1270, 1655, 11], [1030, 200, 37], [30, 16000, 35], [40, 33, 130]] {
        for across in [false, true] {
            let matrices = [dense(0, m, k, 1, across), dense(1, k, n, 1, across), dense(2, m, n, 3, false)];
            let launches = product(1, [m, n, k], matrices[0], matrices[1], matrices[2], None, false);
            used.extend(launches.iter().map(|launch| launch.kernel));
            check(1, [m, n, k], matrices, across, across);
        }
    }
    used.sort();
    used.dedup();
    assert_eq!(used.len(), 4, "{used:?}");
}

#[test]
fn more_matrices_than_a_grid_has_are_done_in_turns() {
    let [a, b, c] = [0, 1, 2].map(|buffer| Matrix { at: at(buffer, 0), row: 1, column: 1, batch: 1 });
    let launches = product(70_000, [1, 1, 1], a, b, c, Some(at(3, 4)), false);
    assert_eq!(launches.len(), 2);
    assert_eq!(launches[1].blocks, [1, 1, 70_000 - 65_535]);
    assert_eq!(launches[1].at, [at(0, 65_535), at(1, 65_535), at(2, 65_535), at(3, 4)]);
}
