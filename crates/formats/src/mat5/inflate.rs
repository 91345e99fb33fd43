//! Unpacking of `miCOMPRESSED` elements, bounded by what they declare and by what they weigh.

use super::element::{ByteOrder, DataType, Place};
use crate::error::{Error, Result};
use crate::source::MAX_BYTES;
use flate2::read::ZlibDecoder;
use std::io::{self, Read};

/// Unpacked bytes for each packed byte that zlib can reach at most (1032), rounded up.
const MAX_RATIO: usize = 1100;
/// Bytes that writers may append after the declared ones.
const MAX_TAIL: usize = 7;

/// The body of the `miMATRIX` inside a packed element.
pub(super) fn inflate(packed: &[u8], order: ByteOrder, place: &Place<'_>) -> Result<Vec<u8>> {
    let mut decoder = ZlibDecoder::new(packed);
    let declared = declared_length(&mut decoder, packed.len(), order, place)?;
    // Memory grows with what really comes out, never on the declared size alone.
    let mut body = Vec::new();
    body.try_reserve_exact(declared.min(packed.len().saturating_mul(16)))
        .map_err(|_| place.malformed(0, "there is not enough memory to unpack it"))?;
    let read = (&mut decoder).take(declared as u64).read_to_end(&mut body);
    read.map_err(|error| broken(8 + body.len(), &error, place))?;
    if body.len() < declared {
        let why = format!("its packed data declare {declared} bytes, {} came out", body.len());
        return Err(place.malformed(8 + body.len(), &why));
    }
    // Reading to the end makes the decoder compare the checksum.
    let mut tail = Vec::new();
    (&mut decoder)
        .take(MAX_TAIL as u64 + 1)
        .read_to_end(&mut tail)
        .map_err(|error| broken(8 + body.len(), &error, place))?;
    if tail.len() > MAX_TAIL {
        let why = format!("its packed data declare {declared} bytes, more came out");
        return Err(place.malformed(8 + declared, &why));
    }
    Ok(body)
}

/// Up to `window` bytes of the body, from the first packed bytes of an element of `total` bytes.
pub(super) fn inflate_start(
    start: &[u8],
    window: usize,
    total: usize,
    order: ByteOrder,
    place: &Place<'_>,
) -> Result<Vec<u8>> {
    let mut decoder = ZlibDecoder::new(start);
    let declared = declared_length(&mut decoder, total, order, place)?;
    let mut body = Vec::new();
    match (&mut decoder).take(declared.min(window) as u64).read_to_end(&mut body) {
        Ok(_) => Ok(body),
        // Only the start was given, so it may end anywhere.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(body),
        Err(error) => Err(broken(8 + body.len(), &error, place)),
    }
}

/// Reads the tag inside the packed data: its byte count, checked against the packed length.
pub(super) fn declared_length(
    decoder: &mut impl Read,
    packed: usize,
    order: ByteOrder,
    place: &Place<'_>,
) -> Result<usize> {
    let mut tag = [0_u8; 8];
    decoder.read_exact(&mut tag).map_err(|error| broken(0, &error, place))?;
    let kind = order.u32_at(&tag, 0).unwrap_or_default();
    let declared = order.u32_at(&tag, 4).unwrap_or_default() as usize;
    if DataType::from_code(kind) != Some(DataType::Matrix) {
        let why = format!("a packed element of type 14 (miMATRIX) expected, {kind} found");
        return Err(place.malformed(0, &why));
    }
    if declared > packed.saturating_mul(MAX_RATIO) {
        let why = format!(
            "{packed} packed bytes claim to unpack to {declared}: more than {MAX_RATIO} times, which zlib cannot"
        );
        return Err(place.malformed(0, &why));
    }
    if declared as u64 > MAX_BYTES {
        return Err(Error::Limit {
            path: place.path.to_owned(),
            what: format!("its unpacked variable {}", place.number),
            stated: declared as u64,
            limit: MAX_BYTES,
        });
    }
    Ok(declared)
}

pub(super) fn broken(at: usize, error: &io::Error, place: &Place<'_>) -> Error {
    let why = match error.kind() {
        io::ErrorKind::UnexpectedEof => "its packed data end too early".to_owned(),
        _ => format!("its packed data are damaged ({error})"),
    };
    place.malformed(at, &why)
}
