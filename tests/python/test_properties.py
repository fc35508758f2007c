"""What holds for all names, versions, requirements, globs and archives, as the reference
implementations see it: `packaging`, `wheel`, `installer` and Python's own archive modules."""

from __future__ import annotations

import csv
import io
import re
import string
import tarfile
import tempfile
import unicodedata
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import hypothesis
import pytest
from asking import ROOT, Ask, asking, pyproject, toml_string
from hypothesis import assume, example, given
from hypothesis import strategies as st
from installer.sources import WheelFile as InstallerWheel
from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidName,
    canonicalize_name,
    is_normalized_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version
from wheel.wheelfile import WheelFile

hypothesis.configuration.set_hypothesis_home_dir(ROOT / ".make" / "hypothesis")
# The same cases in every run: what breaks here breaks everywhere.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=600)
hypothesis.settings.load_profile("same")
FEWER = hypothesis.settings(max_examples=60)


@pytest.fixture(scope="module")
def ask():
    with asking() as running:
        yield running


def metadata_of(ask: Ask, **fields: object) -> tuple[dict, Message] | None:
    """What a pyproject.toml with these fields means; `None` if it is refused."""
    answer = ask("metadata", pyproject=pyproject(**fields))
    if "error" in answer:
        assert "pyproject.toml:" in answer["error"], answer["error"]
        return None
    return answer, Parser().parsestr(answer["metadata"], headersonly=True)


def or_none(refused: type[Exception], read, text: str):
    """What a reference implementation reads, `None` if it refuses."""
    try:
        return read(text)
    except refused:
        return None


# Names

NAME = st.text(alphabet=string.ascii_letters + string.digits + "-_.", min_size=1, max_size=12)
VALID_NAME = NAME.map(lambda name: f"a{name}7")


@given(name=NAME | st.text(max_size=6))
@example(name="a\n")
@example(name="ſ")
def test_names(ask, name):
    ours = metadata_of(ask, name=name)
    theirs = or_none(InvalidName, lambda text: canonicalize_name(text, validate=True), name)
    assert (ours is None) == (theirs is None)
    if ours:
        answer, metadata = ours
        assert metadata["Name"] == name
        assert answer["dist_name"] == theirs.replace("-", "_")


@given(extra=NAME)
def test_names_of_extras(ask, extra):
    text = pyproject() + f"[project.optional-dependencies]\n{toml_string(extra)} = ['a']\n"
    answer = ask("metadata", pyproject=text)
    theirs = or_none(InvalidName, lambda name: canonicalize_name(name, validate=True), extra)
    assert ("error" in answer) == (theirs is None)
    if theirs:
        metadata = Parser().parsestr(answer["metadata"], headersonly=True)
        assert metadata["Provides-Extra"] == theirs
        assert metadata["Requires-Dist"] == f'a; extra == "{theirs}"'


# Versions


def any_case(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([text, text.upper(), text.title()])


NUMBER = st.integers(0, 3) | st.integers(0, 10**17)
NUMBERS = NUMBER.map(str) | st.sampled_from(["00", "01", "010"])
SEPARATOR = st.sampled_from(["", ".", "-", "_"])
PHASE = st.sampled_from(["a", "alpha", "b", "beta", "c", "rc", "pre", "preview"]).flatmap(any_case)
LOCAL = st.lists(st.text("abAB019", min_size=1, max_size=4), min_size=1, max_size=3)


@st.composite
def versions(draw) -> str:
    """Versions in all the spellings of PEP 440."""

    def maybe(*parts: st.SearchStrategy[str]) -> str:
        return "".join(draw(part) for part in parts) if draw(st.booleans()) else ""

    release = ".".join(draw(st.lists(NUMBERS, min_size=1, max_size=4)))
    optional = NUMBERS | st.just("")
    post = maybe(SEPARATOR, st.sampled_from(["post", "rev", "r", "POST"]), SEPARATOR, optional)
    return "".join(
        [
            maybe(st.sampled_from([" ", "\t"])),
            maybe(st.sampled_from(["v", "V"])),
            maybe(NUMBERS, st.just("!")),
            release,
            maybe(SEPARATOR, PHASE, SEPARATOR, optional),
            post or maybe(st.just("-"), NUMBERS),
            maybe(SEPARATOR, any_case("dev"), SEPARATOR, optional),
            maybe(st.just("+"), LOCAL.flatmap(lambda parts: SEPARATOR.map(lambda s: (s or ".").join(parts)))),
            maybe(st.sampled_from([" ", "\n"])),
        ]
    )


@given(version=versions() | st.text("0129.abrc!+-_vdevpost* ", max_size=10))
def test_versions(ask, version):
    ours = metadata_of(ask, version=version)
    theirs = or_none(InvalidVersion, Version, version)
    assert (ours is None) == (theirs is None)
    if ours:
        answer, metadata = ours
        assert metadata["Version"] == answer["version"] == str(theirs)


OPERATOR = st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~=", "==="])
BLANK = st.sampled_from(["", "", "", " ", "\t"])
SPECIFIER = st.tuples(BLANK, OPERATOR, BLANK, versions().map(str.strip), st.sampled_from(["", "", "", ".*"]), BLANK)
SPECIFIERS = st.lists(SPECIFIER.map("".join), max_size=4).map(",".join)


@given(text=SPECIFIERS | st.text("<>=!~,.*019 abrcdev+", max_size=10))
@example(text=">=3.9,")
@example(text=",")
def test_specifiers(ask, text):
    ours = metadata_of(ask, requires_python=text)
    theirs = or_none(InvalidSpecifier, SpecifierSet, text)
    if theirs is None or not (has_gaps(text) or any(is_beyond_versions(specifier) for specifier in theirs)):
        assert (ours is None) == (theirs is None)
    if ours:
        _, metadata = ours
        # As sets: `packaging` sorts by spelling before it compares.
        assert set(SpecifierSet(metadata["Requires-Python"] or "")) == set(theirs)


def has_gaps(text: str) -> bool:
    """Whether commas stand where the grammar of the specification has none, which `packaging` forgives."""
    text = text.strip(" \t")
    return bool(text) and not all(part.strip() for part in text.removesuffix(",").split(","))


def is_beyond_versions(specifier) -> bool:
    """`===` compares text: what is not a version as versions are written fits none, and we refuse it."""
    return specifier.operator == "===" and str(or_none(InvalidVersion, Version, specifier.version)) != specifier.version


# Requirements

VARIABLES = [
    "python_version",
    "python_full_version",
    "os_name",
    "sys_platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform_machine",
    "platform_python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
    # From before PEP 508; and some that never were.
    "os.name",
    "sys.platform",
    "platform.version",
    "platform.machine",
    "platform.python_implementation",
    "python_implementation",
    "python.version",
    "extra.",
    "platform.system",
    "python",
]
ENVIRONMENTS = [
    {
        "python_version": version,
        "python_full_version": f"{version}.{micro}",
        "os_name": system,
        "sys_platform": platform,
        "platform_release": "6.1",
        "platform_system": "Linux",
        "platform_version": "#1",
        "platform_machine": "x86_64",
        "platform_python_implementation": implementation,
        "implementation_name": implementation.lower(),
        "implementation_version": f"{version}.{micro}",
        "extra": extra,
    }
    for version, micro, system, platform, implementation, extra in [
        ("3.9", "0", "posix", "linux", "CPython", ""),
        ("3.10", "1", "nt", "win32", "PyPy", "foo-bar"),
        ("3.14", "0rc1", "posix", "darwin", "CPython", "x"),
    ]
]
LITERALS = ["3.9", "3.10", "3.14", "posix", "nt", "linux", "win32", "x86_64", "CPython", "foo_Bar", "X", "", "a'b", "3"]
LITERAL = st.sampled_from(LITERALS).map(lambda text: f'"{text}"') | st.sampled_from(["'3.9'", "'a\"b'", "'", '"x'])
COMPARISON = st.sampled_from(
    ["==", "!=", "<=", ">=", "<", ">", "~=", "===", " in ", " not in ", " not\tin ", "=", "in"]
)
OPERAND = LITERAL | st.sampled_from(VARIABLES)
CONDITION = st.tuples(BLANK, OPERAND, BLANK, COMPARISON, BLANK, OPERAND).map("".join)
MARKER = st.recursive(
    CONDITION,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" and ", " or ", ") and (", "and"]), inner).map("".join)
        | inner.map(lambda text: f"({text})")
    ),
    max_leaves=5,
)
EXTRAS = st.lists(NAME, max_size=3).map(lambda names: "[" + " , ".join(names) + "]") | st.just("")
WANTED = (
    SPECIFIERS | SPECIFIERS.map(lambda text: f"({text})") | st.sampled_from([" @ https://example.org/a.zip ", "@x:y"])
)


@st.composite
def requirements(draw) -> str:
    marker = ";" + draw(MARKER) if draw(st.booleans()) else ""
    return draw(VALID_NAME) + draw(BLANK) + draw(EXTRAS) + draw(BLANK) + draw(WANTED) + marker


@given(text=requirements() | st.text("ab-_.[],;@()<>=!~ 019'\"\tandorin", max_size=14).map(lambda text: f"a{text}"))
@example(text="a @ https://example.org/x;y ; os_name == 'nt'")
@example(text="a>=1; extra == 'Foo_Bar' and (os_name == 'nt' or os_name == 'posix')")
def test_requirements(ask, text):
    ours = metadata_of(ask, dependencies=[text])
    theirs = or_none(InvalidRequirement, Requirement, text)
    if theirs is None or not is_beyond_us(theirs):
        assert (ours is None) == (theirs is None), text
    if ours:
        _, metadata = ours
        assert_means(Requirement(metadata["Requires-Dist"]), theirs)


def is_beyond_us(requirement: Requirement) -> bool:
    """What `packaging` takes and the specification does not: places that are no URL, names that end
    in `_`; and `===` with any text."""
    is_url = requirement.url is None or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", requirement.url)
    are_names = all(name[-1].isalnum() for name in [requirement.name, *requirement.extras])
    return not (is_url and are_names) or any(is_beyond_versions(specifier) for specifier in requirement.specifier)


def assert_means(ours: Requirement, theirs: Requirement) -> None:
    assert is_normalized_name(ours.name) and ours.name == canonicalize_name(theirs.name)
    assert ours.extras == {canonicalize_name(extra) for extra in theirs.extras}
    assert set(ours.specifier) == set(theirs.specifier)
    assert ours.url == theirs.url
    assert verdicts(ours) == verdicts(theirs)


def verdicts(requirement: Requirement) -> list[object]:
    """What a marker says in a few environments."""
    if requirement.marker is None:
        return [True] * len(ENVIRONMENTS)

    def verdict(environment: dict[str, str]) -> object:
        try:
            return requirement.marker.evaluate(environment)
        except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion) as error:
            return type(error)

    return [verdict(environment) for environment in ENVIRONMENTS]


# Globs

PATH = st.lists(st.text("ab.é*[", min_size=1, max_size=3), min_size=1, max_size=4).filter(
    lambda parts: not {".", ".."} & set(parts)
)
PIECE = st.sampled_from(
    ["a", "b", ".", "é", "e\u0301", "*", "?", "[ab]", "[!a]", "[a-b.]", "{a,b}", "{a,.b*}", "\\*", "\\["]
)
PART = st.lists(PIECE, min_size=1, max_size=3).map("".join).filter(lambda part: "**" not in part.replace("\\*", ""))
# A `\\` at the very beginning is the root of a Windows drive.
GLOB = st.lists(PART | st.just("**"), min_size=1, max_size=4).map("/".join).filter(lambda glob: glob[0] != "\\")


def expression(glob: str) -> str:
    """A glob as a regular expression, by the words of the README: `*` and `?` stop at `/`, `**` does
    not, and what a glob matches comes with all that lies beneath it."""
    while glob.startswith("./"):
        glob = glob[2:]
    glob = unicodedata.normalize("NFC", glob.rstrip("/"))
    parts = ["**"] if glob in ("", ".") else glob.split("/")
    text = ""
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if part == "**":
            text += ".+" if is_last else "(?:[^/]+/)*"
        else:
            text += one_part(part) + ("" if is_last else "/")
    return text + "(?:/.+)?"


def one_part(part: str) -> str:
    tokens = re.findall(r"\\.|\[!?[^]]*\]|.", part)
    words = {"*": "[^/]*", "?": "[^/]", "{": "(?:", ",": "|", "}": ")"}
    inside = 0
    text = ""
    for token in tokens:
        inside += {"{": 1, "}": -1}.get(token, 0)
        if token.startswith("[") and len(token) > 1:
            text += token.replace("[!", "[^/")
        elif token == "," and not inside:
            text += ","
        else:
            text += words.get(token) or re.escape(token[-1])
    return text


@given(glob=GLOB, paths=st.lists(PATH.map("/".join), min_size=1, max_size=6, unique=True))
@example(glob="./", paths=["a"])
@example(glob="a/**", paths=["a", "a/b", "ab"])
@example(glob="**/a", paths=["a", "b/a", "b/a/b", "ba"])
def test_globs(ask, glob, paths):
    if re.search(r"\?|\[!", glob):
        assume(all(path.isascii() for path in paths))  # globset counts bytes where it names no letter
    text = f"[tool.officina]\ninclude = [{toml_string(glob)}]\n"
    answer = ask("include", pyproject=text, paths=paths)
    wanted = re.compile(expression(glob))
    expected = [path for path in paths if wanted.fullmatch(unicodedata.normalize("NFC", path))]
    if ".." in re.split(r"[/\\]", glob):
        assert "outside the project" in answer["error"]
    elif expected:
        assert answer.get("matches") == expected, answer
    else:
        assert "matches no file" in answer["error"]


# Archives

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="/\0")
FILE_NAME = st.text(LETTERS, min_size=1, max_size=60) | st.text("ab,\"'\n\r é日", min_size=1, max_size=8)
SAFE_NAME = FILE_NAME.filter(lambda name: name not in (".", "..") and len(name.encode()) <= 255)
FILE = st.tuples(
    st.lists(SAFE_NAME, min_size=1, max_size=4).map("/".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.just("line\n" * 2000),
    st.booleans(),
)


@st.composite
def file_lists(draw) -> list[dict]:
    """Files that can lie in one tree: no name is a file here and a folder there."""
    files: dict[str, dict] = {}
    for path, text, executable in draw(st.lists(FILE, max_size=8)):
        folders = {path[:end] for end in range(len(path)) if path[end] == "/"}
        is_folder = any(known.startswith(f"{path}/") for known in files)
        if not folders & files.keys() and not is_folder and ".dist-info" not in path:
            files[path] = {"path": path, "text": text, "executable": executable}
    return list(files.values())


def content(file: dict) -> tuple[bytes, int]:
    return file["text"].encode(), 0o755 if file["executable"] else 0o644


@FEWER
@given(files=file_lists(), name=VALID_NAME, version=versions())
def test_wheels_come_back(ask, files, name, version):
    answer, _ = metadata_of(ask, name=name, version=version)
    stem = f"{answer['dist_name']}-{answer['version']}"
    metadata = {"path": f"{stem}.dist-info/METADATA", "text": answer["metadata"], "executable": False}
    text = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    tags = {"path": f"{stem}.dist-info/WHEEL", "text": text, "executable": False}
    everything = [*files, metadata, tags]
    with tempfile.TemporaryDirectory() as folder:
        details = {"name": answer["dist_name"], "version": answer["version"]}
        made = ask("wheel", folder=folder, files=everything, **details)
        path = Path(made["path"])
        parsed = parse_wheel_filename(path.name)
        assert parsed[:2] == (canonicalize_name(name), Version(version))
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            *infos, record = archive.infolist()
            found = {info.filename: (archive.read(info), info.external_attr >> 16 & 0o777) for info in infos}
            rows = list(csv.reader(io.StringIO(archive.read(record).decode(), newline="")))
        assert found == {file["path"]: content(file) for file in everything}
        assert [row[0] for row in rows] == [info.filename for info in infos] + [f"{stem}.dist-info/RECORD"]
        assert [int(row[2]) for row in rows[:-1]] == [info.file_size for info in infos]
        if all(len(file["path"].splitlines()) == 1 for file in files):  # it reads RECORD line by line
            with InstallerWheel.open(path) as wheel:
                wheel.validate_record()
        with WheelFile(path) as wheel:  # which compares the hashes while it reads
            wheel.extractall(Path(folder) / "unpacked")


@FEWER
@given(files=file_lists(), name=VALID_NAME, version=versions())
def test_sdists_come_back(ask, files, name, version):
    answer, _ = metadata_of(ask, name=name, version=version)
    with tempfile.TemporaryDirectory() as folder:
        details = {"name": answer["dist_name"], "version": answer["version"]}
        made = ask("sdist", folder=folder, files=files, **details)
        path = Path(made["path"])
        assert parse_sdist_filename(path.name) == (canonicalize_name(name), Version(version))
        with tarfile.open(path) as archive:
            found = {
                member.name.removeprefix(f"{made['folder']}/"): (archive.extractfile(member).read(), member.mode)
                for member in archive
            }
            owners = {(member.uid, member.gid, member.uname, member.gname, member.mtime) for member in archive}
        assert found == {file["path"]: content(file) for file in files}
        assert owners <= {(0, 0, "", "", 315532800)}
