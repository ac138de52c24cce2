//! Who is of one's own kind: tags that all can see.

use super::values::Values;
use crate::columns::{ColumnDef, View};
use crate::pass::Access;

/// How strategies tell their own kind.
#[derive(Clone)]
pub struct Tags {
    /// the tag
    pub tag: ColumnDef,
    /// how far a tag of one's own kind may be from one's own; none: it is the same
    pub within: Option<ColumnDef>,
    /// which strategies look at tags
    pub looks: Vec<bool>,
}

impl Tags {
    /// Also reads the tags.
    pub fn read(&self, access: Access) -> Access {
        let access = access.read_of(&self.tag);
        self.within.iter().fold(access, |access, column| access.read_of(column))
    }

    /// The tags as the pass sees them, one pair at a time.
    pub(super) fn kin<'a>(&'a self, view: &View<'a>) -> Kin<'a> {
        let within = self.within.as_ref().map_or(Values::One(0.0), |column| Values::of(view, column));
        Kin { looks: &self.looks, tags: Values::of(view, &self.tag), within }
    }

    /// Writes whether each recipient is of the actor's own kind, 1 or 0, where the actor looks at tags; `shown` is what
    /// the actors show.
    pub(super) fn see(&self, view: &View, shown: &[u8], [actor, recipient]: [&[u32]; 2], seen: &mut [u8]) {
        let kin = self.kin(view);
        let rows = seen.iter_mut().zip(shown).zip(actor).zip(recipient);
        for (((seen, shown), &actor), &recipient) in rows {
            if kin.looks(shown >> 1) {
                *seen = kin.same(actor as usize, recipient as usize);
            }
        }
    }
}

/// Who is of one's own kind: [`Tags`] with the agents' values at hand.
pub(super) struct Kin<'a> {
    looks: &'a [bool],
    tags: Values<'a>,
    within: Values<'a>,
}

impl Kin<'_> {
    /// Whether a strategy looks at tags.
    #[inline]
    pub(super) fn looks(&self, strategy: u8) -> bool {
        self.looks[usize::from(strategy)]
    }

    /// 1 if an agent takes another for its own kind, else 0.
    #[inline]
    pub(super) fn same(&self, actor: usize, recipient: usize) -> u8 {
        let apart = self.tags.get(actor) - self.tags.get(recipient);
        u8::from(apart.abs() <= self.within.get(actor))
    }
}
