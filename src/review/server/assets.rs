//! The page's files. They hold nothing of the list.

/// One file.
pub(super) struct Asset {
    pub kind: &'static str,
    pub text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! page {
    ($name:literal, $kind:expr) => {
        ($name, Asset { kind: $kind, text: include_str!(concat!("../page/", $name)) })
    };
}

static ASSETS: [(&str, Asset); 9] = [
    page!("index.html", "text/html; charset=utf-8"),
    page!("style.css", "text/css; charset=utf-8"),
    page!("icon.svg", "image/svg+xml"),
    page!("main.js", SCRIPT),
    page!("server.js", SCRIPT),
    page!("dom.js", SCRIPT),
    page!("account.js", SCRIPT),
    page!("list.js", SCRIPT),
    page!("dialogs.js", SCRIPT),
];

/// The file of a path.
pub(super) fn find(path: &str) -> Option<&'static Asset> {
    let name = if path == "/" { "index.html" } else { path.strip_prefix("/page/")? };
    // One address for each file.
    let own = name != "index.html" || path == "/";
    ASSETS.iter().find(|(known, _)| *known == name && own).map(|(_, asset)| asset)
}
