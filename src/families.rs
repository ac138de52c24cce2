//! All families of rules, and the sections of a world file: what `mores list`, `mores explain`, the schema and the
//! conformance tests are read off.

use crate::measures::MeasureKeys;
use crate::registry::{Entry, Family, Row};
use crate::scenario::schema::{self, SectionSchema, Shape};
use crate::scenario::sections::{
    CascadeKeys, Case, GameKeys, Intervention, LearningKeys, Mutation, NormKeys, PlannerKeys, Population,
    Record, Run, SanctionKeys, StrategyKeys, StructureKeys, Trait, TurnoverKeys,
};
use crate::verify::Expect;
use crate::{cascades, games, learning, norms, planners, sanctions, strategies, structures, turnover};
use serde_json::Value;

/// The families, in the order of a world file.
pub static FAMILIES: &[Family] = &[
    STRUCTURE_FAMILY,
    GAME_FAMILY,
    STRATEGY_FAMILY,
    NORM_FAMILY,
    SANCTION_FAMILY,
    LEARNING_FAMILY,
    CASCADE_FAMILY,
    TURNOVER_FAMILY,
    PLANNER_FAMILY,
];

const STRUCTURE_FAMILY: Family = Family {
    name: "structures",
    section: "structure",
    about: "who can meet whom",
    rows: || entries(structures::STRUCTURES),
    common: schema::of::<StructureKeys>,
    default_kind: None,
};

const GAME_FAMILY: Family = Family {
    name: "games",
    section: "game",
    about: "what a meeting pays",
    rows: || entries(games::GAMES),
    common: schema::of::<GameKeys>,
    default_kind: None,
};

const STRATEGY_FAMILY: Family = Family {
    name: "strategies",
    section: "strategy",
    about: "what an agent does, given what it sees",
    rows: || entries(strategies::STRATEGIES),
    common: schema::of::<StrategyKeys>,
    default_kind: Some("pure"),
};

const NORM_FAMILY: Family = Family {
    name: "norms",
    section: "norm",
    about: "how an act changes the reputation of who did it",
    rows: || entries(norms::NORMS),
    common: schema::of::<NormKeys>,
    default_kind: Some("rule"),
};

const SANCTION_FAMILY: Family = Family {
    name: "sanctions",
    section: "sanction",
    about: "who punishes whom, at what fee and fine",
    rows: || entries(sanctions::SANCTIONS),
    common: schema::of::<SanctionKeys>,
    default_kind: None,
};

const LEARNING_FAMILY: Family = Family {
    name: "learning",
    section: "learning",
    about: "how strategies spread",
    rows: || entries(learning::LEARNING),
    common: schema::of::<LearningKeys>,
    default_kind: None,
};

const CASCADE_FAMILY: Family = Family {
    name: "cascades",
    section: "cascade",
    about: "what spreads on the structure, and when it passes on",
    rows: || entries(cascades::CASCADES),
    common: schema::of::<CascadeKeys>,
    default_kind: None,
};

const TURNOVER_FAMILY: Family = Family {
    name: "turnover",
    section: "turnover",
    about: "who comes into the world and who leaves it",
    rows: || entries(turnover::TURNOVER),
    common: schema::of::<TurnoverKeys>,
    default_kind: Some("birth-death"),
};

const PLANNER_FAMILY: Family = Family {
    name: "planners",
    section: "planner",
    about: "who sets a parameter for others, by what it sees",
    rows: || entries(planners::PLANNERS),
    common: schema::of::<PlannerKeys>,
    default_kind: None,
};

fn entries<T: ?Sized>(rows: &'static [Row<T>]) -> Vec<Entry> {
    rows.iter().map(Row::entry).collect()
}

/// The sections of a world file, in the order of [`crate::scenario::SECTIONS`].
pub static SECTIONS: &[SectionSchema] = &[
    SectionSchema::new("title", Shape::Value(schema::of::<String>)),
    SectionSchema::new("source", Shape::Value(schema::of::<Vec<String>>)),
    SectionSchema::new("systems", Shape::Value(schema::of::<Vec<String>>)),
    SectionSchema::new("run", Shape::Table(schema::of::<Run>)).required(),
    SectionSchema::new("population", Shape::Table(schema::of::<Population>)),
    SectionSchema::new("trait", Shape::Tables(schema::of::<Trait>)),
    SectionSchema::new("strategy", Shape::Rules(&STRATEGY_FAMILY)),
    SectionSchema::new("structure", Shape::RuleOrRules(&STRUCTURE_FAMILY)),
    SectionSchema::new("game", Shape::Rule(&GAME_FAMILY)),
    SectionSchema::new("norm", Shape::Rule(&NORM_FAMILY)),
    SectionSchema::new("sanction", Shape::RuleOrRules(&SANCTION_FAMILY)),
    SectionSchema::new("learning", Shape::Rule(&LEARNING_FAMILY)),
    SectionSchema::new("mutation", Shape::Table(schema::of::<Mutation>)),
    SectionSchema::new("cascade", Shape::Rule(&CASCADE_FAMILY)),
    SectionSchema::new("turnover", Shape::Rule(&TURNOVER_FAMILY)),
    SectionSchema::new("planner", Shape::Rule(&PLANNER_FAMILY)),
    SectionSchema::new("intervention", Shape::Tables(schema::of::<Intervention>)),
    SectionSchema::new("record", Shape::Table(schema::of::<Record>)),
    SectionSchema::new("measure", Shape::Tables(schema::of::<MeasureKeys>)),
    SectionSchema::new("case", Shape::Tables(schema::of::<Case>)),
    SectionSchema::new("expect", Shape::Tables(schema::of::<Expect>)),
];

/// The JSON Schema of world files.
pub fn world_schema() -> Value {
    schema::world_schema(SECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sections_are_those_that_the_reader_knows() {
        let names: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
        assert_eq!(names, crate::scenario::SECTIONS);
    }
}
