"""Writes src/python/platform_policies.txt: what each manylinux and musllinux tag allows a wheel to use.

    python -m pip install auditwheel
    python tests/platform_policies.py

The facts are those of the policies in auditwheel (https://github.com/pypa/auditwheel, MIT License). A newer tag allows
all that an older one does, which is held here, so each fact is written once, with the oldest tag that allows it.
"""

import collections
import json
from importlib.metadata import version
from pathlib import Path

import auditwheel

TABLE = Path(__file__).resolve().parents[1] / "src/python/platform_policies.txt"
POLICIES = Path(auditwheel.__file__).parent / "policy"
HEADER = """\
# What the manylinux and musllinux tags allow, from auditwheel {version}; tests/platform_policies.py wrote this.
# auditwheel: Copyright (c) 2016 Robert McGibbon and others, MIT License, https://github.com/pypa/auditwheel
#
# policy NAME ALIAS... : MACHINE...          from the oldest to the newest of one C library
# versions MACHINE NAMESPACE POLICY VERSION...   versions of symbols that POLICY and newer ones allow
# libraries POLICY LIBRARY...                libraries that POLICY and newer ones allow
# hidden LIBRARY POLICY SYMBOL...            symbols of a library that only POLICY and newer ones allow; `-` is none
"""


def first(policies, facts):
    """Each fact with the first policy that holds it; every later one has to hold it as well."""
    found = {}
    for policy in policies:
        now = set(facts(policy))
        missing = [fact for fact in found if fact not in now]
        assert not missing, f"{policy['name']} no longer allows {missing}"
        for fact in now:
            found.setdefault(fact, policy["name"])
    return found


def lines(policies):
    """The lines of one C library."""
    for policy in policies:
        yield " ".join(["policy", policy["name"], *policy["aliases"], ":", *sorted(policy["symbol_versions"])])
    for machine in sorted({machine for policy in policies for machine in policy["symbol_versions"]}):
        of_machine = [policy for policy in policies if machine in policy["symbol_versions"]]
        for namespace in sorted({name for policy in of_machine for name in policy["symbol_versions"][machine]}):
            # A policy that does not know a namespace allows all of it.
            assert all(namespace in policy["symbol_versions"][machine] for policy in of_machine), namespace
            versions = first(of_machine, lambda policy: policy["symbol_versions"][machine][namespace])  # noqa: B023
            yield from grouped(f"versions {machine} {namespace}", versions)
    yield from grouped("libraries", first(policies, lambda policy: policy["lib_whitelist"]))
    hidden = collections.defaultdict(dict)
    for policy in reversed(policies):
        for library, symbols in policy["blacklist"].items():
            for symbol in symbols:
                hidden[library].setdefault(symbol, after(policies, policy))
    for library in sorted(hidden):
        yield from grouped(f"hidden {library}", hidden[library])


def after(policies, policy):
    """The name of the policy that comes after another one."""
    names = [policy["name"] for policy in policies] + ["-"]
    return names[names.index(policy["name"]) + 1]


def grouped(begin, facts):
    """A line for each policy, with its facts."""
    groups = collections.defaultdict(list)
    for fact, policy in facts.items():
        groups[policy].append(fact)
    for policy in sorted(groups, key=lambda name: [int(word) if word.isdigit() else 0 for word in name.split("_")]):
        yield " ".join([begin, policy, *sorted(groups[policy])])


def table():
    """The whole text."""
    text = HEADER.format(version=version("auditwheel"))
    for library in ["manylinux", "musllinux"]:
        policies = json.loads((POLICIES / f"{library}-policy.json").read_text(encoding="utf-8"))
        policies = sorted((one for one in policies if one["name"] != "linux"), key=lambda one: -one["priority"])
        text += "\n".join(lines(policies)) + "\n"
    return text


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="ascii")
