#![no_main]
mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    shared::read(bytes.to_vec());
    // Behind a beginning that is recognised.
    let mut text = b"window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"1\"}},".to_vec();
    text.extend_from_slice(bytes);
    shared::read(text);
});
