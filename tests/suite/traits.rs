//! Traits: every law has the moments of the law, and what is copied is copied whole.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use mores::columns::{TraitF32, TraitU8, TraitU16};
use mores::scenario::Source;
use mores::simulation::Simulation;
use std::sync::Arc;

fn world(text: &str) -> Simulation {
    let scenario = Source::of("traits", text).read().map_err(|error| error.to_string()).unwrap();
    Simulation::of(Arc::new(scenario)).build()
}

/// The values of a trait that starts like this, in groups of 10,000.
fn values(init: &str, more: &str) -> Vec<f64> {
    let text = format!(
        "run = {{ ticks = 1 }}\npopulation = {{ agents = 10_000 }}\ntrait = [{{ name = \"x\", init = {init}{more} }}]"
    );
    world(&text).column::<TraitF32<0>>().iter().map(|&x| f64::from(x)).collect()
}

fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(q * values.len() as f64) as usize]
}

#[test]
fn every_law_has_its_quantiles() {
    // Quantiles from the laws' distribution functions, solved by hand.
    let table: [(&str, [f64; 2]); 9] = [
        ("uniform = [2.0, 4.0]", [2.5, 3.5]),
        ("normal = [1.0, 2.0]", [1.0 - 2.0 * 0.67449, 1.0 + 2.0 * 0.67449]),
        ("lognormal = [0.0, 1.0]", [0.50942, 1.96303]),
        ("exponential = 3.0", [3.0 * 0.28768, 3.0 * 1.38629]),
        // I_x(2, 1) = x²
        ("beta = [2.0, 1.0]", [0.5, 0.86603]),
        // 1 - (1/x)² = q
        ("pareto = [2.0, 1.0]", [1.15470, 2.0]),
        ("cauchy = [0.0, 1.0]", [-1.0, 1.0]),
        // GB2 with p = q = 1 is the log-logistic law: (q / (1 - q))^(1/a) b
        ("gb2 = [2.0, 3.0, 1.0, 1.0]", [3.0 * 0.57735, 3.0 * 1.73205]),
        ("poisson = 2.0", [1.0, 3.0]),
    ];
    for (law, expected) in table {
        let mut exact = values(&format!("{{ {law}, draw = \"quantiles\" }}"), "");
        let mut drawn = values(&format!("{{ {law} }}"), "");
        for (q, expected) in [0.25, 0.75].into_iter().zip(expected) {
            let x = quantile(&mut exact, q);
            assert!((x - expected).abs() < 2e-3 * (1.0 + expected.abs()), "{law}: {x} for {expected}");
            // Four standard errors of a quantile are 0.017 in probability.
            let [low, high] = [q - 0.017, q + 0.017].map(|q| quantile(&mut exact, q));
            let x = quantile(&mut drawn, q);
            assert!((low..=high).contains(&x), "{law}, drawn: {x} for {expected}");
        }
    }
}

#[test]
fn numbers_of_bits_are_equally_likely_and_flip_bit_by_bit() {
    let found = values("{ uniform = [0.0, 1.0], draw = \"quantiles\" }", ", bits = 3");
    for k in 0..8 {
        let near = |x: &&f64| (**x * 7.0 - f64::from(k)).abs() < 1e-5;
        assert_eq!(found.iter().filter(near).count(), 1250, "{k} of 7");
    }
    let mut flipped = world(
        "run = { ticks = 1 }\npopulation = { agents = 10_000 }\nstrategy = [{ name = \"a\" }]
        trait = [{ name = \"x\", init = 0.0, bits = 3, mutation = { flip_bit_prob = 0.5 } }]
        mutation = { when = \"end\" }",
    );
    flipped.tick().unwrap();
    let mean = flipped.column::<TraitF32<0>>().iter().map(|&x| f64::from(x)).sum::<f64>() / 10_000.0;
    assert!((mean - 0.5).abs() < 0.02, "{mean}");
}

#[test]
fn a_parameter_may_be_a_trait_and_a_value_go_by_another() {
    let world = world(
        "run = { ticks = 1 }\npopulation = { agents = 1000 }
        trait = [
            { name = \"age\", values = [\"young\", \"old\"], init = { choice = [\"young\", \"old\"], weights = [3, 1] } },
            { name = \"risk\", init = { by = \"age\", values = { young = 0.25, old = 0.75 } } },
            { name = \"luck\", init = { uniform = [\"risk\", \"risk\"], times = 2.0 } },
            { name = \"place\", type = \"u16\", init = { range = [0, 999] } },
        ]",
    );
    let (age, risk) = (world.column::<TraitU8<0>>(), world.column::<TraitF32<0>>());
    let old = age.iter().filter(|&&age| age == 1).count();
    assert!((190..310).contains(&old), "{old} of 1000 are old, not a quarter");
    for (k, &age) in age.iter().enumerate() {
        assert_eq!(risk[k], [0.25, 0.75][usize::from(age)]);
        assert_eq!(world.column::<TraitF32<1>>()[k], 2.0 * risk[k]);
        assert_eq!(usize::from(world.column::<TraitU16<0>>()[k]), k);
    }
}

#[test]
fn who_copies_a_better_one_has_all_its_traits() {
    let mut world = world(
        "run = { ticks = 3 }\npopulation = { agents = 500 }
        trait = [
            { name = \"id\", init = { range = [1.0, 500.0] } },
            { name = \"twice\", init = { range = [2.0, 1000.0] } },
            { name = \"own\", init = { range = [1.0, 500.0] }, inherited = false },
        ]
        strategy = [{ name = \"c\", plays = \"C\", share = 0.5 }, { name = \"d\", plays = \"D\" }]
        structure = { kind = \"well-mixed\" }
        game = { kind = \"donation\", benefit = 3.0, cost = 1.0 }
        learning = { kind = \"imitate-better\", copies = \"traits\" }",
    );
    let before = world.column::<TraitF32<0>>().to_vec();
    for _ in 0..3 {
        world.tick().unwrap();
    }
    let (id, twice, own) =
        (world.column::<TraitF32<0>>(), world.column::<TraitF32<1>>(), world.column::<TraitF32<2>>());
    assert!(id.iter().zip(&before).filter(|(a, b)| a != b).count() > 50, "nobody copied");
    assert!(id.iter().zip(twice).all(|(id, twice)| *twice == 2.0 * id));
    assert_eq!(own, before);
}
