"""What `officina migrate` reads of a builder's text, and how it calls an old backend: no build runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from building import run

PACKAGE = Path(__file__).parents[2] / "build_backend" / "officina"
READ = """\
import json, os, sys
sys.path.insert(0, sys.argv[1])
import _read_builders
print(json.dumps(_read_builders.objects(["build.py:ffi"], os.getcwd())))
"""

# The arguments of an `Extension`, what is read of it, and what is not.
EXTENSIONS = [
    ("'own', ['a.c']", {"name": "own", "sources": ["a.c"]}, []),
    ("'p.own', sources=['a.c'] + ['b.c']", {"name": "own", "sources": ["a.c", "b.c"]}, []),
    ("'own', ['a' + '.c'], ['inc'], [('A', '1'), ('B', None)]", {
        "sources": ["a.c"], "include_dirs": ["inc"], "define_macros": ["A=1", "B"],
    }, []),
    ("'own', glob('*.c')", {"sources": []}, ["sources"]),
    ("'own', find_sources()", {"sources": []}, ["sources"]),
    ("name(), ['a.c', path('b.c')]", {"name": "NAME", "sources": []}, ["sources"]),
    ("'own', 'a.c'", {"sources": []}, ["sources"]),
    ("'own', ['a.c'], libraries=['z'], extra_link_args=['-s']", {"sources": ["a.c"]}, ["extra_link_args", "libraries"]),
    ("'own', *sources, **more", {"sources": []}, ["**more", "*sources"]),
    ("'own', ['a.c'], define_macros=[('A', value)]", {"define_macros": []}, ["define_macros"]),
    ("'own', ['a.c'], define_macros=['A']", {"define_macros": []}, ["define_macros"]),
    ("'own', ['a.c'], depends=['a.h', 'gone.h', '../out.h'], language='c'", {"depends": ["a.h"]}, []),
    ("['own'] + 1, ['a.c']", {"name": "NAME", "sources": ["a.c"]}, []),
]  # fmt: skip


def test_an_extension_in_a_builder_is_read_as_far_as_its_text_tells(tmp_path):
    lines = "".join(f"Extension({arguments})\n" for arguments, _, _ in EXTENSIONS)
    (tmp_path / "build.py").write_text(lines)
    (tmp_path / "a.h").write_text("")
    (tmp_path.parent / "out.h").write_text("")
    done = run([sys.executable, "-c", READ, PACKAGE], tmp_path)
    assert done.code == 0, done.output
    found = json.loads(done.stdout)
    assert [one["line"] for one in found] == list(range(1, len(EXTENSIONS) + 1))
    for (arguments, expected, unread), one in zip(EXTENSIONS, found):
        library = one["library"]
        assert {key: library[key] for key in expected} == expected, arguments
        assert library["other"] == unread, arguments


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_hook_may_start_processes(method, tmp_path):
    if method == "forkserver" and sys.platform == "win32":
        pytest.skip("Windows has no fork")
    (tmp_path / "backend.py").write_text(
        "import multiprocessing\n"
        "def get_requires_for_build_wheel():\n"
        f"    with multiprocessing.get_context({method!r}).Pool(1) as pool:\n"
        "        return pool.map(str.upper, ['a'])\n"
    )
    answer = tmp_path / "answer.json"
    words = ["backend", "get_requires_for_build_wheel", tmp_path, answer, tmp_path]
    done = run([sys.executable, "-B", PACKAGE / "_old_build.py", *words], tmp_path)
    assert done.code == 0 and json.loads(answer.read_text()) == ["A"], done.output


def test_what_runs_as_a_program_does_nothing_when_it_is_imported():
    calls = {file.name for file in PACKAGE.glob("_*.py") if file.read_text("utf-8").endswith("\nmain()\n")}
    assert calls <= {"__main__.py"}, "processes that a builder spawns import the file that Python was started with"
