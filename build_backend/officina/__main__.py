"""``python -m officina``: the ``officina`` command, for this interpreter."""

import os
import sys

# `-m` lets modules of the working folder be imported first: a `json.py` of the project would be taken for Python's.
if sys.path[:1] and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

from officina._core import main

main()
