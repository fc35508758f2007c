//! What needs not be done again: each compile and each link as a step of the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::engine;
use crate::engine::{Ledger, Record, Stale, Trace};
use crate::model::Environment;
use crate::model::ObjectInputs;
use crate::steps::compile_line;
use crate::steps::compile_line::CompileLine;
use crate::steps::prepare::Prepared;
use crate::steps::steps::Shop;
use crate::steps::tool_run::Call;
use crate::toolchain;
use crate::toolchain::variables::read_by_tools;

/// How the ledger calls the step that makes `product`.
pub(super) fn name(product: &Path, shop: &Shop) -> String {
    let made_in = product.strip_prefix(shop.places.scratch).unwrap_or(product);
    format!("make {}", made_in.display())
}

/// One run of a compiler or a linker, as the ledger knows it.
pub(super) struct Step<'a> {
    ledger: &'a Ledger,
    name: String,
    key: String,
    environment: &'a Environment,
    programs: BTreeSet<PathBuf>,
    began: i128,
}

impl<'a> Step<'a> {
    /// The step that makes `product`; `None` where nothing is remembered.
    pub fn of(call: &Call<'a>, product: &Path, shop: &Shop<'a>) -> Option<Self> {
        let ledger = shop.build.ledger?;
        // A launcher makes what the compiler behind it would make.
        let driver = call.command.driver.iter().map(Into::into);
        let words: Vec<String> = driver
            .chain(call.args.iter().map(|word| word.to_string_lossy()))
            .map(|word| ledger.places().abstracted_word(&word))
            .collect();
        let undefined = format!("{:?}", shop.build.undefined);
        let key = engine::key(words.iter().chain([&undefined]).map(|word| word.as_bytes()));
        Some(Step {
            ledger,
            name: name(product, shop),
            key,
            environment: call.environment,
            programs: toolchain::programs(call.command, call.environment, shop.places.root),
            began: engine::now(),
        })
    }

    /// The record, if the product is there already.
    ///
    /// # Errors
    /// Why it has to be made, as a value.
    pub fn fresh(&self) -> Result<Record, Stale> {
        self.ledger.fresh(&self.name, &self.key, self.environment)
    }

    /// It is there already.
    pub fn keep(&self, record: Record) {
        self.ledger.keep(&self.name, record);
    }

    /// Its program has run and made these files. What it read is still to be written down.
    pub fn ran(self, makes: BTreeSet<PathBuf>) -> Ran<'a> {
        self.ledger.forget(&makes);
        Ran { step: self, makes }
    }
}

/// A step whose program has run in this build.
pub(super) struct Ran<'a> {
    step: Step<'a>,
    makes: BTreeSet<PathBuf>,
}

impl Ran<'_> {
    /// Writes down what it read, and what it said, for the next build.
    pub fn note(self, reads: &Reads, said: String) {
        let Ran { step, makes } = self;
        let variable = |name: &'static str| -> (String, Option<String>) {
            let value = step.environment.0.get(OsStr::new(name));
            (name.to_owned(), value.map(|value| value.to_string_lossy().into_owned()))
        };
        let environment: BTreeMap<_, _> = read_by_tools().map(variable).collect();
        let (files, volatile) = match reads {
            Reads::Known(files) => (files.clone(), None),
            Reads::Unknown(why) => (BTreeSet::new(), Some((*why).to_owned())),
        };
        step.ledger.note(
            &step.name,
            Trace {
                key: step.key,
                began: step.began,
                reads: files.into_iter().chain(step.programs).collect(),
                environment,
                makes,
                answer: String::new(),
                said,
                volatile,
            },
        );
    }
}

/// What a run read.
pub(super) enum Reads {
    /// These files.
    Known(BTreeSet<PathBuf>),
    /// Nobody knows, because of this.
    Unknown(&'static str),
}

impl Reads {
    /// The same without what is below a folder.
    pub fn without(self, folder: &Path) -> Self {
        match self {
            Reads::Known(mut files) => {
                files.retain(|file| !file.starts_with(folder));
                Reads::Known(files)
            }
            unknown => unknown,
        }
    }
}

/// What a compile read; what this build generated itself counts here.
pub(super) fn reads_of(line: &CompileLine, inputs: &ObjectInputs, shop: &Shop) -> Reads {
    let is_assembly = line.unit.source.extension().is_some_and(|suffix| suffix == "s");
    match compile_line::dep_file(line) {
        None if !is_assembly => Reads::Unknown("its compiler does not tell what it reads"),
        Some(file) if !file.exists() => Reads::Unknown("its compiler does not tell what it reads"),
        _ => {
            let mut files: BTreeSet<PathBuf> =
                inputs.files.iter().map(|file| file.to_path_buf()).collect();
            files.insert(shop.places.root.join(&line.unit.source));
            // Where another header may come between: folders of the project that are looked in.
            let folders = line.spec.include_dirs.iter().map(|folder| shop.places.root.join(folder));
            let folders: Vec<PathBuf> = folders.collect();
            let below = below(&folders, inputs);
            let beside = inputs.files.iter().filter_map(|file| Some(file.parent()?.to_owned()));
            let all = folders.into_iter().chain(below).chain(beside);
            let ours = all.filter(|folder| folder.starts_with(shop.places.root));
            files.extend(ours.map(|folder| folder.join(engine::HEADERS)).collect::<Vec<_>>());
            Reads::Known(files)
        }
    }
}

/// Where `#include "sub/x.h"` was looked for, in each of the folders.
fn below(folders: &[PathBuf], inputs: &ObjectInputs) -> BTreeSet<PathBuf> {
    let parents: BTreeSet<&Path> = inputs.files.iter().filter_map(|file| file.parent()).collect();
    let inside = |parent: &&Path| -> Vec<PathBuf> {
        let relative = folders.iter().filter_map(|folder| parent.strip_prefix(folder).ok());
        let relative = relative.filter(|path| !path.as_os_str().is_empty());
        relative.flat_map(|path| folders.iter().map(move |folder| folder.join(path))).collect()
    };
    parents.iter().flat_map(inside).collect()
}

/// What a link read: objects, and the libraries that its words may mean. One that is not there counts
/// too: it would be found before another, were it made.
pub(super) fn linked_from(call: &Call, module: &Prepared, shop: &Shop) -> Reads {
    let words: Vec<String> =
        call.words().iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let root = shop.places.root;
    let mut files: BTreeSet<PathBuf> =
        module.units.iter().map(|unit| unit.object.clone()).collect();
    files.extend(module.wanted.spec.extra_objects.iter().map(|file| root.join(file)));
    let named =
        words.iter().filter_map(|word| word.strip_prefix("-L").or(word.strip_prefix("/LIBPATH:")));
    let folders: Vec<PathBuf> = named.map(|folder| root.join(folder)).collect();
    let libraries: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix("-l")).collect();
    for name in &libraries {
        for suffix in ["so", "a", "dylib"] {
            let file = format!("lib{name}.{suffix}");
            files.extend(folders.iter().map(|folder| folder.join(&file)));
            let system = system_folders(shop).into_iter().map(|folder| folder.join(&file));
            files.extend(system.filter(|path| path.is_file()));
        }
    }
    let plain = words.iter().filter(|word| word.ends_with(".lib") || word.ends_with(".def"));
    for word in plain {
        files.extend(folders.iter().map(|folder| folder.join(word)));
    }
    Reads::Known(files)
}

fn system_folders(shop: &Shop) -> Vec<PathBuf> {
    let soabi = shop.build.sysconfig.soabi.as_deref().unwrap_or_default();
    let multiarch = soabi.splitn(3, '-').nth(2).unwrap_or_default();
    let roots = ["/usr/local/lib", "/usr/lib", "/lib", "/usr/local/lib64", "/usr/lib64", "/lib64"];
    roots.iter().flat_map(|root| [Path::new(root).join(multiarch), PathBuf::from(root)]).collect()
}
