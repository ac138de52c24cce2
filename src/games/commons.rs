//! A commons: a stock that all of a group harvest, and that grows back.

use super::{Game, Pays, Pool};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{NonNegative, NumberOr, NumberOrName, Positive};

/// The agents of a group harvest one stock, a number of the group's own (the metric `resource`), which then grows back.
/// Who asks for no more than the limit cooperates (C), who asks for more does not (D).
///
/// payoff(i) = what i gets of what it asks for
///
/// fair share = ⌊min(greatest growth of a tick, ⌊stock / 2⌋) / agents⌋; greatest growth: rate·capacity/4 (logistic),
/// capacity/2 (doubling), rate (linear), 0 (none)
///
/// growth: logistic S + rate·S·(1 − S/capacity), doubling min(capacity, 2 S), linear min(capacity, S + rate), none S
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Commons {
    /// the stock of a group at the start, in units; or `{ per_agent = … }`, times the agents of a group
    stock: NumberOr<PerAgent, NonNegative>,
    /// the stock that a group's commons can bear, in units, or per agent
    capacity: NumberOr<PerAgent, Positive>,
    /// how the stock grows back
    growth: Growth,
    /// logistic: growth rate a tick, without unit; linear: units a tick
    rate: Option<NonNegative>,
    /// which comes first in a tick
    #[serde(default)]
    order: Order,
    /// what happens where more is asked for than is there
    #[serde(default)]
    serve: Serve,
    /// the most that one may take, in units a tick: "fair-share", or a number; default: what a [norm] of kind voted says,
    /// or a fair share
    #[serde(default = "fair_share")]
    limit: NumberOrName,
    /// a stock below this, in units, no longer grows
    collapse: Option<NonNegative>,
}

fn fair_share() -> NumberOrName {
    NumberOrName::Name("fair-share".into())
}

/// An amount for each agent of a group.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct PerAgent {
    /// units an agent
    per_agent: Positive,
}

/// How a stock grows back.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Growth {
    /// fastest at half of the capacity
    Logistic,
    /// twice as much, up to the capacity
    Doubling,
    /// by so many units, up to the capacity
    Linear,
    /// not at all
    None,
}

/// Which comes first in a tick.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Order {
    /// what is left after the harvest grows
    #[default]
    HarvestFirst,
    /// what has grown is harvested
    GrowthFirst,
}

/// Who gets how much where more is asked for than is there.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Serve {
    /// everybody the same share of what it asks for
    #[default]
    Proportional,
    /// one unit at a time to a random agent that still wants some
    UnitByUnit,
}

impl Spec<dyn Game> for Commons {
    fn build(self, context: &Context) -> Result<Box<dyn Game>, Wrong> {
        let agents = context.group_size as f64;
        let [stock, capacity] = [
            match &self.stock {
                NumberOr::Number(x) => x.get(),
                NumberOr::Other(each) => each.per_agent.get() * agents,
            },
            match &self.capacity {
                NumberOr::Number(x) => x.get(),
                NumberOr::Other(each) => each.per_agent.get() * agents,
            },
        ];
        let needs = matches!(self.growth, Growth::Logistic | Growth::Linear);
        if needs != self.rate.is_some() {
            let (says, help) = if needs {
                ("how fast the stock grows is not said", "add `rate = 0.5`")
            } else {
                ("a stock that doubles or stays needs no rate", "leave it out")
            };
            return Err(Wrong::new(says).at("rate").help(help));
        }
        let rate = self.rate.map_or(0.0, |rate| rate.get());
        let grows: fn(f64, f64, f64) -> f64 = match self.growth {
            Growth::Logistic => |stock, capacity, rate| stock + rate * stock * (1.0 - stock / capacity),
            Growth::Doubling => |stock, capacity, _| (2.0 * stock).min(capacity),
            Growth::Linear => |stock, capacity, rate| (stock + rate).min(capacity),
            Growth::None => |stock, _, _| stock,
        };
        let best = match self.growth {
            Growth::Logistic => rate * capacity / 4.0,
            Growth::Doubling => capacity / 2.0,
            Growth::Linear => rate,
            Growth::None => 0.0,
        };
        let limit = match &self.limit {
            NumberOrName::Name(word) if word == "fair-share" => None,
            NumberOrName::Number(units) => Some(units.get()),
            NumberOrName::Name(name) => {
                let says = format!("`{name}` is neither a number nor \"fair-share\"");
                let help = format!("to vote on it, add\n\n[norm]\nkind = \"voted\"\ntrait = \"{name}\"");
                return Err(Wrong::new(says).at("limit").help(help));
            }
        };
        Ok(Box::new(Pool {
            best,
            limit,
            stock,
            capacity,
            rate,
            grows,
            growth_first: self.order == Order::GrowthFirst,
            unit_by_unit: self.serve == Serve::UnitByUnit,
            collapse: self.collapse.map_or(0.0, |collapse| collapse.get()),
        }))
    }
}

impl Game for Pool {
    fn acts(&self) -> Vec<String> {
        vec!["D".into(), "C".into()]
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Stock(self)
    }
}

pub(super) const ROW: Row<dyn Game> = Row::of::<Commons>(
    "commons",
    &["schaefer1954", "piatti2024"],
    "stock = 100.0\ncapacity = 100.0\ngrowth = \"logistic\"\nrate = 0.5",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(toml: &str) -> Result<Pool, String> {
        let context = Context { group_size: 5, ..Context::default() };
        let game = ROW.parse(toml, &context).map_err(|error| error.to_string())?;
        let Pays::Stock(pool) = game.pays() else { return Err("a commons has a stock".into()) };
        Ok(pool.clone())
    }

    #[test]
    fn a_stock_grows_as_it_is_told() {
        let grown = |toml: &str| pool(&format!("stock = 40\ncapacity = 100\n{toml}")).unwrap().grown(40.0);
        assert_eq!(grown("growth = \"logistic\"\nrate = 0.5"), 52.0);
        assert_eq!(grown("growth = \"doubling\""), 80.0);
        assert_eq!(grown("growth = \"linear\"\nrate = 70"), 100.0);
        assert_eq!(grown("growth = \"none\""), 40.0);
        assert_eq!(grown("growth = \"doubling\"\ncollapse = 41"), 40.0);
    }

    #[test]
    fn amounts_may_be_said_for_each_agent() {
        let pool =
            pool("stock = { per_agent = 10 }\ncapacity = { per_agent = 20 }\ngrowth = \"none\"").unwrap();
        assert_eq!((pool.stock, pool.capacity), (50.0, 100.0));
    }

    #[test]
    fn a_fair_share_leaves_half() {
        let pool = pool("stock = 100\ncapacity = 100\ngrowth = \"doubling\"").unwrap();
        assert_eq!((pool.fair(100.0, 5), pool.fair(99.0, 5)), (10.0, 9.0));
    }

    #[test]
    fn a_limit_by_a_trait_is_one_that_is_voted_on() {
        let with =
            |limit: &str| pool(&format!("stock = 1\ncapacity = 1\ngrowth = \"none\"\nlimit = {limit}"));
        assert_eq!(with("2.5").unwrap().limit, Some(2.5));
        assert_eq!(with("\"fair-share\"").unwrap().limit, None);
        assert!(with("\"allowed\"").err().unwrap().contains("kind = \"voted\""));
    }

    #[test]
    fn a_rate_is_for_growth_that_has_one() {
        assert!(pool("stock = 1\ncapacity = 1\ngrowth = \"logistic\"").is_err());
        assert!(pool("stock = 1\ncapacity = 1\ngrowth = \"doubling\"\nrate = 1").is_err());
    }
}
