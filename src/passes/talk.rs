//! One judged meeting a step of the asynchronous clock.

use super::one_at_a_time::{Chances, Walked};
use super::opine::Private;
use super::terms::{Judged, Roles, Terms};
use crate::chance::{below, hits, next};
use crate::groups::ACTS;
use crate::norms::{Assesses, Norm};
use crate::partners::Structure;
use std::sync::Arc;

/// The focal agent meets a partner, acts, and gets a new reputation.
pub struct Talk {
    /// from whom the partner is drawn
    pub structure: Arc<dyn Structure>,
    /// what strategies do
    pub terms: Terms,
    /// how acts are judged
    pub judging: Judging,
    /// the act that counts as help
    pub help: u8,
    /// who acts
    pub roles: Roles,
}

/// Whose opinion a reputation is.
pub enum Judging {
    /// everybody's
    Public(Judged),
    /// each agent's own
    Private(Private),
    /// everybody's, and a number
    Graded(Arc<dyn Norm>),
}

/// An act of the meeting.
#[derive(Clone, Copy)]
struct Act {
    donor: usize,
    recipient: usize,
    act: u8,
}

impl Talk {
    pub(super) fn meet(&self, walked: &mut Walked, focal: usize, chances: &mut Chances) {
        let here = walked.first + focal;
        let partner = self.structure.pick_one(here, &mut chances.judged_meeting) - walked.first;
        if partner == focal {
            // Who has nobody to meet does nothing that could be judged.
            return;
        }
        let mut act = |donor: usize, recipient: usize| {
            let good = walked.seen(donor, recipient);
            let act = self.terms.acts.act(walked.strategy[donor], good, next(&mut chances.judged_act));
            Act { donor, recipient, act }
        };
        let acts = match self.roles {
            _ if self.terms.matches.is_some() => self.match_of(walked, [focal, partner], chances),
            Roles::DonorRecipient => [Some(act(focal, partner)), None],
            Roles::Mutual => [Some(act(focal, partner)), Some(act(partner, focal))],
        };
        for act in acts.iter().flatten() {
            walked.acts[usize::from(act.act) % ACTS] += 1;
            if act.act == self.help {
                walked.given[usize::from(walked.strategy[act.donor])][0] += 1;
                walked.given[usize::from(walked.strategy[act.recipient])][1] += 1;
            }
        }
        self.judge(walked, acts, chances);
    }

    /// What two do in a round of a match, drawn at random.
    fn match_of(&self, walked: &Walked, [me, they]: [usize; 2], chances: &mut Chances) -> [Option<Act>; 2] {
        let Some(matches) = &self.terms.matches else { return [None; 2] };
        let pair = [me.min(they), me.max(they)];
        let seen = [walked.seen(pair[0], pair[1]), walked.seen(pair[1], pair[0])];
        let strategies = pair.map(|agent| walked.strategy[agent]);
        let group = walked.first / walked.strategy.len();
        let mut shows = || next(&mut chances.observer);
        let outcome =
            matches.play(group, strategies, seen, || next(&mut chances.judged_act), Some(&mut shows));
        let [a, b] = pair;
        let act = |donor, recipient, nth: usize| Some(Act { donor, recipient, act: outcome.shown[nth] });
        [act(a, b, 0), act(b, a, 1)]
    }

    /// Both acts are judged by the reputations before the meeting.
    fn judge(&self, walked: &mut Walked, acts: [Option<Act>; 2], chances: &mut Chances) {
        match &self.judging {
            Judging::Public(judged) => {
                let good = |walked: &Walked, act: &Act| {
                    [walked.reputation[act.donor], walked.reputation[act.recipient]]
                };
                let news = acts.map(|act| {
                    let act = act?;
                    let [own, theirs] = good(walked, &act);
                    let error = next(&mut chances.assessment);
                    Some((act.donor, judged.judge(act.act, own, theirs, error)))
                });
                let punished = acts.map(|act| {
                    let act = act.filter(|_| judged.sanctions && !self.terms.punishes.is_empty())?;
                    let (by, of) = (walked.strategy[act.recipient], walked.strategy[act.donor]);
                    let happens = self.terms.punishes.iter().fold(0, |any, punishes| {
                        any | punishes.punishes(by, of, act.act) & chances.resolve(punishes)
                    });
                    let [of, by] = good(walked, &act);
                    let error = next(&mut chances.assessment);
                    (happens == 1).then(|| (act.recipient, judged.judge_punisher(by, of, error)))
                });
                // Who acts and then punishes is known for the latter.
                let news = news.into_iter().chain(punished).flatten();
                news.for_each(|(agent, new)| walked.reputation[agent] = new);
            }
            Judging::Graded(norm) => {
                let Assesses::Graded(graded) = norm.assesses() else { return };
                let news = acts.map(|act| {
                    let act = act?;
                    let (own, theirs) = (walked.grades[act.donor], walked.grades[act.recipient]);
                    let given = f32::from(u8::from(act.act == self.help));
                    Some((act.donor, graded.after(own, given, theirs)))
                });
                news.into_iter().flatten().for_each(|(donor, new)| walked.grades[donor] = new);
            }
            Judging::Private(private) => {
                opine(private, walked, acts, chances);
                for act in acts.iter().flatten() {
                    gossip(private, walked, act.donor, chances);
                }
            }
        }
    }
}

/// Everybody who saw the meeting judges it by its own opinions.
fn opine(private: &Private, walked: &mut Walked, acts: [Option<Act>; 2], chances: &mut Chances) {
    let size = walked.strategy.len();
    for (observer, row) in walked.beliefs.chunks_mut(size).enumerate() {
        let news = acts.map(|act| {
            let act = act?;
            let error = next(&mut chances.assessment);
            let mut sees = |observers| {
                let draw = next(&mut chances.observer);
                observer == act.donor || observer == act.recipient || hits(draw, observers)
            };
            let new = private.judged.judge(act.act, row[act.donor], row[act.recipient], error);
            private.observers.is_none_or(&mut sees).then_some((act.donor, new))
        });
        news.into_iter().flatten().for_each(|(donor, new)| row[donor] = new);
    }
}

/// Some take over what another thinks of who acted, all as it was before anybody asked.
fn gossip(private: &Private, walked: &mut Walked, donor: usize, chances: &mut Chances) {
    let Some(prob) = private.gossip else { return };
    let size = walked.strategy.len();
    walked.said.clear();
    walked.said.extend(walked.beliefs.iter().skip(donor).step_by(size));
    for listener in 0..size {
        let (asks, whom) = (next(&mut chances.gossip), next(&mut chances.gossip));
        if hits(asks, prob) {
            let other = below(whom, size as u64 - 1) as usize;
            walked.beliefs[listener * size + donor] = walked.said[other + usize::from(other >= listener)];
        }
    }
}
