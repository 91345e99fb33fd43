//! Pages and tables from diagnoses: one [`brinell_diagnosis::Diagnosis`] becomes a self-contained
//! HTML page, a PDF, a Markdown text and a JSON file, two become a page of their differences, many a fleet page and
//! Parquet tables.
//!
//! A renderer reads a diagnosis and nothing else: no recording, no clock, no network, no
//! environment. The same diagnosis and options give the same bytes.
//!
//! ```
//! use brinell_report::{Declared, FleetOptions, FleetRow, fleet_html};
//!
//! let bearing = Declared { bearing: Some("6205".to_owned()), ..Declared::default() };
//! let rows = [FleetRow::failed("pump-3.mat", &bearing, "byte 128: the array ends before its stated length")];
//! let page = fleet_html(&rows, &FleetOptions { title: "Plant 2".to_owned(), ..FleetOptions::default() });
//! assert!(page.contains("pump-3.mat"));
//! ```
//!
//! # Map
//! | file | idea |
//! |---|---|
//! | `document/` | a report as data: headings, sentences, tables, figures; `localise.rs` gives it its language |
//! | `page/` | the blocks of a report, one a file, from a diagnosis |
//! | `html/` `pdf/` `markdown.rs` | a document as a page, as a PDF, as Markdown |
//! | `comparison.rs` | two reports side by side, differences first |
//! | `plot/` | the figures of a report, from a diagnosis to a [`Figure`] |
//! | `figure.rs` `axis.rs` | a figure as data; ticks and scales |
//! | `drawing.rs` `marks.rs` | a figure as shapes, and those of its marks |
//! | `canvas.rs` `svg.rs` | what a figure is drawn on; SVG |
//! | `palette.rs` `colormap.rs` | colours for light and dark with their contrasts; the map of images |
//! | `decisive.rs` | which evidence a verdict rests on |
//! | `number.rs` `text.rs` | how numbers are written; hostile text made harmless |
//! | `declared.rs` | what flags and manifest said of a recording that was not read |
//! | `condition.rs` | level, stage and first action of a recording, in short |
//! | `fleet/` | many recordings on one page, worst first; `newest.rs` tells older readings, `table.rs` writes the table |
//! | `json.rs` | the JSON form; its schema is `schema/brinell.report-1.json` |
//! | `performance/` | what a model is worth, as pictures: confusion, reliability, risk over coverage, spread |
//! | `standalone.rs` | figures in a file of their own |
//! | `array/` | the output of a transform as a picture, a NumPy array or a table |
//! | `tables/` | Parquet tables of recordings and peaks |
//! | `words.rs` `words/` | the languages of a report and their catalogues |
//! | `files.rs` | names of report files, and writing them whole or not at all |

pub mod array;
mod axis;
mod canvas;
mod colormap;
mod comparison;
mod condition;
mod decisive;
mod declared;
mod document;
mod drawing;
mod error;
mod figure;
mod files;
mod fleet;
mod html;
mod json;
mod markdown;
mod marks;
mod number;
mod page;
mod palette;
mod pdf;
pub mod performance;
mod plot;
mod standalone;
mod svg;
mod tables;
mod text;
mod unit;
mod words;

pub use axis::{Axis, Scale};
pub use comparison::{comparison_html, comparison_markdown, comparison_pdf};
pub use condition::{Condition, NextAction};
pub use declared::Declared;
pub use error::{Error, Result};
pub use figure::{Cells, Figure, Ink, Mark, Marker, Rail, RailEntry};
pub use files::{Forms, ReportPaths, report_name, write_fleet, write_report};
pub use fleet::{FleetChoice, FleetOptions, FleetRow, FleetState, FleetTrend, fleet_html};
pub use html::{HtmlOptions, html};
pub use json::{SCHEMA_TEXT, json, read_json};
pub use markdown::{MarkdownOptions, markdown};
pub use pdf::{Paper, Pdf, PdfOptions, pdf};
pub use plot::figures;
pub use tables::{
    PeakRow, RecordingRow, TABLE_FOLDERS, TABLES_SCHEMA, TablePaths, TableRows, drop_rows, table_paths,
    write_tables,
};
pub use words::Language;
