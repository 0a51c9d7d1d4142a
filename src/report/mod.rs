//! Reports: a list of followers, or a model, as one file that people read; and the Markdown model card.
//!
//! | file | what it holds |
//! |---|---|
//! | `arrivals` | when the accounts came, at the earliest, by the order of the list |
//! | `card` | [`card()`]: the Markdown model card |
//! | `clusters` | [`clusters::Clusters`]: look-alikes, beside what chance would make |
//! | `followers` | [`FollowersReport`]: the numbers about a list of followers |
//! | `followers_words` | its words, plots and tables |
//! | `document` | [`document::Document`]: sections of words, plots and tables, in no form yet |
//! | `plot` | [`plot::Plot`]: what a plot shows |
//! | `svg` | plots drawn |
//! | `html` | [`html()`]: a document as one HTML file, with `style.css` |
//! | `model` | [`ModelReport`]: how a model does |
//! | `markdown` | [`markdown()`]: a document as Markdown |

mod arrivals;
mod card;
pub mod clusters;
pub mod document;
pub mod followers;
mod followers_words;
mod html;
mod markdown;
mod model;
pub mod plot;
mod svg;

pub use card::card;
pub use followers::{FollowersReport, Gather};
pub use html::html;
pub use markdown::markdown;
pub use model::{AtShare, HistogramBin, ModelReport, Provenance, SHARES, SetInput, SetReport};
