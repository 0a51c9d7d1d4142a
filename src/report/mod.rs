//! Reports: a list of followers, or a model, as one file that people read; and the Markdown model card.
//!
//! | file | what it holds |
//! |---|---|
//! | `card` | [`card()`]: the Markdown model card |
//! | `document` | [`document::Document`]: sections of words, plots and tables, in no form yet |
//! | `plot` | [`plot::Plot`]: what a plot shows |
//! | `svg` | plots drawn |
//! | `html` | [`html()`]: a document as one HTML file, with `style.css` |
//! | `model` | [`ModelReport`]: how a model does |
//! | `markdown` | [`markdown()`]: a document as Markdown |

mod card;
pub mod document;
mod html;
mod markdown;
mod model;
pub mod plot;
mod svg;

pub use card::card;
pub use html::html;
pub use markdown::markdown;
pub use model::{AtShare, HistogramBin, ModelReport, Provenance, SHARES, SetInput, SetReport};
