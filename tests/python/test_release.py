"""The release: which wheels there are, what each must be, and the files that GitHub runs."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from environments import REPOSITORY
from packaging.tags import parse_tag
from ruamel.yaml import YAML

sys.path.insert(0, str(REPOSITORY / "release"))

import checks
from targets import TARGETS, Target, refusal

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
BY_TRIPLE = {target.triple: target for target in TARGETS}
LINUX = BY_TRIPLE["x86_64-unknown-linux-musl"]


@pytest.mark.parametrize(
    ("triple", "tag"),
    [
        ("x86_64-unknown-linux-musl", "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"),
        ("aarch64-unknown-linux-musl", "py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"),
        ("armv7-unknown-linux-musleabihf", "py3-none-manylinux_2_17_armv7l.manylinux2014_armv7l.musllinux_1_1_armv7l"),
        ("riscv64gc-unknown-linux-musl", "py3-none-manylinux_2_31_riscv64.musllinux_1_2_riscv64"),
        ("aarch64-apple-darwin", "py3-none-macosx_11_0_arm64"),
        ("aarch64-pc-windows-msvc", "py3-none-win_arm64"),
    ],
)
def test_a_target_has_the_tags_of_all_that_it_runs_on(triple: str, tag: str) -> None:
    assert BY_TRIPLE[triple].tag == tag


def test_the_tags_in_a_wheel_are_those_of_its_name() -> None:
    for target in TARGETS:
        assert {str(tag) for tag in parse_tag(target.tag)} == set(target.tags)


def test_no_two_wheels_are_for_one_platform() -> None:
    platforms = [platform for target in TARGETS for platform in target.platforms]
    assert len(platforms) == len(set(platforms))


@pytest.mark.parametrize(
    ("triple", "system", "has_std", "has_program", "why"),
    [
        ("x86_64-unknown-linux-musl", "linux", True, True, None),
        ("aarch64-unknown-linux-musl", "linux", True, False, None),  # rustc has its linker
        ("aarch64-unknown-linux-musl", "linux", False, True, "rustup target add aarch64-unknown-linux-musl"),
        ("s390x-unknown-linux-gnu", "linux", True, False, "apt-get install gcc-s390x-linux-gnu"),
        ("aarch64-apple-darwin", "linux", True, True, "built on macOS only"),
        ("x86_64-unknown-linux-musl", "win32", True, True, "built on Linux only"),
        ("x86_64-pc-windows-msvc", "win32", True, False, None),
    ],
)
def test_a_target_that_cannot_be_built_is_refused(
    triple: str, system: str, has_std: bool, has_program: bool, why: str | None
) -> None:
    said = refusal(BY_TRIPLE[triple], system, lambda _: has_std, lambda _: has_program)
    assert said is None if why is None else why in str(said)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--list"], 0, "aarch64-apple-darwin: not built"),
        (["--list", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"], 1, "not built, it is built on"),
        (["pdp11-unknown-unix"], 2, "no such target: pdp11-unknown-unix"),
    ],
)
def test_only_a_target_that_was_named_makes_the_command_fail(words: list[str], code: int, says: str) -> None:
    if sys.platform == "darwin":
        pytest.skip("asks for what Linux cannot build")
    command = [sys.executable, str(REPOSITORY / "release" / "wheels.py"), *words]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == code
    assert says in run.stdout + run.stderr


def static_elf() -> bytes:
    """The smallest ELF file: a header, and no section or segment that needs anything."""
    return struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


def a_wheel(folder: Path, target: Target, executable: bytes, tags: list[str] | None = None, mode: int = 0o755) -> Path:
    wheel = folder / f"officina-0-{target.tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        entry = zipfile.ZipInfo(target.executable)
        entry.external_attr = mode << 16
        archive.writestr(entry, executable)
        lines = [f"Tag: {tag}" for tag in (target.tags if tags is None else tags)]
        archive.writestr("officina-0.dist-info/WHEEL", "\n".join(["Wheel-Version: 1.0", *lines]))
    return wheel


def test_a_static_executable_needs_nothing(tmp_path: Path) -> None:
    assert checks.faults(a_wheel(tmp_path, LINUX, static_elf()), LINUX) == []


def test_a_dynamic_executable_is_refused(tmp_path: Path) -> None:
    with open(sys.executable, "rb") as file:
        wheel = a_wheel(tmp_path, LINUX, file.read())
    said = "\n".join(checks.faults(wheel, LINUX))
    assert re.search(r"needs the loader .*ld", said)
    assert re.search(r"needs libc\S+ with ", said)
    assert re.search(r"needs the symbol \w+", said)


def test_a_wheel_with_wrong_tags_mode_or_size_is_refused(tmp_path: Path) -> None:
    said = checks.faults(a_wheel(tmp_path, LINUX, static_elf(), tags=["py3-none-any"]), LINUX)
    assert "tags in WHEEL" in said[0]
    assert "not executable" in checks.faults(a_wheel(tmp_path, LINUX, static_elf(), mode=0o644), LINUX)[0]
    assert "more than" in checks.faults(a_wheel(tmp_path, LINUX, static_elf() + b"0" * checks.LIMIT), LINUX)[0]
    windows = BY_TRIPLE["x86_64-pc-windows-msvc"]
    assert "its name does not end in" in checks.faults(a_wheel(tmp_path, LINUX, static_elf()), windows)[0]


def test_the_workflows_are_what_github_takes() -> None:
    words = ["--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)]
    subprocess.run([sys.executable, "-m", "check_jsonschema", *words], check=True)


def test_the_release_builds_every_target() -> None:
    text = (REPOSITORY / ".github" / "workflows" / "release.yml").read_text()
    assert [triple for triple in BY_TRIPLE if triple not in text] == []


def test_a_job_may_do_no_more_than_it_needs_and_ends() -> None:
    for path in WORKFLOWS:
        workflow = YAML(typ="safe").load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}, path
        assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []
        more = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
        assert more.keys() <= {"publish"}, path
        checkouts = [
            step for job in workflow["jobs"].values() for step in job["steps"] if "checkout@" in step.get("uses", "")
        ]
        assert checkouts
        assert [step for step in checkouts if step["with"] != {"persist-credentials": False}] == []


def test_a_tag_of_another_version_publishes_nothing(tmp_path: Path) -> None:
    release = YAML(typ="safe").load((REPOSITORY / ".github" / "workflows" / "release.yml").read_text())
    assert "sdist" in release["jobs"]["publish"]["needs"]
    [step] = [step for step in release["jobs"]["sdist"]["steps"] if step.get("if") == "github.ref_type == 'tag'"]
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/officina-1.2.3.tar.gz").touch()
    for tag, code in {"v1.2.3": 0, "v1.2.4": 1}.items():
        env = {**os.environ, "GITHUB_REF_NAME": tag}
        assert subprocess.run(["bash", "-c", step["run"]], cwd=tmp_path, env=env, check=False).returncode == code


def test_actions_are_named_by_commit() -> None:
    used = [use for path in WORKFLOWS for use in re.findall(r"uses: (.*)", path.read_text())]
    assert used
    assert [use for use in used if not re.fullmatch(r"[\w/.-]+@[0-9a-f]{40} # v[\d.]+", use)] == []
