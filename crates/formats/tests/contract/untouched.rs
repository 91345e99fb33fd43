//! Files far larger than memory are probed from their headers: what is asked of the file is counted, never the time.

use brinell_formats::{ArrayClass, Layout, ReadRequest, Source, probe_recording};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const GIB: u64 = 1 << 30;

/// A file that begins with `head` and is `bytes` long, of which the disk holds the head alone.
fn sparse(folder: &Path, name: &str, head: &[u8], bytes: u64) -> PathBuf {
    let path = folder.join(name);
    let mut file = File::create(&path).unwrap();
    file.write_all(head).unwrap();
    file.set_len(bytes).unwrap();
    path
}

/// Probes a file and gives samples, duration and the bytes that were asked of it.
fn probed(path: &Path, request: &ReadRequest<'_>) -> (usize, Option<f64>, u64) {
    let source = Source::open(path).unwrap();
    let probe = probe_recording(&source, request).unwrap();
    assert_eq!(probe.sha256, None, "no catalogued recording has this size");
    let recording = probe.recording.unwrap();
    (recording.samples, recording.duration().map(|own| own.0), source.taken())
}

fn rf64(samples: u64) -> Vec<u8> {
    let mut head = b"RF64\xff\xff\xff\xffWAVEds64".to_vec();
    head.extend(28_u32.to_le_bytes());
    for size in [2 * samples + 72, 2 * samples, samples] {
        head.extend(size.to_le_bytes());
    }
    head.extend(0_u32.to_le_bytes());
    head.extend(b"fmt \x10\0\0\0\x01\0\x01\0");
    head.extend(25_600_u32.to_le_bytes());
    head.extend(51_200_u32.to_le_bytes());
    head.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    head
}

#[test]
fn ten_gigabytes_of_sound_are_probed_from_their_head() {
    let folder = tempfile::tempdir().unwrap();
    let samples = 5 * GIB;
    let head = rf64(samples);
    let path = sparse(folder.path(), "long.wav", &head, head.len() as u64 + 2 * samples);
    let (found, seconds, taken) = probed(&path, &ReadRequest::default());
    assert_eq!(found as u64, samples);
    assert_eq!(seconds, Some(samples as f64 / 25_600.0));
    assert!(taken < 128 << 10, "{taken} bytes");
}

#[test]
fn ten_gigabytes_of_a_numpy_array_are_probed_from_their_head() {
    let folder = tempfile::tempdir().unwrap();
    let samples = 10 * GIB / 8;
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({samples},), }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut head = b"\x93NUMPY\x01\0".to_vec();
    head.extend((header.len() as u16).to_le_bytes());
    head.extend(header.as_bytes());
    let path = sparse(folder.path(), "long.npy", &head, head.len() as u64 + 8 * samples);
    let request = ReadRequest { rate: Some(brinell_signal::Hertz(1e4)), ..ReadRequest::default() };
    let (found, _, taken) = probed(&path, &request);
    assert_eq!(found as u64, samples);
    assert!(taken < 128 << 10, "{taken} bytes");
}

#[test]
fn ten_gigabytes_of_bare_numbers_are_probed_from_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = sparse(folder.path(), "long.bin", b"", 10 * GIB);
    let text = "[raw]\ntype = \"i16\"\nchannels = 2\n[[channel]]\nname = \"DE\"\nvariable = \"channel 1\"\n\
        [rate]\nvalue = \"51.2kHz\"\n";
    let layout = Layout::parse(text, "press.toml").unwrap();
    let request = ReadRequest { layout: Some(&layout), ..ReadRequest::default() };
    let (found, _, taken) = probed(&path, &request);
    assert_eq!((found as u64, taken), (10 * GIB / 4, 0));
}

#[test]
fn ten_gigabytes_of_tdms_are_probed_from_their_head() {
    let folder = tempfile::tempdir().unwrap();
    let samples = 10 * GIB / 8;
    let head = tdms(samples);
    let path = sparse(folder.path(), "long.tdms", &head, head.len() as u64 + 8 * samples);
    let request = ReadRequest { rate: Some(brinell_signal::Hertz(1e4)), ..ReadRequest::default() };
    let (found, _, taken) = probed(&path, &request);
    assert_eq!(found as u64, samples);
    assert!(taken < 128 << 10, "{taken} bytes");
}

/// Lead-in and metadata of one segment with one channel of doubles, whose samples follow.
fn tdms(samples: u64) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let mut meta = 3_u32.to_le_bytes().to_vec();
    for path in ["/", "/'g'"] {
        meta.extend(text(path));
        meta.extend(0xFFFF_FFFF_u32.to_le_bytes());
        meta.extend(0_u32.to_le_bytes());
    }
    meta.extend(text("/'g'/'x'"));
    for word in [20_u32, 10, 1] {
        meta.extend(word.to_le_bytes());
    }
    meta.extend(samples.to_le_bytes());
    meta.extend(0_u32.to_le_bytes());
    let mut head = b"TDSm".to_vec();
    head.extend(14_u32.to_le_bytes());
    head.extend(4713_u32.to_le_bytes());
    head.extend((meta.len() as u64 + 8 * samples).to_le_bytes());
    head.extend((meta.len() as u64).to_le_bytes());
    head.extend(meta);
    head
}

#[test]
fn a_large_struct_of_a_matlab_file_is_walked_from_tag_to_tag() {
    // A struct with a gigabyte of samples and, behind them, the rate.
    let folder = tempfile::tempdir().unwrap();
    let samples = (1_u64 << 27) as u32;
    let element = |kind: u32, data: &[u8]| {
        let mut bytes = [kind.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    };
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let header = |class: u32, shape: &[u32], name: &str| {
        [element(6, &words(&[class, 0])), element(5, &words(shape)), element(1, name.as_bytes())].concat()
    };
    let mut names = vec![0_u8; 64];
    names[..2].copy_from_slice(b"gs");
    names[32..34].copy_from_slice(b"sr");
    let top = [header(2, &[1, 1], "bearing"), element(5, &words(&[32])), element(1, &names)].concat();
    let gs = header(6, &[samples, 1], "");
    let rate = [header(6, &[1, 1], ""), element(9, &97_656.0_f64.to_le_bytes())].concat();
    let field = gs.len() as u64 + 8 + 8 * u64::from(samples);
    let body = top.len() as u64 + 8 + field + 8 + rate.len() as u64;
    let mut head = vec![b' '; 124];
    head[..6].copy_from_slice(b"MATLAB");
    head.extend([0, 1, b'I', b'M']);
    head.extend(words(&[14, body as u32]));
    head.extend(top);
    head.extend(words(&[14, field as u32]));
    head.extend(gs);
    head.extend(words(&[9, 8 * samples]));
    let path = folder.path().join("long.mat");
    let mut file = File::create(&path).unwrap();
    file.write_all(&head).unwrap();
    file.seek(SeekFrom::Current(8 * i64::from(samples))).unwrap();
    file.write_all(&element(14, &rate)).unwrap();
    let text = "[[channel]]\nname = \"gs\"\nvariable = \"bearing.gs\"\n[rate]\nvariable = \"bearing.sr\"\nunit = \"Hz\"\n";
    let layout = Layout::parse(text, "own").unwrap();
    let request = ReadRequest { layout: Some(&layout), ..ReadRequest::default() };
    let (found, seconds, taken) = probed(&path, &request);
    assert_eq!((found, seconds), (samples as usize, Some(f64::from(samples) / 97_656.0)));
    assert!(taken < 128 << 10, "{taken} bytes");
    let source = Source::open(&path).unwrap();
    let arrays = probe_recording(&source, &request).unwrap().arrays;
    let classes: Vec<_> =
        arrays.iter().map(|array| (array.name.as_str(), array.class, array.value)).collect();
    assert_eq!(
        classes,
        [("bearing.gs", ArrayClass::Double, None), ("bearing.sr", ArrayClass::Double, Some(97_656.0))]
    );
}
