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

    /// Writes whether each recipient is of the actor's own kind, 1 or 0, where the actor looks at tags; `shown` is what
    /// the actors show.
    pub(super) fn see(&self, view: &View, shown: &[u8], [actor, recipient]: [&[u32]; 2], seen: &mut [u8]) {
        let tags = Values::of(view, &self.tag);
        let within = self.within.as_ref().map_or(Values::One(0.0), |column| Values::of(view, column));
        let rows = seen.iter_mut().zip(shown).zip(actor).zip(recipient);
        for (((seen, shown), &actor), &recipient) in rows {
            if self.looks[usize::from(shown >> 1)] {
                let apart = tags.get(actor as usize) - tags.get(recipient as usize);
                *seen = u8::from(apart.abs() <= within.get(actor as usize));
            }
        }
    }
}
