//! Structures that list their neighbours, where some have fewer than others of their block.

use crate::support::{Way, after, plain, written};
use mores::columns::{Payoff, Reputation};
use mores::pass::Sizes;

const CLIQUES: &str = "
run = { ticks = 9, seed = 3 }
population = { groups = 3, group_size = 200 }
strategy = [{ name = \"c\", plays = \"C\" }]
structure = { kind = \"cliques\", sizes = [1, 2, 5] }\n";

/// All give in each of the games around oneself and around each neighbour: every game gives one cost back and another.
#[test]
fn nobody_plays_again_for_a_neighbour_that_it_has_not() {
    let text = format!(
        "{}game = {{ kind = \"public-goods\", cost = 1.0, multiplier = 2.0 }}",
        CLIQUES.replace("5] }", "5], pairing = \"neighbourhoods\" }")
    );
    let world = after(&written(&text), 1, plain());
    let structure = world.structure().unwrap();
    for (agent, &payoff) in world.column::<Payoff>().iter().enumerate() {
        assert_eq!(payoff, 1.0 + structure.degree(agent) as f32, "agent {agent}");
    }
}

#[test]
fn whoever_meets_somebody_is_judged_whatever_the_others_of_its_block_meet() {
    let text = format!(
        "{CLIQUES}game = {{ kind = \"donation\", benefit = 2.0, cost = 1.0 }}
        norm = {{ kind = \"image-scoring\", initial_good = 0.0 }}"
    );
    for sizes in [Sizes::default(), Sizes { task: 64, block: 8, far: 0 }] {
        let world = after(&written(&text), 1, Way { threads: 1, sizes });
        let structure = world.structure().unwrap();
        for (agent, &good) in world.column::<Reputation>().iter().enumerate() {
            assert_eq!(good, u8::from(structure.degree(agent) > 0), "agent {agent}, {sizes:?}");
        }
    }
}
