//! Pages and tables from diagnoses: one [`brinell_diagnosis::Diagnosis`] becomes a self-contained
//! HTML page and a JSON file, many become a fleet page and Parquet tables.
//!
//! A renderer reads a diagnosis and nothing else: no recording, no clock, no network, no
//! environment. The same diagnosis and options give the same bytes.
//!
//! ```
//! use brinell_report::{FleetOptions, FleetRow, fleet_html};
//!
//! let rows = [FleetRow::failed("pump-3.mat", "byte 128: the array ends before its stated length")];
//! let page = fleet_html(&rows, &FleetOptions { title: "Plant 2".to_owned(), created: None });
//! assert!(page.contains("pump-3.mat"));
//! ```
//!
//! # Map
//! | file | idea |
//! |---|---|
//! | `page/` | the report page, one block a file |
//! | `plot/` | the figures of a report, from a diagnosis to a [`Figure`] |
//! | `figure.rs` `axis.rs` | a figure as data; ticks and scales |
//! | `svg.rs` `marks.rs` | a figure as SVG; the shapes of its marks |
//! | `palette.rs` `colormap.rs` | colours for light and dark with their contrasts; the map of images |
//! | `decisive.rs` | which evidence a verdict rests on |
//! | `number.rs` `text.rs` | how numbers are written; hostile text made harmless |
//! | `fleet.rs` | many recordings on one page, worst first |
//! | `json.rs` | the JSON form; its schema is `schema/brinell.report-1.json` |
//! | `performance/` | what a model is worth, as pictures: confusion, reliability, risk over coverage, spread |
//! | `standalone.rs` | figures in a file of their own |
//! | `array/` | the output of a transform as a picture, a NumPy array or a table |
//! | `tables.rs` | Parquet tables of recordings and peaks |
//! | `files.rs` | names of report files, and writing them whole or not at all |

pub mod array;
mod axis;
mod colormap;
mod decisive;
mod error;
mod figure;
mod files;
mod fleet;
mod json;
mod marks;
mod number;
mod page;
mod palette;
pub mod performance;
mod plot;
mod standalone;
mod svg;
mod tables;
mod text;

pub use axis::{Axis, Scale};
pub use error::{Error, Result};
pub use figure::{Figure, Ink, Mark, Marker, Rail, RailEntry};
pub use files::{ReportPaths, report_name, write_fleet, write_report};
pub use fleet::{FleetOptions, FleetRow, FleetState, fleet_html};
pub use json::{SCHEMA_TEXT, json};
pub use page::{HtmlOptions, html};
pub use plot::figures;
pub use tables::{TABLES_SCHEMA, TablePaths, Tables};
