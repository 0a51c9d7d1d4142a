//! Libraries that panic over a damaged file: said as an error, not as a crash.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives, or what it panicked with.
///
/// # Errors
/// Where it panicked: nothing that it worked on may be used any more.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    CATCHING.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(false);
    done.map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        format!("its reader gave up ({})", super::visible(words))
    })
}

/// From here on a panic that is caught prints nothing.
pub fn hush_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |told| {
        if !CATCHING.get() {
            usual(told);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_becomes_words() {
        assert_eq!(caught(|| 7), Ok(7));
        let at = std::hint::black_box(9);
        let words = caught(|| [1, 2, 3][at]).unwrap_err();
        assert!(words.contains("gave up") && words.contains("index"), "{words}");
    }
}
