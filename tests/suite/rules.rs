//! docs/rules.md is what the rules say of themselves.

use crate::support::repository;
use mores::families::FAMILIES;
use mores::registry::reference;

/// `MORES_BLESS=1 cargo test --release rules` writes the page anew.
#[test]
fn the_page_of_rules_is_true() {
    let page = reference(FAMILIES);
    let file = repository("docs/rules.md");
    if std::env::var_os("MORES_BLESS").is_some() {
        std::fs::create_dir_all(repository("docs")).unwrap();
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let first = page.lines().zip(written.lines()).find(|(now, then)| now != then);
    assert!(
        page == written,
        "docs/rules.md is not what the rules say; MORES_BLESS=1 writes it anew: {first:?}"
    );
}
