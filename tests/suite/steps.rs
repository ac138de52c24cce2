//! One agent at a time: what holds for every rule on this clock.

use crate::support::{metric, plain, written};
use mores::columns::{Strategy, TraitF32};
use mores::simulation::Simulation;

fn after(ticks: u64, text: &str) -> Simulation {
    crate::support::after(&written(text), ticks, plain())
}

#[test]
fn who_learns_from_nobody_mutates_in_its_steps() {
    for learning in ["", "learning = { kind = \"averaging\", trait = \"view\" }"] {
        for update in ["synchronous", "random-order"] {
            let text = format!(
                "run = {{ ticks = 9, seed = 3, update = \"{update}\" }}
                population = {{ groups = 100, group_size = 100 }}
                trait = [{{ name = \"view\", init = {{ uniform = [0.0, 1.0] }} }}]
                strategy = [{{ name = \"a\", share = 1.0 }}, {{ name = \"b\" }}]
                structure = {{ kind = \"well-mixed\" }}
                mutation = {{ prob = 0.1 }}\n{learning}"
            );
            // One step each a tick: p ← 0.9 p + 0.1 (1 − p).
            let world = after(3, &text);
            let left = world.column::<Strategy>().iter().filter(|&&strategy| strategy == 0).count();
            let wanted = 10_000.0 * (0.5 + 0.5 * 0.8f64.powi(3));
            assert!((left as f64 - wanted).abs() < 250.0, "{update}, {learning}: {left}, not {wanted}");
        }
    }
}

#[test]
fn who_learns_from_nobody_plays_in_its_steps() {
    let text = "
        run = { ticks = 9, seed = 3, update = \"random-order\" }
        population = { groups = 10, group_size = 10 }
        strategy = [{ name = \"c\", plays = \"C\", share = 0.5 }, { name = \"d\", plays = \"D\" }]
        game = { kind = \"donation\", benefit = 4.5, cost = 1.0 }
        structure = { kind = \"well-mixed\", pairing = \"all\" }";
    // Of nine others four or five give: 4.5 · 4 / 9 − 1 to who gives, 4.5 · 5 / 9 to who does not.
    let world = after(1, &format!("{text}\n").replace("cost = 1.0 }", "cost = 1.0, total = \"mean\" }"));
    assert_eq!([metric(&world, "cooperation"), metric(&world, "payoff_mean")], [0.5, (1.0 + 2.5) / 2.0]);
}

#[test]
fn what_a_strategy_is_worth_is_learnt_step_by_step() {
    let text = "
        run = { ticks = 9, seed = 3, update = \"random-order\" }
        population = { groups = 10, group_size = 10 }
        strategy = [{ name = \"c\", plays = \"C\", share = 1.0 }, { name = \"d\", plays = \"D\" }]
        game = { kind = \"donation\", benefit = 3.0, cost = 1.0, total = \"mean\" }
        structure = { kind = \"well-mixed\", pairing = \"all\" }
        learning = { kind = \"q-learning\", step = 0.25, explore = 0.0 }";
    let world = after(4, text);
    let values = world.columns().into_iter().find(|column| &*column.name == "values").unwrap();
    // Everybody cooperates and is paid 2 in each of four steps: 2 (1 − 0.75⁴), and defection stays untried.
    let worth = 2.0 * (1.0 - 0.75f32.powi(4));
    for values in world.view().of::<f32>(&values).chunks(2) {
        assert!((values[0] - worth).abs() < 1e-6 && values[1] == 0.0, "{values:?}");
    }
}

#[test]
fn tags_are_seen_in_every_step() {
    let text = |update: &str, rounds: &str| {
        format!(
            "run = {{ ticks = 9, seed = 3, update = \"{update}\" }}
            population = {{ groups = 20, group_size = 100 }}
            trait = [{{ name = \"tag\", values = [\"red\", \"blue\"], init = \"uniform\" }}]
            strategy = [{{ name = \"kin\", kind = \"tag-based\" }}]
            game = {{ kind = \"donation\", benefit = 3.0, cost = 1.0, total = \"mean\"{rounds} }}
            structure = {{ kind = \"lattice\", rows = 10, columns = 10 }}"
        )
    };
    for rounds in ["", ", rounds = 3"] {
        // Nothing changes from tick to tick, so both clocks see the same meetings of the same neighbours.
        let [once, steps] = ["synchronous", "random-order"].map(|update| after(1, &text(update, rounds)));
        for name in ["cooperation", "payoff_mean"] {
            let [once, steps] = [&once, &steps].map(|world| metric(world, name));
            assert!((once - steps).abs() < 1e-6, "{name}: {once} at once, {steps} step by step");
        }
        let cooperation = metric(&steps, "cooperation");
        assert!((cooperation - 0.5).abs() < 0.05, "{cooperation} cooperate with half of all");
    }
}

#[test]
fn opinions_move_while_strategies_mutate() {
    let text = "
        run = { ticks = 9, seed = 3, update = \"random-order\" }
        population = { groups = 10, group_size = 50 }
        trait = [{ name = \"view\", init = { uniform = [0.0, 1.0] } }]
        strategy = [{ name = \"a\", share = 1.0 }, { name = \"b\" }]
        structure = { kind = \"well-mixed\" }
        learning = { kind = \"averaging\", trait = \"view\" }
        mutation = { prob = 0.5 }";
    let world = after(5, text);
    let views = world.column::<TraitF32<0>>();
    let spread = |group: &[f32]| group.iter().fold(0.0f32, |most, view| most.max((view - group[0]).abs()));
    assert!(views.chunks(50).all(|group| spread(group) < 0.05));
    assert!(world.column::<Strategy>().contains(&1));
}
