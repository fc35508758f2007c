//! What declared modules need before their Python process: the flags of packages, and the text of
//! headers that the compiler's preprocessor reads.

use std::sync::Arc;

use crate::build::context::Build;
use crate::build::provided::Provided;
use crate::engine::cache::Stale;
use crate::engine::graph::{Graph, Node};
use crate::engine::scheduler::{self, left_out};
use crate::error::{Ending, Result};
use crate::model::{Builder, BuilderWork, CdefPart, ModuleDeclaration, PYPROJECT, Task, TaskKind};
use crate::steps::declared::with_packages;
use crate::steps::header::{self, HeaderRequest, ImportHeaders};
use crate::steps::toolchains::COMPILER;

/// Builders of which all is known that their processes are asked for.
pub struct Completed {
    /// The builders, without the optional modules for which that failed.
    pub builders: Vec<Builder>,
    /// Each import of headers, as messages call it, and why it had to run; `None` if it had not.
    pub steps: Vec<(String, Option<Stale>)>,
}

/// The ids of the steps that import headers, each with its module.
pub fn steps<'b>(
    builders: impl Iterator<Item = &'b Builder>,
) -> impl Iterator<Item = (String, String)> {
    let declared = builders.filter_map(Builder::declaration);
    let with_headers = declared.filter(|module| module.headers.is_some());
    with_headers.map(|module| {
        let name = module.name.value.clone();
        let step = header::import_step(&name);
        (name, step)
    })
}

/// Asks pkg-config and imports headers, for the modules that want it.
///
/// # Errors
/// pkg-config does not know a package, there is no compiler, or a header cannot be read.
pub fn completed(build: &Build, provided: &Provided, builders: Vec<Builder>) -> Result<Completed> {
    if builders.iter().all(|builder| builder.declaration().is_none()) {
        return Ok(Completed { builders, steps: Vec::new() });
    }
    let mut kept = Vec::with_capacity(builders.len());
    for builder in builders {
        match with_flags(build, &builder) {
            Ok(None) => kept.push(builder),
            Ok(Some(declaration)) => kept.push(with_declaration(builder, declaration)),
            Err(error) if is_optional(&builder) && error.parts().ending != Ending::Interrupted => {
                let name = builder.declaration().map_or("", |module| module.name.value.as_str());
                build.console().warning_with_output(&left_out(name, &error));
            }
            Err(error) => return Err(error),
        }
    }
    imported(build, provided, kept)
}

fn with_flags(build: &Build, builder: &Builder) -> Result<Option<ModuleDeclaration>> {
    let Some(declaration) = builder.declaration() else { return Ok(None) };
    if declaration.pkg_config.is_empty() {
        return Ok(None);
    }
    let (environment, project) = (build.hook.environment, build.project);
    let declaration = declaration.clone();
    with_packages(declaration, environment, &project.root, &project.pyproject).map(Some)
}

fn with_declaration(builder: Builder, declaration: ModuleDeclaration) -> Builder {
    Builder { work: BuilderWork::Declaration(Box::new(declaration)), ..builder }
}

fn is_optional(builder: &Builder) -> bool {
    builder.declaration().is_some_and(|module| module.optional)
}

fn imported(build: &Build, provided: &Provided, builders: Vec<Builder>) -> Result<Completed> {
    if steps(builders.iter()).next().is_none() {
        return Ok(Completed { builders, steps: Vec::new() });
    }
    let context = build.compile_context();
    let toolchain = context.toolchain(context.environment)?;
    let declared = builders.iter().filter_map(Builder::declaration);
    let wanted = declared.filter_map(|module| Some((module, module.headers.as_ref()?)));
    let pyproject = &build.project.pyproject;
    let requests = wanted.map(|(module, headers)| {
        let request =
            HeaderRequest::of(module, pyproject, headers, Arc::clone(&toolchain), &context)?;
        Ok(request.searching(&provided.include_dirs))
    });
    let requests: Vec<HeaderRequest> = requests.collect::<Result<_>>()?;
    let mut graph = Graph::default();
    for request in &requests {
        let name = request.declaration.name.value.as_str();
        let group = graph.add_group(name, request.declaration.optional);
        let task = Task::new(TaskKind::Generate, header::task_name(name))
            .after(TaskKind::Read, [PYPROJECT])
            .after(TaskKind::Find, [COMPILER]);
        let step = Box::new(ImportHeaders::of(request, &context));
        graph.add(Node { step, task, verb: "Imported", needs: Vec::new(), group });
    }
    let why = |node: &Node| (node.task.name.clone(), scheduler::why(&*node.step, context.cache));
    let steps = graph.nodes.iter().map(why).collect();
    let (lost, ()) = scheduler::run(&graph, &context.engine(), || Ok(()))?;
    let lost: Vec<&str> = lost.iter().map(|group| graph.groups[*group].name.as_str()).collect();
    let mut kept = Vec::with_capacity(builders.len());
    for builder in &builders {
        match builder.declaration() {
            Some(module) if lost.contains(&module.name.value.as_str()) => {}
            Some(module) if module.headers.is_some() => {
                let mut module = module.clone();
                let text = header::text_of(&module.name.value, &context)?;
                module.cdef.push(CdefPart::Imported(text));
                kept.push(with_declaration(builder.clone(), module));
            }
            _ => kept.push(builder.clone()),
        }
    }
    Ok(Completed { builders: kept, steps })
}
