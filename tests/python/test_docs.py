"""What the documentation tells a reader to do works: its files are written, its commands run and answer as it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import environments
import pages
import pytest
import wheelhouse

DOCS = environments.REPOSITORY / "docs"
TOOLS = ["build", "cffi", "fastjsonschema", "mypy", "pip>=23.1", "setuptools>=77"]

# Pages that are run, whole. Each block of them is a file, a command, or is here.
RUN = sorted(
    [environments.REPOSITORY / "README.md", DOCS / "modules.md", *DOCS.glob("start/*.md"), *DOCS.glob("how-to/*.md")]
)

# What cannot be run here: how many blocks of a page, and why.
NOT_RUN = {
    "README.md": ["is part of a crate"],
    "docs/how-to/cross.md": ["needs a compiler and a Python for another machine"] * 5 + ["needs zig", "needs macOS"],
    "docs/how-to/debug.md": ["needs somebody who types into a debugger"],
    "docs/how-to/publish.md": ["needs abi3audit and twine, which Officina does not use"],
}

# What a page needs besides Python and a C compiler: a command that works where it is there.
NEEDS = {
    "docs/how-to/bundle.md": "pkg-config --exists liblz4",
    "docs/how-to/crate.md": "cargo --version",
    "docs/how-to/debug.md": 'test -e "$(gcc -print-file-name=libasan.so)"',
    "docs/how-to/sdist.md": "git --version",
    "docs/how-to/system-library.md": "pkg-config --exists zlib",
    "docs/how-to/versions.md": "git --version",
}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are those of a POSIX shell")


def name_of(page: Path) -> str:
    return page.relative_to(environments.REPOSITORY).as_posix()


@pytest.fixture(scope="module")
def tools(officina_wheel) -> Path:
    """The interpreter of an environment with what readers of the pages have."""
    wheelhouse.fill(sys.executable, *TOOLS)
    return environments.environment(wheelhouse.ENVIRONMENTS / "docs", [str(officina_wheel), *TOOLS])


@pytest.fixture
def reader(tools: Path, tmp_path: Path) -> dict[str, str]:
    """The variables of a reader: an environment of the page's own, which takes from that of `tools` what it lacks."""
    own = tmp_path / "environment"
    subprocess.run([tools, "-m", "venv", "--without-pip", own], check=True)
    python = environments.interpreter_of(own)
    [packages] = own.glob("lib/*/site-packages")
    [shared] = tools.parent.parent.glob("lib/*/site-packages")
    (packages / "tools.pth").write_text(f"{shared}\n")
    for program in tools.parent.iterdir():
        if (own / "bin" / program.name).exists() or not program.read_bytes().startswith(b"#!"):
            continue
        lines = program.read_bytes().split(b"\n", 1)
        (own / "bin" / program.name).write_bytes(b"#!" + bytes(python) + b"\n" + lines[1])
        (own / "bin" / program.name).chmod(0o755)
    (own / "bin/uv").symlink_to(Path(sys.executable).parent / "uv")
    return {
        **os.environ,
        "PATH": f"{own / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(own),
        "HOME": str(tmp_path),
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(Path.home() / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
        # As a reader's commands have it, but for the time that a new environment takes.
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "A reader",
        "GIT_CONFIG_KEY_1": "user.email",
        "GIT_CONFIG_VALUE_1": "reader@example.org",
        "LC_ALL": "C.UTF-8",
    }


class Shell:
    """Runs commands as somebody types them: `cd` counts for those that follow."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, env
        self.after = folder.with_name("after")

    def run(self, line: str) -> tuple[int, str]:
        """The exit code and all that was said."""
        script = f'{line}\nstatus=$?\npwd > "{self.after}"\nexit $status\n'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        if self.after.exists():
            self.folder = Path(self.after.read_text().strip())
        return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode(errors="replace"))


def plain(text: str) -> str:
    """A text without what differs between two runs and two machines."""
    text = text.replace(sysconfig.get_platform().replace("-", "_").replace(".", "_"), "linux_x86_64")
    text = re.sub(r"\d+\.\d+ s\b", "N s", text)
    return re.sub(r"[ \t]+", " ", text)


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_a_page_does_what_it_says(page, reader, tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    shell = Shell(folder, reader)
    if name_of(page) in NEEDS and shell.run(NEEDS[name_of(page)])[0] != 0:
        pytest.skip(f"the page needs what `{NEEDS[name_of(page)]}` looks for")
    for block in pages.blocks(page):
        where = f"{page.relative_to(environments.REPOSITORY)}:{block.line}"
        if block.not_run:
            continue
        if block.title:
            path = shell.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for command in pages.commands(block.text):
                code, said = shell.run(command.line)
                assert (code != 0) == command.fails, f"{where}: $ {command.line}\nexit code {code}\n{said}"
                lines = [line.strip() for line in plain(said).splitlines()]
                missing = [answer for answer in command.answers if plain(answer) not in lines]
                assert not missing, f"{where}: $ {command.line}\n{said}\nit does not say: {missing}"
        elif block.language != "toml":  # those are held against the schema below
            pytest.fail(f"{where}: neither a file, nor commands, nor marked as not run")


# Reads a list of texts, and writes what is wrong with each as a pyproject.toml.
VALIDATE = """\
import json, sys
import fastjsonschema
from officina._schema import schema
try:
    from tomllib import loads
except ImportError:
    from tomli import loads
check = fastjsonschema.compile(schema("officina"))
answers = []
for text in json.load(sys.stdin):
    try:
        check(loads(text).get("tool", {}).get("officina", {}))
        answers.append("")
    except ValueError as error:
        answers.append(str(error))
json.dump(answers, sys.stdout)
"""


def test_every_table_that_is_shown_fits_the_schema(tools):
    shown = [*DOCS.rglob("*.md"), environments.REPOSITORY / "README.md"]
    blocks = [(page, block) for page in shown for block in pages.blocks(page) if block.language == "toml"]
    assert len(blocks) > 40
    texts = json.dumps([block.text for _, block in blocks])
    done = subprocess.run([tools, "-c", VALIDATE], input=texts, capture_output=True, text=True, check=True)
    answers = zip(blocks, json.loads(done.stdout), strict=True)
    wrong = [
        f"{page.relative_to(environments.REPOSITORY)}:{block.line}: {answer}"
        for (page, block), answer in answers
        if answer
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_not_run_is_known():
    found = {name_of(page): [block.not_run for block in pages.blocks(page) if block.not_run] for page in RUN}
    assert {name: reasons for name, reasons in found.items() if reasons} == NOT_RUN


def test_the_tour_shows_the_example(reader, example_project, tmp_path):
    """The commands of the example's own page."""
    shutil.copytree(example_project, tmp_path / "page")
    shell = Shell(tmp_path / "page", reader)
    code, said = shell.run("pip install . && python -m officina_example")
    assert code == 0, said
