#![no_main]
mod shared;

use botsieve::ingest::{EngagementFile, Engagements, ReadOptions, Us};

/// Reads bytes as a file of engagement: every record becomes something, and nobody comes from nowhere.
fn read(form: &str, bytes: &[u8]) {
    let path = shared::file("engagement", bytes);
    let named: EngagementFile = format!("{form}{}", path.display()).parse().expect("a form and a path");
    let us = Us::new(["@tea_house", "12"]);
    let all = match Engagements::read(&[named], &us, 1, |_, _| |_| ()) {
        Ok(all) => all,
        Err(error) => return shared::harmless(&error.to_string()),
    };
    let [file] = &all.files[..] else { panic!("one file in, one file out") };
    let nobody = file.elsewhere + file.own + file.without_key + file.damaged;
    assert!(nobody <= file.records, "{file:?}");
    assert_eq!(file.first_damaged.len() as u64, file.damaged.min(5));
    assert!(all.len() as u64 <= file.records - nobody, "{file:?}");
    for (number, _, damage) in &file.first_damaged {
        assert!((1..=file.records).contains(number), "{file:?}");
        shared::harmless(&damage.to_string());
    }
    if file.read_as.starts_with("accounts") {
        assert_eq!(all.is_empty(), nobody == file.records, "{file:?}");
        let rows = shared::read_with(bytes.to_vec(), &ReadOptions::default());
        assert_eq!(rows, Some(file.records), "rows in = rows out");
    }
    if let Some(counts) = all.of("12", "anna") {
        assert!(counts.any());
        assert_eq!(counts.first.is_some(), counts.last.is_some());
        assert!(counts.first <= counts.last);
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // By its content, and as what it was said to be.
    for form in ["", "counts=", "posts=", "likes="] {
        read(form, bytes);
    }
    // Behind beginnings that are recognised.
    for head in [
        &b"id,handle,mentions,replies,reposts,likes,first,last\n"[..],
        b"user_id,user_screen_name,text,in_reply_to_user_id,created_at\n",
        b"{\"author_id\":\"1\",\"text\":\"@tea_house a\"}\n",
        b"[{\"user\":{\"id_str\":\"1\"},\"full_text\":\"a\",\"in_reply_to_user_id_str\":\"12\"},",
    ] {
        read("", &[head, bytes].concat());
    }
});
