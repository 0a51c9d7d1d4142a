//! Reviewing: a person goes through the queue, one account at a time, and decides.
//!
//! The [`Session`] holds the queue in memory and writes every decision into the ledger before it says so. Two faces
//! stand on it: a page in the browser, which a server on 127.0.0.1 gives out, and a screen in the terminal. Nothing here
//! follows, unfollows or blocks anyone, and nothing decides for more than one account.
//!
//! | file | what it holds |
//! |---|---|
//! | `session` | [`Session`]: the queue, what stands of each account, decide, undo, what others did |
//! | `filter` | [`Filter`]: which accounts of the queue are gone through |
//! | `alike` | accounts that look alike, and why |
//! | `link` | the address of a profile in the network's own site, from a checked handle |
//! | `shown` | [`Shown`]: an account in words and numbers, every text harmless |
//! | `server/` | the page's server: who may ask, what is answered |
//! | `page/` | the page itself: HTML, style, modules |
//! | `terminal` | the same in a terminal |

mod alike;
mod filter;
mod link;
pub mod server;
mod session;
mod shown;
pub mod terminal;

pub use filter::{Filter, KindFilter, Show};
pub use link::{Link, Site, is_host};
pub use session::{Kept, News, Progress, ReviewError, Session, Setup, Step};
pub use shown::{Brief, Shown};
