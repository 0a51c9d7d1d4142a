use botsieve::ingest::{Input, ReadOptions, Source};

/// Reads bytes as a file: no panic, and as many rows as the chunks say.
pub fn read(bytes: Vec<u8>) {
    let Ok(mut input) = Input::from_source(Source::from_bytes("fuzz", bytes), &ReadOptions::default()) else {
        return;
    };
    let parser = input.parser();
    let mut next = 1;
    while let Ok(Some(chunk)) = input.next_chunk() {
        assert_eq!(chunk.first_row, next);
        parser.parse(&chunk, |row| {
            assert_eq!(row.number, next);
            next += 1;
        });
        assert_eq!(next, chunk.first_row + chunk.rows, "rows in = rows out");
    }
}
