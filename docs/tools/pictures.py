"""Draws what Officina prints: pictures of a terminal, made of what it says now.

    python docs/tools/pictures.py OFFICINA        (the executable `officina`; needs `rich`, see docs/requirements.txt)

Times and paths differ with each run, so no test compares the pictures. Draw them again when the words change.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from rich.console import Console
from rich.text import Text

REPOSITORY = Path(__file__).resolve().parents[2]
PICTURES = REPOSITORY / "docs/pictures"
EXAMPLE = REPOSITORY / "example-project"
GEOMETRY = "cffi_build/geometry_build.py"


def said(officina: str, folder: Path, *words: str) -> str:
    """A command as it is typed, and all that it says, with colours."""
    command = [officina, *words]
    env = {"PATH": f"{Path(officina).parent}:/usr/bin:/bin", "CLICOLOR_FORCE": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    shown = done.stdout.replace(str(folder), "~/example").replace(sys.prefix, "~/venv")
    return f"\x1b[1m$ officina {' '.join(words)}\x1b[0m\n{shown}"


def terminal(name: str, text: str) -> None:
    """Writes a picture of a terminal with this text."""
    text = re.sub(r"\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)", "", text).strip("\n")
    with open("/dev/null", "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=116, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.from_ansi(text), soft_wrap=False)
    svg = console.export_svg(title="", unique_id=name)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # which would be loaded from outside
    svg = svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def timings(data: dict) -> None:
    """The lanes of the timings page: a bar for each step over time."""
    width, lane, wall = 720, 22, data["summary"]["wall"]
    steps = [step for step in data["steps"] if step["end"] > step["begin"]]
    colours = {"generate": "#5e97d0", "compile": "#00897b", "link": "#e0962f", "check": "#8e6bbf", "pack": "#b0536b"}
    top = 20
    parts = []
    for step in steps:
        x, y = width * step["begin"] / wall, top + lane * step["lane"]
        length = max(1.0, width * (step["end"] - step["begin"]) / wall)
        fill = colours.get(step["kind"], "#9e9e9e")
        title = f"{step['kind']}: {step['name']} ({step['end'] - step['begin']:.2f} s)"
        place = f'x="{x:.1f}" y="{y}" width="{length:.1f}" height="{lane - 3}"'
        parts.append(f'<rect {place} rx="2" fill="{fill}"><title>{escape(title)}</title></rect>')
    for at, (kind, fill) in enumerate(colours.items()):
        parts.append(f'<rect x="{at * 100}" y="0" width="10" height="10" fill="{fill}"/>')
        parts.append(f'<text x="{at * 100 + 15}" y="10">{kind}</text>')
    height = top + lane * (1 + max(step["lane"] for step in steps))
    style = 'font-family="system-ui, sans-serif" font-size="12" fill="#757575"'
    body = "\n".join(parts)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {style}>\n{body}\n</svg>\n'
    (PICTURES / "timings.svg").write_text(svg, encoding="utf-8")


def main(officina: str) -> None:
    """Builds the example, and draws what it says."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "example"
        shutil.copytree(EXAMPLE, folder)
        first = said(officina, folder, "build", "--wheel", "--timings")
        timings(json.loads((folder / "build/officina/timings.json").read_text(encoding="utf-8")))
        terminal(
            "build",
            re.sub(r"^.*timings.*\n", "", first.replace(" --timings", "", 1), flags=re.MULTILINE)
            + "\n\n"
            + said(officina, folder, "build", "--wheel"),
        )
        plan = said(officina, folder, "show").splitlines()
        plan = [line if len(line) < 120 else f"{line[:70]} …" for line in plan if "Generated" not in line]
        terminal("show", "\n".join([*plan[:26], "…"]))
        builder = folder / GEOMETRY
        text = builder.read_text(encoding="utf-8")
        changed = text.replace("polyline_size(", "polyline_count(", 1)
        assert changed != text, "the builder of the example has no `polyline_size` any more"
        builder.write_text(changed, encoding="utf-8")
        lines = said(officina, folder, "build", "--wheel").splitlines()
        begin = next(index for index, line in enumerate(lines) if "error" in line and "`" in line)
        terminal("failure", "\n".join([lines[0], *lines[begin:]]))


if __name__ == "__main__":
    main(sys.argv[1])
