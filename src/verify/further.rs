//! Checks of what an `[[expect]]` reads off its results, and of what it compares them with: `let`, `bin`, `fit`, `than`.

use super::check::{Checker, wrong};
use super::expect::{Expect, Fit, Groups, Relation, Tier};
use super::expectation::{Expectation, Formula, Reference};
use super::fields::{Bins, Margin, Numbers, OneOrMany, Over};
use crate::scenario::expression::Expression;

impl Checker<'_> {
    /// What is sampled where `let` names it, and the metrics as formulas of that; the metrics come with slots for names of
    /// the world.
    pub(super) fn lets(&mut self, metrics: &mut [Formula]) -> Option<Vec<Formula>> {
        let lets = self.expect.lets.as_ref()?;
        if lets.0.is_empty() {
            self.say("let", "no name is written", "write `let = { given = \"given_c\" }`, or leave it out");
        }
        self.names.clear();
        let mut named: Vec<String> = vec![];
        let mut sampled = vec![];
        for (name, text) in &lets.0 {
            named.push(name.get_ref().clone());
            let read = Expression::parse_metric(text.get_ref());
            if !Expression::parse(name.get_ref()).is_ok_and(|name| name.is_name().is_some()) {
                let says = format!("`{}` is no name", name.get_ref());
                self.say("let", says, "write letters, digits and _, a letter first");
            }
            match read {
                Ok(expression) => sampled.push(self.formula_of(expression)),
                Err(error) => self.say("let", format!("`{}`: {}", name.get_ref(), error.says), error.help),
            }
        }
        if !self.found.is_empty() {
            return None;
        }
        for metric in metrics {
            if metric.expression.is_first_tick() {
                let help = "write it in `let`, and its name in `metric`";
                self.say(
                    "metric",
                    "`first_tick` looks at ticks, and the metric combines what is reduced",
                    help,
                );
            }
            let names: Vec<String> =
                metric.expression.names().iter().map(|(name, _)| name.to_string()).collect();
            for (slot, name) in metric.slots.iter_mut().zip(names) {
                *slot = named.iter().position(|known| *known == name).unwrap_or_else(|| {
                    let alone = Expression::parse(&name).expect("a name is an expression");
                    sampled.push(self.formula_of(alone));
                    named.push(name);
                    named.len() - 1
                });
            }
        }
        Some(sampled)
    }

    pub(super) fn bin(&mut self) -> Option<(Formula, Bins)> {
        let bins = self.expect.bin.clone()?;
        if !bins.edges.is_sorted_by(|a, b| a < b) || bins.edges.len() < 2 {
            self.say("bin", "the edges of the bins do not rise", "write `bin = { share_c = [0, 0.5, 1] }`");
        }
        if self.expect.at.is_some() {
            let help = "write `over`, or leave `bin` out";
            self.say("bin", "bins take the place of ticks, and `at` names some", help);
        }
        match Expression::parse(bins.metric.get_ref()) {
            Ok(expression) => Some((self.formula_of(expression), bins)),
            Err(error) => {
                self.say("bin", error.says, error.help);
                None
            }
        }
    }

    /// Whether a fit has what it is read off.
    pub(super) fn fit(&mut self, to: &mut Expectation) {
        let expect = self.expect;
        let Some(fit) = expect.fit else {
            if expect.level.is_some() {
                self.say("level", "`level` is for `fit = \"crossing\"`", "leave it out");
            }
            return;
        };
        to.level = expect.level.unwrap_or(f64::NAN);
        if (fit == Fit::Crossing) != expect.level.is_some() {
            let [says, help] = match fit {
                Fit::Crossing => ["nothing says which value is crossed", "add `level = 0.5`"],
                _ => ["`level` is for `fit = \"crossing\"`", "leave it out"],
            };
            self.say("level", says, help);
        }
        if expect.relation.is_course() || expect.relation == Relation::Crosses {
            let says = format!("a fit leaves no course that \"{}\" could speak of", expect.relation.sign());
            self.say("relation", says, "leave `fit` or `relation` out");
        }
        if fit == Fit::Tail {
            if !matches!(to.groups, Groups::Mean | Groups::Pooled) || to.sampled.is_some() {
                let help = "leave `let` out, and write `groups = \"pooled\"` or none";
                self.say("fit", "a tail is one of samples, not of what they are reduced to", help);
            }
            if to.groups == Groups::Pooled && expect.reduce.is_some() {
                let help = "leave `reduce` out: every tick of every group is a sample";
                self.say("reduce", "a tail is one of samples, and `reduce` joins them", help);
            }
            return;
        }
        if to.along.0.len() > 1 {
            let help = "write one axis, and an [[expect]] for each value of the others";
            return self.say("along", "a fit goes along one axis", help);
        }
        let places = to.places();
        let fewest = if fit == Fit::Logistic { 3 } else { 2 };
        if places.len() < fewest || places.iter().any(|x| x.is_nan()) {
            let help = "write `along = { \"path\" = [numbers] }`, or several ticks in `at`";
            self.say("fit", format!("there are no {fewest} places with numbers to read it off"), help);
        } else if fit == Fit::Power && places.iter().any(|x| *x <= 0.0) {
            self.say("fit", "a power law has no place at or below 0", "write places above 0");
        } else if !places.is_sorted_by(|a, b| a < b) {
            self.say("along", "the places of a fit do not rise", "write the smallest first");
        }
    }

    /// What is compared with in place of a value: an expectation that has the same form.
    pub(super) fn than(&mut self, to: &Expectation) -> Option<Box<Reference>> {
        let expect = self.expect;
        let Some(than) = &expect.than else {
            if expect.confidence.is_some() {
                let help = "write `than = { case = \"…\" }`, or `sigmas = 3`";
                self.say("confidence", "there is no difference to be sure of", help);
            }
            return None;
        };
        if expect.value.is_some() {
            self.say("than", "`value` and `than` are both written", "write one of the two");
        }
        if to.relation.is_course() || to.relation == Relation::Crosses {
            let says = format!("\"{}\" compares results with each other", to.relation.sign());
            self.say("than", says, "leave `than` out");
        }
        if than.along.is_some() != than.take.is_some() {
            let help = "write `than = { along = { … }, take = \"max\" }`";
            self.say("than", "`along` and `take` belong together", help);
        }
        if than.along.is_some() && expect.fit.is_some() {
            self.say("than", "a fit has no largest result along other runs", "leave `along` out");
        }
        if than.case.is_none() && than.along.is_none() && than.metric.is_none() {
            let help = "add `case`, `along` or `metric`";
            self.say("than", "this compares every result with itself", help);
        }
        if [than.times, than.plus].into_iter().flatten().any(|x| !x.is_finite()) {
            self.say("than", "`times` and `plus` are finite numbers", "write 0.5, say");
        }
        self.confidence(to);
        let same = Expect {
            case: than.case.clone().or_else(|| expect.case.clone()),
            along: than.along.clone().or_else(|| expect.along.clone()),
            metric: than.metric.clone().unwrap_or_else(|| expect.metric.clone()),
            value: Some(Numbers::One(0.0)),
            tolerance: Some(OneOrMany { items: vec![Margin::Absolute(0.0)], listed: false }),
            relation: Relation::Equal,
            sigmas: None,
            than: None,
            confidence: None,
            part: None,
            fast: None,
            tier: Tier::Ci,
            ..expect.clone()
        };
        let of = match same.check() {
            Ok(of) => of,
            Err(found) => {
                // What is wrong with the expectation itself is said where it stands.
                if self.found.is_empty() {
                    self.found.extend(found.into_iter().map(|found| wrong("than", found.says, found.help)));
                }
                return None;
            }
        };
        if of.metrics.len() != to.metrics.len() {
            let says = format!("{} metrics are compared with {}", to.metrics.len(), of.metrics.len());
            self.say("than", says, "write as many");
        }
        let (times, plus) = (than.times.unwrap_or(1.0), than.plus.unwrap_or(0.0));
        Some(Box::new(Reference { of, take: than.take, times, plus, confidence: expect.confidence }))
    }

    fn confidence(&mut self, to: &Expectation) {
        let Some(confidence) = self.expect.confidence else { return };
        if !(confidence > 0.5 && confidence < 1.0) {
            self.say("confidence", "it is not above 0.5 and below 1", "write 0.99");
        }
        if self.expect.tolerance.is_some() || self.expect.sigmas.is_some() {
            let help = "write one of `confidence`, `tolerance` and `sigmas`";
            self.say("confidence", "the difference is measured in two ways", help);
        }
        if to.groups != Groups::Mean || to.sampled.is_some() || to.fit.is_some() {
            let help = "leave `let`, `fit` and `groups` out, or write `sigmas = 3`";
            self.say("confidence", "differences are paired group by group, and these are joined", help);
        }
    }

    /// Whether a period has ticks to be seen in.
    pub(super) fn period(&mut self) {
        if matches!(self.expect.over, Some(Over::Last(n)) if n < 3) {
            self.say("over", "a period does not show in so few ticks", "write a longer window");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::{checked, expectation, only_wrong};
    use super::super::samples::{Parts, Sample};
    use super::super::{Outcome, Window};

    /// Outcomes at the end, given the values of the groups, [point][number][group].
    fn outcomes(body: &str, points: &[&[&[f64]]]) -> Vec<Outcome> {
        let expectation = expectation(&format!("at = \"end\"\n{body}"));
        let sample = |numbers: &&[&[f64]]| {
            Sample(Parts::Groups(numbers.iter().map(|groups| groups.to_vec()).collect()))
        };
        expectation.outcomes(&Window::End, &points.iter().map(sample).collect::<Vec<_>>())
    }

    #[test]
    fn a_ratio_of_means_is_not_a_mean_of_ratios() {
        let body =
            "let = { d = \"given\", r = \"received + 1\" }\nmetric = \"d / r\"\nvalue = 0.4\nsigmas = 3";
        let parts: [&[f64]; 2] = [&[1.0, 1.0, 4.0], &[5.0, 4.0, 6.0]];
        let got = outcomes(body, &[&parts]).remove(0);
        assert!((got.got - 0.4).abs() < 1e-12 && got.pass && got.samples == 3);
        // Without each group in turn: 5/10, 5/11, 2/9.
        let left = [0.5, 5.0 / 11.0, 2.0 / 9.0];
        let mean = left.iter().sum::<f64>() / 3.0;
        let squares: f64 = left.iter().map(|x| (x - mean) * (x - mean)).sum();
        assert!((got.se.unwrap() - (squares * 2.0 / 3.0).sqrt()).abs() < 1e-12);
        let checked = expectation(&format!("at = \"end\"\n{body}"));
        assert_eq!(checked.names(), ["given", "received"]);
    }

    #[test]
    fn a_metric_may_name_what_let_does_not() {
        let got = outcomes(
            "let = { d = \"given * 2\" }\nmetric = \"d - cost\"\nvalue = 1\ntolerance = 0",
            &[&[&[3.0], &[2.0]]],
        );
        assert_eq!(got[0].got, 1.0);
    }

    #[test]
    fn a_fit_makes_one_number_of_an_axis() {
        let body = "metric = [\"x\", \"y\"]\nalong = { \"a.b\" = [1, 2, 4] }\nfit = \"power\"\nvalue = [1, 2]\ntolerance = 1e-9";
        let points: [[&[f64]; 2]; 3] = [[&[3.0], &[1.0]], [&[6.0], &[4.0]], [&[12.0], &[16.0]]];
        let points: Vec<&[&[f64]]> = points.iter().map(|point| &point[..]).collect();
        let got = outcomes(body, &points);
        assert_eq!(got.len(), 2);
        assert!(got.iter().all(|outcome| outcome.pass && outcome.along == "a.b"), "{got:?}");
        let crossing = "metric = \"x\"\nalong = { \"a.b\" = [1, 2] }\nfit = \"crossing\"\nlevel = 5\nvalue = 1.5\ntolerance = 0";
        assert!(outcomes(crossing, &[&[&[4.0]], &[&[6.0]]])[0].pass);
    }

    #[test]
    fn another_case_stands_in_for_a_value() {
        let body = "metric = \"x\"\nrelation = \">\"\nthan = { case = \"other\", times = 2, plus = 1 }";
        let met = outcomes(body, &[&[&[5.0, 7.0]], &[&[2.0, 2.4]]]).remove(0);
        assert!(met.pass && (met.expected - 5.4).abs() < 1e-12 && met.got == 6.0);
        assert!(!outcomes(body, &[&[&[5.0]], &[&[2.0]]])[0].pass);
        let most =
            "metric = \"x\"\nrelation = \">=\"\nthan = { along = { \"a.b\" = [1, 2, 3] }, take = \"max\" }";
        let got = outcomes(most, &[&[&[5.0]], &[&[2.0]], &[&[5.5]], &[&[1.0]]]).remove(0);
        assert!(!got.pass && got.expected == 5.5);
    }

    #[test]
    fn confidence_pairs_groups() {
        let run = |confidence: f64| {
            let body = format!(
                "metric = \"x\"\nrelation = \">\"\nthan = {{ case = \"other\" }}\nconfidence = {confidence}"
            );
            outcomes(&body, &[&[&[1.0, 5.0, 9.0]], &[&[0.5, 4.3, 8.2]]]).remove(0)
        };
        // Differences 0.5, 0.7, 0.8: mean 0.667, standard error 0.0882, t(2) = 6.965 at 0.99.
        let sure = run(0.99);
        assert!(sure.pass && (sure.tolerance + 6.965 * 0.088_192).abs() < 1e-3, "{sure:?}");
        assert!(!run(0.999).pass);
    }

    #[test]
    fn an_inner_optimum_and_a_crossing_are_courses() {
        let run = |relation: &str, values: [f64; 4]| {
            let body = format!("metric = \"x\"\nalong = {{ \"a.b\" = [1, 2, 3, 4] }}\nrelation = {relation}");
            let points = values.map(|x| [x]);
            let points: Vec<[&[f64]; 1]> = points.iter().map(|x| [&x[..]]).collect();
            let points: Vec<&[&[f64]]> = points.iter().map(|x| &x[..]).collect();
            outcomes(&body, &points).remove(0)
        };
        let top = run("\"interior-max\"", [1.0, 2.0, 5.0, 3.0]);
        assert!(top.pass && top.got == 2.0);
        assert!(!run("\"interior-max\"", [1.0, 2.0, 5.0, 5.0]).pass);
        assert!(run("\"interior-min\"", [1.0, 0.5, 5.0, 3.0]).pass);
        assert!(run("\"crosses\"\nvalue = 2.5", [1.0, 2.0, 5.0, 3.0]).pass);
        assert!(!run("\"crosses\"\nvalue = 6", [1.0, 2.0, 5.0, 3.0]).pass);
    }

    #[test]
    fn bins_take_the_place_of_ticks() {
        let expectation = expectation(
            "metric = \"x\"\nover = \"all\"\nbin = { y = [0, 1, 2, 3] }\nrelation = \"interior-max\"",
        );
        let sample = Sample(Parts::Groups(vec![vec![1.0], vec![4.0], vec![2.0]]));
        let got = expectation.outcomes(&Window::Over { first: 1, last: 9 }, &[sample]).remove(0);
        assert!(got.pass && got.got == 2.0 && got.along == "y");
        assert_eq!(expectation.names(), ["x", "y"]);
    }

    /// What contradicts itself | the key that is named | a piece of the message. EXACT stands for a value with a
    /// tolerance of 0.
    const CONTRADICTIONS: &str = r#"
        EXACT; let = { } | let | no name
        EXACT; let = { "a b" = "c" } | let | no name
        EXACT; let = { d = "c +" } | let | ends
        EXACT; bin = { b = [0, 1] } | bin | take the place
        EXACT; level = 1 | level | crossing
        EXACT; fit = "power" | fit | no 2 places
        EXACT; fit = "crossing"; along = { "a.b" = [1, 2] } | level | which value
        EXACT; fit = "power"; along = { "a.b" = [0, 2] } | fit | at or below 0
        EXACT; fit = "linear"; along = { "a.b" = [1, 2], "a.c" = [1, 2] } | along | one axis
        EXACT; fit = "linear"; along = { "a.b" = [2, 1] } | along | do not rise
        EXACT; than = { case = "x" } | than | both written
        EXACT; confidence = 0.9 | confidence | no difference
        relation = "<"; than = { case = "x", take = "max" } | than | belong together
        relation = "<"; than = { times = 2 } | than | with itself
        relation = "<"; than = { case = "x" }; confidence = 1 | confidence | below 1
        relation = "<"; than = { case = "x" }; confidence = 0.9; groups = "max" | confidence | paired
        relation = "<"; than = { metric = ["a", "b"] } | than | metrics
        relation = "<"; than = { metric = "a +" } | than | ends
        relation = "interior-max"; along = { "a.b" = [1, 2] } | relation | three
        relation = "crosses"; along = { "a.b" = [1, 2] } | relation | no value
    "#;

    #[test]
    fn contradictions_are_named_with_their_key() {
        for line in CONTRADICTIONS.trim().lines() {
            let [body, field, says] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
                panic!("{line} has three parts");
            };
            let body = body.replace("EXACT", "value = 0; tolerance = 0").replace("; ", "\n");
            let found = only_wrong(&format!("metric = \"a\"\nat = \"end\"\n{body}"));
            assert_eq!(found.field, field, "{body}: {found:?}");
            assert!(found.says.contains(says), "{body}: {found:?}");
            assert!(!found.help.is_empty());
        }
        assert!(checked("metric = \"a\"\nat = \"end\"\nthan = { case = \"x\" }").is_err());
    }
}
