"""Answers as setuptools_scm does: a JSON object a line in, one a line out, hundreds of them in one process."""

import json
import sys
import warnings

from packaging.version import Version
from setuptools_scm import get_version


def answer(question):
    try:
        return {"version": str(Version(get_version(**question)))}
    except Exception as error:  # whatever it is, the question has no version
        return {"error": f"{type(error).__name__}: {error}"}


warnings.simplefilter("ignore")
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
