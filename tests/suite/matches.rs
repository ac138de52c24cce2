//! Meetings of several rounds beside norms and sanctions.

use crate::support::{metric, payoffs, plain, written};
use mores::columns::{Reputation, Strategy};
use mores::simulation::Simulation;

fn after(ticks: u64, text: &str) -> Simulation {
    crate::support::after(&written(text), ticks, plain())
}

/// Pairs of a first and a second strategy who meet for three rounds.
fn pairs(update: &str, first: &str, pairing: &str, more: &str) -> String {
    format!(
        "run = {{ ticks = 9, seed = 3, update = \"{update}\" }}
        population = {{ groups = 1000, group_size = 2 }}
        strategy = [{{ name = \"first\", count = 1, {first} }}, {{ name = \"d\", plays = \"D\" }}]
        structure = {{ kind = \"well-mixed\", pairing = \"{pairing}\" }}\n{more}"
    )
}

const THREE: &str = "game = { kind = \"donation\", benefit = 3.0, cost = 1.0, rounds = 3 }\n";
const COPIES: &str = "kind = \"memory-one\", p = [1.0, 0.0, 1.0, 0.0]";
const PUNISHES: &str = "plays = \"C\", punishes = \"defectors\"";

#[test]
fn every_round_of_a_match_is_punished() {
    let peer = "sanction = { kind = \"peer\", fine = 1.0, fee = 0.5 }\n";
    // Three times −1 − 0.5 for who gives and punishes, three times 3 − 1 for who takes and is fined.
    for pairing in ["matching", "all"] {
        let world = after(1, &pairs("synchronous", PUNISHES, pairing, &format!("{THREE}{peer}")));
        assert_eq!(
            [payoffs(&world, 0), payoffs(&world, 1)],
            [vec![-4.5; 1000], vec![6.0; 1000]],
            "{pairing}"
        );
        let mean = THREE.replace("rounds = 3", "rounds = 3, total = \"mean\"");
        let world = after(1, &pairs("synchronous", PUNISHES, pairing, &format!("{mean}{peer}")));
        assert_eq!(
            [payoffs(&world, 0), payoffs(&world, 1)],
            [vec![-1.5; 1000], vec![2.0; 1000]],
            "{pairing}"
        );
    }
    for pairing in ["with-replacement", "all"] {
        let world = after(1, &pairs("random-order", PUNISHES, pairing, &format!("{THREE}{peer}")));
        assert_eq!(metric(&world, "payoff_mean"), (6.0 - 4.5) / 2.0, "{pairing}");
    }
    let world = after(1, &pairs("synchronous", PUNISHES, "matching", &format!("{THREE}{peer}")));
    assert_eq!([metric(&world, "punished"), metric(&world, "fines_mean")], [0.5, 1.5]);
}

#[test]
fn who_punishes_at_times_decides_in_every_round() {
    let peer = "sanction = { kind = \"peer\", fine = 1.0, fee = 0.5, punish_prob = 0.4 }\n";
    let text = pairs("synchronous", PUNISHES, "matching", &format!("{THREE}{peer}"));
    let world = after(1, &text);
    // Both sides know of the same punishments: a fine for each fee, 3 · 0.4 on average.
    let (punished, punishers) = (payoffs(&world, 1), payoffs(&world, 0));
    let fines: f32 = punished.iter().map(|pay| 9.0 - pay).sum();
    let fees: f32 = punishers.iter().map(|pay| (-3.0 - pay) / 0.5).sum();
    assert_eq!(fines, fees);
    assert!((fines - 1200.0).abs() < 5.0 * (3000.0f32 * 0.24).sqrt(), "{fines} fines");
    for often in 0..=3 {
        assert!(punished.contains(&(9.0 - often as f32)), "{often} fines in three rounds");
    }
    // One after the other, what is evaluated is the same on average.
    let steps =
        after(1, &text.replace("synchronous", "random-order").replace("matching", "with-replacement"));
    let mean = metric(&steps, "payoff_mean");
    assert!((mean - (6.0 - 1.2 * 1.5) / 2.0).abs() < 0.1, "{mean}");
}

#[test]
fn a_norm_judges_one_of_the_rounds() {
    let norm = "norm = { kind = \"image-scoring\" }\n";
    let good = |world: &Simulation, code: u8| {
        let rows = world.column::<Strategy>().iter().zip(world.column::<Reputation>());
        rows.filter(|(strategy, good)| **strategy == code && **good == 1).count()
    };
    // Tit for tat helps a defector in the first round of three.
    for (update, pairing) in [("synchronous", "matching"), ("random-order", "with-replacement")] {
        let world = after(2, &pairs(update, COPIES, pairing, &format!("{THREE}{norm}")));
        let helped = good(&world, 0) as f64;
        assert!((helped - 1000.0 / 3.0).abs() < 5.0 * (1000.0f64 * 2.0 / 9.0).sqrt(), "{update}: {helped}");
        assert_eq!(good(&world, 1), 0, "{update}");
    }
}

#[test]
fn a_reputation_holds_for_all_rounds_of_a_match() {
    let sees = "kind = \"discriminator\", to_good = \"C\", to_bad = \"D\"";
    for opinions in ["public", "private"] {
        let norm =
            format!("norm = {{ kind = \"image-scoring\", initial_good = 1.0, opinions = \"{opinions}\" }}\n");
        let text = pairs("synchronous", sees, "matching", &format!("{THREE}{norm}"));
        let [first, second] = [1, 2].map(|ticks| after(ticks, &text));
        assert_eq!(
            [payoffs(&first, 0), payoffs(&first, 1)],
            [vec![-3.0; 1000], vec![9.0; 1000]],
            "{opinions}"
        );
        assert_eq!(
            [payoffs(&second, 0), payoffs(&second, 1)],
            [vec![0.0; 1000], vec![0.0; 1000]],
            "{opinions}"
        );
    }
}

#[test]
fn an_institution_sees_one_of_the_rounds() {
    let inspects = "sanction = { kind = \"institution\", inspect_prob = 1.0, fine = 1.0 }\n";
    let world = after(1, &pairs("synchronous", "plays = \"C\"", "matching", &format!("{THREE}{inspects}")));
    assert_eq!([payoffs(&world, 0), payoffs(&world, 1)], [vec![-3.0; 1000], vec![8.0; 1000]]);
    let world = after(1, &pairs("synchronous", COPIES, "matching", &format!("{THREE}{inspects}")));
    let fined = payoffs(&world, 0).iter().filter(|&&payoff| payoff == -2.0).count() as f64;
    assert!((fined - 2000.0 / 3.0).abs() < 5.0 * (1000.0f64 * 2.0 / 9.0).sqrt(), "{fined} of 1000");
}

#[test]
fn an_institution_fines_one_by_one_and_in_expectation() {
    let inspects = "sanction = { kind = \"institution\", inspect_prob = 0.25, fine = 2.0, fee = 0.1 }\n";
    let once = "game = { kind = \"donation\", benefit = 3.0, cost = 1.0 }\n";
    for update in ["synchronous", "random-order"] {
        // A quarter of the fine and the fee, however many rounds there are.
        let world = after(1, &pairs(update, "plays = \"C\"", "all", &format!("{once}{inspects}")));
        let mean = metric(&world, "payoff_mean");
        assert!((mean - (-1.0 + 3.0 - 0.5 - 0.2) / 2.0).abs() < 1e-6, "{update}: {mean}");
        // Tit for tat refuses in two rounds of three.
        let world = after(1, &pairs(update, COPIES, "all", &format!("{THREE}{inspects}")));
        let mean = metric(&world, "payoff_mean");
        assert!((mean - (-1.0 + 3.0 - 0.5 * (1.0 + 2.0 / 3.0) - 0.2) / 2.0).abs() < 1e-6, "{update}: {mean}");
        // A game of two that is paid as one of many.
        let pot = "game = { kind = \"public-goods\", cost = 1.0, multiplier = 1.5 }\n";
        let text = pairs(update, "plays = \"C\"", "all", &format!("{pot}{inspects}"));
        let world = after(1, &text.replace("pairing = \"all\"", "pairing = \"all\", meeting_size = 2"));
        let mean = metric(&world, "payoff_mean");
        assert!((mean - (-0.25 + 0.75 - 0.5 - 0.2) / 2.0).abs() < 1e-6, "{update}: {mean}");
    }
    for (game, refuses) in [(once, 1.0), (THREE, 1.0 + 2.0 / 3.0)] {
        let first = if game == once { "plays = \"C\"" } else { COPIES };
        let text = pairs("random-order", first, "with-replacement", &format!("{game}{inspects}"));
        let mean = metric(&after(1, &text), "payoff_mean");
        // 2,000 agents of which each is fined 2 or not.
        assert!((mean - (2.0 - 0.5 * refuses - 0.2) / 2.0).abs() < 0.1, "{mean}");
    }
}
