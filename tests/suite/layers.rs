//! Several structures in one world.

use crate::support::{Way, hash, plain};
use mores::pass::Sizes;
use mores::scenario::Source;

const PLAYED: &str = r#"
run = { ticks = 6, seed = 7, update = "UPDATE" }
population = { groups = 3, group_size = 1500 }
strategy = [{ name = "c", plays = "C", share = 0.6 }, { name = "d", plays = "D" }]
game = { kind = "donation", benefit = 5.0, cost = 1.0, total = "mean", structure = "PLAYS" }
learning = { kind = "fermi", selection = 1.0, structure = "LEARNS" }
[[structure]]
name = "home"
kind = "cliques"
size = 4
[[structure]]
name = "work"
kind = "random-regular"
degree = 6
"#;

const SPREADS: &str = r#"
run = { ticks = 8, seed = 7 }
population = { groups = 2, group_size = 3000 }
cascade = { kind = "compartments", stages = ["susceptible", "infected"], initial = 30, contact = CONTACT, transitions = [
  { from = "susceptible", to = "infected", by = "contact", prob = 0.3 },
] }
[[structure]]
name = "home"
kind = "cliques"
sizes = [1, 3, 6]
"#;

const STREET: &str = r#"
[[structure]]
name = "street"
kind = "well-mixed"
pairing = "with-replacement"
[[structure]]
name = "club"
kind = "erdos-renyi"
mean_degree = 3.0
"#;

fn same_on_any_threads(source: &Source) -> u128 {
    let usual = hash(source, 6, plain());
    for (threads, task, block) in [(3, 4096, 1024), (2, 1024, 256)] {
        let other = Way { threads, sizes: Sizes { task, block, far: 0 } };
        assert_eq!(usual, hash(source, 6, other), "{}", source.name);
    }
    usual
}

#[test]
fn a_game_and_a_learning_rule_have_layers_of_their_own() {
    for update in ["synchronous", "asynchronous"] {
        let world = |plays: &str, learns: &str| {
            let text = PLAYED.replace("UPDATE", update).replace("PLAYS", plays).replace("LEARNS", learns);
            same_on_any_threads(&Source::of("layers", &text))
        };
        assert_ne!(world("work", "home"), world("home", "work"), "{update}: the layers change places");
    }
}

#[test]
fn contacts_of_layers_add_up_and_a_closed_layer_adds_none() {
    let world = |contact: &str, further: &str| {
        let text = SPREADS.replace("CONTACT", contact) + further;
        same_on_any_threads(&Source::of("layers", &text))
    };
    let home = world("{ home = 1.0 }", "");
    assert_eq!(home, world("{ home = 1.0, street = 0.0, club = 0.0 }", STREET));
    let open = world("{ home = 1.0, street = 1.0, club = 1.0 }", STREET);
    assert_ne!(home, open);
    assert_eq!(open, world("\"neighbours\"", STREET));
    assert_ne!(open, world("{ home = 1.0, street = 0.5, club = 1.0 }", STREET));
}
