//! What the text holds that `set_source()` attaches: code of the user's, or headers alone. Pure.

use crate::model::Attached;

/// Judges an attached text. Whatever might be code or lead to some counts as code: a header of the
/// project (`#include "x.h"`) may hold inline functions, and a macro is code where cffi's C uses
/// it, or switches on the code that a header holds.
pub fn of(text: &str) -> Attached {
    let text = text.replace("\r\n", "\n").replace("\\\n", "");
    match without_comments(&text) {
        Some(text) if !text.contains("??") && text.split('\n').all(is_harmless) => {
            Attached::SystemHeaders
        }
        _ => Attached::Code,
    }
}

/// `None` where a comment does not end. A quote that hides the beginning of one is left, and makes
/// its line code.
fn without_comments(text: &str) -> Option<String> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        let (before, comment) = rest.split_at(at);
        kept.push_str(before);
        rest = if let Some(comment) = comment.strip_prefix("//") {
            comment.find('\n').map_or("", |end| &comment[end..])
        } else if let Some(comment) = comment.strip_prefix("/*") {
            kept.push(' ');
            comment.split_once("*/")?.1
        } else {
            kept.push('/');
            &comment[1..]
        };
    }
    Some(kept + rest)
}

fn is_harmless(line: &str) -> bool {
    let line = line.trim();
    let Some(directive) = line.strip_prefix('#') else { return line.is_empty() };
    if directive.contains(['"', '\'']) {
        return false;
    }
    let directive = directive.trim_start();
    let end = directive.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(directive.len());
    let (name, rest) = directive.split_at(end);
    match name {
        "include" => is_header(rest.trim_start()),
        // Names that are reserved are switches of the system's headers: `_GNU_SOURCE`.
        "define" => rest.trim_start().starts_with('_') && !rest.contains('('),
        "" => rest.is_empty(),
        _ => {
            const CONDITIONS: [&str; 6] = ["if", "ifdef", "ifndef", "elif", "else", "endif"];
            CONDITIONS.contains(&name) || ["undef", "error", "warning"].contains(&name)
        }
    }
}

fn is_header(included: &str) -> bool {
    let inside = included.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inside.is_some_and(|name| {
        let file = name.rsplit('/').next().unwrap_or(name);
        file.split_once('.').is_none_or(|_| file.ends_with(".h") || file.ends_with(".hpp"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surely_is_no_code() {
        for text in [
            "",
            "\n  \t\r\n",
            "#include <math.h>",
            "  #  include\t<sys/types.h>  // for size_t",
            "#include <a/b.hpp>\r\n#include <vector>\r\n",
            "#define _GNU_SOURCE\n#define _POSIX_C_SOURCE 200809L\n#include <stdio.h>",
            "#if defined(_WIN32) && \\\n    X > 1\n#include <io.h>\n#elif Y\n#else\n#error no\n#endif",
            "/* int f(void) { return \"1\"; } */\n// it's int x = 1;\n#undef X\n#",
            "/* one\n * two */ #include <a.h> /* three */",
            "#include <a.h> // continued \\\n int x = 1;",
            "#ifdef A\n#warning old\n#endif",
        ] {
            assert_eq!(of(text), Attached::SystemHeaders, "{text}");
        }
    }

    #[test]
    fn what_is_code_or_in_doubt() {
        for text in [
            "int f(int x) { return x; }",
            "extern int f(int);",
            "#include <a.h>\nstatic int x;",
            "#include \"own.h\"",
            "#include \"own.c\"",
            "#include <impl.c>",
            "#include <table.inc>",
            "#include HEADER",
            "#include <a.h> int x;",
            "#include <a.h> /* \n */ int x;",
            "/* one */ int x; /* two */",
            "// not continued\nint x;",
            "char *a = \"/*\"; int f(void) { return 1; } char *b = \"*/\";",
            "#define STB_IMAGE_IMPLEMENTATION\n#include <stb_image.h>",
            "#define twice(x) ((x) * 2)",
            "#define _twice(x) ((x) * 2)",
            "#define _a \"text\"",
            "#pragma GCC optimize (\"O3\")",
            "#pragma once",
            "#include <a.h> /* never closed",
            "#include_next <a.h>",
            "#import <a.h>",
            "%:include <a.h>",
            "// what ends here??/\nint x;",
            "a / b",
            "# 1 line",
        ] {
            assert_eq!(of(text), Attached::Code, "{text}");
        }
    }
}
