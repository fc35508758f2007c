//! A compiler's warnings about types of a cdef that are others in C, in words of ours.

use std::collections::HashSet;
use std::path::Path;

use crate::binary::cdef_texts::CdefTexts;
use crate::model::CompileSpec;
use crate::steps::glue_complaint::Glue;

/// What the warnings end with. Newer compilers take most of these for errors.
const KINDS: [&str; 3] = [
    "[-Wint-conversion]",
    "[-Wincompatible-pointer-types]",
    "[-Wincompatible-function-pointer-types]",
];

/// What a compiler said of the file that cffi generated. Each name of the cdef has one warning, with its line there.
pub fn with_warnings(output: String, spec: &CompileSpec, root: &Path) -> String {
    if !KINDS.iter().any(|kind| output.contains(kind)) {
        return output;
    }
    let source = spec.generated_source.and_then(|file| std::fs::read_to_string(file).ok());
    let source = source.unwrap_or_default();
    let Some(glue) = Glue::of(&source) else { return output };
    let (others, found) = sorted_out(&output, &glue);
    let cdef = CdefTexts::of(spec.generated_source);
    let lines = found.into_iter().map(|TypeWarning { name, said }| {
        let word = name.rsplit('.').next().unwrap_or(&name);
        let place = cdef.place(word, root).map_or_else(
            || spec.declared_in.to_owned(),
            |(source, span)| format!("{}:{}", source.name, source.line_at(span.start)),
        );
        format!(
            "warning: {place}: `{name}` has another type in the cdef than in C, so that whoever uses it may get \
             wrong values or a crash: correct the cdef. The compiler says: {said}\n"
        )
    });
    others + &lines.collect::<String>()
}

/// A name of the cdef, and what a compiler says of it.
#[derive(Debug, PartialEq, Eq)]
struct TypeWarning {
    /// `add`, or `struct s.field`
    name: String,
    said: String,
}

/// What a compiler said without its warnings about types in the generated code, and these.
fn sorted_out(output: &str, glue: &Glue) -> (String, Vec<TypeWarning>) {
    let (mut others, mut found, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let mut is_ours = false;
    for line in output.lines() {
        if let Some(mismatch) = mismatch(line, glue) {
            // GCC says first which function it is about.
            others
                .pop_if(|last: &mut &str| last.contains("In function") && last.contains("_cffi_"));
            is_ours = true;
            if seen.insert(mismatch.name.clone()) {
                found.push(mismatch);
            }
        } else if !(is_ours && (is_more(line) || line.ends_with("generated."))) {
            others.push(line);
            is_ours = false;
        }
    }
    (others.iter().map(|line| format!("{line}\n")).collect(), found)
}

/// Whether a line belongs to the warning before it: a line of C, or a note.
fn is_more(line: &str) -> bool {
    line.starts_with(' ') || line.contains(": note: ")
}

/// `x.c:631:10: warning: returning 'int' ... [-Wint-conversion]`
fn mismatch(line: &str, glue: &Glue) -> Option<TypeWarning> {
    let (place, said) = line.split_once(": warning: ")?;
    let said = KINDS.iter().find_map(|kind| said.strip_suffix(kind))?.trim_end();
    let mut numbers = place.rsplit(':');
    let (_, number) = (numbers.next()?, numbers.next()?.parse::<usize>().ok()?);
    Some(TypeWarning { name: glue.subject(number)?, said: said.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_about_types_are_told_once_for_each_name() {
        let source = "static int own(void)\n{\n  return \"\"; }\n#ifdef OFFICINA_GLUE_LEVEL\nstatic char * _cffi_d_add(int x0)\n{\n  return add(x0);\n}\n\
                      static PyObject *\n_cffi_f_add(PyObject *self)\n{\n  { result = add(x0); }\n}\n\
                      static void _cffi_checkfld_struct_s(struct s *p)\n{\n  { int * *tmp = &p->x[0]; (void)tmp; }\n}\n";
        let glue = Glue::of(source).unwrap();
        let warned =
            |line: usize, kind: &str| format!("a/b.c:{line}:10: warning: it is [-W{kind}]\n");
        for (output, others, names) in [
            (
                format!(
                    "a/b.c: In function ‘_cffi_d_add’:\n{}  7 | return add(x0);\n    ^\na/b.c: In function ‘_cffi_f_add’:\n\
                     {}2 warnings generated.\n",
                    warned(7, "int-conversion"),
                    warned(12, "int-conversion")
                ),
                "",
                "add",
            ),
            (
                warned(16, "incompatible-pointer-types") + "a/s.h:1:1: note: here\n",
                "",
                "struct s.x",
            ),
            (warned(3, "int-conversion"), "all", ""),
            (warned(7, "unused"), "all", ""),
            (
                warned(7, "int-conversion") + "x.h:1: warning: else\n  code\n",
                "x.h:1: warning: else\n  code\n",
                "add",
            ),
        ] {
            let (rest, found) = sorted_out(&output, &glue);
            assert_eq!(rest, if others == "all" { &output } else { others }, "{output}");
            let found: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(found.join(" "), names, "{output}");
        }
    }
}
