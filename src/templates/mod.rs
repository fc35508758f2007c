//! Files that a project begins with: made of the templates beside, each a project of its own. Pure.

mod names;
mod project;
mod workflow;

pub use names::ProjectName;
pub use project::{NewFile, NewProject, ProjectKind, is_kept};
pub use workflow::{OLDEST, TestNeeds, WheelKinds, Workflow};
