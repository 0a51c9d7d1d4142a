//! What the README says of the default model is what the model file says.

use botsieve::model::Model;

fn thousands(n: usize) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) }
}

#[test]
fn the_table_of_the_readme_is_that_of_the_model_file() {
    let readme = include_str!("../README.md");
    let model = Model::embedded().unwrap();
    for h in &model.held_out {
        let [lo, hi] = h.roc_auc_interval.unwrap();
        let row = format!(
            "| {} | {} / {} | {:.3} [{lo:.3}, {hi:.3}] | {:.3} |",
            h.source,
            thousands(h.bots),
            thousands(h.humans),
            h.roc_auc,
            h.one_split_roc_auc.unwrap()
        );
        assert!(readme.contains(&row), "the README lacks: {row}");
    }
    let n = model.held_out.len() as f64;
    let mean = model.held_out.iter().map(|h| h.roc_auc).sum::<f64>() / n;
    assert!(readme.contains(&format!("**mean of {n}** | | **{mean:.3}**")), "mean {mean:.3}");
}
