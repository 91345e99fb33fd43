//! The picture of the crate's front page is what its example draws now.

#[allow(dead_code, reason = "the program prints what is compared here")]
#[path = "../../examples/front_page.rs"]
mod example;

/// How far a number may move. The last bits of a transform are not those of another processor, and some of them
/// round to another tenth of a pixel.
const PIXELS: f64 = 0.2;

/// How far a part of a colour may move: a shade of the picture is at most so far from the next.
const SHADE: u8 = 32;

const IMAGE: &str = r#"<g shape-rendering="crispEdges">"#;

/// The page without its images, and these.
fn parted(page: &str) -> (String, Vec<&str>) {
    let mut pieces = page.trim().split(IMAGE);
    let mut rest = pieces.next().unwrap().to_owned();
    let mut images = Vec::new();
    for piece in pieces {
        let (image, text) = piece.split_once("</g>").unwrap();
        images.push(image);
        rest.push_str(text);
    }
    (rest, images)
}

/// The numbers of a text, and the text with a mark in the place of each.
fn numbers(text: &str) -> (Vec<f64>, String) {
    let digit = |c: char| c.is_ascii_digit() || c == '.';
    let values = text.split(|c| !digit(c)).filter_map(|number| number.parse().ok()).collect();
    let mut shape: String = text.chars().map(|c| if digit(c) { '0' } else { c }).collect();
    while shape.contains("00") {
        shape = shape.replace("00", "0");
    }
    (values, shape)
}

/// The colours that an image's rectangles leave at points of a grid; a later one covers an earlier one.
fn painted(image: &str) -> Vec<[u8; 3]> {
    const GRID: [usize; 2] = [146, 76];
    let mut colours = vec![[0; 3]; GRID[0] * GRID[1]];
    for rectangle in image.split_terminator("/>") {
        let (place, fill) = rectangle.split_once(" fill=\"#").unwrap();
        let (place, _) = numbers(place);
        let &[left, top, width, height, _] = &*place else { panic!("{rectangle}") };
        let colour = [0, 2, 4].map(|at| u8::from_str_radix(&fill[at..at + 2], 16).unwrap());
        for (index, painted) in colours.iter_mut().enumerate() {
            let (x, y) = ((index % GRID[0]) as f64 * 2.0 + 0.55, (index / GRID[0]) as f64 * 2.0 + 0.55);
            if (left..left + width).contains(&x) && (top..top + height).contains(&y) {
                *painted = colour;
            }
        }
    }
    colours
}

#[test]
fn the_front_page_shows_what_its_example_draws() {
    let drawn = example::draw().unwrap();
    let ((got, got_images), (want, want_images)) =
        (parted(&drawn), parted(include_str!("../../front_page.svg")));
    let renew = "draw it anew with `cargo run --release -p brinell-signal --example front_page`";
    let ((got, got_shape), (want, want_shape)) = (numbers(&got), numbers(&want));
    assert!(got_shape == want_shape && got.len() == want.len(), "front_page.svg has other parts: {renew}");
    for (a, b) in got.iter().zip(&want) {
        assert!((a - b).abs() <= PIXELS + 1e-9, "front_page.svg has {b} in the place of {a}: {renew}");
    }
    assert_eq!(got_images.len(), want_images.len());
    for (number, (got, want)) in got_images.iter().zip(&want_images).enumerate() {
        for (a, b) in painted(got).iter().zip(painted(want)) {
            let near = a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= SHADE);
            assert!(
                near,
                "image {number} of front_page.svg has the colour {b:?} in the place of {a:?}: {renew}"
            );
        }
    }
}
