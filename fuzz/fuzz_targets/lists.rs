#![no_main]
mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Handles, ids, the exports of Instagram and relations, behind beginnings that are recognised.
    for head in [
        &b"@anna\n"[..],
        b"id\n12\n",
        b"[{\"title\":\"\",\"string_list_data\":[{\"href\":\"https://www.instagram.com/anna\",\"value\":\"anna\"}]},",
        b"{\"relationships_following\":[{\"string_list_data\":[",
        b"[{\"id\":\"1\",\"username\":\"a\",\"public_metrics\":{},\"connection_status\":[\"following\"]},{\"connection_status\":",
    ] {
        shared::read([head, bytes].concat());
    }
});
