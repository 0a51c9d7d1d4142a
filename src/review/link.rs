//! The address of a profile in the network's own site.
//!
//! Addresses are made here, from a handle that is checked letter by letter; nothing that stands in the file becomes a
//! link as it is.

use serde::Serialize;

use crate::account::Network;

/// Where profiles lie that do not say it themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The network of accounts whose file does not tell it.
    pub network: Option<Network>,
    /// The Mastodon server of handles without one (`anna` and not `anna@example.social`).
    pub instance: Option<String>,
}

/// A profile's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Always `https://`.
    pub url: String,
    /// The site's name, for people.
    pub site: String,
}

impl Link {
    /// The address of an account; `None` where the network is not known or handle and id are none of that network.
    pub fn of(network: Option<Network>, id: &str, handle: &str, site: &Site) -> Option<Link> {
        let word = |text: &str, most: usize, more: &[u8]| {
            (1..=most).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
        };
        let link = |url: String, site: &str| Some(Link { url, site: site.to_string() });
        match network.filter(|network| *network != Network::Other).or(site.network)? {
            Network::X if word(handle, 20, b"_") => link(format!("https://x.com/{handle}"), "X"),
            Network::X
                if handle.is_empty() && word(id, 20, b"") && id.bytes().all(|b| b.is_ascii_digit()) =>
            {
                link(format!("https://x.com/i/user/{id}"), "X")
            }
            Network::Instagram if word(handle, 30, b"._") && !handle.starts_with('.') => {
                link(format!("https://www.instagram.com/{handle}/"), "Instagram")
            }
            Network::Bluesky if is_host(handle) => {
                link(format!("https://bsky.app/profile/{handle}"), "Bluesky")
            }
            Network::Bluesky if is_did(id) => link(format!("https://bsky.app/profile/{id}"), "Bluesky"),
            Network::Mastodon => {
                let (user, host) = match handle.split_once('@') {
                    Some((user, host)) => (user, host),
                    None => (handle, site.instance.as_deref()?),
                };
                let good = word(user, 64, b"_.-") && !user.starts_with('.') && is_host(host);
                good.then(|| Link { url: format!("https://{host}/@{user}"), site: host.to_string() })
            }
            _ => None,
        }
    }
}

/// Why an account has no [`Link`], and what would give it one.
pub(super) fn no_link(network: Option<Network>, handle: &str, site: &Site) -> &'static str {
    match network.filter(|network| *network != Network::Other).or(site.network) {
        None => "No link: the file does not tell the network; start with --network to have one",
        Some(Network::Mastodon) if site.instance.is_none() && !handle.contains('@') => {
            "No link: the handle has no server; start with --instance HOST to have one"
        }
        Some(_) => "No link: handle and id are not as the network has them",
    }
}

/// A host name of at least two parts, the last of them letters: no address in numbers, no port, no user.
pub fn is_host(text: &str) -> bool {
    let part = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let mut last = "";
    let parts = text.split('.').inspect(|part| last = part).filter(|one| part(one)).count();
    text.len() <= 253
        && parts >= 2
        && parts == text.split('.').count()
        && (last.bytes().all(|b| b.is_ascii_alphabetic()) || last.starts_with("xn--"))
}

fn is_did(text: &str) -> bool {
    let rest = text.strip_prefix("did:plc:").or_else(|| text.strip_prefix("did:web:"));
    rest.is_some_and(|rest| {
        (1..=253).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(network: Network, id: &str, handle: &str) -> Option<String> {
        let site = Site { network: None, instance: Some("social.example".into()) };
        Link::of(Some(network), id, handle, &site).map(|link| link.url)
    }

    #[test]
    fn each_network_has_its_addresses() {
        for (network, id, handle, expected) in [
            (Network::X, "", "anna_berg", "https://x.com/anna_berg"),
            (Network::X, "12", "", "https://x.com/i/user/12"),
            (Network::Instagram, "", "anna.berg", "https://www.instagram.com/anna.berg/"),
            (Network::Bluesky, "", "anna.example.com", "https://bsky.app/profile/anna.example.com"),
            (Network::Bluesky, "did:plc:abc123", "", "https://bsky.app/profile/did:plc:abc123"),
            (Network::Mastodon, "", "anna@tusk.example.org", "https://tusk.example.org/@anna"),
            (Network::Mastodon, "", "anna", "https://social.example/@anna"),
        ] {
            assert_eq!(url(network, id, handle).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_handle_of_the_network_is_no_link() {
        for handle in [
            "",
            "anna/../../evil",
            "javascript:alert(1)",
            "anna?x=1",
            "anna#x",
            "anna berg",
            "аnna",
            "anna\u{202e}",
            "\"><script>",
            "anna@evil.example:8080",
            "anna@127.0.0.1",
            "anna@localhost",
            "anna@evil.example/path",
            "anna@-evil.example",
            "a@b@evil.example",
            "anna@evil..example",
            "//evil.example",
        ] {
            for network in [Network::X, Network::Instagram, Network::Bluesky, Network::Mastodon] {
                assert_eq!(url(network, "did:plc:../x", handle), None, "{network:?} {handle}");
            }
        }
        assert_eq!(url(Network::X, "did:plc:abc", ""), None);
        assert_eq!(Link::of(None, "1", "anna", &Site::default()), None, "which network is not known");
        assert_eq!(Link::of(Some(Network::Mastodon), "1", "anna", &Site::default()), None);
    }

    proptest::proptest! {
        /// Whatever stands in the file: the address is https and holds nothing but letters a browser does not act on.
        #[test]
        fn addresses_are_plain(handle in "[a-z0-9@./:%#?\\\\ _-]{0,30}|\\PC{0,20}", id in "\\PC{0,20}|did:plc:\\PC{0,9}") {
            for network in [Network::X, Network::Instagram, Network::Bluesky, Network::Mastodon] {
                let Some(url) = url(network, &id, &handle) else { continue };
                let rest = url.strip_prefix("https://").expect("https");
                let plain = |c: char| c.is_ascii_alphanumeric() || "./_-@:".contains(c);
                proptest::prop_assert!(rest.chars().all(plain), "{url}");
                let host = rest.split('/').next().unwrap_or_default();
                proptest::prop_assert!(is_host(host), "{url}");
            }
        }
    }
}
