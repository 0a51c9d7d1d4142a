#![no_main]
use botsieve::ingest::{PostInput, PostRow, Source};

/// Reads bytes as posts: no panic, and damage only of records that are there.
fn read(bytes: Vec<u8>) {
    let Ok(mut input) = PostInput::from_source(Source::from_bytes("fuzz", bytes), None) else { return };
    let parser = input.parser();
    while let Ok(Some(chunk)) = input.next_chunk() {
        let behind = chunk.first_row + chunk.rows;
        parser.parse(&chunk, |row| match row {
            PostRow::Post(post) => assert!(post.author_id.is_some() || post.author_handle.is_some()),
            PostRow::Damaged(number, ..) => assert!((chunk.first_row..behind).contains(&number)),
        });
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read(bytes.to_vec());
    // Behind beginnings that are recognised.
    for head in [
        &b"[{\"author_id\":\"1\",\"text\":\"a\"},"[..],
        b"user_id,created_at,text,source,in_reply_to_status_id,num_urls\n",
        b"user_id,first_unix,deltas_seconds_ascending\n",
        b"12\t34\tsome text\t2010-05-15 14:03:41\n",
    ] {
        read([head, bytes].concat());
    }
});
