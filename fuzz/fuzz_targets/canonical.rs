#![no_main]
mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // What `botsieve convert` writes, as CSV and as JSON lines.
    for head in [
        &b"botsieve_status,id,handle,name,bio,followers,verified,you_follow,created_at,age_days\n"[..],
        b"{\"botsieve_status\":\"ok\",\"id\":\"1\",\"handle\":\"a\",\"followers\":3}\n",
    ] {
        shared::read([head, bytes].concat());
    }
});
