#![no_main]
mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    shared::read(bytes.to_vec());
    // Behind a beginning that is recognised.
    let mut text = b"id,screen_name,followers_count,created_at,description\n".to_vec();
    text.extend_from_slice(bytes);
    shared::read(text);
});
