//! Who comes and who leaves: what holds for every world with a turnover.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use mores::columns::{Strategy, TraitF32, TraitU8};
use mores::scenario::Source;
use mores::simulation::Simulation;
use std::sync::Arc;

/// The world after so many ticks.
fn after(ticks: u64, text: &str) -> Simulation {
    let scenario = Source::of("turnover", text).read().map_err(|error| error.to_string()).unwrap();
    let mut simulation = Simulation::of(Arc::new(scenario)).build();
    for _ in 0..ticks {
        simulation.tick().unwrap();
    }
    simulation
}

fn count(simulation: &Simulation, code: u8) -> usize {
    simulation.column::<Strategy>().iter().filter(|&&strategy| strategy == code).count()
}

const PEOPLE: &str = "
run = { ticks = 100, seed = 3 }
strategy = [{ name = \"a\", share = 0.5 }, { name = \"b\", share = 0.5 }]
";

#[test]
fn places_are_empty_as_written_and_shares_are_of_those_who_live() {
    let world = after(0, &format!("{PEOPLE}population = {{ groups = 2, group_size = 1000, empty = 0.4 }}"));
    assert_eq!([0, 1, 2].map(|code| count(&world, code)), [600, 600, 800]);
    let share = |name: &str| {
        let found = mores::measures::find(name, &world.names()).unwrap().1;
        world.measure(|scope| found.of(scope))
    };
    assert_eq!(["share_a", "share_b", "share_empty", "count_empty"].map(share), [0.5, 0.5, 0.4, 800.0]);
}

#[test]
fn whoever_does_not_die_lives() {
    let text = format!("{PEOPLE}population = {{ agents = 40_000 }}\nturnover = {{ death_prob = 0.1 }}");
    let dead = count(&after(5, &text), 2) as f64;
    let (mean, chance) = (40_000.0 * (1.0 - 0.9f64.powi(5)), 0.9f64.powi(5));
    assert!((dead - mean).abs() < 5.0 * (40_000.0 * chance * (1.0 - chance)).sqrt(), "{dead} of {mean}");
}

#[test]
fn so_many_arrive_as_are_written_and_none_where_there_is_no_room() {
    let text = format!(
        "{PEOPLE}population = {{ groups = 3, group_size = 50, empty = 1.0 }}\nturnover = {{ immigrants = 4 }}"
    );
    assert_eq!([1, 5, 20].map(|ticks| count(&after(ticks, &text), 2)), [150 - 12, 150 - 60, 0]);
}

#[test]
fn offspring_has_the_strategy_and_the_traits_of_its_parent_beside_it() {
    let text = "
        run = { ticks = 100, seed = 3 }
        population = { groups = 4, group_size = 400, empty = 0.5 }
        trait = [
            { name = \"line\", type = \"u8\", init = { by = \"strategy\", values = { a = 7, b = 9, empty = 0 } } },
            { name = \"luck\", init = { uniform = [1.0, 2.0] }, inherited = false },
        ]
        strategy = [{ name = \"a\", share = 0.5 }, { name = \"b\", share = 0.5 }]
        structure = { kind = \"lattice\" }
        turnover = { birth_prob = 0.3, death_prob = 0.2 }";
    let world = after(30, text);
    let (strategy, line) = (world.column::<Strategy>(), world.column::<TraitU8<0>>());
    let luck = world.column::<TraitF32<0>>();
    assert!(count(&world, 0) > 20 && count(&world, 1) > 20 && count(&world, 2) > 20);
    for (k, &strategy) in strategy.iter().enumerate().filter(|(_, strategy)| **strategy < 2) {
        assert_eq!(line[k], [7, 9][usize::from(strategy)]);
        assert!((1.0..2.0).contains(&luck[k]));
    }
}

#[test]
fn offspring_in_the_place_of_a_neighbour_keeps_every_place_full() {
    let text = format!(
        "{PEOPLE}population = {{ groups = 3, group_size = 100 }}\nstructure = {{ kind = \"ring\" }}
        turnover = {{ birth_prob = 0.5, birth_place = \"victim\" }}"
    );
    let world = after(200, &text);
    assert_eq!(count(&world, 0) + count(&world, 1), 300);
    assert!(count(&world, 0) != 150, "nobody was replaced");
}

#[test]
fn migrants_change_places_and_nobody_is_lost() {
    let text = "
        run = { ticks = 100, seed = 3 }
        population = { groups = 4, group_size = 100 }
        trait = [{ name = \"id\", init = { range = [0.0, 99.0] } }]
        strategy = [
            { name = \"a\", place = { group = 0 } }, { name = \"b\", place = { group = 1 } },
            { name = \"c\" },
        ]
        turnover = { migration_prob = 0.2 }";
    let world = after(10, text);
    assert_eq!([0, 1, 2].map(|code| count(&world, code)), [100, 100, 200]);
    let of_a: Vec<f32> = {
        let rows = world.column::<Strategy>().iter().zip(world.column::<TraitF32<0>>());
        rows.filter(|(strategy, _)| **strategy == 0).map(|(_, &id)| id).collect()
    };
    let mut sorted = of_a.clone();
    sorted.sort_by(f32::total_cmp);
    assert_eq!(sorted, (0..100).map(|id| id as f32).collect::<Vec<_>>());
    let stay = world.column::<Strategy>()[..100].iter().filter(|&&strategy| strategy == 0).count();
    assert!((5..60).contains(&stay), "{stay} of group 0 are where they were");
}

#[test]
fn the_loser_of_a_contest_becomes_a_copy_of_the_winner() {
    let text = "
        run = { ticks = 100, seed = 3 }
        population = { groups = 64, group_size = 10 }
        trait = [{ name = \"id\", init = { uniform = [0.0, 1.0] } }]
        strategy = [{ name = \"strong\", place = { group = 5 } }, { name = \"weak\" }]
        turnover = { kind = \"group-contest\", contest_prob = 1.0, wins_by = \"strong\" }";
    // The strong never lose: they double at first, until they meet each other.
    assert_eq!([1, 2].map(|ticks| count(&after(ticks, text), 0)), [20, 40]);
    let world = after(40, text);
    assert_eq!(count(&world, 0), 640);
    let first = world.column::<TraitF32<0>>()[50..60].to_vec();
    assert!(world.column::<TraitF32<0>>().chunks(10).all(|group| group == first));
}

#[test]
fn each_agent_has_one_step_a_tick_in_random_order() {
    let text = |update: &str| {
        format!(
            "run = {{ ticks = 100, seed = 3, update = \"{update}\" }}
            population = {{ agents = 1000 }}
            strategy = [{{ name = \"a\", plays = \"D\" }}, {{ name = \"b\", plays = \"C\", share = 0.0 }}]
            structure = {{ kind = \"well-mixed\", pairing = \"with-replacement\" }}
            game = {{ kind = \"donation\", benefit = 1.0, cost = 0.5 }}
            learning = {{ kind = \"fermi\", selection = 0.0, revise_prob = 0.0 }}
            mutation = {{ prob = 1.0, when = \"after\" }}"
        )
    };
    // Each turn flips the strategy: everybody once, or some never and some twice.
    assert_eq!(count(&after(1, &text("random-order")), 1), 1000);
    assert_eq!(count(&after(2, &text("random-order")), 1), 0);
    let drawn = count(&after(1, &text("asynchronous")), 1);
    assert!(
        (350..520).contains(&drawn),
        "an odd number of turns came to {drawn} of 1000, not to (1 - e^-2) / 2"
    );
}
