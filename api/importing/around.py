"""The rows of one key, as expressions see them: lists that are given to the library once, not for every row.

The library takes a list apart anew for each evaluation, unless it is part of an activation. An activation holds all
variables of an expression, so what differs from row to row is asked for by a function, `own`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from time import thread_time
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_math, ext_strings

_RESERVED = frozenset({"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"})
_RESERVED |= {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
_PARTS = 64
"""In which a long list is gone through by `filter` and `map`: of what they keep the library copies all for each row."""
FEW = 256
"""Rows that are gone through as one list."""
MOST_COPIED = 5_000
"""Rows of a list that cannot be gone through in parts."""
MOST_SIFTED = 9_900
"""Rows that are gone through in parts: an expression may take 10,000 steps."""
_TEXTS = re.compile(
    "|".join(rf"\b[rR]{sign}.*?{sign}|{sign}(?:\\.|[^\\])*?{sign}" for sign in ("'''", '"""', "'", '"')), re.DOTALL
)
_SIFTS = r"\s*\.\s*(?:filter|map)\s*\("
_LOOPS = re.compile(r"\.\s*(?:filter|map|exists|all|exists_one)\s*\(")
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
        self._took, self._has_parts = 0.0, False

    def grow(self, file: str, columns: frozenset[str]) -> None:
        """Columns are about to be added to the rows of a file, row by row."""
        self.changed()
        self._growing = file, columns

    def changed(self) -> None:
        """The rows say more than before."""
        self._activation, self._growing = None, ("", frozenset())

    def is_still(self, words: frozenset[str]) -> bool:
        """Return whether nothing that an expression names is being added to the rows of a list that it looks at."""
        file, columns = self._growing
        return file not in words or columns.isdisjoint(words)

    def evaluated(
        self, sight: "Sight", program: Any, own: Mapping[str, Any], *, parted: bool = False, anew: bool = False
    ) -> Any:
        """Return what the library makes of a compiled expression for one row.

        Args:
            sight: that of the expression.
            program: the expression.
            own: the variables of the row.
            parted: whether it goes through parts of lists.
            anew: whether the lists have to be given as they are now.
        """
        is_first = anew or self._activation is None or self._took > _SECONDS_HELD or (parted and not self._has_parts)
        if is_first:
            parts = {_parts_of(name): _parts(rows) for name, rows in self.lists.items()} if parted else {}
            self._activation = sight.environment.Activation(data=self.lists | parts)
            self._took, self._has_parts = 0.0, parted
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
        self._told: list[Any] = [None]
        self._lock = Lock()
        overload = cel.Overload(
            "own_string", return_type=cel.Type.LIST, parameters=[cel.Type.STRING], impl=self._told_of
        )
        self.environment = cel.NewEnv(
            variables=dict.fromkeys([*files, *map(_parts_of, files)], cel.Type.LIST),
            functions=[cel.FunctionDecl("own", [overload])],
            extensions=[ext_strings.ExtStrings(), ext_math.ExtMath(), ext_bindings.ExtBindings()],
        )

    def compiled(self, text: str, own: list[str]) -> Any:
        """Return an expression whose other variables are asked for, each when it is needed; None: it cannot be."""
        bound = text
        for name in own:
            bound = f'cel.bind({name}, own("{name}")[0], {bound})'
        try:
            return self.environment.compile(bound)
        except Exception:  # noqa: BLE001  the library raises what its C++ part says; the usual way is left
            return None

    def _told_of(self, name: str) -> list[Any]:
        """Return what the row says, in the list that is always the same: the library never lets go of what it is."""
        self._told[0] = self._own[name]
        return self._told

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


def sifted(text: str, lists: Iterable[str]) -> frozenset[str]:
    """Return the lists that an expression goes through to keep some of what is in them."""
    return frozenset(name for name in lists if re.search(rf"\b{name}{_SIFTS}", text))


def in_parts(text: str, files: frozenset[str]) -> str | None:
    """Return an expression that goes through lists of rows in parts, and says the same; None: it cannot be.

    What is kept of each part is put together at the end, so that little is copied.
    """
    bare = _TEXTS.sub(lambda found: " " * len(found.group()), text)
    if "//" in bare or any(re.search(rf"\(\s*{name}\s*,", bare) for name in files):
        return None  # there is a remark in it, or something else has the name of a file
    loops = [(found.end(), _closed(bare, found.end())) for found in _LOOPS.finditer(bare)]
    for found in reversed([*re.finditer(rf"(?<![.\w])({'|'.join(sorted(files))})(?={_SIFTS})", bare)]):
        if any(begin <= found.start() < end for begin, end in loops):
            return None  # for each step of another one it would take as many steps more as there are parts
        end = found.end()
        while sifts := re.compile(_SIFTS).match(bare, end):
            end = _closed(bare, sifts.end())
        inside = f"{_parts_of(found[1])}.map(part_OF, part_OF{text[found.end() : end]})"
        text = f"{text[: found.start()]}cel.bind(kept_OF, {inside}, {_TOGETHER}){text[end:]}"
    return text


def _sum(first: int, last: int) -> str:
    """Return the lists that were kept, put together two by two."""
    middle = (first + last) // 2
    return f"kept_OF[{first}]" if last - first == 1 else f"({_sum(first, middle)} + {_sum(middle, last)})"


_TOGETHER = _sum(0, _PARTS)


def _parts_of(file: str) -> str:
    """Return the variable that holds the parts of a list; with letters that no name in a mapping has."""
    return f"{file}_PARTS"


def _parts(rows: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    """Return a list in parts, the last of which may be empty."""
    size = -(-len(rows) // _PARTS)
    return [rows[number * size : (number + 1) * size] for number in range(_PARTS)]


def _closed(text: str, at: int) -> int:
    """Return the end of the bracket that was opened before a place."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at
