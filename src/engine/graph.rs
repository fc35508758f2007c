//! The steps of a phase and what each of them needs.

use crate::engine::step::Step;
use crate::model::Task;

/// Steps with their order. A step needs only steps that were added before it, so there is no circle.
#[derive(Default)]
pub struct Graph<'a> {
    /// The steps, in the order in which they were added: the order of errors.
    pub nodes: Vec<Node<'a>>,
    /// What the steps belong to.
    pub groups: Vec<StepGroup>,
}

/// A step in its graph.
pub struct Node<'a> {
    /// The step.
    pub step: Box<dyn Step + 'a>,
    /// What timings and the progress line show of it.
    pub task: Task,
    /// The verb of its line: `Compiled`.
    pub verb: &'static str,
    /// The positions of the steps whose results it takes.
    pub needs: Vec<usize>,
    /// The position of the group that it belongs to.
    pub group: usize,
}

/// What steps are for: a module, a library, a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepGroup {
    /// How messages call it.
    pub name: String,
    /// Whether its failure only leaves it out.
    pub optional: bool,
}

impl<'a> Graph<'a> {
    /// Adds a group and returns its position.
    pub fn add_group(&mut self, name: impl Into<String>, optional: bool) -> usize {
        self.groups.push(StepGroup { name: name.into(), optional });
        self.groups.len() - 1
    }

    /// Adds a step and returns its position.
    pub fn add(&mut self, node: Node<'a>) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// For each step, how many steps follow on it at most: the longest way goes first.
    pub fn heights(&self) -> Vec<usize> {
        let mut heights = vec![0; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate().rev() {
            for need in &node.needs {
                heights[*need] = heights[*need].max(heights[index] + 1);
            }
        }
        heights
    }

    /// For each step, the steps that need it.
    pub fn dependents(&self) -> Vec<Vec<usize>> {
        let mut dependents = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            node.needs.iter().for_each(|need| dependents[*need].push(index));
        }
        dependents
    }
}
