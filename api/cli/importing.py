"""What `aftercare import` does with a mapping and data, and what it says of it."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import NamedTuple
from uuid import UUID

import click

from api.cli.exits import REFUSED, UNAVAILABLE
from api.cli.interrupting import interruptible
from api.cli.program import Program
from api.cli.telling import Pause, pace, show, table
from api.importing.accounts import MOST_FINDINGS, Account
from api.importing.entries import Place
from api.importing.explaining import Explanation, facts_told
from api.importing.items import Items
from api.importing.keeping import MOST_REHEARSED, First, Kept
from api.importing.lives import Unit
from api.importing.mapping import Mapping
from api.importing.mapping_files import kindred_of
from api.importing.planning import Plan
from api.importing.recording import Stopped
from api.importing.rejects import ALL_REJECTS, Rejects
from api.importing.rows import FileFault
from api.importing.running import Files, Read, item_with, looked_through, record_all, record_kept
from api.importing.understood import Understood
from domain.application.ledger import Ledger
from domain.application.rehearsing import Rehearsal
from domain.application.units import Refused
from domain.kernel.envelope import Caller
from domain.kernel.refusals import Unavailable

_SELDOM = (100_000, 50, 100)
"""How seldom the collector of cycles looks: rows make none, and it took a quarter of the time."""
_SECONDS_BETWEEN = 0.1
"""How often it is told how far it is, at most: that is not to cost what a row does."""
_SHOWN, _WEIGHED = 20, 10_000
"""Facts that a dry run shows, and units that it looks at."""


class Manner(NamedTuple):
    """How it is imported."""

    lenient: bool
    dry_run: bool
    explain: Place | None
    rejects: Path


class Import:
    """One import, from the command line."""

    def __init__(self, program: Program, actor: UUID, mapping: Mapping, data: Sequence[Path], manner: Manner) -> None:
        """Take what is to be imported, and how."""
        self._program, self._mapping, self._data, self._manner = program, mapping, data, manner
        self._caller = Caller(actor=actor, organisation=program.settings.organisation, correlation=program.ids.fresh())
        self._said: set[str] = set()
        self._read = Read(0, 0)
        self._tell: Callable[[], None] = lambda: None
        self._ended = Event()
        """Set when what is being recorded comes to an early end: files are read no further."""

    def run(self) -> int:
        """Do it; return the exit code.

        Raises:
            MappingFault: the mapping cannot be followed.
            FileFault: a file cannot be read.
        """
        gc.set_threshold(*_SELDOM)
        with self._program.log() as log, self._program.vault() as vault:
            ledger = self._program.ledger(log, vault)
            with closing(Items(partial(item_with, ledger), self._mapping.records)) as self._items:
                understood = Understood(self._mapping, kindred_of, self._items.find)
                if self._manner.explain is not None:
                    return self._explained(understood, ledger, self._manner.explain)
                return self._dry(understood, ledger) if self._manner.dry_run else self._recorded(understood, ledger)

    def _recorded(self, understood: Understood, ledger: Ledger) -> int:
        """Record what is right."""
        folder, rehearsal, trouble = self._manner.rejects, None, None
        with Rejects(folder) as rejects, Kept() as kept:
            account = Account(rejects)
            if not self._manner.lenient:
                rehearsal = self._looked_through(understood, ledger, account, kept)
            is_wrong = bool(account.refused)
            if rehearsal is not None and not is_wrong:
                trouble = self._taken(partial(self._as_rehearsed, rehearsal, kept, account))
            elif not is_wrong:
                account = Account(rejects)
                trouble = self._taken(partial(self._read_and_recorded, understood, ledger, account))
            if (is_wrong or trouble) and self._mends:
                rejects.drop()  # what was not looked at yet stands there alone
        if is_wrong:
            return self._left_alone(account)
        _tell(account, whole=trouble is None)
        if account.refused and not (trouble and self._mends):
            click.echo(f"Refused rows are in {folder}: mend them there, and import that folder.", err=True)
        elif trouble is None and any(folder.glob(ALL_REJECTS)):
            click.echo(_standing(folder, mended=self._mends), err=True)
        if trouble is None:
            return REFUSED if account.refused else 0
        go_on = "; run it again to go on" if trouble.passes else ""
        click.echo(f"{trouble.said} What is told above is on record{go_on}.", err=True)
        return trouble.code

    def _left_alone(self, account: Account) -> int:
        """Tell why nothing was recorded."""
        _tell(account, whole=False)
        folder = self._manner.rejects
        if self._mends:
            said = f"Nothing was recorded, and {folder} stays as it was: what is wrong is told above."
        else:
            said = f"Nothing was recorded. What is wrong is listed in {folder}: mend the data; or let --lenient record"
            said += " what is right, and mend the rest there."
        click.echo(said, err=True)
        return REFUSED

    @property
    def _mends(self) -> bool:
        """Whether the data are rejects of another run, of the folder to which those of this one would go."""
        folder = self._manner.rejects.resolve()
        return any(folder in {path.resolve(), *path.resolve().parents} for path in self._data)

    def _looked_through(
        self, understood: Understood, ledger: Ledger, account: Account, kept: Kept
    ) -> Rehearsal[Unit] | None:
        """Find what is wrong: with rows, and of the first entries also what the rules forbid.

        Returns:
            What the units that are kept were found to come to; None if there are more than those.
        """
        with self._plan(understood, account, "Looking through") as plan:
            first = First(MOST_REHEARSED)
            units = first.of(looked_through(plan, understood.phases, account, self._items))
            rehearsal = ledger.rehearse(units, self._caller)
            for unit, outcome in rehearsal:
                if isinstance(outcome, Refused):
                    account.hear(unit, outcome)
                if not account.refused:
                    kept.add(unit)
        if not first.left:
            return rehearsal
        kept.drop()
        if not account.refused:
            known = f"Of the first {MOST_REHEARSED:,} entries it is known that no rule forbids them"
            click.echo(f"{known}; of the others, as they are recorded.", err=True)
        return None

    def _as_rehearsed(self, rehearsal: Rehearsal[Unit], kept: Kept, account: Account) -> None:
        """Record what was looked through, as it was decided then."""
        pause = Pause(_SECONDS_BETWEEN)
        with pace("Recording", "rows") as told:

            def tell() -> None:
                if pause.is_over():
                    told(account.settled, account.rows)

            record_kept(kept.units(), account, rehearsal.book, tell, self._ended)

    def _read_and_recorded(self, understood: Understood, ledger: Ledger, account: Account) -> None:
        """Record what is right."""
        with self._plan(understood, account, "Recording") as plan:
            record_all(
                plan,
                understood.phases,
                account,
                lambda units: ledger.book(units, self._caller),
                items=self._items,
                told=self._tell,
                ended=self._ended,
            )

    @staticmethod
    def _taken(record: Callable[[], None]) -> "_Trouble | None":
        """Record; return what ended it too early."""
        try:
            with interruptible():
                record()
        except KeyboardInterrupt:
            return _Trouble("It was stopped.", REFUSED)
        except FileFault as fault:
            return _Trouble(str(fault), REFUSED, passes=False)
        except Unavailable as unavailable:
            return _Trouble(str(unavailable), UNAVAILABLE)
        return None

    def _dry(self, understood: Understood, ledger: Ledger) -> int:
        """Show what rows become."""
        account = Account()
        shown: list[tuple[str, ...]] = []
        with self._plan(understood, account, "Looking through") as plan:
            first = First(_WEIGHED, lambda _unit: 1)
            units = first.of(looked_through(plan, understood.phases, account, self._items))
            for unit, outcome in ledger.rehearse(units, self._caller):
                account.hear(unit, outcome)
                shown += facts_told(unit, outcome)[: _SHOWN - len(shown)]
        if shown:
            facts = table(f"The first {len(shown)} facts", "at", "type", "of", "data")
            for line in shown:
                facts.add_row(*line)
            show(facts)
        in_part = account.units >= _WEIGHED
        _tell(account, whole=not in_part)
        more = f" of the first {_WEIGHED:,} units" if in_part else ""
        click.echo(f"This was a dry run{more}: nothing was recorded.")
        return REFUSED if account.refused else 0

    def _explained(self, understood: Understood, ledger: Ledger, wanted: Place) -> int:
        explanation = Explanation(wanted, MOST_REHEARSED)
        with self._plan(understood, explanation, "Looking for it") as plan:
            units = explanation.until_found(looked_through(plan, understood.phases, explanation, self._items))
            for unit, outcome in ledger.rehearse(units, self._caller):
                explanation.hear(unit, outcome)
        for line in explanation.told():
            click.echo(line)
        return 0 if explanation.is_found else REFUSED

    def _say_once(self, line: str) -> None:
        """Tell something of a file, which may be read twice."""
        if line not in self._said:
            self._said.add(line)
            click.echo(line, err=True)

    @contextmanager
    def _plan(self, understood: Understood, account: Account, what: str) -> Iterator[Plan]:
        """Open the data. How far it is, is told in rows: half is reading them, the other half what becomes of them."""
        pause = Pause(_SECONDS_BETWEEN)
        with pace(what, "rows") as told:

            def heard(read: Read | None = None) -> None:
                self._read = read or self._read
                if not pause.is_over():
                    return
                there_may_be = account.rows * self._read.of // max(self._read.done, 1)
                told((account.rows + account.looked) // 2, max(there_may_be, account.rows))

            def going_on() -> None:
                if self._ended.is_set():
                    raise Stopped

            def reading(read: Read) -> None:
                going_on()
                heard(read)

            self._tell = account.moved = heard
            files = Files(self._data, account, self._say_once, reading)
            files.require(understood.sources.values())
            with Plan(understood, files.rows, going_on) as plan:
                yield plan


def _standing(folder: Path, *, mended: bool) -> str:
    """Return what is said of rejects of an earlier run, where this one has none: somebody may have worked in them."""
    if mended:
        return f"All that was read of {folder} is on record: the folder may be removed."
    return (
        f"The rejects of an earlier run still stand in {folder}; nothing of this run is among them. Import that folder,"
        " if its rows are not on record yet, then remove it."
    )


class _Trouble(NamedTuple):
    """What ended an import too early, and the exit code of that."""

    said: str
    code: int
    passes: bool = True
    """Whether the same data may be imported another time."""


def _tell(account: Account, *, whole: bool = True) -> None:
    """Say what became of every row; if not the whole was looked at or recorded, of those up to then."""
    lines = account.lines()
    title = "Every row accounted for" if whole else "Rows, as far as they were looked at"
    shown = table(title, "file", "#rows", "#became facts", "#repeats", "#left out", "#refused")
    for line in lines:
        shown.add_row(*(str(each) if isinstance(each, str) else f"{each:,}" for each in line))
    if len(lines) > 1:
        shown.add_section()
        shown.add_row(*(str(each) if isinstance(each, str) else f"{each:,}" for each in account.total()))
    show(shown)
    if account.facts:
        kinds = table("Facts", "type", "#number")
        for kind, number in account.facts.most_common():
            kinds.add_row(kind, f"{number:,}")
        show(kinds)
    number = account.facts.total()
    click.echo(f"{number:,} fact{'' if number == 1 else 's'}.")
    for finding in account.findings:
        click.echo(str(finding), err=True)
    if account.refused > MOST_FINDINGS:
        counted = ", ".join(f"{number:,} {code}" for code, number in account.codes.most_common())
        click.echo(f"{account.refused:,} rows were refused: {counted}.", err=True)
    assert not whole or all(line.adds_up for line in lines), "a row is not accounted for"
