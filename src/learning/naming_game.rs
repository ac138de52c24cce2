//! The naming game: two agents talk until they use the same word.

use super::{Learning, Models};
use crate::registry::{Clock, Context, Row, Spec, Wrong};
use crate::scenario::problems::suggest;
use std::collections::BTreeMap;

/// A speaker utters a word that it knows. If the hearer knows it too, both keep this word alone; else the hearer learns
/// it.
///
/// The speaker is the agent whose turn it is, the hearer one of its models; each word of the speaker is as likely.
/// `strategy`: what an agent knows is its strategy, as `words` says; who is `fixed` forgets and learns nothing.
/// `unbounded`: an agent knows any number of words, none at first; who speaks without one invents one
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct NamingGame {
    /// where words are kept
    #[serde(default)]
    inventory: Inventory,
    /// strategy: the words that each strategy knows, such as { a = ["A"], ab = ["A", "B"], b = ["B"] }
    words: Option<BTreeMap<String, Vec<String>>>,
}

/// Where words are kept.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Inventory {
    /// a strategy is a set of words
    #[default]
    Strategy,
    /// any number of words an agent
    Unbounded,
}

/// Where words are kept: as `words` of strategies, by code, or freely.
struct Words(Option<Vec<u64>>);

impl Spec<dyn Learning> for NamingGame {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let Some(words) = self.words else {
            if self.inventory == Inventory::Unbounded {
                return unbounded(context);
            }
            let help = "add `words = { a = [\"A\"], ab = [\"A\", \"B\"], b = [\"B\"] }`, or inventory = \"unbounded\"";
            return Err(Wrong::new("what the strategies know is not said").help(help));
        };
        if self.inventory == Inventory::Unbounded {
            let help = "leave it out: words are invented";
            return Err(Wrong::new("`words` is for strategies that are sets of words")
                .at("words")
                .help(help));
        }
        let known: Vec<&str> = context.strategies.iter().map(String::as_str).collect();
        if let Some(name) = words.keys().find(|name| !known.contains(&name.as_str())) {
            let help = suggest(name, &known, "the strategies are");
            return Err(Wrong::new(format!("there is no strategy `{name}`")).at("words").help(help));
        }
        let mut all: Vec<&String> = words.values().flatten().collect();
        all.sort();
        all.dedup();
        if all.len() > 64 {
            let help = "name at most 64, or write inventory = \"unbounded\"";
            return Err(Wrong::new(format!("{} words", all.len())).at("words").help(help));
        }
        let bit = |word: &String| 1u64 << all.iter().position(|known| *known == word).unwrap_or(0);
        let mut sets = vec![];
        for name in &context.strategies {
            let set = words.get(name).map_or(0, |words| words.iter().map(bit).fold(0, |a, b| a | b));
            if set == 0 {
                let help = format!("add `{name} = [\"A\"]`");
                return Err(Wrong::new(format!("the strategy `{name}` knows no word"))
                    .at("words")
                    .help(help));
            }
            sets.push(set);
        }
        Ok(Box::new(Words(Some(sets))))
    }
}

fn unbounded(context: &Context) -> Result<Box<dyn Learning>, Wrong> {
    if context.clock == Clock::Synchronous {
        let says = "inventories grow one conversation after the other, but all agents act at once here";
        return Err(Wrong::new(says).at("inventory").help("set run.update = \"asynchronous\""));
    }
    if context.group_size > 65_536 {
        let help = "use smaller groups: each agent keeps a bit for each of them";
        return Err(Wrong::new(format!("groups of {} agents", context.group_size))
            .at("inventory")
            .help(help));
    }
    Ok(Box::new(Words(None)))
}

impl Learning for Words {
    fn models(&self) -> Models<'_> {
        Models::Words(self.0.as_deref())
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<NamingGame>(
    "naming-game",
    &["baronchelli2006", "xie2011"],
    "words = { c = [\"A\"], d = [\"B\"], x = [\"A\", \"B\"] }",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_are_sets_of_words() {
        let strategies = ["a", "ab", "b"].map(String::from).to_vec();
        let context = Context { strategies, ..Context::default() };
        let rule = ROW.parse("words = { a = [\"A\"], ab = [\"A\", \"B\"], b = [\"B\"] }", &context).unwrap();
        let Models::Words(Some(sets)) = rule.models() else { panic!("they know words") };
        assert_eq!(sets, [1, 3, 2]);
        let error = ROW.parse("words = { a = [\"A\"] }", &context).err().unwrap();
        assert!(error.to_string().contains("the strategy `ab` knows no word"));
        assert!(ROW.parse("inventory = \"unbounded\"", &context).is_err());
    }
}
