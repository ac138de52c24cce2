//! Empty places beside every other rule: nobody meets, hears, copies or infects who is not there.

use crate::support::{metric, plain, written};
use mores::columns::{Payoff, Stage, Strategy, TraitF32};
use mores::simulation::Simulation;

fn after(ticks: u64, text: &str) -> Simulation {
    crate::support::after(&written(text), ticks, plain())
}

/// The values of those of a strategy; codes are in the order of the file, `empty` is the last.
fn of(world: &Simulation, code: u8, values: &[f32]) -> Vec<f32> {
    let rows = world.column::<Strategy>().iter().zip(values);
    rows.filter(|(strategy, _)| **strategy == code).map(|(_, &value)| value).collect()
}

fn payoffs(world: &Simulation, code: u8) -> Vec<f32> {
    of(world, code, world.column::<Payoff>())
}

fn counts(world: &Simulation) -> [usize; 3] {
    [0, 1, 2].map(|code| world.column::<Strategy>().iter().filter(|&&strategy| strategy == code).count())
}

/// In every group of four places a cooperator and a defector live.
const TWO_OF_FOUR: &str = "
run = { ticks = 9, seed = 3 }
population = { groups = 50, group_size = 4, empty = 0.5 }
strategy = [{ name = \"c\", plays = \"C\", share = 0.5 }, { name = \"d\", plays = \"D\" }]
";

const DONATION: &str = "game = { kind = \"donation\", benefit = 5.0, cost = 1.0 }\n";

#[test]
fn expected_payoffs_are_over_those_who_live() {
    let text = format!("{TWO_OF_FOUR}{DONATION}structure = {{ kind = \"well-mixed\", pairing = \"all\" }}");
    let world = after(1, &text);
    assert_eq!([payoffs(&world, 0), payoffs(&world, 1)], [vec![-1.0; 50], vec![5.0; 50]]);
    assert_eq!([metric(&world, "cooperation"), metric(&world, "payoff_mean")], [0.5, 2.0]);
    // One after the other: what is evaluated is the same, and the places of nobody do nothing.
    let steps = after(1, &text.replace("seed = 3", "seed = 3, update = \"random-order\""));
    assert_eq!([metric(&steps, "cooperation"), metric(&steps, "payoff_mean")], [0.5, 2.0]);
}

#[test]
fn who_lives_alone_expects_nothing() {
    let text = format!(
        "{}{DONATION}structure = {{ kind = \"well-mixed\", pairing = \"all\" }}",
        TWO_OF_FOUR.replace("empty = 0.5", "empty = 0.75").replace("share = 0.5", "share = 1.0")
    );
    assert_eq!(payoffs(&after(1, &text), 0), vec![0.0; 50]);
}

#[test]
fn a_game_of_the_whole_group_has_the_members_who_live() {
    let game = "game = { kind = \"public-goods\", cost = 1.0, multiplier = 1.5 }\n";
    let whole = "structure = { kind = \"well-mixed\", pairing = \"group\" }";
    // One gives, two get: 1.5 / 2 each; on three places in a ring the two play around either of them.
    let world = after(1, &format!("{TWO_OF_FOUR}{game}{whole}"));
    assert_eq!([payoffs(&world, 0), payoffs(&world, 1)], [vec![-0.25; 50], vec![0.75; 50]]);
    assert_eq!(metric(&world, "cooperation"), 0.5);
    let places = TWO_OF_FOUR.replace("group_size = 4, empty = 0.5", "group_size = 3, empty = 0.34");
    let world =
        after(1, &format!("{places}{game}structure = {{ kind = \"ring\", pairing = \"neighbourhoods\" }}"));
    assert_eq!([payoffs(&world, 0), payoffs(&world, 1)], [vec![-0.5; 50], vec![1.5; 50]]);
    assert_eq!(metric(&world, "cooperation"), 0.5);
    // A sanction goes through the same meeting: the defector is fined by the one who gives.
    let fined = TWO_OF_FOUR.replace("plays = \"C\",", "plays = \"C\", punishes = \"defectors\",");
    let peer = "sanction = { kind = \"peer\", fine = 1.0, fee = 0.5 }\n";
    let world = after(1, &format!("{fined}{game}{peer}{whole}"));
    assert_eq!([payoffs(&world, 0), payoffs(&world, 1)], [vec![-0.75; 50], vec![-0.25; 50]]);
}

#[test]
fn nobody_meets_itself_where_nobody_is() {
    for rounds in ["", ", rounds = 2"] {
        let places = TWO_OF_FOUR.replace("group_size = 4, empty = 0.5", "group_size = 3, empty = 0.34");
        let text = format!(
            "{places}{}structure = {{ kind = \"ring\", self = true }}",
            DONATION.replace("cost = 1.0", &format!("cost = 1.0, total = \"mean\"{rounds}"))
        );
        let world = after(1, &text);
        // Each meets the other and itself: −1 and 5 − 1, or 5 and 0.
        assert_eq!([payoffs(&world, 0), payoffs(&world, 1)], [vec![1.5; 50], vec![2.5; 50]], "{rounds}");
        assert_eq!(metric(&world, "cooperation"), 0.5, "{rounds}");
    }
}

#[test]
fn nobody_chooses_an_empty_place() {
    let text = format!(
        "{TWO_OF_FOUR}{DONATION}trait = [{{ name = \"looks\", init = {{ uniform = [0.0, 1.0] }} }}]
        structure = {{ kind = \"well-mixed\", pairing = \"choice\", by = \"looks\", candidates = 40 }}"
    );
    // Of forty candidates one is the only other who lives: all choose it, and both give and get.
    let world = after(1, &text);
    assert_eq!([payoffs(&world, 0), payoffs(&world, 1)], [vec![-1.0; 50], vec![5.0; 50]]);
}

#[test]
fn learning_is_among_those_who_live() {
    let people = "
        run = { ticks = 9, seed = 3 }
        population = { groups = 40, group_size = 16, empty = 0.5 }
        strategy = [{ name = \"a\", plays = \"A\", count = 5 }, { name = \"b\", plays = \"B\" }]
        game = { kind = \"matrix\", actions = [\"A\", \"B\"], payoffs = [[1.0, 1.0], [0.0, 0.0]] }
        structure = { kind = \"well-mixed\", pairing = \"all\" }\n";
    let all = [8 * 40, 0, 8 * 40];
    for (rule, ticks) in [
        ("kind = \"majority\"", 1),
        ("kind = \"truncation\", keep = 0.5", 1),
        ("kind = \"wright-fisher\", selection = 1.0", 1),
        ("kind = \"best-response\"", 1),
        ("kind = \"conform\", strength = 1000.0", 1),
    ] {
        let text = format!("{people}learning = {{ {rule} }}");
        assert_eq!(counts(&after(0, &text)), [5 * 40, 3 * 40, 8 * 40], "{rule}");
        assert_eq!(counts(&after(ticks, &text)), all, "{rule}");
    }
    for rule in ["kind = \"majority\"", "kind = \"moran\", selection = 1.0", "kind = \"best-response\""] {
        let text = format!("{people}learning = {{ {rule} }}");
        let text = text.replace("seed = 3", "seed = 3, update = \"asynchronous\"");
        assert_eq!(counts(&after(60, &text)), all, "{rule}, one by one");
    }
    // Nobody's strategy can be learnt by trial either, and who lives keeps on living.
    let text = format!("{people}learning = {{ kind = \"q-learning\", step = 0.5, explore = 1.0 }}");
    assert_eq!(counts(&after(9, &text))[2], 8 * 40);
}

#[test]
fn opinions_of_empty_places_are_not_heard() {
    let text = "
        run = { ticks = 9, seed = 3 }
        population = { groups = 3, group_size = 10, empty = 0.6 }
        trait = [{ name = \"view\", init = { by = \"strategy\", values = { a = 2.0, b = 6.0, empty = 100.0 } } }]
        strategy = [{ name = \"a\", count = 3 }, { name = \"b\" }]
        structure = { kind = \"well-mixed\" }
        learning = { kind = \"averaging\", trait = \"view\" }";
    let view = |world: &Simulation, code: u8| of(world, code, world.column::<TraitF32<0>>());
    let world = after(1, text);
    let nobody = view(&world, 2);
    assert_eq!([view(&world, 0), view(&world, 1)], [vec![10.0 / 3.0; 9], vec![2.0; 3]]);
    assert_eq!(nobody, vec![100.0; 18]);
}

#[test]
fn a_cascade_reaches_those_who_live() {
    let text = "
        run = { ticks = 9, seed = 3 }
        population = { groups = 20, group_size = 12, empty = 0.5 }
        strategy = [{ name = \"a\" }]
        structure = { kind = \"well-mixed\" }\n";
    let whole = "cascade = { kind = \"independent\", prob = 1.0, per_tick = \"cascade\", initial = 1 }";
    let share = "cascade = { kind = \"threshold\", threshold = 0.15, initial = 6 }";
    let touched = |world: &Simulation, code: u8| {
        let rows = world.column::<Strategy>().iter().zip(world.column::<Stage>());
        rows.filter(|(strategy, stage)| **strategy == code && **stage > 0).count()
    };
    let world = after(2, &format!("{text}{whole}"));
    assert_eq!([0, 1].map(|code| touched(&world, code)), [120, 0]);
    // Seeds that fell on empty places reach nobody, and those who live count each other alone.
    let world = after(4, &format!("{text}{share}"));
    let rows: Vec<(u8, u8)> =
        world.column::<Strategy>().iter().copied().zip(world.column::<Stage>().iter().copied()).collect();
    for group in rows.chunks(12) {
        let living = group.iter().filter(|row| row.0 == 0);
        let reached = living.clone().filter(|row| row.1 > 0).count();
        assert!([0, living.count()].contains(&reached), "{group:?}");
    }
    assert!(touched(&world, 0) > 60);
}

#[test]
fn the_neighbours_on_every_layer_are_those_who_live() {
    let text = "
        run = { ticks = 9, seed = 3 }
        population = { groups = 20, group_size = 9, empty = 0.7 }
        strategy = [{ name = \"a\" }]
        structure = [{ name = \"home\", kind = \"cliques\", size = 3 }, { name = \"street\", kind = \"ring\" }]
        cascade = { kind = \"compartments\", stages = [\"s\", \"i\"], contact = { home = 1.0, street = 1.0 }, initial = 9,
            transitions = [{ from = \"i\", to = \"s\", prob = 1.0 }, { from = \"s\", to = \"i\", by = \"contact\", prob = 1.0 }] }";
    // All begin infected, places too. In a tick all recover who live; an empty place does neither, and infects nobody.
    let stages = |world: &Simulation, code: u8| -> Vec<u8> {
        let rows = world.column::<Strategy>().iter().zip(world.column::<Stage>());
        rows.filter(|(strategy, _)| **strategy == code).map(|(_, &stage)| stage).collect()
    };
    let first = after(1, text);
    assert!(stages(&first, 0).iter().all(|&stage| stage == 0));
    assert!(stages(&first, 1).iter().all(|&stage| stage == 1));
    assert!(stages(&after(5, text), 0).iter().all(|&stage| stage == 0));
}

#[test]
fn who_is_new_knows_nobody_and_nobody_knows_it() {
    let people = "
        run = { ticks = 40, seed = 3, update = \"random-order\" }
        population = { groups = 30, group_size = 20 }
        strategy = [{ name = \"c\", plays = \"C\" }]
        structure = { kind = \"well-mixed\", pairing = \"with-replacement\" }\n";
    // All are replaced in a tick, after they have learnt: what a strategy is worth begins anew.
    let text = format!(
        "{people}{DONATION}turnover = {{ birth_prob = 1.0, birth_place = \"victim\" }}
        learning = {{ kind = \"q-learning\", step = 0.5, explore = 0.0, initial = 7.0 }}"
    );
    let world = after(1, &text);
    let values = world.columns().into_iter().find(|column| &*column.name == "values").unwrap();
    let worth = world.view().of::<f32>(&values).to_vec();
    // Who was born begins at 7, who was not has learnt: 7 + (4 − 7) / 2.
    let born = worth.iter().filter(|&&value| value == 7.0).count();
    assert!(worth.iter().all(|value| [7.0, 5.5].contains(value)) && born > 200, "{born} of 600");
    // Everybody helps and is good in the eyes of all but of the new, who think ill of everybody.
    let text = format!(
        "{people}{DONATION}norm = {{ kind = \"image-scoring\", opinions = \"private\", initial_good = 0.0 }}
        turnover = {{ birth_prob = 0.02, birth_place = \"victim\" }}"
    );
    let world = after(20, &text);
    let opinions = world.columns().into_iter().find(|column| &*column.name == "opinions").unwrap();
    let good = world.view().of::<u8>(&opinions).iter().filter(|&&good| good == 1).count();
    let calm = after(20, &text.replace("birth_prob = 0.02", "birth_prob = 0.0"));
    let all = calm.view().of::<u8>(&opinions).iter().filter(|&&good| good == 1).count();
    assert_eq!(all, 30 * 20 * 20);
    assert!(good < all && good > all / 2, "{good} of {all}");
    // A number that nobody knows yet is below 0, however often its place has changed hands.
    let text = format!(
        "{people}{DONATION}norm = {{ kind = \"last-act\" }}\nturnover = {{ birth_prob = 1.0, birth_place = \"victim\" }}"
    );
    let world = after(3, &text);
    let grades = world.columns().into_iter().find(|column| &*column.name == "reputation").unwrap();
    let grades = world.view().of::<f32>(&grades).to_vec();
    assert!(
        grades.iter().any(|&grade| grade == -1.0) && grades.iter().all(|grade| [-1.0, 1.0].contains(grade))
    );
}
