//! Whether what is learnt, and from whom, fits the rest of the world.

use super::checks::Check;
use super::numbers::NumberOrName;
use super::problems::suggest;
use super::sections::{ModelsFrom, Pairing};
use super::world::Until;
use crate::assemble::learns;
use crate::columns::Dtype;
use crate::games::Pays;
use crate::learning::{Heard, Models, Told};
use crate::measures::{self, Metric};
use crate::registry::Clock;

impl Check<'_, '_> {
    /// Everything about learning that is not about payoffs.
    pub(super) fn learnt(&mut self) {
        self.hearing();
        self.prospects();
        self.outside();
        self.talk();
        let s = self.scenario;
        for kept in learns::columns(s) {
            let row = s.traits.iter().position(|(column, _)| column.name == kept.name);
            if let Some(row) = row {
                let says = format!("learning keeps a column `{}` here", kept.name);
                self.add_row("trait", row, "name", says, "choose another name");
            }
        }
        let Some((_, rule)) = &s.learning else { return };
        let other = !rule.models().are_strategies();
        let talks = matches!(rule.models(), Models::Words(_));
        if matches!(s.until, Some(Until::Consensus)) && !other && !talks {
            let help = "write \"fixation\": one strategy is left";
            self.add(["run", "until"], "agents learn strategies here, and have no opinions", help);
        }
        if let Models::Ranks { by: Some(by), .. } = rule.models() {
            let unknown = s.column(by).is_none_or(|column| column.len != 1);
            if unknown {
                self.add(["learning", "by"], format!("`{by}` is no number"), "write \"payoff\" or a trait");
            }
        }
        if matches!(rule.models(), Models::Ranks { .. } | Models::Memory(_)) && self.names_models() {
            let help = "leave it out, or write models = \"group\"";
            self.add(["learning", "models"], "this rule looks at a whole group, or at nobody", help);
        }
    }

    fn names_models(&self) -> bool {
        let from = self.scenario.learning.as_ref().and_then(|(keys, _)| keys.models);
        matches!(from, Some(ModelsFrom::Neighbours | ModelsFrom::Meeting))
    }

    /// Models from other groups.
    fn outside(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.learning else { return };
        if keys.outside_prob.is_none() {
            return;
        }
        let place = ["learning", "outside_prob"];
        if s.layout.groups() < 2 {
            self.add(place, "there is no other group", "leave it out, or write population.groups = 2");
        }
        if s.empty.is_some() {
            let help = "leave it out, or let nobody die for good";
            self.add(
                place,
                "agents of other groups are drawn from full groups, and places can be empty",
                help,
            );
        }
        if !matches!(rule.models(), Models::One) {
            let help = "leave it out, or use a rule that looks at one model, such as fermi";
            self.add(place, "this rule does not look at one model", help);
        }
        if s.clock != Clock::Synchronous {
            let help = "leave it out, or set run.update = \"synchronous\"";
            self.add(place, "groups are walked apart, one agent at a time, and do not see each other", help);
        }
    }

    /// Talk that changes what agents know.
    fn talk(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.learning else { return };
        let Models::Words(words) = rule.models() else { return };
        if let Some(Err([speaker, hearer])) = learns::speech(s) {
            let [speaker, hearer] = [speaker, hearer].map(|code| s.strategies[code].keys.name.as_str());
            let says =
                format!("when `{speaker}` talks to `{hearer}`, no strategy stands for what they know then");
            let help = "add strategies that know the word alone, and both sets together, and are not fixed";
            self.add(["learning", "words"], says, help);
        }
        if words.is_none() && !s.strategies.is_empty() {
            let help = "leave the strategies out, or write words = { … } in place of inventory";
            self.add(["learning", "inventory"], "no strategy says what agents know here", help);
        }
        let met = keys.models == Some(ModelsFrom::Meeting);
        let pairs = s.structure.as_ref().and_then(|(keys, _)| keys.meeting_size).is_none_or(|n| n.get() == 2);
        if s.clock == Clock::Synchronous && !(met && pairs && s.pairing == Pairing::Matching) {
            let help = "write models = \"meeting\" and structure.pairing = \"matching\", or set run.update = \"asynchronous\"";
            self.add(["learning", "kind"], "all at once, agents talk in pairs that are matched", help);
        }
        if matches!(s.until, Some(Until::Consensus)) && words.is_some() {
            let help = "write a condition, such as \"share_b == 0\"";
            self.add(["run", "until"], "what agents know are strategies here", help);
        }
    }

    /// Learning that moves a trait.
    fn hearing(&mut self) {
        let s = self.scenario;
        let Some((_, rule)) = &s.learning else { return };
        let Models::Opinions(opinions) = rule.models() else { return };
        let hearing = opinions.hearing();
        let mut of = vec![("trait", hearing.column)];
        if let Told::Parameter(NumberOrName::Name(name)) = hearing.told {
            of.push(("kind", name));
        }
        if let Told::Metric(metric) = hearing.told {
            let names = crate::simulation::names(s);
            if let Err((_, name)) = Metric::new(metric.clone(), &names) {
                let known = measures::known(&names);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let help = suggest(&name, &known, "its metrics are");
                self.add(["learning", "to"], format!("this world has no metric `{name}`"), help);
            }
        }
        let names_models = s.learning.as_ref().is_some_and(|(keys, _)| keys.models.is_some());
        if hearing.heard == Heard::Nobody && names_models {
            self.add(["learning", "models"], "nobody is heard here", "leave it out");
        }
        for (key, name) in of {
            let column = s.column(name).filter(|column| !matches!(column.dtype, Dtype::F32 | Dtype::F64));
            if let Some(column) = column {
                let says = format!("the trait `{name}` of type {} cannot hold a share", column.dtype.name());
                self.add(["learning", key], says, "give it the type f32 or f64");
            }
        }
        if hearing.first && learns::first_opinion(s).is_none() {
            let says = format!("there is no room for the first values of `{}`", hearing.column);
            self.add(["learning", "trait"], says, "give another trait another type");
        }
        let whole = hearing.heard == Heard::All && s.clock != Clock::Synchronous && self.models_are_all();
        if whole && s.layout.group_size > 4096 {
            let help = "set run.update = \"synchronous\", or use a graph or smaller groups";
            self.add(["learning", "kind"], "each step would look at everybody of a large group", help);
        }
    }

    /// Learning that asks what each strategy would earn.
    fn prospects(&mut self) {
        let s = self.scenario;
        let prospects = s.learning.as_ref().map(|(_, rule)| matches!(rule.models(), Models::Prospects(_)));
        let (Some(true), Some((_, game))) = (prospects, &s.game) else { return };
        if matches!(game.pays(), Pays::Share(_) | Pays::Tempt(_) | Pays::Stock(_)) {
            let says = "what a strategy would earn is asked of acts, and this game has more than acts";
            let help = "write a rule that compares what was earned, such as fermi";
            self.add(["learning", "kind"], says, help);
        } else if s.pairing != Pairing::All {
            let says = "what a strategy would earn is asked of all with whom one can play";
            self.add(["learning", "kind"], says, "write structure.pairing = \"all\"");
        } else if matches!(game.pays(), Pays::Many(_)) && !s.is_mixed() {
            let says = "what a strategy would earn is asked in games of two, or in well-mixed groups";
            self.add(["learning", "kind"], says, "use a game of two, or a well-mixed structure");
        }
        if s.reputations().is_some() {
            let says = "what a strategy would earn does not know of reputations";
            self.add(["learning", "kind"], says, "remove the [norm], or use fermi");
        }
    }
}
