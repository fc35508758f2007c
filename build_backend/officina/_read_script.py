"""Facts about the texts of setup.py and setup.cfg: where they say what, and what they ask the machine."""

import ast

import _read_files


def facts(text):
    tree = ast.parse(text)
    call = next((node for node in ast.walk(tree) if _is_setup_call(node)), None)
    finder = _Script(text, tree)
    return {
        "setup_line": call and call.lineno,
        "keyword_lines": finder.keywords(call) if call else {},
        "conditions": finder.conditions(),
        "guards": finder.guards(),
        "class_lines": {node.name: node.lineno for node in ast.walk(tree) if isinstance(node, ast.ClassDef)},
    }


def _is_setup_call(node):
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    return name == "setup"


MACHINE = {"platform", "version_info", "environ", "getenv", "name", "system", "machine", "get_config_var",
           "python_implementation", "implementation", "maxsize", "get_platform", "uname", "architecture", "argv",
           "pypy_version_info", "python_version", "release"}  # fmt: skip
CHANGES = {"append", "extend", "insert", "update", "setdefault", "remove", "pop", "add", "clear"}
ROOTS = {"sys", "os", "platform", "sysconfig", "environ", "getenv", "get_config_var"}


class _Script:
    """Facts about the text of setup.py."""

    def __init__(self, text, tree):
        self.text, self.tree = text, tree
        self.assigned = {}
        self.stores = {}
        self._made = {}
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target in targets if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else []:
                if isinstance(target, ast.Name):
                    self.assigned.setdefault(target.id, []).append(node)
                elif isinstance(target, ast.Subscript):
                    key = target.slice
                    key = getattr(key, "value", key) if not isinstance(key, ast.Constant) else key
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self.stores.setdefault(key.value, []).append(node)
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self.stores.setdefault(key.value, []).append(value)

    def keywords(self, call):
        """Where each argument is said, and whether it is written out there."""
        lines = {}
        for keyword in call.keywords:
            if keyword.arg:
                lines[keyword.arg] = self._value(keyword.value)
        for name, nodes in self.stores.items():
            if name not in lines and any(keyword.arg is None for keyword in call.keywords):
                node = nodes[-1]
                lines[name] = self._value(getattr(node, "value", node)) if len(nodes) == 1 else self._computed(node)
        return lines

    def _value(self, node):
        if isinstance(node, ast.Name):
            given = self.assigned.get(node.id, [])
            changed = any(self._changes(other, node.id) for other in ast.walk(self.tree))
            if len(given) == 1 and not changed and isinstance(given[0], ast.Assign):
                return self._value(given[0].value)
            return self._computed(given[-1] if given else node)
        return {"line": node.lineno, "literal": is_literal(node), "text": self._segment(node)}

    def _computed(self, node):
        return {"line": node.lineno, "literal": False, "text": self._segment(node)}

    @staticmethod
    def _changes(node, name):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return False
        target = node.func.value
        return isinstance(target, ast.Name) and target.id == name and node.func.attr in CHANGES

    def _segment(self, node):
        text = ast.get_source_segment(self.text, node) or ""
        line = " ".join(text.split())
        return line if len(line) <= 70 else f"{line[:67]}..."

    def conditions(self):
        """Questions about the machine that is at hand, and the arguments of ``setup()`` that they decide."""
        reached = {keyword: self._closure(node) for keyword, node in self._arguments()}
        found = []
        for node, owner in self._questions():
            names = self._changed(node) if isinstance(node, ast.If) else {owner}
            keywords = sorted(keyword for keyword, seen in reached.items() if seen & names or owner == keyword)
            if keywords or self._does_more(node):
                entry = {"line": node.lineno, "text": self._segment(node.test), "keywords": keywords}
                entry["is_for_tags"] = self._is_for_tags(node, names)
                found.append(entry)
        return found

    def _arguments(self):
        call = next((node for node in ast.walk(self.tree) if _is_setup_call(node)), None)
        for keyword in call.keywords if call else []:
            if keyword.arg:
                yield keyword.arg, keyword.value
            elif isinstance(keyword.value, ast.Name):
                for name, nodes in self.stores.items():
                    yield name, nodes[-1]

    def _questions(self):
        """The outermost of them, each with the variable or the argument that it gives a value."""
        asking = self._asking_names()
        found = []

        def visit(node, owner):
            for child in ast.iter_child_nodes(node):
                inner = owner
                if isinstance(child, ast.ClassDef):
                    continue
                if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name):
                    inner = child.targets[0].id
                elif isinstance(child, ast.keyword):
                    inner = child.arg
                if isinstance(child, (ast.If, ast.IfExp)) and self._asks(child.test, asking):
                    if not self._only_stops(child):
                        found.append((child, inner))
                else:
                    visit(child, inner)

        visit(self.tree, None)
        return found

    def _asking_names(self):
        """Variables that hold an answer. What an ``if`` of its own gives a value is found there."""
        names, before = set(), None
        while before != names:
            before = set(names)
            for name, nodes in self.assigned.items():
                values = [node.value for node in nodes if node.value]
                if any(self._asks(one, names) and not _holds_question(one) for one in values):
                    names.add(name)
        return names

    @staticmethod
    def _asks(test, names=frozenset()):
        for node in ast.walk(test):
            if isinstance(node, ast.Attribute) and node.attr in MACHINE:
                top = node
                while isinstance(top, ast.Attribute):
                    top = top.value
                if isinstance(top, ast.Name) and top.id in ROOTS:
                    return True
            if isinstance(node, ast.Name) and node.id in names | {"environ", "getenv", "get_config_var"}:
                return True
        return False

    def _only_stops(self, node):
        """``if sys.version_info < (3, 8): sys.exit(...)`` is what ``requires-python`` says."""
        if not isinstance(node, ast.If) or node.orelse:
            return False
        for statement in node.body:
            call = statement.value if isinstance(statement, ast.Expr) else None
            name = ast.dump(call.func) if isinstance(call, ast.Call) else ""
            is_stop = isinstance(statement, ast.Raise) or "exit" in name or "print" in name
            if not is_stop and not (isinstance(statement, ast.If) and self._only_stops(statement)):
                return False
        return True

    @staticmethod
    def _changed(node):
        """The variables that an ``if`` gives a value or changes."""
        names = set()
        for part in [*node.body, *node.orelse]:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    names.add(inner.id)
                elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                    if isinstance(inner.func.value, ast.Name) and inner.func.attr in CHANGES:
                        names.add(inner.func.value.id)
                elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store):
                    if isinstance(inner.value, ast.Name):
                        names.add(inner.value.id)
                elif isinstance(inner, ast.ClassDef):
                    names.add(inner.name)
        return names

    def _closure(self, node):
        """The variables that a value is made from."""
        seen, waiting = set(), [node]
        while waiting:
            for inner in ast.walk(waiting.pop()):
                if isinstance(inner, ast.Name) and inner.id not in seen:
                    seen.add(inner.id)
                    waiting += self._makers(inner.id)
        return seen

    def _makers(self, name):
        """What gives a variable its value or changes it, with the questions around it."""
        if name not in self._made:
            found = [node.value for node in self.assigned.get(name, []) if node.value]
            for node in ast.walk(self.tree):
                if self._changes(node, name):
                    found += [*node.args, *(keyword.value for keyword in node.keywords)]
                elif isinstance(node, ast.Assign) and _stored_in(node.targets[0]) == name:
                    found.append(node.value)
                if isinstance(node, ast.If) and name in self._changed(node):
                    found.append(node.test)
            self._made[name] = found
        return self._made[name]

    @staticmethod
    def _does_more(node):
        """Whether it does something else than giving values to variables."""
        for part in [*node.body, *node.orelse] if isinstance(node, ast.If) else []:
            for inner in ast.walk(part):
                is_stored = isinstance(inner, ast.Subscript) and isinstance(inner.ctx, (ast.Store, ast.Del))
                if is_stored and isinstance(inner.value, ast.Attribute):
                    return True
        return False

    @staticmethod
    def _is_for_tags(node, names):
        """Whether all that it does is to define a ``bdist_wheel`` of the project's own, or its options."""
        classes = [inner for inner in ast.walk(node) if isinstance(inner, ast.ClassDef)]
        bases = [ast.dump(base) for one in classes for base in one.bases]
        if classes and all("bdist_wheel" in base for base in bases):
            return names <= {one.name for one in classes} | {"cmdclass"}
        stored = [inner for inner in ast.walk(node) if isinstance(inner, ast.Constant)]
        return any(one.value == "py_limited_api" for one in stored) and len(names) == 1

    def guards(self):
        """``try`` around cffi: its line, and what it catches."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Try) and any("cffi" in (self._raw(part) or "") for part in node.body):
                caught = [ast.unparse(one.type) if one.type else "everything" for one in node.handlers]
                names_modules = "cffi_modules" in (self._raw(node) or "")
                found.append({"line": node.lineno, "catches": caught, "names_modules": names_modules})
        return found

    def _raw(self, node):
        return ast.get_source_segment(self.text, node)


def _stored_in(target):
    """The variable of ``variable[key]``."""
    is_item = isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)
    return target.value.id if is_item else None


def _holds_question(node):
    return any(isinstance(inner, ast.IfExp) for inner in ast.walk(node))


def is_literal(node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")).startswith("find_"):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return is_literal(node.left) and is_literal(node.right)
    return constant(node) is not UNKNOWN


UNKNOWN = object()


def constant(node):
    """The value of an expression of constants, sums of them included; ``UNKNOWN`` for all else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constant(node.left), constant(node.right)
        is_sum = type(left) is type(right) and isinstance(left, (str, list, tuple))
        return left + right if is_sum else UNKNOWN
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [constant(one) for one in node.elts]
        return UNKNOWN if UNKNOWN in items else (tuple(items) if isinstance(node, ast.Tuple) else items)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return UNKNOWN


def setup_cfg():
    """Where each key of setup.cfg stands, with its value: ``section``, ``key``, ``line``."""
    text, entries, section = _read_files.text_of("setup.cfg"), [], None
    for number, line in enumerate((text or "").splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1].strip()
        elif stripped and line[0] not in " \t#;" and section:
            key = stripped.partition("=" if "=" in stripped else ":")
            entries.append({"section": section, "key": key[0].strip(), "line": number, "value": key[2].strip()})
    return entries
