"""Has the modules of an editable install rebuilt.

The rebuild folder of such an install holds a copy of this file, beside those of the executable and of the files
that it works with. The finder (``_editable.py``) imports it when an input changed.
"""

import json
import os
import shlex

from . import _core, _interpreter


def run(folder, name):
    """Brings the modules in ``folder`` up to date, because somebody imports ``name``; an
    ``ImportError`` if that fails."""
    with open(os.path.join(_core.PACKAGE, "install.json"), encoding="utf-8") as file:
        install = json.load(file)
    environment = _environment(install.pop("environment"))
    building = _interpreter.building()
    own = (install.get("setuptools") or {}).get("search_path", ())
    building["host"]["sys_path"][:0] = own  # as it was when setup.py ran
    request = {
        "hook": "rebuild",
        **install,
        **building,
        "interpreter": _interpreter.identity(),
        "rebuild_folder": _core.PACKAGE,
        "folder": folder,
    }
    try:
        _core.ask(request, environment)
    except SystemExit as ending:
        if ending.code == _core.INTERRUPTED:
            raise KeyboardInterrupt from None
        why = getattr(ending, "message", None) or "see above"
        again = f"{_core.PIP} install -e {shlex.quote(install['source_tree'])}"
        message = f"`{name}` cannot be rebuilt: {why} (mend it and import again, or run: {again})"
        raise ImportError(message, name=name) from None


def _environment(kept):
    """This process's, with the variables that decide about a build as they were at the install."""
    environment = dict(os.environ)
    for name, value in kept.items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    return environment
