use botsieve::ingest::*;
use std::path::Path;
fn walk(p: &Path, out: &mut Vec<std::path::PathBuf>) {
    for e in std::fs::read_dir(p).unwrap() { let p = e.unwrap().path(); if p.is_dir() { walk(&p, out) } else { out.push(p) } }
}
#[test]
fn explore() {
    let root = std::env::var("BOTSIEVE_DATASETS").unwrap();
    let mut files = vec![]; walk(Path::new(&root), &mut files); files.sort();
    for f in files {
        let short = f.strip_prefix(&root).unwrap().display().to_string();
        match Input::open(&f, &ReadOptions::default()) {
            Ok(mut i) => {
                let mut t = Tally::default(); let mut ex = None;
                let d = i.dialect();
                i.for_each_row(|r| { t.add(&r); if ex.is_none() { ex = r.damage.clone().map(|d| (r.line, d.to_string())); } }).unwrap();
                println!("OK  {short} | {d} | {t:?} {ex:?}");
                println!("      {}", i.mapping().used.iter().map(|m| format!("{}={}", m.field.name(), m.name)).collect::<Vec<_>>().join(" "));
            }
            Err(e) => println!("ERR {short} | {}", e.to_string().replace(&root, "").chars().take(330).collect::<String>()),
        }
    }
}
