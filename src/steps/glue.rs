//! How far the C that cffi wrote is optimised. Pure.
//!
//! It converts arguments and calls; the higher levels of compilers make it larger and not faster,
//! and take twice as long. So it is compiled low, unless somebody set a level, while what the user
//! wrote keeps its own, be it attached to the same file.

use crate::model::{Attached, GlueOptimization, Language, WheelKind};
use crate::steps::compile_line::CompileLine;
use crate::toolchain::{Family, OptimizationChoice, is_optimization, yielding_to};

/// The flags of the toolchain for one source, and where it is cffi's, those that lower its level.
pub(super) fn base_flags(line: &CompileLine) -> Vec<String> {
    let mut flags = yielding_to(&line.commands.compile.flags, line.spec.extra_compile_args);
    match lowered(line) {
        Lowered::No => {}
        Lowered::AfterMark(level) => {
            flags.push(format!("-D{}={}", Attached::MARK, level as u8));
        }
        Lowered::Whole(level) if line.toolchain.family.is_msvc() => {
            // A second level would be warned about. What /O1 means there is smaller, not faster.
            if level == Low::Zero {
                flags
                    .iter_mut()
                    .filter(|flag| *flag == "/O2")
                    .for_each(|flag| *flag = "/Od".into());
            }
        }
        Lowered::Whole(level) => {
            flags.push(format!("-O{}", level as u8));
            // Clang inlines nothing at -O1 unless told to.
            let is_clang = matches!(line.toolchain.family, Family::Clang { .. });
            if is_clang && level == Low::One {
                flags.push("-finline-hint-functions".into());
            }
        }
    }
    flags
}

/// A level for cffi's C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Low {
    /// `-O0`: whoever edits waits for the compiler.
    Zero = 0,
    /// `-O1`: calls cost what they cost at -O3.
    One = 1,
}

/// Which part of a source gets a level of its own.
enum Lowered {
    No,
    /// What follows the attached text.
    AfterMark(Low),
    /// All of it.
    Whole(Low),
}

fn lowered(line: &CompileLine) -> Lowered {
    let (spec, language) = (line.spec, line.unit.language);
    let is_said = line.commands.optimization == OptimizationChoice::Explicit
        || line.options.glue_optimization == GlueOptimization::Full
        || spec.extra_compile_args.iter().any(|word| is_optimization(word));
    let Some(attached) = spec.attached else { return Lowered::No };
    if is_said || Some(line.unit.source.as_path()) != spec.generated_source {
        return Lowered::No;
    }
    let level = match line.kind {
        WheelKind::Standard => Low::One,
        WheelKind::Editable => Low::Zero,
    };
    // What C++ headers hold is code more often than not.
    let is_headers = attached == Attached::SystemHeaders && language == Language::C;
    match (line.toolchain.family, level) {
        // Older ones may forget other flags at the pragma.
        (Family::Gcc { version: Some(12..) }, _) => Lowered::AfterMark(level),
        _ if is_headers && is_fortified(line) => Lowered::Whole(Low::One),
        _ if is_headers => Lowered::Whole(level),
        // It has a pragma for no optimisation, and none for less.
        (Family::Clang { .. }, Low::Zero) => Lowered::AfterMark(level),
        _ => Lowered::No,
    }
}

/// The headers of the C library warn where they shall fortify what is not optimised.
fn is_fortified(line: &CompileLine) -> bool {
    const NAME: &str = "_FORTIFY_SOURCE";
    let words = line.commands.compile.flags.iter().chain(line.spec.extra_compile_args);
    words.into_iter().any(|word| word.contains(NAME))
        || line.spec.macros.iter().any(|given| given.name() == NAME)
}
