//! Reports: the Markdown model card.

mod card;

pub use card::card;
