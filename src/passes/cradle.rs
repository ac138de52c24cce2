//! Turnover: what somebody who is new in the world has of each column.

use super::mutate::{MUTANT, MUTATION, Mutates};
use crate::chance::{Stream, below, hits, threshold, unit64};
use crate::columns::{ColumnDef, Mine, Strategy};
use crate::pass::{Access, At};
use crate::traits::law::For;
use crate::traits::{TraitRule, slot, write_slot};

/// Which strategy an immigrant has.
const ARRIVES: Stream = Stream::named("turnover/arrives");
/// Who is seen as good when it comes into the world.
const SEEN: Stream = Stream::named("turnover/reputation");

/// How newcomers get the values of each column.
pub struct Cradle {
    heirs: Vec<Heir>,
    mutates: Option<Mutates>,
    /// running chances of the strategies of immigrants
    strategies: Vec<f64>,
    /// which of the world's cradles it is: their draws are apart
    nth: u64,
}

struct Heir {
    column: ColumnDef,
    of: From,
}

/// Where a value comes from.
enum From {
    /// the parent's strategy, mutated; an immigrant's own
    Strategy,
    /// the parent's, changed; an immigrant's as at the start
    Parent(TraitRule),
    /// as at the start
    Start(TraitRule),
    /// what is known of who has done nothing yet
    Known(First),
}

/// What a column that is no trait holds for somebody new.
pub(crate) enum First {
    /// a number, the same for everybody
    Number(f64),
    /// the newcomer's own value of a trait
    Trait(ColumnDef),
    /// good with this probability, in the eyes of all or of each
    Good(f64),
}

/// The rows of a group that a pass owns, a slice of bytes a column.
pub struct Rows<'a> {
    bytes: Vec<&'a mut [u8]>,
    first: usize,
    size: usize,
}

impl Cradle {
    /// `columns` are all of the world, with what they hold for newcomers where that is neither a trait nor nothing;
    /// `shares` weigh the strategies of immigrants.
    pub(crate) fn new(
        columns: Vec<(ColumnDef, Option<First>)>,
        traits: &[TraitRule],
        mutates: Option<Mutates>,
        shares: &[f64],
        nth: usize,
    ) -> Cradle {
        let of = |(column, first): (ColumnDef, Option<First>)| {
            let rule = traits.iter().find(|rule| rule.column.id == column.id);
            let of = match rule {
                Some(rule) if rule.inherited => From::Parent(rule.clone()),
                Some(rule) => From::Start(rule.clone()),
                None if column.id == ColumnDef::of::<Strategy>().id => From::Strategy,
                None => From::Known(first.unwrap_or(First::Number(0.0))),
            };
            Heir { column, of }
        };
        let heirs = columns.into_iter().map(of).collect();
        let total: f64 = shares.iter().sum();
        let weight = |share: &f64| if total > 0.0 { share / total } else { 1.0 / shares.len() as f64 };
        let mut passed = 0.0;
        let running = |share: &f64| {
            passed += weight(share);
            passed
        };
        let strategies = shares.iter().map(running).collect();
        Cradle { heirs, mutates, strategies, nth: nth as u64 }
    }

    /// All columns are written.
    pub fn access(&self, access: Access) -> Access {
        self.heirs.iter().fold(access, |access, heir| access.write_of(&heir.column))
    }

    /// The rows of a group.
    pub fn rows<'a>(&self, at: &At, mine: &mut Mine<'a>) -> Rows<'a> {
        let bytes = self.heirs.iter().map(|heir| mine.take_of::<u8>(&heir.column)).collect();
        Rows { bytes, first: at.first, size: at.group_size }
    }

    /// Where the strategies stand among the columns.
    fn strategy(&self) -> usize {
        let found = self.heirs.iter().position(|heir| matches!(heir.of, From::Strategy));
        found.expect("only worlds with strategies have a turnover")
    }

    /// The strategies of a group's rows.
    pub fn strategies<'r>(&self, rows: &'r Rows) -> &'r [u8] {
        rows.bytes[self.strategy()]
    }

    /// Somebody new at a place of the group, with a parent or from outside.
    pub fn comes(&self, at: &At, rows: &mut Rows, place: usize, parent: Option<usize>) {
        let agent = rows.first + place;
        let draw = |stream: Stream| at.chance.stream(stream).number(self.nth).at(agent as u64);
        for (nth, heir) in self.heirs.iter().enumerate() {
            let (dtype, width) = (heir.column.dtype, heir.column.width());
            let value = match (&heir.of, parent) {
                (From::Strategy, Some(parent)) => {
                    let code = rows.bytes[nth][parent];
                    let mutates = self.mutates.as_ref();
                    let mutant = mutates.and_then(|m| m.mutate(code, draw(MUTATION), draw(MUTANT)));
                    f64::from(mutant.unwrap_or(code))
                }
                (From::Strategy, None) => {
                    let u = unit64(draw(ARRIVES));
                    let code = self.strategies.iter().position(|&passed| u < passed);
                    code.unwrap_or(self.strategies.len() - 1) as f64
                }
                (From::Parent(rule), Some(parent)) => {
                    rows.bytes[nth].copy_within(parent * width..(parent + 1) * width, place * width);
                    let Some(kernel) = &rule.kernel else { continue };
                    let x = slot(&heir.column, rows.bytes[nth], place);
                    let draws = kernel.draws(at.chance).number(self.nth);
                    let read = |column: &ColumnDef| self.read(rows, column, place);
                    let of = For { u: 0.0, agent, size: rows.size, read: &read };
                    let Some(new) = kernel.mutate(x, draws, agent as u64, of) else { continue };
                    new
                }
                (From::Parent(rule), None) | (From::Start(rule), _) => {
                    let read = |column: &ColumnDef| self.read(rows, column, place);
                    let of = For { u: 0.0, agent, size: rows.size, read: &read };
                    rule.law.redraw(draw(rule.law.stream), of)
                }
                (From::Known(First::Good(prob)), _) if heir.column.len > 1 => {
                    self.meets_all(at, rows.bytes[nth], [rows.first, place, rows.size], *prob);
                    continue;
                }
                (From::Known(First::Good(prob)), _) => f64::from(hits(draw(SEEN), threshold(*prob))),
                (From::Known(First::Trait(column)), _) => self.read(rows, column, place),
                (From::Known(First::Number(number)), _) => *number,
            };
            for item in rows.bytes[nth][place * width..(place + 1) * width].chunks_exact_mut(dtype.width()) {
                write_slot(dtype, item, value);
            }
        }
    }

    /// What the newcomer thinks of each of its group, and each of the newcomer: as at the start.
    fn meets_all(&self, at: &At, opinions: &mut [u8], [first, place, size]: [usize; 3], prob: f64) {
        let draws = at.chance.stream(SEEN).number(self.nth);
        let good = |by: usize, of: usize| {
            u8::from(hits(draws.pair((first + by) as u32, (first + of) as u32), threshold(prob)))
        };
        for other in 0..size {
            opinions[place * size + other] = good(place, other);
            opinions[other * size + place] = good(other, place);
        }
    }

    fn read(&self, rows: &Rows, column: &ColumnDef, place: usize) -> f64 {
        let nth = self.heirs.iter().position(|heir| heir.column.id == column.id);
        nth.map_or(0.0, |nth| slot(column, rows.bytes[nth], place))
    }

    /// A number below `n` for an agent of the group.
    pub fn below(&self, at: &At, stream: Stream, agent: usize, n: usize) -> usize {
        below(at.chance.stream(stream).at(agent as u64), n as u64) as usize
    }
}
