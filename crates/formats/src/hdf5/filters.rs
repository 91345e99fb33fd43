//! Filters of chunks that are decoded here: LZF (h5py's `compression="lzf"`), and deflate, whose memory grows with what
//! really comes out and not with what a damaged file declares.

use flate2::read::ZlibDecoder;
use hdf5_reader::FilterRegistry;
use hdf5_reader::error::Error;
use hdf5_reader::filters::FILTER_DEFLATE;
use std::io::Read;

const FILTER_LZF: u16 = 32_000;
/// Place of the decoded size among the filter's numbers.
const LZF_SIZE: usize = 2;
/// A reference of three bytes yields up to 264.
const LZF_RATIO: usize = 88;

/// The library's filters, with these two.
pub(super) fn registry(max_chunk: usize) -> FilterRegistry {
    let mut registry = FilterRegistry::new();
    registry.register(
        FILTER_LZF,
        Box::new(move |filter, packed, _| {
            let stated = filter.client_data.get(LZF_SIZE).map_or(usize::MAX, |&n| n as usize);
            lzf(packed, stated.min(max_chunk))
                .ok_or_else(|| Error::DecompressionError("LZF: the packed data are damaged".to_owned()))
        }),
    );
    registry.register(
        FILTER_DEFLATE,
        Box::new(move |_, packed, _| {
            let mut unpacked = Vec::new();
            ZlibDecoder::new(packed)
                .take(max_chunk as u64 + 1)
                .read_to_end(&mut unpacked)
                .map_err(|error| Error::DecompressionError(format!("deflate: {error}")))?;
            Ok(unpacked)
        }),
    );
    registry
}

/// Unpacks up to `limit` bytes of LZF data: runs of literal bytes, and references to bytes that came before.
fn lzf(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(limit.min(packed.len().saturating_mul(LZF_RATIO)).min(1 << 20));
    let mut bytes = packed.iter();
    while let Some(&control) = bytes.next() {
        let control = usize::from(control);
        if control < 32 {
            let run = bytes.as_slice().get(..=control)?;
            out.extend_from_slice(run);
            bytes = bytes.as_slice()[control + 1..].iter();
        } else {
            let mut length = control >> 5;
            if length == 7 {
                length += usize::from(*bytes.next()?);
            }
            let back = ((control & 0x1F) << 8) + usize::from(*bytes.next()?) + 1;
            let start = out.len().checked_sub(back)?;
            // The source may reach into what is being written.
            for i in start..start + length + 2 {
                out.push(out[i]);
            }
        }
        if out.len() > limit {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_references_also_those_into_themselves() {
        // "abc", then 3 + 9 bytes from 3 back, then "!".
        let packed = [2, b'a', b'b', b'c', 7 << 5, 3, 2, 0, b'!'];
        assert_eq!(lzf(&packed, 100).as_deref(), Some(&b"abcabcabcabcabc!"[..]));
        assert_eq!(lzf(&packed, 15), None);
    }

    #[test]
    fn what_is_cut_or_points_before_the_start_is_none() {
        for packed in [&[5, b'a'][..], &[32][..], &[7 << 5, 1][..], &[0, b'a', 32, 1][..]] {
            assert_eq!(lzf(packed, 100), None, "{packed:?}");
        }
    }
}
