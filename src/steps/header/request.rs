//! What is imported for a module, and by which compiler.

use std::path::PathBuf;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::{Error, Result};
use crate::model::{Environment, HeaderImport, Macro, ModuleDeclaration, SourceText, Spanned};
use crate::steps::context::CompileContext;
use crate::steps::toolchains;
use crate::toolchain::Toolchain;

/// The import of a module's headers.
pub struct HeaderRequest<'a> {
    /// The module.
    pub declaration: &'a ModuleDeclaration,
    /// Its headers and the names that are wanted of them.
    pub import: &'a HeaderImport,
    /// For errors that point into it.
    pub pyproject: &'a Arc<SourceText>,
    /// The compiler whose preprocessor reads them.
    pub toolchain: Arc<Toolchain>,
    /// What it sees.
    pub environment: Environment,
    /// Macros, as the module's C sees them.
    pub macros: Vec<Macro>,
    /// Where headers are searched, as for the module's C.
    pub include_dirs: Vec<PathBuf>,
    /// Further flags: the module's own, and then those of whoever builds it.
    pub flags: Vec<String>,
    /// Patterns of the names that are wanted; `None`: all.
    pub only: Option<GlobSet>,
    /// Patterns of the names that are not.
    pub except: GlobSet,
}

impl<'a> HeaderRequest<'a> {
    /// What a module imports, read by this compiler.
    ///
    /// # Errors
    /// A pattern is none.
    pub fn of(
        declaration: &'a ModuleDeclaration,
        pyproject: &'a Arc<SourceText>,
        import: &'a HeaderImport,
        toolchain: Arc<Toolchain>,
        context: &CompileContext,
    ) -> Result<Self> {
        let (environment, root) = (context.environment.clone(), context.paths.root);
        let environment = toolchains::seen_by_tools(environment, &toolchain, root);
        let words = |argument| declaration.list(argument).iter().map(|word| word.value.as_str());
        let mut macros: Vec<Macro> = words("define_macros").map(Macro::defined).collect();
        macros.extend(words("undef_macros").map(|name| Macro::Undefine(name.to_owned())));
        let set = &context.options.define_macros;
        macros.retain(|own| set.iter().all(|set| set.name() != own.name()));
        macros.extend_from_slice(set);
        let folders = words("include_dirs").map(PathBuf::from);
        let more = context.options.include_dirs.iter().map(|folder| folder.value.clone());
        let flags = context.options.extra_compile_args.iter().cloned();
        let wanted = (!import.only.is_empty()).then(|| patterns(&import.only, pyproject));
        Ok(HeaderRequest {
            declaration,
            import,
            pyproject,
            toolchain,
            environment,
            macros,
            include_dirs: folders.chain(more).collect(),
            flags: words("extra_compile_args").map(str::to_owned).chain(flags).collect(),
            only: wanted.transpose()?,
            except: patterns(&import.except, pyproject)?,
        })
    }

    /// The same, with further folders of headers, after all others.
    #[must_use]
    pub fn searching(mut self, folders: &[PathBuf]) -> Self {
        self.include_dirs.extend_from_slice(folders);
        self
    }
}

fn patterns(list: &[Spanned<String>], pyproject: &Arc<SourceText>) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for Spanned { value, span } in list {
        let pattern = GlobBuilder::new(value).build().map_err(|e| {
            Error::new(format!("`{value}` is not a pattern: {}", e.kind()))
                .at(pyproject, span.clone())
        })?;
        set.add(pattern);
    }
    set.build().map_err(|e| Error::new(format!("the patterns are too large: {e}")))
}
