//! Who meets whom, as the engine hands it to its passes, block by block.

use bevy_ecs::prelude::*;
use bytemuck::TransparentWrapper;
use mores::columns::{COHORT, Column, ColumnDef, Mine, View};
use mores::groups::{Group, Groups};
use mores::pairings::{MEETING, Matching, WithReplacement};
use mores::partners::Meetings;
use mores::pass::{Access, At, BLOCK, Fault, Now, Pass, Sizes};
use mores::population;
use mores::tick::{Phase, schedule};

/// The partner in the K-th slot.
#[derive(Component, TransparentWrapper)]
#[repr(transparent)]
struct Met<const K: usize>([u32; COHORT]);

impl<const K: usize> Column for Met<K> {
    type Item = u32;
    const NAME: &'static str = ["met0", "met1", "met2", "met3"][K];
}

/// Writes down the partners in up to four slots.
struct Recorder(Box<dyn Meetings>);

impl Pass for Recorder {
    fn name(&self) -> &'static str {
        "test/recorder"
    }

    fn access(&self) -> Access {
        Access::default().write::<Met<0>>().write::<Met<1>>().write::<Met<2>>().write::<Met<3>>()
    }

    fn by_group(&self) -> bool {
        self.0.by_group()
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let slots =
            [mine.take::<Met<0>>(), mine.take::<Met<1>>(), mine.take::<Met<2>>(), mine.take::<Met<3>>()];
        for (slot, out) in slots.into_iter().enumerate().take(self.0.slots(at)) {
            let mut room = [0; BLOCK];
            let met = self.0.partners(at, slot, &mut room).indices(at, out);
            assert_eq!(met, at.len, "everybody of a mixed group has a partner in every slot");
        }
    }
}

/// Groups of `size` agents that meet in this way.
struct Society {
    groups: usize,
    size: usize,
    sizes: Sizes,
}

impl Society {
    fn new(groups: usize, size: usize) -> Society {
        Society { groups, size, sizes: Sizes::default() }
    }

    /// The partners of every agent, slot by slot, in the first so many ticks.
    fn meet(
        &self,
        meetings: impl Fn() -> Box<dyn Meetings>,
        slots: usize,
        ticks: u64,
    ) -> Vec<Vec<Vec<usize>>> {
        let agents = self.groups * self.size;
        let columns = [
            ColumnDef::of::<Met<0>>(),
            ColumnDef::of::<Met<1>>(),
            ColumnDef::of::<Met<2>>(),
            ColumnDef::of::<Met<3>>(),
        ];
        let mut world = World::new();
        population::spawn(&mut world, agents, columns.to_vec());
        world.insert_resource(Now {
            seed: 1,
            replicate: 0,
            tick: 0,
            agents,
            looked_at: true,
            recorded: true,
            counted: true,
        });
        world.insert_resource(self.sizes);
        world.insert_resource(Fault::default());
        world.insert_resource(Groups::new(self.groups, self.size));
        let mut tick = schedule(&mut world, vec![(Phase::Interact, Box::new(Recorder(meetings())))]);
        let mut ticks_done = vec![];
        for _ in 0..ticks {
            world.resource_mut::<Now>().tick += 1;
            tick.run(&mut world);
            let view = View::of_world(&world, &columns, agents);
            let of = |column: &ColumnDef| view.of::<u32>(column).iter().map(|&met| met as usize).collect();
            ticks_done.push(columns[..slots].iter().map(of).collect());
        }
        ticks_done
    }

    fn matched(&self, meeting_size: usize, ticks: u64) -> Vec<Vec<Vec<usize>>> {
        let group_size = self.size;
        self.meet(
            || Box::new(Matching { group_size, meeting_size, fixed: false, stream: MEETING }),
            meeting_size - 1,
            ticks,
        )
    }

    fn fixed(&self, meeting_size: usize, ticks: u64) -> Vec<Vec<Vec<usize>>> {
        let group_size = self.size;
        self.meet(
            || Box::new(Matching { group_size, meeting_size, fixed: true, stream: MEETING }),
            meeting_size - 1,
            ticks,
        )
    }

    fn drawn(&self, partners: usize, ticks: u64) -> Vec<Vec<Vec<usize>>> {
        let group_size = self.size;
        self.meet(|| Box::new(WithReplacement { group_size, partners, stream: MEETING }), partners, ticks)
    }
}

/// In one group of every awkward size, and in demes.
fn societies() -> Vec<Society> {
    let alone = [2, 3, 4, 5, 49, 50, 999, 1000, 1001, 4095, 4096, 4097, 9_001];
    let demes = [(200, 50), (1500, 7), (3, 2500), (700, 3)];
    let alone = alone.map(|size| Society::new(1, size));
    alone.into_iter().chain(demes.map(|(groups, size)| Society::new(groups, size))).collect()
}

/// Pearson's statistic of counts that should be equal.
fn chi_square(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum()
}

#[test]
fn meetings_are_mutual_and_whole() {
    for society in societies() {
        for meeting in [2, 3, 5] {
            if meeting > society.size {
                continue;
            }
            let left_over = society.size % meeting;
            for slots in society.matched(meeting, 3) {
                let mut alone = vec![0; society.groups];
                for agent in 0..society.groups * society.size {
                    let group = agent / society.size;
                    let partners: Vec<usize> = slots.iter().map(|slot| slot[agent]).collect();
                    if partners.contains(&agent) {
                        assert!(partners.iter().all(|&partner| partner == agent), "{agent} meets itself");
                        alone[group] += 1;
                        continue;
                    }
                    let mut meeting: Vec<usize> = partners.iter().copied().chain([agent]).collect();
                    meeting.sort_unstable();
                    assert!(meeting.windows(2).all(|pair| pair[0] < pair[1]), "{agent} meets someone twice");
                    for &partner in &partners {
                        assert_eq!(partner / society.size, group, "{agent} meets {partner} of another group");
                        let mut theirs: Vec<usize> =
                            slots.iter().map(|slot| slot[partner]).chain([partner]).collect();
                        theirs.sort_unstable();
                        assert_eq!(theirs, meeting, "{agent} meets {partner}, but not the other way");
                    }
                }
                assert!(alone.iter().all(|&alone| alone == left_over), "{} of {}", left_over, society.size);
            }
        }
    }
}

/// Everybody is left over as often. 1 in 10^6 at the quantiles below, and the seed is fixed.
#[test]
fn who_is_left_over_is_anybody() {
    // Groups of five in pairs: 20,000 left over among five places; four degrees of freedom.
    let society = Society::new(2_000, 5);
    let mut places = [0u64; 5];
    for slots in society.matched(2, 10) {
        (0..10_000).filter(|&agent| slots[0][agent] == agent).for_each(|agent| places[agent % 5] += 1);
    }
    assert!(chi_square(&places) < 33.4, "{places:?}");
    // A large group, which the keyed bijection orders, in fives: three left over a tick, in eight parts of the group.
    let society = Society::new(1, 5_003);
    let mut parts = [0u64; 8];
    let mut first = 0;
    for slots in society.matched(5, 600) {
        (0..5_003).filter(|&agent| slots[0][agent] == agent).for_each(|agent| parts[agent * 8 / 5_003] += 1);
        first += u64::from(slots[0][0] == 0);
    }
    assert_eq!(parts.iter().sum::<u64>(), 1_800);
    assert!(chi_square(&parts) < 40.6, "{parts:?}");
    assert!(first < 8, "the first agent is left over {first} times in 600 ticks");
}

/// Each of the others is met as often, whatever one's place in the group.
#[test]
fn partners_are_anybody_of_the_group() {
    // 400 groups of 5 over 25 ticks. 20 cells of 2,500, with 4 + 4 + 1 margins fixed: fewer than 16 degrees of freedom.
    let society = Society::new(400, 5);
    for (what, ticks) in [("pairs", society.matched(2, 25)), ("drawn", society.drawn(1, 25))] {
        let mut met = [[0u64; 5]; 5];
        for slots in ticks {
            for (agent, partner) in slots[0].iter().enumerate().filter(|(agent, partner)| agent != *partner) {
                met[agent % 5][partner % 5] += 1;
            }
        }
        let cells: Vec<u64> = (0..25).filter(|k| k / 5 != k % 5).map(|k| met[k / 5][k % 5]).collect();
        // Meetings of pairs are counted from both sides, which doubles the statistic.
        assert!(chi_square(&cells) < 2.0 * 60.0, "{what}: {met:?}");
    }
    // One large group: distances on the ring of places, in sixteen parts.
    let society = Society::new(1, 4_097);
    for (what, ticks) in [("pairs", society.matched(2, 20)), ("drawn", society.drawn(1, 20))] {
        let mut parts = [0u64; 16];
        for slots in ticks {
            for (agent, partner) in slots[0].iter().enumerate().filter(|(agent, partner)| agent != *partner) {
                parts[((partner + 4_097 - agent) % 4_097 - 1) * 16 / 4_096] += 1;
            }
        }
        assert!(chi_square(&parts) < 2.0 * 56.0, "{what}: {parts:?}");
    }
}

#[test]
fn drawn_partners_are_others_of_the_group_and_drawn_apart() {
    for society in societies() {
        let ticks = society.drawn(3, 2);
        let agents = society.groups * society.size;
        for slots in &ticks {
            for slot in slots {
                for (agent, &partner) in slot.iter().enumerate() {
                    assert_ne!(agent, partner);
                    assert_eq!(agent / society.size, partner / society.size);
                }
            }
        }
        // Slots and ticks agree as often as chance has it: one in size - 1, within seven standard deviations.
        let chance = 1.0 / (society.size - 1) as f64;
        let spread = 7.0 * (agents as f64 * chance * (1.0 - chance)).sqrt() + 1.0;
        for (a, b) in
            [(&ticks[0][0], &ticks[0][1]), (&ticks[0][1], &ticks[0][2]), (&ticks[0][0], &ticks[1][0])]
        {
            let alike = a.iter().zip(b).filter(|(a, b)| a == b).count() as f64;
            assert!((alike - agents as f64 * chance).abs() < spread, "{alike} in groups of {}", society.size);
        }
    }
}

#[test]
fn a_tick_does_not_remember_the_meetings_of_the_last() {
    for society in [Society::new(1, 4_096), Society::new(1, 999), Society::new(80, 50)] {
        let ticks = society.matched(2, 2);
        let agents = (society.groups * society.size) as f64;
        let alike = ticks[0][0].iter().zip(&ticks[1][0]).filter(|(a, b)| a == b).count() as f64;
        // Pairs that meet again come in twos: a mean of size / (size - 1) agents a group, a variance of twice that.
        let mean = agents / (society.size - 1) as f64;
        assert!((alike - mean).abs() < 7.0 * (2.0 * mean).sqrt() + 2.0, "{alike} meet again, not {mean}");
    }
}

#[test]
fn blocks_of_other_sizes_bring_the_same_together() {
    for society in societies() {
        for (task, block) in [(1024, 256), (2048, 512), (512, 64), (16_384, 1024)] {
            let other = Society { sizes: Sizes { task, block, far: 0 }, ..society };
            for meeting in [2, 3, 5] {
                let size = society.size;
                if meeting <= size {
                    assert!(
                        society.matched(meeting, 2) == other.matched(meeting, 2),
                        "{size}, {task}, {block}"
                    );
                }
            }
            assert!(society.drawn(2, 2) == other.drawn(2, 2), "{}, {task}, {block}", society.size);
        }
    }
}

#[test]
fn fixed_partners_are_the_same_in_every_tick() {
    for society in [Society::new(1, 4_097), Society::new(80, 50)] {
        let ticks = society.fixed(3, 3);
        assert!(ticks[0] == ticks[1] && ticks[1] == ticks[2]);
        assert!(ticks[0] != society.matched(3, 1)[0], "the first tick is drawn apart");
        let other = Society { sizes: Sizes { task: 1024, block: 256, far: 0 }, ..society };
        assert!(ticks == other.fixed(3, 3));
    }
}
