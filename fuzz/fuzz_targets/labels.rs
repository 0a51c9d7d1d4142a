#![no_main]
use botsieve::ingest::LabelList;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(list) = LabelList::parse("fuzz".as_ref(), bytes) {
        assert!(!list.is_empty());
    }
});
