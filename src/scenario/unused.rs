//! Keys that a world writes and nothing in it would look at: refused, so that none is ever ignored.

use super::checks::Check;
use super::sections::{Contact, GraphOf, ModelsFrom, Pairing};
use super::world::Until;
use crate::learning::{Models, Replaced};
use crate::passes::When;

impl Check<'_, '_> {
    pub(super) fn unused(&mut self) {
        self.unused_structure();
        self.unused_by_learning();
        self.unused_mutation();
        self.unused_cascade();
        let s = self.scenario;
        for nth in 0..s.strategies.len() {
            let keys = &s.strategies[nth].keys;
            if keys.fitness.is_some()
                && s.game.is_none()
                && s.learning.is_none()
                && !self.written.has("learning")
            {
                let help = "add [learning] of kind moran or wright-fisher, or leave it out";
                self.add_row(
                    "strategy",
                    nth,
                    "fitness",
                    "`fitness` is for parents, and nobody has offspring",
                    help,
                );
            }
        }
    }

    fn unused_structure(&mut self) {
        let s = self.scenario;
        let Some((keys, network)) = &s.structure else { return };
        if keys.graph == GraphOf::Shared && !network.is_graph() {
            let help = "leave it out: groups have a structure of this kind each, all alike";
            self.add(
                ["structure", "graph"],
                "only graphs that are drawn or read can be shared by groups",
                help,
            );
        }
        let compares = s.learning.as_ref().is_some_and(|(_, rule)| rule.compares());
        // Where a game is missing, that is said of the rule that needs it.
        if compares || ["game", "norm", "sanction"].iter().any(|section| self.written.has(section)) {
            return;
        }
        if keys.with_self && !s.is_mixed() && s.pairing == Pairing::All {
            let help = "leave it out, or add a [game]";
            self.add(["structure", "self"], "nobody plays in this world, so nobody meets itself", help);
        }
        let meets = s.cascade.as_ref().is_some_and(|(keys, _)| keys.contact == Contact::Meeting)
            || s.learning.as_ref().is_some_and(|(keys, _)| keys.models == Some(ModelsFrom::Meeting));
        for key in ["pairing", "partners", "meeting_size", "candidates", "by"] {
            if !meets && self.written.has_key("structure", None, key) {
                let help = "leave it out, or add a [game]";
                self.add(
                    ["structure", key],
                    format!("nobody meets in this world: `{key}` has no meaning"),
                    help,
                );
            }
        }
    }

    fn unused_by_learning(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.learning else { return };
        if keys.payoff.is_some() && !rule.compares() && !matches!(rule.models(), Models::Parents(_)) {
            self.add(["learning", "payoff"], "this rule does not look at payoffs", "leave it out");
        }
        if keys.models.is_some() && matches!(rule.models(), Models::Prospects(_)) {
            let help = "leave it out: what a strategy would earn is asked of those with whom one plays";
            self.add(["learning", "models"], "nobody is imitated here", help);
        }
        let Models::Parents(replaced) = rule.models() else { return };
        let near = matches!(keys.models, Some(ModelsFrom::Neighbours) | None) && !s.is_mixed();
        if replaced == Replaced::Generation
            && keys.models.is_some()
            && (near || keys.models == Some(ModelsFrom::Meeting))
        {
            let help = "leave it out, or write models = \"group\"";
            self.add(["learning", "models"], "parents of a generation are drawn from the whole group", help);
        }
        if replaced == Replaced::Others && near {
            let help = "leave it out: on a graph the offspring replaces a neighbour";
            self.add(["learning", "victim"], "`victim` is for well-mixed groups", help);
        }
        let least =
            s.strategies.iter().filter_map(|follows| follows.keys.fitness).map(|fitness| fitness.get());
        let nobody = least.clone().count() == s.strategies.len() && least.fold(0.0, f64::max) <= 0.0;
        if s.game.is_none() && !s.strategies.is_empty() && nobody {
            let help = "write a fitness above 0 for one of them";
            self.add_row(
                "strategy",
                0,
                "fitness",
                "the fitness of every strategy is 0: nobody can be a parent",
                help,
            );
        }
    }

    fn unused_mutation(&mut self) {
        let s = self.scenario;
        let Some(mutation) = &s.mutation else { return };
        if mutation.when == When::Birth
            && !s.has_births()
            && (s.turnover.is_some() || !self.written.has("turnover"))
        {
            let help = "write when = \"after\" or \"end\"";
            self.add(
                ["mutation", "when"],
                "[mutation] is of offspring, but this world has no [turnover] with births",
                help,
            );
        }
        if s.rare_mutants().is_some() && matches!(s.until, Some(Until::Fixation)) {
            let help = "write until = \"fixations >= 100\", or when = \"instead\"";
            let says = "mutants wait for a uniform group, and run.until = \"fixation\" freezes it";
            self.add(["mutation", "when"], says, help);
        }
        if !s.strategies.is_empty() && s.strategies.iter().all(|follows| follows.keys.fixed) {
            let help = "leave `fixed` out of a strategy, or leave [mutation] out";
            self.add(["mutation", "prob"], "every strategy is fixed: nobody can mutate", help);
        }
    }

    fn unused_cascade(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.cascade else { return };
        if !s.follows_cascades() {
            return;
        }
        let first = rule.stages().get(usize::from(rule.seeded())).cloned();
        if keys.initial.into.is_some() && keys.initial.into != first {
            let help = "leave `into` out, or write per_tick = \"generation\"";
            self.add(
                ["cascade", "initial.into"],
                "seeds of a whole cascade are reached like everybody else",
                help,
            );
        }
        if keys.initial.file.is_some() {
            let help = "write a number of seeds, or per_tick = \"generation\"";
            let says = "every whole cascade starts from seeds of its own";
            self.add(["cascade", "initial"], says, help);
        }
        if keys.initial.who.is_some() {
            let help = "write a number of agents, or per_tick = \"generation\"";
            self.add(
                ["cascade", "initial"],
                "every tick has seeds of its own, drawn from the whole group, where it is a whole cascade",
                help,
            );
        }
        if keys.contact == Contact::Meeting {
            let help = "leave it out, or write per_tick = \"generation\"";
            self.add(["cascade", "contact"], "a whole cascade goes along the ties of the structure", help);
        }
    }
}
