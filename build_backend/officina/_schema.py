"""The JSON Schema of ``[tool.officina]``, as a plugin of validate-pyproject."""

import json
import os


def schema(tool_name="officina"):
    """What may stand in ``[tool.officina]``: how Officina builds a project with CFFI modules."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)
