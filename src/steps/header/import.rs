//! The step that imports headers: the compiler's preprocessor reads them, and what they declare is
//! written down for cffi.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::digest::Digest;
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result, nearest};
use crate::fs;
use crate::model::{Environment, ImportedText, LineOrigin, Spanned};
use crate::process::Cancel;
use crate::steps::compile_inputs::CompileRun;
use crate::steps::context::CompileContext;
use crate::steps::header::cdef::{self, CdefLine};
use crate::steps::header::declarations::{Declarations, IntegerWidths};
use crate::steps::header::files::HeaderFiles;
use crate::steps::header::request::HeaderRequest;
use crate::steps::header::select::{HeaderUse, Wish, names};
use crate::steps::header::tokens::{self, CMacro, CToken, Preprocessed};
use crate::steps::preprocess_args::{self, PreprocessParts};
use crate::steps::tool_run::{ToolRun, advised};

/// Imports the headers of a module.
pub struct ImportHeaders<'a> {
    id: String,
    request: &'a HeaderRequest<'a>,
    run: ToolRun<'a>,
    files: ImportFiles,
    context: CompileContext<'a>,
}

/// The files of an import. Absolute.
struct ImportFiles {
    /// What is made: the text for cffi.
    text: PathBuf,
    /// What is preprocessed: it includes the headers.
    probe: PathBuf,
    /// What the preprocessor writes.
    preprocessed: PathBuf,
}

impl ImportFiles {
    fn of(context: &CompileContext, module: &str) -> Self {
        let file =
            |end: &str| context.paths.build_dir.join("generated").join(format!("{module}{end}"));
        ImportFiles {
            text: file(".cdef.h"),
            probe: file(".probe.c"),
            preprocessed: file(".probe.i"),
        }
    }
}

/// The id of the step that imports the headers of a module.
pub fn import_step(module: &str) -> String {
    format!("import generated/{module}.cdef.h")
}

/// How people and timings call an import.
pub fn task_name(module: &str) -> String {
    format!("headers of {module}")
}

/// What an import made for a module.
///
/// # Errors
/// It is gone.
pub fn text_of(module: &str, context: &CompileContext) -> Result<ImportedText> {
    let file = ImportFiles::of(context, module).text;
    let text = fs::read_source(&file, &file.display().to_string())?.text;
    let origins = fs::read_source(&origins_file(&file), "origins")?.text;
    let origin = |line: &str| {
        let (number, rest) = line.split_once(' ')?;
        let (name, file) = rest.split_once(' ')?;
        let (line, name, file) = (number.parse().ok()?, name.to_owned(), file.to_owned());
        Some(LineOrigin { file, line, name })
    };
    Ok(ImportedText { text, origins: origins.lines().filter_map(origin).collect() })
}

/// Where each line of the text comes from.
fn origins_file(text: &Path) -> PathBuf {
    text.with_extension("lines")
}

impl<'a> ImportHeaders<'a> {
    /// The import of a request.
    pub fn of(request: &'a HeaderRequest<'a>, context: &CompileContext<'a>) -> Self {
        let module = &request.declaration.name.value;
        let files = ImportFiles::of(context, module);
        let args = preprocess_args::preprocess_args(&PreprocessParts {
            toolchain: &request.toolchain,
            macros: &request.macros,
            include_dirs: &request.include_dirs,
            own: &request.flags,
            source: &files.probe,
            product: &files.preprocessed,
            paths: context.paths,
        });
        let run = ToolRun {
            command: &request.toolchain.c.compile,
            args,
            family: request.toolchain.family,
            helpers: &[],
            environment: &request.environment,
            directory: context.paths.root,
            response_file: files.preprocessed.with_extension("rsp"),
            doing: format!("preprocessing the headers of `{module}`"),
        };
        let id = import_step(module);
        ImportHeaders { id, request, run, files, context: *context }
    }

    /// Preprocesses the headers and what follows on them.
    fn preprocessed(&self, more: &str, cancel: &Cancel) -> Result<Preprocessed> {
        let root = self.context.paths.root;
        let included = self.request.import.included().map(|header| match header.value.as_str() {
            name if name.starts_with('<') => format!("#include {name}\n"),
            path => format!("#include \"{}\"\n", root.join(path).display()),
        });
        fs::create_parent(&self.files.probe)?;
        fs::write_text(&self.files.probe, &(included.collect::<String>() + more))?;
        let ran = self.run.run(&self.files.preprocessed, self.context.console, cancel);
        let first = self.request.import.headers.first().map(|header| header.span.clone());
        ran.map_err(advised).map_err(|error| match first {
            Some(span) if error.parts().location.is_none() => {
                error.at(self.request.pyproject, span)
            }
            _ => error,
        })?;
        let bytes = fs::read(&self.files.preprocessed)?;
        fs::remove_if_there(&self.files.preprocessed)?;
        fs::remove_if_there(&self.files.probe)?;
        Ok(tokens::read(&String::from_utf8_lossy(&bytes)))
    }

    /// What each macro comes to when all macros in it are expanded: the preprocessor is asked.
    fn expanded<'m>(
        &self,
        macros: Vec<&'m CMacro>,
        cancel: &Cancel,
    ) -> Result<Vec<(&'m CMacro, Vec<CToken>)>> {
        if macros.is_empty() {
            return Ok(Vec::new());
        }
        const BEGIN: &str = "officina_macro_";
        let lines = macros.iter().enumerate();
        let asked: String =
            lines.map(|(index, one)| format!("{BEGIN}{index} {}\n", one.name)).collect();
        let answer = self.preprocessed(&asked, cancel)?;
        let mut found: Vec<(&CMacro, Vec<CToken>)> =
            macros.into_iter().map(|one| (one, Vec::new())).collect();
        let mut current = None;
        for token in answer.tokens {
            let index =
                token.text.strip_prefix(BEGIN).and_then(|index| index.parse::<usize>().ok());
            match (index, current) {
                (Some(index), _) => current = Some(index),
                (None, Some(index)) => {
                    if let Some((_, tokens)) = found.get_mut(index) {
                        tokens.push(token);
                    }
                }
                (None, None) => {}
            }
        }
        Ok(found)
    }

    fn imported(&self, cancel: &Cancel) -> Result<(Vec<CdefLine>, HeaderFiles)> {
        let Preprocessed { files, tokens, macros } = self.preprocessed("", cancel)?;
        let files = HeaderFiles::of(files, self.request.import, self.context.paths.root)
            .map_err(|(error, span)| error.at(self.request.pyproject, span))?;
        let interpreter = self.context.target.interpreter;
        let pointer = u32::from(interpreter.pointer_bits);
        let long = if interpreter.is_windows() { 32 } else { pointer };
        let declared = Declarations::of(tokens, IntegerWidths { long, pointer });
        let header_use = self.header_use();
        let wish = Wish {
            is_own: &|file| files.is_own(file),
            only: self.request.only.as_ref(),
            except: &self.request.except,
            header_use,
        };
        let own: Vec<&CMacro> = macros.iter().filter(|one| files.is_own(one.place.file)).collect();
        self.refuse_idle_patterns(&declared, &own, &wish)?;
        let wanted = own.into_iter().filter(|one| wish.wants(&one.name)).collect();
        let expanded = self.expanded(wanted, cancel)?;
        Ok((cdef::lines(&declared, &expanded, &wish), files))
    }

    fn header_use(&self) -> HeaderUse {
        match self.request.declaration.is_abi_mode() {
            true => HeaderUse::Opened,
            false => HeaderUse::Compiled,
        }
    }

    /// A pattern that no name fits is a slip.
    fn refuse_idle_patterns(
        &self,
        declared: &Declarations,
        macros: &[&CMacro],
        wish: &Wish,
    ) -> Result<()> {
        let is_own = |place: &CToken| (wish.is_own)(place.place.file);
        let items = declared.items.iter().filter(|item| item.tokens.first().is_some_and(is_own));
        let all: BTreeSet<&str> =
            items.flat_map(names).chain(macros.iter().map(|one| one.name.as_str())).collect();
        let import = self.request.import;
        for (key, Spanned { value, span }) in import
            .only
            .iter()
            .map(|pattern| ("only", pattern))
            .chain(import.except.iter().map(|pattern| ("except", pattern)))
        {
            let matcher = globset::Glob::new(value).map(|glob| glob.compile_matcher());
            if matcher.is_ok_and(|matcher| all.iter().any(|name| matcher.is_match(name))) {
                continue;
            }
            let message = format!("`{value}` in `{key}` fits no name that the headers declare");
            let error = Error::new(message).at(self.request.pyproject, span.clone());
            return Err(match nearest(value, all) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`*` stands for any text: `sqlite3_*`"),
            });
        }
        Ok(())
    }

    fn nothing_found(&self, files: &HeaderFiles) -> Error {
        let header = self.request.import.included().next();
        let name = header.map_or("", |header| header.value.as_str());
        let mut error = Error::new(format!("`{name}` declares nothing that cffi can use"))
            .note("declarations of the headers that it includes are not used");
        if let Some(header) = header {
            error = error.at(self.request.pyproject, header.span.clone());
        }
        match files.included_folder() {
            Some(folder) => error.hint(format!(
                "name these headers too: cdef-from = [\"{name}\", \"<{folder}/*.h>\"]"
            )),
            None => error.hint("name the header that has the declarations"),
        }
    }
}

impl Step for ImportHeaders<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        let import = self.request.import;
        let lists = [&import.headers, &import.only, &import.except];
        let mut more: Vec<String> = vec![format!("{:?}", self.header_use())];
        for list in lists {
            more.push(list.len().to_string());
            more.extend(list.iter().map(|one| one.value.clone()));
        }
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        self.run.key(self.context.cache.paths(), &more)
    }

    fn environment(&self) -> &Environment {
        self.run.environment
    }

    fn run(&self, cancel: &Cancel) -> Result<Ran> {
        let begun = std::time::Instant::now();
        let outputs = [self.files.text.clone(), origins_file(&self.files.text)];
        for output in &outputs {
            fs::remove_if_there(output)?;
        }
        let (lines, files) = self.imported(cancel)?;
        if lines.is_empty() {
            return Err(self.nothing_found(&files));
        }
        let text: String = lines.iter().map(|line| format!("{}\n", line.text)).collect();
        let origins: String = lines
            .iter()
            .map(|CdefLine { place, name, .. }| {
                format!("{} {name} {}\n", place.line, files.shown(place.file))
            })
            .collect();
        fs::write_text(&outputs[0], &text)?;
        fs::write_text(&outputs[1], &origins)?;
        Ok(Ran {
            outputs: outputs.into(),
            read: files.read().map(Input::File).collect(),
            took: Some(begun.elapsed()),
            ..Ran::default()
        })
    }

    fn inputs(&self, ran: &Ran) -> BTreeSet<Input> {
        let words = self.run.words();
        let words: Vec<String> =
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let run = CompileRun {
            words: &words,
            environment: self.run.environment,
            root: self.context.paths.root,
            python_includes: &[],
            read: Some(ran.read.iter().filter_map(Input::path).map(Path::to_owned).collect()),
        };
        self.run.inputs().into_iter().chain(run.inputs()).collect()
    }
}
