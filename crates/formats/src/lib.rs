//! How vibration recordings lie in files, and what is known about them.
//!
//! A [`Format`] turns a file into [`NamedArray`]s; a [`Layout`] says which array is which channel,
//! in what unit, and which bearing sits under it; a [`Catalogue`] says what each recording of a
//! [`Dataset`] shows. [`read_recording`] puts them together. What nothing says is asked for by
//! name, never guessed; nothing is concluded from a file's name but what a layout declares to stand in it.
//!
//! ```
//! use brinell_formats::{ReadRequest, read_recording, write_mat5};
//! use brinell_signal::Hertz;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("pump.mat");
//! write_mat5(&path, &[("bearing".to_owned(), vec![0.1, -0.2, 0.3])])?;
//!
//! // The file does not say how fast it was sampled, so it has to be told.
//! assert!(read_recording(&path, &ReadRequest::default()).is_err());
//! let request = ReadRequest { rate: Some(Hertz(12_000.0)), ..ReadRequest::default() };
//! let read = read_recording(&path, &request)?;
//! assert_eq!(read.recording.channels()[0].samples(), [0.1, -0.2, 0.3]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `source`, `packing` | the bytes of a file; gzip, xz and zstd unpacked with bounded memory |
//! | `format`, `recognise` | the table of formats; what a file is that none of them reads |
//! | `mat5/` | MATLAB 5 to 7, read and written |
//! | `frame/` | tables: Parquet |
//! | `arrow/` | Arrow IPC files |
//! | `wav` | WAV, also beyond 4 GiB |
//! | `flac` | FLAC sound |
//! | `npy/` | NumPy arrays and archives of them |
//! | `raw` | bare numbers, as a layout declares them |
//! | `text/` | CSV, TSV and other columns of numbers |
//! | `scalar`, `records`, `fault` | numbers as bytes, records of fixed size, errors with their place |
//! | `runs`, `turned` | values of an array handed out piece by piece, also in another order than the file's |
//! | `hdf5/`, `matlab73/` | HDF5; MATLAB 7.3, which is HDF5 |
//! | `tdms/` | TDMS |
//! | `uff58/` | universal files, data set 58 |
//! | `array`, `facts`, `named_facts`, `unit_text` | named arrays, and what a file says of them: rate, unit, speed, time |
//! | `columns`, `axis_name` | matrices whose columns are channels; arrays that are none, being times or counts |
//! | `layout`, `pattern`, `toml_text` | layouts and their patterns of variable names |
//! | `path_facts`, `path_pattern` | what the path of a file says, by its layout |
//! | `catalogue`, `catalogue_draft` | tables of recordings, read and begun |
//! | `dataset` | the data sets this build knows, in one table |
//! | `reading`, `picking`, `stated`, `stated_variables` | from file to recording: its channels, its rate and speed |
//! | `measured` | which channels are vibration, by unit and name |
//! | `probing` | the same from headers alone |
//! | `segments` | channels in segments, so that memory does not follow the file |
//! | `fetch`, `http`, `verify`, `data_folder` | getting and checking the files of a data set |
//! | `digest`, `whole_file` | SHA-256; files that appear only when whole |

mod array;
mod arrow;
mod axis_name;
mod catalogue;
mod catalogue_draft;
mod columns;
mod data_folder;
mod dataset;
mod digest;
mod error;
mod facts;
mod fault;
mod fetch;
mod flac;
mod format;
mod frame;
mod hdf5;
#[cfg(feature = "download")]
mod http;
mod layout;
mod mat5;
mod matlab73;
mod measured;
mod named_facts;
mod npy;
mod packing;
mod path_facts;
mod path_pattern;
mod pattern;
mod picking;
mod probing;
mod raw;
mod reading;
mod recognise;
mod records;
mod runs;
mod scalar;
mod segments;
mod source;
mod stated;
mod stated_variables;
mod tdms;
mod text;
mod toml_text;
mod turned;
mod uff58;
mod unit_text;
mod verify;
mod wav;
mod whole_file;

pub use array::{ArrayClass, ArrayHeader, NamedArray, Values};
pub use arrow::ArrowIpc;
pub use catalogue::{Catalogue, Entry, FaultLabel, catalogue_columns, catalogued_file};
pub use catalogue_draft::{CatalogueDraft, catalogue_table};
pub use data_folder::{DataFolderEnvironment, data_folder};
pub use dataset::{Dataset, Presence, dataset, datasets, find_dataset, find_layout, identify, layouts};
pub use digest::{sha256, sha256_file};
pub use error::{Error, ErrorKind, Result};
pub use facts::{Fact, Facts, NoRate};
pub use fetch::{
    FetchPlan, FetchReport, Fetched, Mirror, PlannedAction, PlannedFile, Progress, fetch, plan_fetch,
};
pub use format::{
    Confidence, Format, HEAD, Outline, Probe, Selection, format_of, formats, is_recording, probe_file,
    read_arrays,
};
pub use frame::{Parquet, TextTable, parquet_texts, parquet_titles};
pub use hdf5::Hdf5;
pub use layout::{ChannelLayout, ChannelVariable, FrequencyLayout, FrequencyUnit, Layout, QuantityLayout};
pub use mat5::{Mat5, write_mat5};
pub use matlab73::Mat73;
pub use measured::{MeasuredChannels, OtherChannel};
pub use path_facts::{PathFacts, PathLayout};
pub use path_pattern::PathPattern;
pub use pattern::Pattern;
pub use probing::{FileProbe, ProbedArray, ProbedChannel, ProbedRecording, probe_recording};
pub use raw::{RawByteOrder, RawLayout, RawType};
pub use reading::{ReadRecording, ReadRequest, read_channels, read_recording, recording_of};
pub use segments::{RecordingSegment, WantedChannels, read_segments};
pub use source::Source;
pub use tdms::Tdms;
pub use toml_text::parse as parse_toml;
pub use uff58::Uff58;
pub use verify::{VerifyReport, WrongFile, verify, verify_file};
