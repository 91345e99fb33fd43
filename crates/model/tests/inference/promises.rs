//! Memory, threads, errors, values that are not numbers.

use brinell_model::{Architecture, Inference, Network, Variables};
use candle_core::{DType, Device};

use crate::allocation::allocations_when_warm;
use crate::{batch, flat, train};

fn build(text: &str, input: &[usize]) -> Network {
    let architecture: Architecture = serde_json::from_str(text).unwrap();
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let net = architecture.build(input, 3, &mut variables).unwrap();
    train(&net);
    net
}

fn nets() -> Vec<Network> {
    vec![
        build(r#"{"name":"se-cnn"}"#, &[1, 32, 32]),
        build(r#"{"name":"wdcnn"}"#, &[1, 2048]),
        build(r#"{"name":"densenet","growth":4,"blocks":[2,2]}"#, &[1, 16, 16]),
        build(r#"{"name":"resnet","width":8,"blocks":[1,1],"attention":"cbam"}"#, &[2, 64]),
        build(r#"{"name":"patch-transformer","patch":16,"width":32,"heads":2,"layers":1}"#, &[1, 256]),
        build(r#"{"name":"rnn-wdcnn"}"#, &[1, 2048]),
    ]
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

#[test]
fn a_batch_asks_for_no_memory_once_the_net_is_planned() {
    for net in nets() {
        let x = flat(&batch(5, &net));
        let count = pool(1).install(|| {
            let mut inference = Inference::new(&net, 5).unwrap();
            allocations_when_warm(|| assert!(inference.run(&x, 5).is_ok()))
        });
        assert_eq!(count, 0, "{}", net.graph().nodes()[1].layer);
    }
}

#[test]
fn logits_have_the_same_bits_on_any_number_of_threads_and_in_any_batch() {
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for net in nets() {
        let x = flat(&batch(13, &net));
        let judge = |threads: usize| {
            pool(threads).install(|| bits(Inference::new(&net, 13).unwrap().run(&x, 13).unwrap()))
        };
        let one = judge(1);
        assert_eq!(judge(2), one);
        assert_eq!(judge(3), one);
        let sample = x.len() / 13;
        // Fewer samples than threads: several work on one.
        for (threads, at, count) in [(1, 4, 1), (2, 0, 1), (3, 12, 1), (5, 7, 2)] {
            let part = pool(threads).install(|| {
                let mut inference = Inference::new(&net, 13).unwrap();
                bits(inference.run(&x[at * sample..(at + count) * sample], count).unwrap())
            });
            let each = part.len() / count;
            assert_eq!(part, one[at * each..(at + count) * each], "sample {at} on {threads} threads");
        }
    }
}

#[test]
fn too_large_a_batch_and_a_wrong_length_are_refused_with_the_numbers_that_would_do() {
    let net = build(r#"{"name":"cnn","widths":[2],"hidden":4}"#, &[1, 8, 8]);
    let mut inference = Inference::new(&net, 3).unwrap();
    let refused = |inference: &mut Inference, len: usize, batch: usize| {
        inference.run(&vec![0.0; len], batch).unwrap_err().to_string()
    };
    let large = refused(&mut inference, 4 * 64, 4);
    assert!(large.contains('4') && large.contains("at most 3"), "{large}");
    let wrong = refused(&mut inference, 100, 2);
    assert!(wrong.contains("100 values") && wrong.contains("64") && wrong.contains("128"), "{wrong}");
    assert!(Inference::new(&net, 0).unwrap_err().to_string().contains("most"));
    assert!(inference.run(&[], 0).unwrap().is_empty());
    // It still works afterwards.
    assert_eq!(inference.run(&[0.5; 128], 2).unwrap().len(), 6);
}

#[test]
fn a_value_that_is_no_number_reaches_its_own_logits_and_no_others() {
    for net in nets() {
        let mut x = flat(&batch(3, &net));
        let mut inference = Inference::new(&net, 3).unwrap();
        let sample = x.len() / 3;
        let sound = inference.run(&x, 3).unwrap().to_vec();
        x[sample + sample / 2] = f32::NAN;
        let logits = inference.run(&x, 3).unwrap();
        assert!(logits[3..6].iter().all(|value| value.is_nan()), "{:?}", net.graph().nodes()[1].layer);
        assert_eq!((&logits[..3], &logits[6..]), (&sound[..3], &sound[6..]));
    }
}

#[test]
fn later_training_leaves_a_planned_net_as_it_was() {
    let net = build(r#"{"name":"cnn","widths":[2],"hidden":4}"#, &[1, 8, 8]);
    let x = flat(&batch(2, &net));
    let mut inference = Inference::new(&net, 2).unwrap();
    let before = inference.run(&x, 2).unwrap().to_vec();
    train(&net);
    assert_eq!(inference.run(&x, 2).unwrap(), before);
    assert_ne!(Inference::new(&net, 2).unwrap().run(&x, 2).unwrap(), before);
}
