"""The environment of a builder: what it asks for and what it changes."""

import os

# Builders may put something else in the place of these.
_environ, _environb = os.environ, getattr(os, "environb", None)


class Variables(dict):
    """The variables of ``os.environ``, in its encoding, and what was asked of them."""

    def __init__(self):
        super().__init__(_environ._data)
        self.asked = set()
        self.whole = False
        self.own = set()
        self.assigned = {}  # what the builder did to the process, though it be what was there
        self.expected = iter(())
        # `os._Environ` keeps the variables in `_data`, and every way to ask for one leads there.
        _use(self)

    def __getitem__(self, key):
        # Whoever copies or walks through the whole environment gets each name, then its value.
        if next(self.expected, None) != key:
            self.expected = iter(())
            if key not in self.own:
                self.asked.add(key)
        return super().__getitem__(key)

    def __iter__(self):
        self.whole = True
        names = list(super().__iter__())
        self.expected = iter(names)
        return iter(names)

    def __setitem__(self, key, value):
        self.own.add(key)
        self.assigned[key] = value
        super().__setitem__(key, value)

    def __delitem__(self, key):
        self.own.add(key)
        self.assigned[key] = None
        super().__delitem__(key)

    def assign(self, name, value):
        """The builder sets a variable behind ``os.environ``; no value removes it."""
        value = value if value is None else _environ.encodevalue(os.fsdecode(value))
        self.assigned[_environ.encodekey(os.fsdecode(name))] = value

    def finish(self):
        """Hears nothing more."""
        _use(dict(self.items()))  # which asks for nothing


def _use(variables):
    _environ._data = variables
    if _environb is not None:  # the same variables as bytes
        _environb._data = variables
