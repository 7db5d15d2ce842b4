"""The rows of one key, as expressions see them: lists that are given to the library once, not for every row.

The library takes a list apart anew for each evaluation, unless it is part of an activation. An activation holds all
variables of an expression, so what differs from row to row is asked for by a function, `own`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from time import thread_time
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_math, ext_strings

_RESERVED = frozenset({"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"})
_RESERVED |= {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
MOST_SIFTED = 5_000
"""Rows of a list that `filter` or `map` go through: the library copies what they keep for each row that they add."""
_SECONDS_HELD = 0.05
"""How long evaluations may have taken before another activation is begun: this one holds all that they have left."""


class Rows(list[dict[str, Any]]):
    """The rows of one file and one key, as expressions see them."""

    around: "Around"


class Around:
    """All rows of one key, by file. Not for several threads."""

    def __init__(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        """Take the rows; their dictionaries may grow until `changed` is called."""
        self.lists: dict[str, Any] = {}
        for name, of_file in rows.items():
            self.lists[name] = made = Rows(of_file)
            made.around = self
        self.given = 0
        """How often the lists were given to the library."""
        self._growing: tuple[str, frozenset[str]] = "", frozenset()
        self._activation: Any = None
        self._took = 0.0

    def grow(self, file: str, columns: frozenset[str]) -> None:
        """Columns are about to be added to the rows of a file, row by row."""
        self.changed()
        self._growing = file, columns

    def changed(self) -> None:
        """The rows say more than before."""
        self._activation, self._growing = None, ("", frozenset())

    def is_still(self, words: frozenset[str]) -> bool:
        """Return whether nothing that an expression names is added to the rows of a list that it looks at."""
        file, columns = self._growing
        return file not in words or columns.isdisjoint(words)

    def evaluated(self, sight: "Sight", program: Any, own: Mapping[str, Any]) -> Any:
        """Return what the library makes of a compiled expression for one row."""
        is_first = self._activation is None or self._took > _SECONDS_HELD
        if is_first:
            self._activation, self._took = sight.environment.Activation(data=self.lists), 0.0
            self.given += 1
        begun = thread_time()
        found = sight.evaluated(program, self._activation, own)
        if not is_first:  # which takes the lists apart too
            self._took += thread_time() - begun
        return found


class Sight:
    """How expressions see the rows of a key. Safe to use from several threads, one at a time."""

    def __init__(self, files: frozenset[str]) -> None:
        """Take the names of the files."""
        self._own: Mapping[str, Any] = {}
        self._lock = Lock()
        overload = cel.Overload(
            "own_string", return_type=cel.Type.DYN, parameters=[cel.Type.STRING], impl=lambda name: self._own[name]
        )
        self.environment = cel.NewEnv(
            variables=dict.fromkeys(files, cel.Type.LIST),
            functions=[cel.FunctionDecl("own", [overload])],
            extensions=[ext_strings.ExtStrings(), ext_math.ExtMath(), ext_bindings.ExtBindings()],
        )

    def compiled(self, text: str, own: list[str]) -> Any:
        """Return an expression whose other variables are asked for, each when it is needed; None: it cannot be."""
        bound = text
        for name in own:
            bound = f'cel.bind({name}, own("{name}"), {bound})'
        try:
            return self.environment.compile(bound)
        except Exception:  # noqa: BLE001  the library raises what its C++ part says; the usual way is left
            return None

    def evaluated(self, program: Any, activation: Any, own: Mapping[str, Any]) -> Any:
        """Return what the library makes of a compiled expression for one row."""
        with self._lock:
            self._own = own
            return program.eval(activation=activation)


sight_of = lru_cache(maxsize=16)(Sight)
"""Returns how the rows of some files are seen."""


def variables_in(words: frozenset[str], variables: Mapping[str, Any], files: frozenset[str]) -> list[str]:
    """Return the variables other than lists of rows that an expression may name."""
    return sorted(name for name in variables.keys() & words if name not in files and name not in _RESERVED)


def sifted(text: str, files: frozenset[str]) -> frozenset[str]:
    """Return the files whose rows an expression goes through to keep some of them."""
    return frozenset(name for name in files if re.search(rf"\b{name}\s*\.\s*(filter|map)\b", text))
