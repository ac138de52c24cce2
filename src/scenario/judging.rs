//! Whether the norm of a world fits its reputations, and these the rest.

use super::checks::Check;
use super::numbers::NumberOrName;
use super::problems::quoted;
use super::sections::{Judges, Opinions, Pairing};
use super::world::Reputations;
use crate::columns::Dtype;
use crate::games::Pays;
use crate::machine;
use crate::passes::Total;
use crate::registry::Clock;
use crate::sanctions::{Eyes, Fee, Reach};
use crate::strategies::{Leaning, Sees};

impl Check<'_, '_> {
    /// Keys of the norm; `sized`: whether the sizes of the world are known.
    pub(super) fn judging(&mut self, sized: bool) {
        let s = self.scenario;
        let (Some((keys, _)), Some(reputations)) = (&s.norm, s.reputations()) else { return };
        let private = keys.opinions == Opinions::Private;
        for (key, written) in [("observers", keys.observers.is_some()), ("gossip", keys.gossip.is_some())] {
            if written && !private {
                let says = format!("`{key}` is for opinions that differ, but here everybody shares one");
                self.add(["norm", key], says, "write opinions = \"private\", or leave it out");
            }
        }
        if matches!(reputations, Reputations::Graded) {
            if private {
                let help = "write opinions = \"public\", or a norm whose reputations are good or bad";
                self.add(["norm", "opinions"], "reputations that are numbers are known to everybody", help);
            }
            if keys.assessment_error.is_some() {
                let help = "leave it out: execution_error of the [game] makes acts uncertain";
                self.add(["norm", "assessment_error"], "an error turns good into bad, no number", help);
            }
            for nth in 0..s.strategies.len() {
                if s.strategies[nth].rule.sees() == Sees::Reputation {
                    let says =
                        "this strategy asks whether its partner is good, but here reputations are numbers";
                    let help = "write a norm such as stern-judging";
                    self.add_row("strategy", nth, "kind", says, help);
                }
            }
        }
        if let Reputations::Private(column) = reputations
            && sized
        {
            let bytes = column.width() as u64 * s.layout.agents as u64;
            if machine::memory_limit().is_some_and(|memory| bytes > memory) {
                let size = s.layout.group_size;
                let says = format!(
                    "private opinions of {} groups of {size} agents take {}: a byte for each pair of a group",
                    s.layout.groups(),
                    gigabytes(bytes)
                );
                let help = "write smaller groups, or opinions = \"public\": this machine has less";
                self.add(["norm", "opinions"], says, help);
            }
        }
    }
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

impl Check<'_, '_> {
    /// Keys of a sanction, and what it needs of the rest.
    pub(super) fn sanction(&mut self, nth: usize) {
        let s = self.scenario;
        let (keys, sanction) = &s.sanctions[nth];
        let reach = sanction.reach();
        let many = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Many(_)));
        let meets = reach.only_at_meetings();
        if reach.eyes.contains(&Eyes::Partner) && many {
            self.add_row(
                "sanction",
                nth,
                "who",
                "a meeting of several has no partner",
                "write who = \"meeting\"",
            );
        }
        if s.is_expected() && s.reputations().is_some() {
            self.add_row(
                "sanction",
                nth,
                "kind",
                "expected payoffs know no judged meetings",
                "remove the [norm]",
            );
        }
        let alone = reach.inspects() && reach.back == 0.0;
        let seen =
            if reach.inspects() { "what an institution hands back is known" } else { "who is seen pays" };
        let apart = [(!meets && !alone, seen), (reach.bars > 0, "who is excluded misses")];
        for why in apart.into_iter().filter(|apart| apart.0).map(|apart| apart.1) {
            if s.clock == Clock::Asynchronous {
                let says = format!("{why} after the meetings of a tick, but the clock is asynchronous");
                self.add_row(
                    "sanction",
                    nth,
                    "kind",
                    says,
                    "set run.update = \"synchronous\", or write kind = \"peer\"",
                );
            } else if s.is_expected() {
                let says = format!("{why} after meetings, but payoffs are expected without any");
                self.add_row("sanction", nth, "kind", says, "write structure.pairing = \"matching\"");
            }
        }
        if reach.bars > 0 && s.pairing == Pairing::Neighbourhoods {
            let help = "write kind = \"peer\", or use matching with a meeting_size";
            self.add_row(
                "sanction",
                nth,
                "kind",
                "with pairing = \"neighbourhoods\" neighbours stay neighbours: nobody is excluded",
                help,
            );
        }
        self.resolve(nth, &reach);
        for word in keys.whom.iter().flat_map(|whom| whom.as_slice()) {
            if !super::checks::PUNISHED.contains(&word.as_str()) && !s.strategy_names().contains(word) {
                let says = format!("there is no strategy {} to punish", quoted(word));
                let help =
                    format!("write one of {}, or names of strategies", super::checks::PUNISHED.join(", "));
                self.add_row("sanction", nth, "whom", says, help);
            }
        }
        for name in keys.by.iter().flat_map(|by| by.as_slice()) {
            if !s.strategy_names().contains(name) {
                let says = format!("there is no strategy {} that could punish", quoted(name));
                self.add_row("sanction", nth, "by", says, "write names of strategies, or leave it out");
            }
        }
        if keys.by.is_some() && reach.inspects() {
            let help = "leave it out, or write kind = \"peer\"";
            self.add_row("sanction", nth, "by", "an institution punishes by itself", help);
        }
    }

    /// A game of shares, and what only it has.
    pub(super) fn shares(&mut self) {
        let s = self.scenario;
        let graded = matches!(s.reputations(), Some(Reputations::Graded));
        let shares = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Share(_)));
        for nth in 0..s.strategies.len() {
            let Some(Leaning::Share(share)) = s.strategies[nth].rule.leaning() else { continue };
            if !shares && s.game.is_some() {
                let says = "this strategy gives shares, but the game has acts that are done or not";
                self.add_row("strategy", nth, "kind", says, "use the game sharing, or another strategy");
            } else if share.looks() && !graded && shares && !self.means("norm") {
                let says = "this strategy looks at reputations that are numbers, but nothing makes them";
                self.add_row("strategy", nth, "kind", says, "add\n\n[norm]\nkind = \"last-act\"");
            }
        }
        if let Some((keys, _)) = &s.learning
            && !keys.resets.as_slice().is_empty()
            && !graded
        {
            let help = "leave it out, or add a [norm] of kind last-act or average";
            self.add(["learning", "resets"], "there are no reputations that are numbers", help);
        }
        let of_wealth = |reach: Reach| matches!(reach.fee, Fee::OfWealth { .. });
        let reprisal = s.sanctions.iter().any(|(_, sanction)| of_wealth(sanction.reach()));
        if reprisal && !shares && s.game.is_some() {
            let help = "write kind = \"peer\", or use the game sharing";
            self.add(
                ["sanction", "kind"],
                "a reprisal takes the place of a gift, but nothing is shared here",
                help,
            );
        }
        if !shares {
            return;
        }
        if s.empty.is_some() {
            let help = "leave it out, or use the game donation";
            self.add(["population", "empty"], "an empty place has nothing to share", help);
        }
        if s.clock == Clock::Asynchronous || !s.is_mixed() || s.pairing != Pairing::Matching {
            let help = "write pairing = \"matching\" in a well-mixed, synchronous world";
            self.add(
                ["game", "kind"],
                "this game gives shares in pairs of a well-mixed structure, all on one clock",
                help,
            );
        }
        if !s.sanctions.is_empty() && !reprisal {
            let help = "write kind = \"reprisal\"";
            self.add(["sanction", "kind"], "this sanction is about acts, and this game gives shares", help);
        }
        if s.reputations().is_some() && !graded {
            let help = "write kind = \"last-act\" or \"average\"";
            self.add(
                ["norm", "kind"],
                "this game gives shares, neither help nor refusal, which this norm cannot judge",
                help,
            );
        }
        if s.game.as_ref().is_some_and(|(keys, _)| keys.execution_error.is_some()) {
            self.add(["game", "execution_error"], "a share does not go wrong", "leave it out");
        }
        if s.game.as_ref().is_some_and(|(keys, _)| keys.total == Total::Mean) {
            self.add(["game", "total"], "wealth is a sum", "write total = \"sum\", or leave it out");
        }
    }

    /// A game of opportunities, and what only it has.
    pub(super) fn opportunities(&mut self) {
        let s = self.scenario;
        let Some((keys, game)) = &s.game else { return };
        let tempts = matches!(game.pays(), Pays::Tempt(_));
        let reach = s.sanctions.first().map(|(_, sanction)| sanction.reach());
        if !tempts {
            for nth in 0..s.strategies.len() {
                if matches!(s.strategies[nth].rule.leaning(), Some(Leaning::Dare(_))) {
                    let says = "this strategy is tempted by opportunities, but the game has none";
                    self.add_row("strategy", nth, "kind", says, "use the game norms, or another strategy");
                }
            }
            if reach.is_some_and(|reach| reach.meta) {
                let help = "leave it out, or use the game norms";
                self.add(["sanction", "meta"], "only the game norms says who saw whom not punish", help);
            }
            return;
        }
        if s.clock == Clock::Asynchronous || !s.is_mixed() || s.pairing != Pairing::All {
            let help = "write pairing = \"all\" in a well-mixed, synchronous world";
            self.add(["game", "kind"], "in this game everybody is tempted before the whole group: the structure brings all together, on one clock", help);
        }
        if s.empty.is_some() {
            let help = "leave it out, or use the game donation";
            self.add(["population", "empty"], "an empty place is not tempted", help);
        }
        if s.reputations().is_some() {
            self.add(["norm", "kind"], "a norm judges acts towards one recipient", "use a game of two");
        }
        if reach.is_some_and(|reach| reach.eyes != [Eyes::Meeting] || reach.bars > 0) {
            let help = "write kind = \"peer\" with who = \"meeting\"";
            self.add(["sanction", "kind"], "who sees an opportunity taken is said by the game", help);
        }
        if keys.execution_error.is_some() {
            self.add(["game", "execution_error"], "a temptation does not go wrong", "leave it out");
        }
        if keys.total == Total::Mean {
            self.add(
                ["game", "total"],
                "what opportunities bring is a sum",
                "write total = \"sum\", or leave it out",
            );
        }
    }

    /// How often those punish who would.
    fn resolve(&mut self, nth: usize, reach: &Reach) {
        let s = self.scenario;
        let keys = &s.sanctions[nth].0;
        if let Some(NumberOrName::Name(name)) = &keys.punish_prob {
            let found = s.traits.iter().find(|(column, _)| *column.name == **name);
            match found.map(|(column, _)| column.dtype) {
                None => {
                    let help = "write a number, or the name of a [[trait]]";
                    self.add_row(
                        "sanction",
                        nth,
                        "punish_prob",
                        format!("there is no trait {}", quoted(name)),
                        help,
                    );
                }
                Some(Dtype::F32) => {}
                Some(_) => {
                    let says = format!("the trait `{name}` is not of type f32");
                    self.add_row("sanction", nth, "punish_prob", says, "leave out the trait's type");
                }
            }
            let tempts = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Tempt(_)));
            if s.clock == Clock::Asynchronous || s.is_expected() && !tempts {
                let says = "each punishes with its own probability, but no meetings of a tick take place";
                let help = "write a number, or set run.update = \"synchronous\" with pairing = \"matching\"";
                self.add_row("sanction", nth, "punish_prob", says, help);
            }
        }
        let inspects = reach.inspects();
        for (key, written) in
            [("punish_prob", keys.punish_prob.is_some()), ("seen_prob", keys.seen_prob.is_some())]
        {
            if inspects && written {
                let says = format!("an institution has no `{key}`");
                self.add_row("sanction", nth, key, says, "write inspect_prob");
            }
        }
    }

    /// A norm that judges punishments.
    pub(super) fn judged_sanctions(&mut self) {
        let s = self.scenario;
        let Some((keys, _)) = s.norm.as_ref().filter(|_| s.voting().is_none()) else { return };
        if !keys.judges.contains(&Judges::Acts) {
            let help = "write judges = [\"acts\"], or [\"acts\", \"sanctions\"]";
            self.add(["norm", "judges"], "a norm judges acts at least", help);
        }
        if !keys.judges.contains(&Judges::Sanctions) {
            return;
        }
        let punishes =
            |reach: Reach| reach.only_at_meetings() && reach.fines.first().is_some_and(|&fine| fine >= 0.0);
        let meets =
            !s.sanctions.is_empty() && s.sanctions.iter().all(|(_, sanction)| punishes(sanction.reach()));
        if !meets && !self.means("sanction") {
            let help = "add\n\n[sanction]\nkind = \"peer\"\nfine = 1.0\nfee = 0.3";
            self.add(["norm", "judges"], "nobody punishes in this world", help);
        } else if !meets {
            let help = "write kind = \"peer\" with who = \"meeting\", or leave \"sanctions\" out";
            self.add(["norm", "judges"], "only punishment at a meeting can be judged", help);
        }
        if !matches!(s.reputations(), Some(Reputations::Public)) {
            let help = "leave \"sanctions\" out, or use public reputations that are good or bad";
            self.add(["norm", "judges"], "punishments are judged good or bad by everybody alike", help);
        }
    }
}
