//! Scale-free graphs: few have very many neighbours.

use super::stubs::{self, Degrees};
use super::{Graph, Layout, Network, Room, Shape};
use crate::chance::{Draws, below, next, unit64};
use crate::math;
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Finite;
use std::sync::Arc;

/// A graph whose degrees have a heavy tail, grown (`links`) or drawn (`exponent`).
///
/// links: newcomers tie themselves to `links` others, to each with a chance in proportion to its ties (Barabási &
/// Albert), beginning with links + 1 who all know each other: P(k) = 2m (m + 1) / (k (k + 1) (k + 2));
/// exponent: P(k) ∝ k^(−exponent) from `min_degree` to `max_degree`, ends of ties paired at random (configuration model)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScaleFree {
    /// ties that every newcomer makes
    #[schemars(range(min = 1, max = 1000))]
    links: Option<u64>,
    /// instead of links: how fast numbers of neighbours become rare, above 1
    exponent: Option<Finite>,
    /// least number of neighbours with `exponent`; default 2
    #[schemars(range(min = 1, max = 1000))]
    min_degree: Option<u64>,
    /// greatest number of neighbours with `exponent`; default: the root of the agents of a group
    #[schemars(range(min = 1, max = 1_000_000))]
    max_degree: Option<u64>,
}

impl Spec<dyn Network> for ScaleFree {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        let range = |key: &'static str, value: Option<u64>, most: u64| match value {
            Some(value) if !(1..=most).contains(&value) => {
                Err(Wrong::new(format!("{value} is not between 1 and {most}")).at(key))
            }
            _ => Ok(()),
        };
        range("links", self.links, 1000)?;
        range("min_degree", self.min_degree, 1000)?;
        range("max_degree", self.max_degree, 1_000_000)?;
        let drawn = [("min_degree", self.min_degree), ("max_degree", self.max_degree)];
        match (self.links, self.exponent) {
            (None, None) => Err(Wrong::new("neither `links` nor `exponent` says how it is made")
                .help("write `links = 3` (grown), or `exponent = 2.5` (drawn)")),
            (Some(_), Some(_)) => Err(Wrong::new("`links` and `exponent` both say how it is made")
                .at("exponent")
                .help("write one of them: links grows the graph, exponent draws it")),
            (Some(_), None) => match drawn.into_iter().find(|(_, degree)| degree.is_some()) {
                Some((key, _)) => Err(Wrong::new(format!("`{key}` is for graphs that are drawn"))
                    .at(key)
                    .help("leave it out, or write `exponent` in place of `links`")),
                None => Ok(Box::new(self)),
            },
            (None, Some(exponent)) if exponent.get() <= 1.0 => {
                Err(Wrong::new(format!("an exponent of {} is not above 1", exponent.get())).at("exponent"))
            }
            _ if self.max_degree.is_some_and(|most| most < self.least()) => {
                Err(Wrong::new(format!("no degree is from {} up to this", self.least())).at("max_degree"))
            }
            _ => Ok(Box::new(self)),
        }
    }
}

impl ScaleFree {
    fn least(&self) -> u64 {
        self.min_degree.unwrap_or(2)
    }

    fn most(&self, size: u64) -> u64 {
        self.max_degree.unwrap_or(size.isqrt()).min(size - 1)
    }

    /// Running chances of the degrees from the least on, and their mean.
    fn law(&self, size: u64, exponent: f64) -> (Vec<f64>, f64) {
        let weight = |degree: u64| math::pow(degree as f64, -exponent);
        let degrees = || self.least()..=self.most(size).max(self.least());
        let all: f64 = degrees().map(weight).sum();
        let mean = degrees().map(|degree| degree as f64 * weight(degree)).sum::<f64>() / all;
        let mut passed = 0.0;
        let law = degrees().map(|degree| {
            passed += weight(degree) / all;
            passed
        });
        (law.collect(), mean)
    }

    /// Mean number of ties of a group.
    fn ties(&self, size: u64) -> u64 {
        match (self.links, self.exponent) {
            (Some(links), _) => links * size,
            (_, Some(exponent)) => (self.law(size, exponent.get()).1 * size as f64 / 2.0) as u64 + 1,
            _ => 0,
        }
    }
}

impl Network for ScaleFree {
    fn refuses(&self, group_size: u64) -> Option<String> {
        let needs = self.links.unwrap_or_else(|| self.least()) + 1;
        if group_size < needs {
            return Some(format!("groups of {group_size} agents; this graph needs at least {needs}"));
        }
        if self.links.is_none() && self.most(group_size) < self.least() {
            let (least, most) = (self.least(), self.most(group_size));
            return Some(format!("degrees from {least} to {most}: write a greater `max_degree`"));
        }
        let ends = 2 * self.ties(group_size);
        (ends > u64::from(u32::MAX) / 100 * 99)
            .then(|| format!("{ends} ends of ties are more than mores can number"))
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
    }

    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure> {
        let size = layout.group_size;
        match self.links {
            Some(links) => {
                Graph::grown(layout, |group| attached(size as u32, links as usize, draws.number(group)))
            }
            None => {
                let (law, _) = self.law(size as u64, self.exponent.expect("checked when built").get());
                let least = self.least() as u32;
                Graph::grown(layout, |group| drawn(size as u32, &law, least, draws.number(group)))
            }
        }
    }

    fn room(&self, layout: Layout) -> Room {
        let ties = self.ties(layout.group_size as u64) * (layout.nodes() / layout.group_size as u64);
        Graph::estimate(layout.nodes(), ties).at_least(24 * ties + 4 * layout.nodes())
    }
}

/// Preferential attachment: a random end of a random tie is an agent drawn in proportion to its ties.
fn attached(size: u32, links: usize, draws: Draws) -> Vec<(u32, u32)> {
    let first = links as u32 + 1;
    let mut ties: Vec<(u32, u32)> = Vec::with_capacity(links * size as usize);
    ties.extend((0..first).flat_map(|a| (a + 1..first).map(move |b| (a, b))));
    let (mut rng, mut chosen) = (draws.rng(0), Vec::with_capacity(links));
    for newcomer in first..size {
        let ends = 2 * ties.len() as u64;
        chosen.clear();
        while chosen.len() < links {
            let end = below(next(&mut rng), ends);
            let (a, b) = ties[(end / 2) as usize];
            let other = if end.is_multiple_of(2) { a } else { b };
            if !chosen.contains(&other) {
                chosen.push(other);
            }
        }
        ties.extend(chosen.iter().map(|&other| (other, newcomer)));
    }
    ties
}

/// Degrees drawn from the law, then paired. A last odd end goes to a random agent; what cannot be paired is left out.
fn drawn(size: u32, law: &[f64], least: u32, draws: Draws) -> Vec<(u32, u32)> {
    let (of, extra) = (draws.number(2), draws.number(3));
    let degree = |node: u32| {
        let chance = unit64(of.at(u64::from(node)));
        least + (law.partition_point(|&passed| passed <= chance)).min(law.len() - 1) as u32
    };
    let mut starts = Vec::with_capacity(size as usize + 1);
    starts.push(0);
    let mut sum = 0u32;
    for node in 0..size {
        sum += degree(node);
        starts.push(sum);
    }
    if sum % 2 == 1 {
        let lucky = below(extra.at(0), u64::from(size)) as usize;
        starts[lucky + 1..].iter_mut().for_each(|start| *start += 1);
    }
    stubs::ties(&Degrees::Each(starts), size, draws)
}

pub(super) const ROW: Row<dyn Network> =
    Row::of::<ScaleFree>("scale-free", &["barabasi1999", "molloy1995"], "links = 3");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    fn degrees(size: usize, ties: &[(u32, u32)]) -> Vec<u32> {
        let mut degrees = vec![0; size];
        for &(a, b) in ties {
            degrees[a as usize] += 1;
            degrees[b as usize] += 1;
        }
        degrees
    }

    #[test]
    fn newcomers_prefer_those_with_many_ties() {
        let draws = Chance::new(5, 0, 0).stream(Stream::named("test"));
        let found = degrees(50_000, &attached(50_000, 3, draws));
        let share = |k: u32| found.iter().filter(|&&degree| degree == k).count() as f64 / 50_000.0;
        // 2m(m+1) / (k(k+1)(k+2)) with m = 3
        for (k, wanted) in [(3, 0.4), (4, 0.2), (10, 24.0 / 1320.0)] {
            assert!((share(k) - wanted).abs() < 0.01, "{k}: {}", share(k));
        }
        assert_eq!(share(2), 0.0);
    }

    #[test]
    fn drawn_degrees_follow_the_power_law() {
        let draws = Chance::new(5, 0, 0).stream(Stream::named("test"));
        let net = ScaleFree {
            links: None,
            exponent: Finite::checked(2.5).ok(),
            min_degree: Some(2),
            max_degree: Some(100),
        };
        let (law, mean) = net.law(40_000, 2.5);
        let found = degrees(40_000, &drawn(40_000, &law, 2, draws));
        let average = f64::from(found.iter().sum::<u32>()) / 40_000.0;
        assert!((average - mean).abs() < 0.1, "{average} and {mean}");
        for k in [2usize, 3, 8] {
            let share = found.iter().filter(|&&degree| degree == k as u32).count() as f64 / 40_000.0;
            let wanted = law[k - 2] - if k > 2 { law[k - 3] } else { 0.0 };
            assert!((share - wanted).abs() < 0.01, "{k}: {share} and {wanted}");
        }
        assert!(found.iter().all(|&degree| degree <= 101));
    }
}
