"""Caches of compilers that people have already: ccache, sccache and distcc, by setting and in `CC`.

A cache must know a command again in another folder, and the wheel must be that of a build without it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from building import build, frontends, run
from projects import demo, make_project
from refusals import refused
from servers import free_port, need, server

# Everything that could bring the project's folder into a command or into a module.
BUILDER = """\
import os
from cffi import FFI

here = os.path.dirname(os.path.abspath(__file__))
ffi = FFI()
ffi.cdef("const char *where(void); const char *deep(void); const char *own(void);")
ffi.set_source(
    "demo._{name}",
    '#include "deep.h"\\nconst char *own(void);\\nstatic const char *where(void) {{ return __FILE__; }}',
    sources=["c/{name}.c", os.path.join(here, "c", "{name}_more.c")],
    include_dirs=[os.path.join(here, "include")],
    extra_compile_args=["-I" + here],
)
"""
OWN = '#include "include/deep.h"\nconst char *own(void) { return __FILE__; }\n'
NAMES = ["one", "two", "three"]
OBJECTS = 3 * len(NAMES)
TOLD = "from demo._one import ffi, lib; print(*(ffi.string(f()).decode() for f in (lib.where, lib.deep, lib.own)))"

SETTING = "OFFICINA_COMPILER_LAUNCHER"
PROFILES = ["release", "debug"]


def project(folder: Path) -> Path:
    files = {"demo/__init__.py": "", "include/deep.h": "static const char *deep(void) { return __FILE__; }\n"}
    for name in NAMES:
        files[f"{name}.py"] = BUILDER.format(name=name)
        files[f"c/{name}.c"] = OWN
        files[f"c/{name}_more.c"] = f"int {name}_more;\n"
    return make_project(folder, files, modules=[f"{name}.py:ffi" for name in NAMES])


Builds = Callable[..., bytes]


@pytest.fixture
def built(python, tmp_path) -> Builds:
    """`built(name, env)`: the bytes of a wheel that is made in a folder of that name."""

    def built(name: str, env: dict[str, str] | None = None, profile: str = "release") -> bytes:
        env = {"CC": "gcc", SETTING: "", **(env or {})}
        wheel, _ = build(python, project(tmp_path / name / "demo"), tmp_path / name / "out", env, {"profile": profile})
        return wheel.read_bytes()

    return built


@pytest.fixture
def redis(tmp_path) -> Iterator[str]:
    """The address of an empty Redis server."""
    need("redis-server")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tmp_path]
    with server(["redis-server", "--port", str(port), *options], port, tmp_path / "redis.log", {**os.environ}):
        yield f"redis://127.0.0.1:{port}"


def counted(ccache_dir: Path) -> dict[str, int]:
    """What ccache counted in a cache folder."""
    done = run(["ccache", "--print-stats"], ccache_dir.parent, {"CCACHE_DIR": str(ccache_dir)})
    assert done.code == 0, done.output
    return {name: int(count) for name, count in (line.split("\t") for line in done.stdout.splitlines())}


def ccache(folder: Path, redis: str) -> dict[str, str]:
    """The environment of a ccache that has nothing in common with others but a Redis server."""
    need("ccache")
    if "redis-storage" not in run(["ccache", "--version"], folder).output:
        pytest.skip("this ccache knows no Redis")
    return {"CCACHE_DIR": str(folder), "CCACHE_REMOTE_STORAGE": redis, "CCACHE_CONFIGPATH": str(folder / "none")}


@pytest.mark.parametrize("named", [{SETTING: "ccache"}, {"CC": "ccache gcc"}], ids=["setting", "CC"])
def test_ccache_shares_between_two_folders_through_redis(named, redis, built, tmp_path):
    plain = built("plain")
    for name, hits, misses in [("one", 0, OBJECTS), ("another", OBJECTS, 0)]:
        cache = tmp_path / f"cache of {name}"
        cache.mkdir()
        assert built(name, {**ccache(cache, redis), **named}) == plain
        counts = counted(cache)
        assert counts["cache_miss"] == misses, counts
        assert counts["direct_cache_hit"] + counts["preprocessed_cache_hit"] == hits, counts
        # The local folder is new: what was found there was not.
        assert bool(counts["remote_storage_hit"]) == bool(hits) and counts["local_storage_hit"] == 0, counts
        # Links are its business only where the user's own words say so.
        assert counts["called_for_link"] == (len(NAMES) if "CC" in named else 0), counts


def test_isolated_builds_hit_what_others_left(redis, python, tmp_path):
    names = ["build", "uv build", "pip"]
    wheels = []
    for number, name in enumerate(names):
        folder = tmp_path / f"{number}"
        cache = folder / "cache"
        cache.mkdir(parents=True)
        tree, out = project(folder / f"demo-{number}"), folder / "out"
        command = frontends(python, tree, out)[name]
        done = run(command, folder, {**ccache(cache, redis), "CC": "gcc", SETTING: "ccache"})
        assert done.code == 0, done.output
        counts = counted(cache)
        assert counts["cache_miss"] == (0 if number else OBJECTS), f"{name}: {counts}"
        assert counts["direct_cache_hit"] == (OBJECTS if number else 0), f"{name}: {counts}"
        [wheel] = out.glob("*.whl")
        wheels.append(wheel.read_bytes())
    assert wheels[1:] == wheels[:-1]


@contextlib.contextmanager
def sccache(folder: Path) -> Iterator[dict[str, str]]:
    """A server of sccache with an empty cache, and the environment that reaches it."""
    need("sccache")
    port = free_port()
    env = {"SCCACHE_DIR": str(folder / "sccache"), "SCCACHE_SERVER_PORT": str(port), "SCCACHE_CONF": "/dev/null"}
    own = {**os.environ, **env, "SCCACHE_START_SERVER": "1", "SCCACHE_NO_DAEMON": "1"}
    with server(["sccache"], port, folder / "sccache.log", own):
        yield env


def answers(env: dict[str, str], folder: Path) -> tuple[int, int]:
    """How often sccache had an answer, and how often not."""
    done = run(["sccache", "--show-stats", "--stats-format", "json"], folder, env)
    assert done.code == 0, done.output
    stats = json.loads(done.stdout)["stats"]
    return tuple(sum(stats[kind]["counts"].values()) for kind in ("cache_hits", "cache_misses"))


@pytest.mark.parametrize("named", [{SETTING: "sccache"}, {"CC": "sccache gcc"}], ids=["setting", "CC"])
def test_sccache_knows_a_command_again_in_another_folder(named, built, tmp_path):
    plain = built("plain")
    with sccache(tmp_path) as env:
        assert built("one", {**env, **named}) == plain
        assert answers(env, tmp_path) == (0, OBJECTS)
        assert built("another", {**env, **named}) == plain
        assert answers(env, tmp_path) == (OBJECTS, OBJECTS)


def test_sccache_may_start_its_server_in_a_build(built, tmp_path):
    need("sccache")
    env = {"SCCACHE_DIR": str(tmp_path / "sccache"), "SCCACHE_SERVER_PORT": str(free_port())}
    env |= {"SCCACHE_CONF": "/dev/null", "SCCACHE_IDLE_TIMEOUT": "60"}
    try:
        built("one", {**env, SETTING: "sccache"})
        assert answers(env, tmp_path) == (0, OBJECTS)
    finally:
        run(["sccache", "--stop-server"], tmp_path, env)


def code(folder: Path) -> dict[str, bytes]:
    """The objects of a build without their debug information."""
    found = {}
    for path in folder.rglob("*.o"):
        done = run(["objcopy", "--strip-debug", path, folder / "stripped"], folder)
        assert done.code == 0, done.output
        found[path.relative_to(folder).as_posix()] = (folder / "stripped").read_bytes()
    assert len(found) == OBJECTS
    return found


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("named", [{SETTING: "distcc"}, {"CC": "distcc gcc"}], ids=["setting", "CC"])
def test_two_servers_of_distcc_compile(profile, named, built, tmp_path):
    need("distcc", "distccd")
    if not Path("/usr/lib/distcc/gcc").exists():
        pytest.skip("distccd may run no gcc here: there is no /usr/lib/distcc/gcc")
    plain = built("plain", profile=profile)
    ports = [free_port(), free_port()]
    logs = [tmp_path / f"distccd-{port}.log" for port in ports]
    (tmp_path / "distcc").mkdir()
    with contextlib.ExitStack() as stack:
        for port, log in zip(ports, logs):
            where = ["--listen", "127.0.0.1", "--port", str(port), "--allow", "127.0.0.1"]
            command = ["distccd", "--daemon", "--no-detach", "--log-stderr", *where]
            stack.enter_context(server(command, port, log, {**os.environ, "TMPDIR": "/tmp"}))
        env = {
            "DISTCC_HOSTS": " ".join(f"127.0.0.1:{port}/1" for port in ports),
            "DISTCC_DIR": str(tmp_path / "distcc"),
            "DISTCC_FALLBACK": "0",  # what no server compiles fails
            "OFFICINA_JOBS": "4",
        }
        made = built("one", {**env, **named}, profile)
    if profile == "debug":  # servers get preprocessed text, and lines that macros span are lost in it
        assert code(tmp_path / "one") == code(tmp_path / "plain")
    else:
        assert made == plain
    done = [len(re.findall("COMPILE_OK", log.read_text(errors="replace"))) for log in logs]
    assert min(done) > 0 and sum(done) == OBJECTS, done


def test_a_module_knows_its_paths_from_the_root_only(built, python, tmp_path):
    built("one")
    [wheel] = (tmp_path / "one/out").glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    told = run([python, "-c", TOLD], tmp_path, {"PYTHONPATH": str(tmp_path / "unpacked")})
    assert told.stdout == "./generated/demo._one.c include/deep.h c/one.c\n", told.output


def test_a_launcher_is_no_reason_to_compile_again(python, tmp_path):
    need("ccache")
    tree, cache = project(tmp_path / "demo"), {"CCACHE_DIR": str(tmp_path / "ccache")}
    variants = [{}, {SETTING: "ccache"}, {"CC": "ccache gcc"}, {}]
    outputs = [build(python, tree, tmp_path / "out", {"CC": "gcc", **cache, **more})[1] for more in variants]
    assert outputs[0].count("Compiled") == OBJECTS
    for output in outputs[1:]:
        assert "Compiled" not in output and "Linked" not in output, output


def test_the_table_names_one_and_whoever_builds_another(python, tmp_path):
    settings = 'compiler-launcher = "no-such-cache"'
    tree = demo(tmp_path / "demo", settings=settings)
    _, output = build(python, tree, tmp_path / "out")
    assert output.count("warning: the compiler launcher `no-such-cache` is not there: compiling without it") == 1
    for env, config in [({SETTING: ""}, None), ({SETTING: "not this"}, {"compiler-launcher": ""})]:
        _, output = build(python, tree, tmp_path / "out", env, config)
        assert "launcher" not in output
    show = [python.parent / "officina", "show", "--format", "json", "-C", "compiler-launcher=env X=1"]
    shown = run(show, tree, {"CC": "gcc"})
    assert shown.code == 0, shown.output
    plan = json.loads(shown.stdout)
    assert plan["modules"][0]["sources"][0]["compile"][:3] == ["env", "X=1", "gcc"]
    assert plan["modules"][0]["link"][0] == "gcc"
    setting = {"name": "compiler-launcher", "value": "env X=1", "origin": "-C compiler-launcher"}
    assert setting in plan["settings"], plan["settings"]


@pytest.mark.parametrize("how", ["setting", "variable"])
def test_one_that_whoever_builds_names_must_be_there(how, python, tmp_path):
    env, config, place = {
        "setting": ({}, {"compiler-launcher": "no-such-cache"}, "the config setting `compiler-launcher`"),
        "variable": ({SETTING: "no-such-cache"}, None, f"the environment variable `{SETTING}`"),
    }[how]
    phrases = ["the compiler launcher `no-such-cache` is not there", f"{place} says so", "hint: install"]
    refused(python, demo(tmp_path / "demo"), tmp_path, *phrases, env=env, config=config)
