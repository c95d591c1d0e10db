//! Why opportunities are usually lost.

use eerp_sdk::prelude::*;

/// A usual reason, to choose from when an opportunity is lost.
#[model(
    table = "lost_reasons",
    path = "lost-reasons",
    title = "Lost reason",
    display = "name",
    order = "sequence, name"
)]
pub struct LostReason {
    /// The reason in a few words.
    #[field(max = 200, unique)]
    pub name: String,
    /// Its place among the reasons, smallest first.
    #[field(default = 10, min = 0)]
    pub sequence: i32,
    /// Whether it is offered still.
    #[field(default = true)]
    pub active: bool,
}

const USUAL: [&str; 6] = [
    "Too expensive",
    "Chose a competitor",
    "No budget",
    "Bad timing",
    "Lacks what is needed",
    "No answer",
];

/// The reasons that a new installation starts with.
pub(crate) fn migrations() -> Vec<Migration> {
    let reason = |(place, name): (i32, &str)| LostReason {
        name: name.into(),
        sequence: place * 10,
        active: true,
    };
    let reasons: Vec<LostReason> = (1..).zip(USUAL).map(reason).collect();
    vec![Migration::new("lost_reasons_seed", 1).records(&reasons)]
}
