//! Whether traits hold what they start with, and whether anything changes them as they say.

use super::checks::Check;
use super::numbers::NumberOrName;
use super::problems::{quoted, suggest};
use super::sections::{Drawn, How, Init, OfEach, Trait, TraitMutation};
use crate::columns::Dtype;
use crate::passes::When;
use crate::registry::Clock;
use crate::traits::law::borders;

impl Check<'_, '_> {
    /// What learners take over, and whether there is anything of that name.
    fn copies(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.learning else { return };
        let Some(copies) = &keys.copies else { return };
        let names: Vec<&str> = s.traits.iter().map(|(column, _)| &*column.name).collect();
        let known: Vec<&str> =
            ["strategy", "traits", "both"].into_iter().chain(names.iter().copied()).collect();
        let place = ["learning", "copies"];
        for word in copies.as_slice() {
            if !known.contains(&word.as_str()) {
                let help = suggest(word, &known, "write one of");
                self.add(place, format!("there is no trait {} to copy", quoted(word)), help);
            }
        }
        let any = (0..s.traits.len()).any(|nth| s.copies_trait(nth));
        let words = copies.as_slice().iter().any(|word| matches!(word.as_str(), "traits" | "both"));
        if words && !any {
            self.add(place, "this world has no inherited traits to copy", "add a [[trait]], or leave it out");
        }
        if any && !crate::assemble::learns::has_parents(s, &**rule) {
            let help = "write copies = \"strategy\", or a rule by which agents look at models, such as imitate-better";
            self.add(place, "no agent is copied here whose traits could be", help);
        }
        if any && s.clock != Clock::Synchronous {
            let help = "write copies = \"strategy\", or set run.update = \"synchronous\"";
            self.add(place, "traits are copied on the synchronous clock alone", help);
        }
    }

    /// A trait that may change when it is copied must be copied by something.
    fn trait_is_copied(&mut self, nth: usize) {
        let s = self.scenario;
        let end = s.mutation.as_ref().is_some_and(|mutation| mutation.when == When::End);
        let born = s.has_births() && s.traits[nth].1.inherited;
        if !s.copies_trait(nth) && !end && !born {
            let help =
                "add [learning] with copies = \"traits\" or [turnover] with births, or leave `mutation` out";
            self.add_row(
                "trait",
                nth,
                "mutation",
                "a trait mutates when it is copied, and nothing copies it",
                help,
            );
        }
    }

    /// Everything that can be said of a trait alone, and of the traits above it.
    pub(super) fn traits(&mut self) {
        self.copies();
        for nth in 0..self.scenario.traits.len() {
            let (column, written) = &self.scenario.traits[nth];
            let (dtype, written) = (column.dtype, written.clone());
            self.trait_kind(nth, dtype, &written);
            match &written.init {
                Init::Word(word) => self.trait_word(nth, word, &written),
                Init::Number(x) => self.trait_holds(nth, dtype, &[*x]),
                Init::Drawn(drawn) => self.trait_drawn(nth, dtype, &written, drawn),
            }
            if let Some(mutation) = &written.mutation {
                self.trait_mutation(nth, dtype, &written, mutation);
                self.trait_is_copied(nth);
            }
            let Some(step) = &written.step else { continue };
            if !matches!(dtype, Dtype::F32 | Dtype::F64) || written.bits.is_some() {
                let help = "leave `type`, `values` and `bits` out";
                self.add_row("trait", nth, "step", "only a float changes step by step", help);
            }
            for (key, parameter) in [("step.toward", &step.toward), ("step.rate", &step.rate)] {
                if let NumberOrName::Name(name) = parameter {
                    self.trait_named(nth, key, name, self.scenario.traits.len());
                }
            }
        }
    }

    fn trait_kind(&mut self, nth: usize, dtype: Dtype, written: &Trait) {
        if let Some(values) = &written.values {
            if values.is_empty() || values.len() > 255 {
                let says = format!("a trait with {} values", values.len());
                self.add_row("trait", nth, "values", says, "name 1 to 255");
            }
            if let Some(twice) = values.iter().enumerate().find(|(k, name)| values[..*k].contains(name)) {
                let says = format!("the value {} is named twice", quoted(twice.1));
                self.add_row("trait", nth, "values", says, "name it once");
            }
            if dtype != Dtype::U8 {
                let help = "leave `type` out";
                self.add_row("trait", nth, "type", "a trait with named values is of type u8", help);
            }
        }
        if let Some(bits) = written.bits {
            if bits.get() > 24 {
                let says = format!("a number of {} bits", bits.get());
                self.add_row("trait", nth, "bits", says, "write at most 24, or leave it out");
            }
            if !matches!(dtype, Dtype::F32 | Dtype::F64) {
                let help = "leave `type` and `values` out";
                self.add_row("trait", nth, "bits", "a number of `bits` is a float from 0 to 1", help);
            }
        }
    }

    fn trait_word(&mut self, nth: usize, word: &str, written: &Trait) {
        let values = written.values.as_deref().unwrap_or_default();
        if word != "uniform" && !values.iter().any(|value| value == word) || values.is_empty() {
            let known: Vec<&str> = values.iter().map(String::as_str).chain(["uniform"]).collect();
            let help = match values {
                [] => "write a number or a distribution, or name the trait's `values`".to_string(),
                _ => suggest(word, &known, "write one of"),
            };
            self.add_row("trait", nth, "init", format!("the trait has no value {}", quoted(word)), help);
        }
    }

    fn trait_holds(&mut self, nth: usize, dtype: Dtype, values: &[f64]) {
        let written = &self.scenario.traits[nth].1;
        let [least, most] = match (&written.values, written.bits) {
            (Some(names), _) => [0.0, names.len() as f64 - 1.0],
            (_, Some(_)) => [0.0, 1.0],
            _ => borders(dtype),
        };
        if let Some(x) = values.iter().find(|x| !(least..=most).contains(*x)) {
            let what = match (&written.values, written.bits) {
                (Some(_), _) => "with these values",
                (_, Some(_)) => "of so many bits",
                _ => "",
            };
            let what = if what.is_empty() { format!("of type {}", dtype.name()) } else { what.into() };
            let help = format!("write values from {least} to {most}, or another type");
            self.add_row("trait", nth, "init", format!("a trait {what} cannot hold {x}"), help);
        }
    }

    fn trait_drawn(&mut self, nth: usize, dtype: Dtype, written: &Trait, drawn: &Drawn) {
        let numbers = |list: &[NumberOrName]| -> Vec<f64> {
            let number =
                |x: &NumberOrName| if let NumberOrName::Number(x) = x { Some(x.get()) } else { None };
            list.iter().filter_map(number).collect()
        };
        let values: Vec<f64> = match (drawn.clip, &drawn.values) {
            (Some(clip), _) => clip.into_iter().filter(|x| x.is_finite()).collect(),
            (None, Some(OfEach::Codes(values))) => values.clone(),
            (None, Some(OfEach::Names(values))) => values.values().copied().collect(),
            (None, None) => {
                let lists = drawn.choice.iter().chain(&drawn.list).flat_map(|list| numbers(list));
                let pairs = drawn.uniform.iter().flat_map(|pair| numbers(pair));
                lists.chain(pairs).chain(drawn.range.into_iter().flatten()).collect()
            }
        };
        self.trait_holds(nth, dtype, &values);
        for parameter in drawn.parameters() {
            if let NumberOrName::Name(name) = parameter {
                self.trait_named(nth, "init", name, nth);
            }
        }
        let labels = written.values.clone().unwrap_or_default();
        for (key, list) in [("init.choice", &drawn.choice), ("init.list", &drawn.list)] {
            for word in list.iter().flatten() {
                let NumberOrName::Name(word) = word else { continue };
                if !labels.contains(word) {
                    let known: Vec<&str> = labels.iter().map(String::as_str).collect();
                    let help = suggest(word, &known, "its values are");
                    self.add_row("trait", nth, key, format!("the trait has no value {}", quoted(word)), help);
                }
            }
        }
        if let Some((by, values)) = drawn.by.as_ref().zip(drawn.values.as_ref()) {
            self.trait_by(nth, by, values);
        }
        let placed =
            drawn.list.is_some() || drawn.range.is_some() || drawn.by.is_some() || drawn.file.is_some();
        if drawn.draw == How::Quantiles && placed {
            let help = "leave it out: these values go by the agents' order";
            self.add_row("trait", nth, "init.draw", "nothing is drawn from a list or a range", help);
        }
        let size = self.scenario.layout.group_size;
        if let Some(list) = drawn.list.as_ref().filter(|list| list.len() > size) {
            let says = format!("{} values for groups of {size} agents", list.len());
            self.add_row("trait", nth, "init.list", says, "write a value an agent, or fewer, which repeat");
        }
    }

    /// A value for each strategy, or for each value of a trait above.
    fn trait_by(&mut self, nth: usize, by: &str, values: &OfEach) {
        let names = if by == "strategy" && !self.scenario.strategies.is_empty() {
            self.scenario.strategy_names()
        } else {
            let above = self.scenario.traits[..nth].iter().find(|(column, _)| *column.name == *by);
            match above.and_then(|(_, written)| written.values.clone()) {
                Some(names) => names,
                None => {
                    let says =
                        format!("{} is neither the strategy nor a trait above with `values`", quoted(by));
                    let help = "write by = \"strategy\" in a world with strategies, or name such a trait";
                    return self.add_row("trait", nth, "init.by", says, help);
                }
            }
        };
        let missing = match values {
            OfEach::Codes(values) => values.len() != names.len(),
            OfEach::Names(values) => {
                values.len() != names.len() || names.iter().any(|name| !values.contains_key(name))
            }
        };
        if missing {
            let says = format!("there is not exactly one value for each of the {}", names.len());
            let help = format!("write one for each of {}", names.join(", "));
            self.add_row("trait", nth, "init.values", says, help);
        }
    }

    /// A parameter that names a trait: one of the first `above`.
    fn trait_named(&mut self, nth: usize, key: &str, name: &str, above: usize) {
        let known: Vec<&str> =
            self.scenario.traits[..above].iter().map(|(column, _)| &*column.name).collect();
        if !known.contains(&name) {
            let all = self.scenario.traits.iter().any(|(column, _)| *column.name == *name);
            let (says, help) = if all {
                (
                    format!("the trait {} is drawn later", quoted(name)),
                    "traits are drawn in the order of the file: move it up".into(),
                )
            } else {
                (format!("there is no trait {}", quoted(name)), suggest(name, &known, "the traits above are"))
            };
            self.add_row("trait", nth, key, says, help);
        }
    }

    fn trait_mutation(&mut self, nth: usize, dtype: Dtype, written: &Trait, mutation: &TraitMutation) {
        let forms = [
            mutation.redraw_prob.is_some(),
            mutation.to_other_prob.is_some(),
            mutation.flip_bit_prob.is_some(),
            mutation.add_normal.is_some(),
        ];
        let mut wrong = |says: &str, help: &str| self.add_row("trait", nth, "mutation", says, help);
        if forms.iter().filter(|&&form| form).count() != 1 {
            let help = "write one of redraw_prob, to_other_prob, flip_bit_prob, add_normal";
            return wrong("a mutation has exactly one form", help);
        }
        let two = dtype == Dtype::Bool;
        if mutation.to_other_prob.is_some() && written.values.is_none() && !two {
            let help = "list the trait's `values`, or write redraw_prob or add_normal";
            wrong("which other values there are is not said", help);
        }
        if mutation.flip_bit_prob.is_some() && written.bits.is_none() && !two {
            wrong("the trait has no bits", "add `bits = 3`, or write redraw_prob or add_normal");
        }
        let float = matches!(dtype, Dtype::F32 | Dtype::F64) && written.bits.is_none();
        if mutation.add_normal.is_some() && !float {
            let help =
                "leave `type`, `values` and `bits` out, or write to_other_prob, flip_bit_prob or redraw_prob";
            wrong("a normal number is added to floats only", help);
        }
        if mutation.add_normal.is_none() && (mutation.prob.is_some() || mutation.clip.is_some()) {
            wrong("`prob` and `clip` are for add_normal", "leave them out");
        }
        if mutation.clip.is_some_and(|[a, b]| a.is_nan() || b.is_nan() || a > b) {
            wrong("the first number of `clip` is above the second", "write the lesser first");
        }
    }
}
