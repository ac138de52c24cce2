//! Several sanctions of one world, and rules on which groups vote.

use crate::support::{Way, metric, payoffs, plain, written};
use mores::pass::Sizes;
use mores::sanctions::SANCTIONS;
use mores::simulation::Simulation;
use std::fmt::Write as _;

fn after(ticks: u64, text: &str) -> Simulation {
    crate::support::after(&written(text), ticks, plain())
}

/// Pairs of one who helps and one who does not.
fn pairs(update: &str, pairing: &str, more: &str) -> String {
    format!(
        "run = {{ ticks = 9, seed = 3, update = \"{update}\" }}
        population = {{ groups = 1000, group_size = 2 }}
        strategy = [{{ name = \"c\", plays = \"C\", count = 1 }}, {{ name = \"d\", plays = \"D\" }}]
        structure = {{ kind = \"well-mixed\", {pairing} }}\n{more}"
    )
}

const DONATION: &str = "game = { kind = \"donation\", benefit = 3.0, cost = 1.0 }\n";
/// Who helps fines who does not, who in turn rewards help.
const BOTH: &str = "sanction = [
    { name = \"stick\", kind = \"peer\", whom = \"defectors\", by = \"c\", fine = 1.0, fee = 0.5 },
    { name = \"carrot\", kind = \"reward\", whom = \"cooperators\", by = \"d\", bonus = 0.25, fee = 0.125 }]\n";

#[test]
fn sanctions_at_one_meeting_add_up() {
    let thrice = DONATION.replace("cost = 1.0", "cost = 1.0, rounds = 3");
    // What the pot pays to who gives and who does not: 1.5 / 2 for each.
    let pot = "game = { kind = \"public-goods\", cost = 1.0, multiplier = 1.5 }\n";
    let (c, d) = (-0.5 + 0.25, -1.0 - 0.125);
    for (game, pairing, own, other) in [
        (DONATION, "pairing = \"matching\"", -1.0 + c, 3.0 + d),
        (DONATION, "pairing = \"all\"", -1.0 + c, 3.0 + d),
        (&thrice, "pairing = \"matching\"", 3.0 * (-1.0 + c), 3.0 * (3.0 + d)),
        (&thrice, "pairing = \"all\"", 3.0 * (-1.0 + c), 3.0 * (3.0 + d)),
        (pot, "pairing = \"matching\", meeting_size = 2", -0.25 + c, 0.75 + d),
        (pot, "pairing = \"all\", meeting_size = 2", -0.25 + c, 0.75 + d),
        (pot, "pairing = \"group\"", -0.25 + c, 0.75 + d),
    ] {
        let text = pairs("synchronous", pairing, &format!("{game}{BOTH}"));
        let world = after(1, &text);
        let got = [payoffs(&world, 0), payoffs(&world, 1)];
        assert_eq!(got, [vec![own; 1000], vec![other; 1000]], "{game} {pairing}");
        if pairing.contains("group") {
            continue;
        }
        let text = text
            .replace("synchronous", "random-order")
            .replace("matching\", meeting_size = 2", "all\", meeting_size = 2");
        let world = after(1, &text.replace("matching", "with-replacement"));
        assert_eq!(metric(&world, "payoff_mean"), f64::from((own + other) / 2.0), "{game} {pairing}");
    }
}

#[test]
fn each_of_several_sanctions_has_draws_of_its_own() {
    let peer = |name: &str, fine: f32| {
        format!(
            "{{ name = \"{name}\", kind = \"peer\", whom = \"defectors\", fine = {fine:?}, fee = 0.0, punish_prob = 0.5 }}"
        )
    };
    let [a, b] = [peer("a", 1.0), peer("b", 2.0)];
    let lost = |sanctions: &str| -> Vec<u32> {
        let text = pairs("synchronous", "pairing = \"matching\"", &format!("{DONATION}{sanctions}"));
        payoffs(&after(1, &text), 1).iter().map(|payoff| (3.0 - payoff) as u32).collect()
    };
    let (both, alone) = (lost(&format!("sanction = [{a}, {b}]")), lost(&format!("sanction = {a}")));
    // Each is a fair coin, so that all four sums come as often; and the one does not move the other's.
    for sum in 0..4 {
        let often = both.iter().filter(|&&lost| lost == sum).count() as f64;
        assert!((often - 250.0).abs() < 5.0 * (1000.0f64 * 3.0 / 16.0).sqrt(), "{sum}: {often} of 1000");
    }
    assert!(both.iter().zip(&alone).all(|(both, alone)| both & 1 == *alone));
}

#[test]
fn an_institution_hands_back_its_own_fines_alone() {
    let sanctions = "sanction = [
        { name = \"peers\", kind = \"peer\", whom = \"defectors\", by = \"c\", fine = 0.5, fee = 0.25 },
        { name = \"state\", kind = \"institution\", inspect_prob = 1.0, fine = 1.0, share_of_fine = 1.0 }]\n";
    let world = after(1, &pairs("synchronous", "pairing = \"matching\"", &format!("{DONATION}{sanctions}")));
    let got = [payoffs(&world, 0), payoffs(&world, 1)];
    assert_eq!(got, [vec![-1.0 - 0.25 + 0.5; 1000], vec![3.0 - 0.5 - 1.0 + 0.5; 1000]]);
}

#[test]
fn fines_take_nothing_below_the_floor() {
    for sanction in [
        "kind = \"institution\", inspect_prob = 1.0, fine = 5.0",
        "kind = \"peer\", who = \"observed\", whom = \"defectors\", by = \"c\", fine = 5.0, fee = 0.0",
        "kind = \"graduated\", whom = \"defectors\", by = \"c\", fines = [5.0, 6.0], observes = 1",
    ] {
        for (floor, left) in
            [("", -2.0), (", floor = 1.0", 1.0), (", floor = 3.5", 3.0), (", floor = -9", -2.0)]
        {
            let by = if sanction.contains("institution") {
                sanction.replace(", by = \"c\"", "")
            } else {
                sanction.into()
            };
            let text = format!("{DONATION}sanction = {{ {by}{floor} }}\n");
            let world = after(1, &pairs("synchronous", "pairing = \"matching\"", &text));
            assert_eq!(payoffs(&world, 1), vec![left; 1000], "{sanction}{floor}");
        }
    }
}

#[test]
fn two_kinds_of_sanction_run_together_or_are_refused_with_both_named() {
    let hash = |text: &str, threads: usize| {
        let sizes = Sizes { task: 1024, block: 256, far: 0 };
        crate::support::hash(&written(text), 3, Way { threads, sizes })
    };
    let (mut ran, mut refused) = (0, 0);
    for first in SANCTIONS {
        for second in SANCTIONS {
            let mut text = pairs("synchronous", "pairing = \"matching\"", DONATION)
                .replace("plays = \"C\"", "plays = \"C\", punishes = \"defectors\"");
            text = text.replace("groups = 1000, group_size = 2", "groups = 1000, group_size = 8");
            for (name, row) in [("first", first), ("second", second)] {
                write!(text, "\n[[sanction]]\nname = \"{name}\"\nkind = \"{}\"\n{}\n", row.kind, row.example)
                    .unwrap();
            }
            let kinds = format!("{} and {}", first.kind, second.kind);
            match mores::scenario::Source::of("several", &text).read() {
                Ok(_) => {
                    assert_eq!(hash(&text, 1), hash(&text, 2), "{kinds}");
                    ran += 1;
                }
                Err(error) => {
                    let says = error.to_string();
                    let named = says.contains("`first`") && says.contains("`second`");
                    assert!(named || says.contains("nothing is shared here"), "{kinds}: {says}");
                    refused += 1;
                }
            }
        }
    }
    // Alone in their kind are exclusion, graduated and institution; reprisal has no game here.
    assert_eq!((ran, refused), (6 * 6 - 3, 13 + 3));
}

#[test]
fn a_rule_is_in_force_from_one_vote_to_the_next() {
    let text = "
        run = { ticks = 9, seed = 3 }
        population = { groups = 40, group_size = 9 }
        trait = [{ name = \"allowed\", init = 4.0, step = { toward = 10.0, rate = 0.5 } }]
        strategy = [{ name = \"c\", kind = \"harvester\", takes = 8.0 }]
        structure = { kind = \"well-mixed\", pairing = \"group\" }
        game = { kind = \"commons\", stock = 5000.0, capacity = 5000.0, growth = \"doubling\" }
        norm = { kind = \"voted\", trait = \"allowed\", every = 3 }
        sanction = { kind = \"institution\", inspect_prob = 1.0, fine = 1.0 }\n";
    assert!(metric(&after(0, text), "rule").is_nan());
    // Opinions go 4, 7, 8.5, 9.25; the rule of tick 4 is the first under which one may take 8.
    for (tick, rule, fined) in [(1, 4.0, 1.0), (2, 4.0, 1.0), (3, 4.0, 1.0), (4, 9.25, 0.0), (5, 9.25, 0.0)] {
        let world = after(tick, text);
        assert_eq!([metric(&world, "rule"), metric(&world, "punished")], [rule, fined], "tick {tick}");
    }
}
