//! What a compiler's complaint about the C that cffi wrote is about: the text before it, or a name of the cdef. Pure.

use crate::model::Attached;
use crate::report::advice::Complaint;

/// The generated C, by its lines.
pub(super) struct Glue<'a> {
    lines: Vec<&'a str>,
    /// How many lines are before it.
    begin: usize,
}

/// What is wrong, in words for whoever wrote the cdef, and the next step.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub detail: String,
    pub hint: Option<String>,
}

/// What a compiler says of a function in a function, and at the end of a file: GCC, Clang, MSVC.
const INSIDE: [&str; 8] = [
    "not allowed inside functions",
    "invalid storage class for function",
    "function definition is not allowed here",
    "function-definition is not allowed here",
    "local function definitions are illegal",
    "at end of input",
    "expected '}'",
    "no matching token found",
];

/// What the names of cffi's functions and structs for one declaration begin with.
const FOR_ONE: [&str; 7] = [
    "_cffi_d_",
    "_cffi_f_",
    "_cffi_const_",
    "_cffi_var_",
    "_cffi_checkfld_",
    "_cffi_align_",
    "_cffi_externpy__",
];

/// What the author declared, for which cffi wrote a function.
pub(super) struct Declaration<'a> {
    /// `add`, or `s` of `struct s`
    pub name: &'a str,
    /// `struct s`, `union u`, or a name alone
    pub shown: String,
    /// Whether the function checks the fields of a struct.
    pub is_of_fields: bool,
}

/// Whether a name is one that only cffi's C and our additions to it declare.
pub(super) fn is_own_name(name: &str) -> bool {
    ["_cffi_", "_CFFI_", "officina_"].iter().any(|start| name.starts_with(start))
}

impl<'a> Glue<'a> {
    /// The glue in a generated text; `None` where no mark says where it begins.
    pub fn of(text: &'a str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let is_mark = |line: &&str| line.strip_prefix("#ifdef ") == Some(Attached::MARK);
        let begin = lines.iter().position(is_mark)?;
        Some(Glue { lines, begin })
    }

    /// Whether a line, counted from one, is cffi's.
    pub fn has(&self, number: usize) -> bool {
        number > self.begin
    }

    /// The last line of the text before it, counted from one.
    pub fn last_line_before(&self) -> Option<usize> {
        self.lines[..self.begin].iter().rposition(|line| !line.trim().is_empty()).map(|at| at + 1)
    }

    /// The complaint if the text before it ends in the middle of something.
    pub fn left_open(&self, complaint: &Complaint) -> Option<Told> {
        let is_code = |line: &&str| !line.trim().is_empty() && !line.starts_with(['#', '/']);
        let first = self.begin + self.lines[self.begin..].iter().position(is_code)? + 1;
        let is_open = self.has(complaint.line)
            && (complaint.line <= first
                || INSIDE.iter().any(|one| complaint.message.contains(one)));
        let is_include = |line: &&str| line.trim_start().starts_with("#include \"");
        let includes = self.lines[..self.begin].iter().any(is_include);
        is_open.then(|| Told {
            detail: "the C of set_source() ends inside a function or declaration: a `}` or `;` is missing"
                .to_owned(),
            hint: includes.then(|| "it may be missing in a header that this C includes".to_owned()),
        })
    }

    /// What a complaint about cffi's checks means.
    pub fn not_of_its_kind(&self, complaint: &Complaint) -> Option<Told> {
        if complaint.undeclared.is_some() {
            return None;
        }
        let line = self.lines.get(complaint.line.checked_sub(1)?)?;
        let after = self.lines.get(complaint.line).copied().unwrap_or_default();
        let told = |detail: String, hint: &str| Some(Told { detail, hint: Some(hint.to_owned()) });
        if let Some(name) = line_check(&[line, after], "check that ", " is an integer type */") {
            let hint = "write `typedef struct { ...; } NAME;` for a struct, `typedef ... *NAME;` for a pointer";
            return told(format!("`{name}` is no integer type"), &hint.replace("NAME", name));
        }
        if let Some(field) = line_check(&[line], "check that '", "' is an integer */") {
            let hint = "write the type that it has in C";
            return told(format!("the field `{field}` is no integer"), hint);
        }
        let name = line_check(&[line, after], "check that ", " is an integer */")?;
        let (text, number) = ("`static const char *const NAME;`", "`static const double NAME;`");
        let (what, instead) = match &complaint.message {
            said if said.contains("char") => ("a text", text.to_owned()),
            said if said.contains("double") || said.contains("float") => {
                ("a number with a fraction", number.to_owned())
            }
            _ => ("something else", format!("{text}, {number} or what fits its type")),
        };
        let detail = format!("`{name}` is {what}, not an integer");
        told(detail, &format!("write {} in the cdef", instead.replace("NAME", name)))
    }

    /// The names that a complaint may be about, the surest first: that of the declaration for which cffi wrote
    /// the function at the line, else the names of the line and of the complaint.
    pub fn names(&self, complaint: &Complaint) -> Vec<String> {
        let Some(at) = complaint.line.checked_sub(1).filter(|at| *at < self.lines.len()) else {
            return Vec::new();
        };
        if let Some(declaration) = self.declaration(at) {
            return vec![declaration.name.to_owned()];
        }
        let code = self.lines[at].split("//").next().unwrap_or_default();
        let of_line = identifiers(code).map(str::to_owned);
        of_line.chain(complaint.names.iter().filter(|name| is_name(name)).cloned()).collect()
    }

    /// What a line of a function that cffi wrote is about, as the author calls it: `add`, `struct s.field`.
    pub fn subject(&self, number: usize) -> Option<String> {
        let at = number.checked_sub(1).filter(|at| self.has(number) && *at < self.lines.len())?;
        let declaration = self.declaration(at)?;
        if !declaration.is_of_fields {
            return Some(declaration.shown);
        }
        let field = identifiers(self.lines[at].split_once("&p->")?.1).next()?;
        Some(format!("{}.{field}", declaration.shown))
    }

    /// The declaration for which cffi wrote the function that has a line.
    fn declaration(&self, at: usize) -> Option<Declaration<'a>> {
        let above = self.lines[self.begin..=at].iter().enumerate().rev();
        let mut own = above.take_while(|(index, line)| {
            self.begin + index == at || !(line.starts_with('}') || line.ends_with("= {"))
        });
        own.find_map(|(_, line)| identifiers(line).find_map(for_one))
    }
}

/// What stands between two texts in the first of some lines that has both.
fn line_check<'a>(lines: &[&'a str], start: &str, end: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| Some(line.split_once(start)?.1.split_once(end)?.0))
}

/// `_cffi_d_add` -> `add`, `_cffi_checkfld_struct_point` -> `struct point`
fn for_one(function: &str) -> Option<Declaration<'_>> {
    const FIELDS: &str = "_cffi_checkfld_";
    let rest = FOR_ONE.iter().find_map(|start| function.strip_prefix(start))?;
    let is_of_fields = function.starts_with(FIELDS);
    let is_type = is_of_fields || function.starts_with("_cffi_align_");
    let kinds = [("typedef_", ""), ("struct_", "struct "), ("union_", "union ")];
    let kind = kinds.iter().filter(|_| is_type);
    let (name, kind) = kind
        .filter_map(|(start, kind)| Some((rest.strip_prefix(start)?, *kind)))
        .next()
        .unwrap_or((rest, ""));
    Some(Declaration { name, shown: format!("{kind}{name}"), is_of_fields })
}

/// The names in a line of C, but for words of C and cffi's own.
fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| c != '_' && !c.is_alphanumeric()).filter(|word| is_name(word))
}

/// Whether a word is a name, and no word of C.
pub(super) fn is_name(word: &str) -> bool {
    const OF_C: [&str; 22] = [
        "bool", "char", "const", "double", "enum", "extern", "float", "inline", "int", "long",
        "offsetof", "return", "short", "signed", "sizeof", "static", "struct", "typedef", "union",
        "unsigned", "void", "volatile",
    ];
    word.starts_with(|c: char| c == '_' || c.is_alphabetic())
        && !word.contains(|c: char| c != '_' && !c.is_alphanumeric())
        && !OF_C.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::advice;

    const TEXT: &str = "\
#include \"a.h\"
int g(int x) { return x;

#ifdef OFFICINA_GLUE_LEVEL
#  pragma GCC optimize (\"O1\")
#endif

static void *_cffi_types[] = {
/*  0 */ _CFFI_OP(_CFFI_OP_PRIMITIVE, _cffi_prim_int(sizeof(foo_t), (
           ((foo_t)-1) | 0 /* check that foo_t is an integer type */
         ) <= 0)), // foo_t
};

static int __stdcall _cffi_d_add(int x0)
{
  return add(x0);
}

static int _cffi_const_V(unsigned long long *o)
{
  int n = (V) <= 0;
  *o = (unsigned long long)((V) | 0);  /* check that V is an integer */
  return n;
}

static void _cffi_checkfld_struct_point(struct point *p)
{
  (void)((p->x) | 0);  /* check that 'struct point.x' is an integer */
}

static const struct _cffi_global_s _cffi_globals[] = {
  { \"V\", (void *)_cffi_const_V, 0, (void *)0 },
};
static const struct _cffi_typename_s _cffi_typenames[] = {
  { \"foo_t\", 0 },
};
";

    /// A complaint about the first line that has a text.
    fn complaint(part: &str, message: &str) -> Complaint {
        let line = TEXT.lines().position(|line| line.contains(part)).unwrap() + 1;
        advice::complaints(&format!("x.c:{line}:1: error: {message}")).remove(0)
    }

    #[test]
    fn a_text_that_ends_inside_something_is_noticed() {
        let glue = Glue::of(TEXT).unwrap();
        assert_eq!(glue.last_line_before(), Some(2));
        for (part, message, is_open) in [
            ("#  pragma", "‘#pragma GCC optimize’ is not allowed inside functions", true),
            ("#  pragma", "expected identifier or ‘(’ before ‘#pragma’", true),
            ("_cffi_types[]", "storage class specified for parameter ‘_cffi_types’", true),
            ("_cffi_d_add", "invalid storage class for function ‘_cffi_d_add’", true),
            ("return add", "function definition is not allowed here", true),
            ("_cffi_d_add", "a function-definition is not allowed here before ‘{’ token", true),
            ("\"foo_t\"", "expected declaration or statement at end of input", true),
            ("sizeof(foo_t)", "conversion to non-scalar type requested", false),
            ("return add", "too few arguments to function ‘add’", false),
            ("int g(int x)", "expected ‘;’ at end of input", false),
        ] {
            let told = glue.left_open(&complaint(part, message));
            assert_eq!(told.is_some(), is_open, "{message}");
            assert!(told.is_none_or(|told| told.hint.is_some()), "the text includes a header");
        }
    }

    #[test]
    fn a_line_belongs_to_a_declaration() {
        let glue = Glue::of(TEXT).unwrap();
        for (part, message, expected) in [
            ("_cffi_d_add(int", "expected ‘;’ before ‘_cffi_d_add’", "add"),
            ("return add(x0)", "too few arguments to function ‘add’", "add"),
            (
                "| 0);  /* check that V",
                "invalid operands to binary | (have ‘char *’ and ‘int’)",
                "V",
            ),
            ("int n = (V)", "ordered comparison between pointer and zero", "V"),
            ("(p->x)", "invalid operands to binary | (have ‘char *’ and ‘int’)", "point"),
            ("{ \"V\"", "anything", "V"),
            ("sizeof(foo_t)", "conversion to non-scalar type requested", "_CFFI_OP"),
            ("{ \"foo_t\"", "anything", "foo_t"),
        ] {
            let names = glue.names(&complaint(part, message));
            assert_eq!(names.first().map(String::as_str), Some(expected), "{part}");
            assert!(
                !names.iter().any(|name| ["int", "char *", ";"].contains(&&**name)),
                "{names:?}"
            );
        }
    }

    #[test]
    fn what_is_no_integer_is_told_as_that() {
        let glue = Glue::of(TEXT).unwrap();
        let (value, field) = ("((V) | 0)", "(p->x)");
        for (part, message, detail, hint) in [
            (
                value,
                "invalid (have ‘char *’ and ‘int’)",
                "`V` is a text",
                "write `static const char *const V;`",
            ),
            (
                value,
                "invalid ('double' and 'int')",
                "`V` is a number with",
                "write `static const double V;`",
            ),
            (value, "invalid operands", "`V` is something else", "`static const double V;` or"),
            (
                "int n = (V)",
                "ordered comparison (‘const char*’",
                "`V` is a text",
                "char *const V;`",
            ),
            ("sizeof(foo_t)", "conversion", "`foo_t` is no integer type", "{ ...; } foo_t;`"),
            ("((foo_t)-1)", "used type 'foo_t'", "`foo_t` is no integer type", "... *foo_t;`"),
            (field, "invalid operands", "the field `struct point.x` is no", "the type that it has"),
        ] {
            let told = glue.not_of_its_kind(&complaint(part, message)).unwrap();
            assert!(told.detail.starts_with(detail), "{told:?}");
            assert!(told.hint.as_deref().is_some_and(|own| own.contains(hint)), "{told:?}");
        }
        for (part, message) in [
            (value, "‘V’ undeclared (first use in this function)"),
            ("return add", "too few arguments to function ‘add’"),
        ] {
            assert_eq!(glue.not_of_its_kind(&complaint(part, message)), None, "{message}");
        }
    }
}
