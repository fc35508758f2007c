"""`timings`: the page and the JSON tell every step of a real build, in the order in which things were."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from building import Outcome, build, frontends, hook_command, run
from mounts import mounting, mounts_work
from projects import ADD, demo, make_project
from refusals import refused

BUILDER = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int one_{0}(void); int two_{0}(void);")
ffi.set_source("demo._{0}", "int one_{0}(void); int two_{0}(void);", sources=["c/one_{0}.c", "c/two_{0}.c"])
"""


@pytest.fixture
def officina(python):
    def call(directory: Path, *arguments: object, env: dict | None = None) -> Outcome:
        return run([python.parent / "officina", *arguments], directory, env)

    return call


def two_modules(folder: Path, **changes: object) -> Path:
    files = {"demo/__init__.py": ""}
    for name in "ab":
        files[f"build_{name}.py"] = BUILDER.format(name)
        for source in ("one", "two"):
            files[f"c/{source}_{name}.c"] = f"int {source}_{name}(void) {{ return 1; }}\n"
    return make_project(folder, files, modules=["build_a.py:ffi", "build_b.py:ffi"], **changes)


MODULES = (
    {("generate", f"build_{name}.py"): set() for name in "ab"}
    | {
        ("compile", f"demo._{name}: {source}"): {("generate", f"build_{name}.py")}
        for name in "ab"
        for source in (f"demo._{name}.c", f"c/one_{name}.c", f"c/two_{name}.c")
    }
    | {
        ("link", f"demo/_{name}.abi3.so"): {
            ("compile", f"demo._{name}: {source}")
            for source in (f"demo._{name}.c", f"c/one_{name}.c", f"c/two_{name}.c")
        }
        for name in "ab"
    }
)


# What is packed while compilers run.
TREE = "the files of the source tree"


def timings(folder: Path) -> dict:
    """What was written; the page holds the same as the JSON."""
    told = json.loads((folder / "timings.json").read_text(encoding="utf-8"))
    page = (folder / "timings.html").read_text(encoding="utf-8")
    _, data = page.split('<script id="data" type="application/json">')
    assert json.loads(data.split("</script>")[0]) == told
    return told


def by_name(told: dict) -> dict[tuple[str, str], dict]:
    return {(step["kind"], step["name"]): step for step in told["steps"]}


def outcomes(told: dict, *kinds: str) -> set[str]:
    return {step["outcome"] for step in told["steps"] if step["kind"] in kinds}


def check_order(told: dict) -> None:
    """What no build can have otherwise."""
    steps, wall = told["steps"], told["summary"]["wall"]
    lanes = {}
    for place, step in enumerate(steps):
        assert 0 <= step["begin"] <= step["end"] <= wall, step
        assert step["ready"] <= step["begin"], step
        ends = [steps[need]["end"] for need in step["needs"]]
        assert all(need < place for need in step["needs"])
        assert step["ready"] == (max(ends) if ends else step["begin"]), step
        assert lanes.get(step["lane"], 0) <= step["begin"], "two at once in one lane"
        lanes[step["lane"]] = step["end"]
    assert [step["begin"] for step in steps] == sorted(step["begin"] for step in steps)
    chain = told["summary"]["chain"]
    assert all(before in steps[after]["needs"] for before, after in zip(chain, chain[1:]))
    assert sum(steps[at]["end"] - steps[at]["begin"] for at in chain) == pytest.approx(told["summary"]["chain_time"])
    assert told["summary"]["chain_time"] <= wall


@pytest.mark.parametrize("frontend", ["pip", "pip --no-build-isolation", "build"])
def test_a_frontends_build_tells_every_step(frontend, python, tmp_path):
    project = two_modules(tmp_path / "demo")
    out = tmp_path / "out"
    done = run(frontends(python, project, out, "timings=true")[frontend], tmp_path)
    assert done.code == 0, done.output
    told = timings(project / "build/officina")
    assert (told["format"], told["name"], told["version"], told["result"]) == (1, "demo", "1.0", "succeeded")
    check_order(told)
    steps = by_name(told)
    [wheel] = out.glob("*.whl")
    others = {("read", "pyproject.toml"), ("read", "the state of earlier builds"), ("walk", "the source tree")}
    others |= {
        ("generate", "Python, with cffi"),
        ("find", "the compiler"),
        ("save", "the state of the build"),
        ("pack", wheel.name),
    }
    others |= {("check", f"demo/_{name}.abi3.so") for name in "ab"} | {("pack", TREE)}
    assert set(steps) == set(MODULES) | others and len(told["steps"]) == len(steps)
    for name, needs in MODULES.items():
        found = {(told["steps"][at]["kind"], told["steps"][at]["name"]) for at in steps[name]["needs"]}
        assert needs <= found, name
        assert all(steps[need]["end"] <= steps[name]["begin"] for need in needs)
    assert all(step["end"] <= steps["pack", wheel.name]["begin"] for name, step in steps.items() if name in MODULES)
    assert outcomes(told, "generate", "compile", "link") == {"done"}
    assert told["summary"]["work"] >= sum(step["end"] - step["begin"] for step in steps.values()) * 0.999
    plain, _ = build(python, project, tmp_path / "plain")
    assert wheel.read_bytes() == plain.read_bytes(), "timings leave no trace in a wheel"


def test_the_last_line_says_where_the_page_is_and_clean_removes_it(officina, tmp_path):
    project = demo(tmp_path / "demo")
    done = officina(project, "build", "--wheel", "--timings")
    assert done.code == 0, done.output
    page = project / "build/officina/timings.html"
    assert done.output.removesuffix(done.stdout).splitlines()[-1] == f"     Timings in {page}"
    assert officina(project, "clean").code == 0
    assert not page.exists()
    without = officina(project, "build", "--wheel")
    assert without.code == 0 and "Timings" not in without.output and not page.exists()


def test_an_unchanged_build_marks_what_was_not_run(officina, tmp_path):
    project = two_modules(tmp_path / "demo")
    for _ in range(2):
        done = officina(project, "build", "--wheel", "--timings")
        assert done.code == 0, done.output
    told = timings(project / "build/officina")
    check_order(told)
    assert {name: step["outcome"] for name, step in by_name(told).items() if name in MODULES} == dict.fromkeys(
        MODULES, "unchanged"
    )
    assert told["summary"]["unchanged"] == len(MODULES) + 2 and outcomes(told, "check") == {"unchanged"}
    (project / "c/one_a.c").write_text("int one_a(void) { return 2; }\n")
    assert officina(project, "build", "--wheel", "--timings").code == 0
    told = timings(project / "build/officina")
    ran = {name for name, step in by_name(told).items() if name in MODULES and step["outcome"] == "done"}
    assert ran == {("compile", "demo._a: c/one_a.c"), ("link", "demo/_a.abi3.so")}


def test_two_products_of_one_command_are_one_build(officina, tmp_path):
    project = demo(tmp_path / "demo", settings="timings = true\n")
    done = officina(project, "build")
    assert done.code == 0, done.output
    told = timings(project / "build/officina")
    check_order(told)
    assert [step["name"] for step in told["steps"] if step["kind"] == "pack"] == [
        "demo-1.0.tar.gz",
        TREE,
        "demo-1.0-cp39-abi3-linux_x86_64.whl",
    ]
    sdist = by_name(told)["read", "the sdist"]
    assert [told["steps"][need]["name"] for need in sdist["needs"]] == ["demo-1.0.tar.gz"]
    assert outcomes(told, "compile") == {"done"}


@pytest.mark.skipif(shutil.which("ccache") is None, reason="no ccache")
@pytest.mark.parametrize("way", ["launcher", "in disguise"])
def test_ccache_tells_of_each_object(way, officina, tmp_path):
    project = two_modules(tmp_path / "demo")
    disguise = tmp_path / "bin"
    disguise.mkdir()
    (disguise / "gcc").symlink_to(shutil.which("ccache"))
    env = {"CCACHE_DIR": str(tmp_path / "ccache"), "CC": "ccache gcc"}
    if way == "in disguise":
        env |= {"CC": "gcc", "PATH": f"{disguise}:{os.environ['PATH']}"}
    for hits in (0, 6):
        assert officina(project, "clean").code == 0
        done = officina(project, "build", "--wheel", "--timings", env=env)
        assert done.code == 0, done.output
        told = timings(project / "build/officina")
        assert told["summary"]["cache"] == {"hits": hits, "misses": 6 - hits, "unknown": 0}
        caches = {step["kind"]: step["cache"] for step in told["steps"]}
        assert (caches["compile"], caches["link"]) == ("hit" if hits else "miss", None)
    assert not list(project.rglob("*.cache"))
    theirs = tmp_path / "theirs.log"
    officina(project, "clean")
    env["CCACHE_STATSLOG"] = str(theirs)
    assert officina(project, "build", "--wheel", "--timings", env=env).code == 0
    assert theirs.read_text().count("direct_cache_hit") == 6, "who has a log already keeps it"
    assert timings(project / "build/officina")["summary"]["cache"]["hits"] == 0


def test_sccache_is_said_not_to_tell(officina, tmp_path):
    project = demo(tmp_path / "demo")
    fake = tmp_path / "bin/sccache"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nexec "$@"\n')
    fake.chmod(0o755)
    done = officina(project, "build", "--wheel", "--timings", env={"CC": f"{fake} gcc"})
    assert done.code == 0, done.output
    assert timings(project / "build/officina")["summary"]["cache"] == {"hits": 0, "misses": 0, "unknown": 1}


def test_a_build_that_fails_tells_until_where_it_came(officina, tmp_path):
    project = two_modules(tmp_path / "demo")
    (project / "c/two_b.c").write_text("#error no\n")
    done = officina(project, "build", "--wheel", "--timings", "-C", "jobs=1")
    assert done.code == 1 and "Timings in" in done.output
    told = timings(project / "build/officina")
    check_order(told)
    assert told["result"] == "failed"
    steps = by_name(told)
    assert steps["compile", "demo._b: c/two_b.c"]["outcome"] == "failed"
    assert steps["compile", "demo._a: c/two_a.c"]["outcome"] == "done"
    assert [step["name"] for step in told["steps"] if step["kind"] == "pack"] == [TREE]
    assert ("link", "demo/_b.abi3.so") not in steps


def test_a_build_that_is_interrupted_tells_as_well(python, tmp_path):
    project = demo(tmp_path / "demo")
    began = tmp_path / "began"
    wait = f"import time, pathlib\npathlib.Path({str(began)!r}).touch()\ntime.sleep(60)\n"
    (project / "build_demo.py").write_text(wait + ADD)
    command = [str(python.parent / "officina"), "build", "--wheel", "--timings"]
    process = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    while not began.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    told = timings(project / "build/officina")
    assert told["result"] == "interrupted"
    assert by_name(told)["generate", "build_demo.py"]["outcome"] == "failed"


def test_a_folder_of_ones_own(officina, python, tmp_path):
    project = demo(tmp_path / "demo")
    build(python, project, tmp_path / "out", config={"timings": "mine/here"})
    assert timings(project / "mine/here")["result"] == "succeeded"
    assert sorted(path.name for path in (project / "mine/here").iterdir()) == ["timings.html", "timings.json"]
    shutil.rmtree(project / "mine")
    done = officina(tmp_path, "build", "--wheel", "--timings=mine", "demo")
    assert done.code == 0, done.output
    assert timings(tmp_path / "mine")["name"] == "demo", "as --out, seen from where it was typed"
    build(python, project, tmp_path / "off", env={"OFFICINA_TIMINGS": str(tmp_path / "variable")})
    assert timings(tmp_path / "variable")["steps"]
    words = ["cannot create the folder", "build_demo.py", "config setting `timings` says so"]
    refused(python, project, tmp_path / "scratch", *words, config={"timings": "build_demo.py/x"})


@pytest.mark.skipif(not mounts_work(), reason="this user may not mount")
def test_a_tree_that_cannot_be_written_says_what_to_set(python, tmp_path):
    project = demo(tmp_path / "project")

    def built(place: str) -> str:
        arguments = {"wheel_directory": str(tmp_path / "out"), "config_settings": {"timings": place}}
        command = hook_command(python, tmp_path / "answer", "build_wheel", **arguments)
        done = run(mounting(f'mount --bind -o ro "{project}" "{project}"; cd "{project}"', command), project)
        assert done.code == 0, done.output
        return done.output

    said = built("true")
    assert "there is no place for timings" in said and "-C timings=FOLDER" in said
    assert f"Timings in {tmp_path / 'told/timings.html'}" in built(str(tmp_path / "told"))
    assert timings(tmp_path / "told")["result"] == "succeeded"


def test_in_an_sdist_it_is_said_that_the_page_may_go(python, tmp_path):
    project = demo(tmp_path / "project", files={"PKG-INFO": "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n"})
    _, said = build(python, project, tmp_path / "out", config={"timings": "true"})
    assert "an sdist that a frontend may remove" in said
    _, said = build(python, project, tmp_path / "named", config={"timings": str(tmp_path / "told")})
    assert "Timings in" in said and "may remove" not in said


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_a_browser_draws_every_step_and_runs_no_name(officina, tmp_path):
    builder = "a</script><script>document.title='broken'<!--.py"
    project = demo(tmp_path / "demo", files={builder: ADD}, modules=[f"{builder}:ffi"])
    done = officina(project, "build", "--wheel", "--timings")
    assert done.code == 0, done.output
    folder = project / "build/officina"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    options += ["--disable-quic", "--no-first-run", "--disable-component-update", f"--user-data-dir={tmp_path / 'c'}"]
    page = run([CHROMIUM, *options, "--dump-dom", (folder / "timings.html").as_uri()], tmp_path).stdout
    assert "<title>demo 1.0: timings</title>" in page
    drawn = page.split('id="plane"')[1].split('id="panel"')[0]
    assert drawn.count('class="step ') == len(timings(folder)["steps"])
    assert "a&lt;/script&gt;&lt;script&gt;" in page
