//! Kinematics against the reference definition.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::{BearingGeometry, Millimetres};

#[test]
fn orders_of_six_bearings_equal_the_reference() {
    let cases = golden::cases("bearing_orders");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let geometry = BearingGeometry::new(
            u32::try_from(case.integer("n")).unwrap(),
            Millimetres(case.number("d")),
            Millimetres(case.number("D")),
            case.number("phi_deg"),
        )
        .unwrap();
        let orders = geometry.orders();
        let outer = geometry.orders_outer_rotating();
        case.check("v", &[orders.bpfo, orders.bpfi, orders.bsf, 2.0 * orders.bsf, orders.ftf, outer.ftf]);
    }
}
