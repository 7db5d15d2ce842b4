"""`aftercare export`: facts, and any list that may be asked for, as files."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask import Flask

from api import observability
from api.cli.checking import require_fit
from api.cli.export_facts import facts
from api.cli.import_ import COMMAND_LINE
from api.cli.interrupting import interruptible
from api.cli.outputs import CannotWrite, file_of, format_suffix, output_to, require_known
from api.cli.program import Program
from api.cli.telling import show, table
from api.endpoints import create_app
from api.exporting import CSV, NDJSON, PARQUET, XLSX, Cut, NoPlaceForIt
from api.lists import ListQuestion, answered, questions
from api.providing import services_of
from api.refusals import ShapeDiffers
from domain.kernel.refusals import Unavailable

FORMATS = {"ndjson": NDJSON, "csv": CSV, "xlsx": XLSX, "parquet": PARQUET}
_BINARY = {"xlsx", "parquet"}


class _Export(click.Group):
    """One command for facts, and one for each list that there is."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *questions()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None and (question := questions().get(cmd_name)):
            return _command(question)
        return found


def _list(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001  click calls it so
    if not asked:
        return
    shown = table("What can be exported", "name", "what it tells", "needs", "filters")
    shown.add_row("facts", "Every fact of the log, word for word.", "", "--until, --stream, --type")
    for each in questions().values():
        shown.add_row(each.name, each.meaning, ", ".join(_needed(each)), ", ".join(_optional(each)))
    show(shown)
    ctx.exit()


@click.group(cls=_Export, commands=(facts,))
@click.option("--list", is_flag=True, expose_value=False, is_eager=True, callback=_list, help="Name all, with filters.")
def export() -> None:
    """Write facts, or the answer to any question that is a list, to a file or to standard output.

    The command line acts for the operator of the installation and sees everything; what is personal stays sealed in
    facts. No server is needed. A file is there under its name only once it is whole.
    """


def _command(question: ListQuestion) -> click.Command:
    """Return the command that exports a list."""

    @click.pass_obj
    def call(program: Program, /, **given: Any) -> None:
        _export(program, question, **given)

    lines = [question.meaning, "The same as GET " + question.address + " answers."]
    if question.ids:
        lines.append("Needs " + ", ".join(f"--filter {each}=…" for each in question.ids) + ".")
    named = {each.name: each.meaning for each in question.parameters}
    lines.append("\b\nFilters:\n" + "\n".join(f"  {name}  {named.get(name, '')}" for name in _filters(question)))
    options = [
        click.Option(["-o", "--output", "output"], metavar="FILE", help="Where to; - or none: standard output."),
        click.Option(["--format", "wanted"], type=click.Choice([*FORMATS]), help="By default as FILE says, or ndjson."),
        *(option for option in _asking() if option.name in named),
        click.Option(["--filter", "filters"], metavar="NAME=VALUE", multiple=True, help="Only what fits; repeatable."),
        click.Option(["--force"], is_flag=True, help="Replace FILE if it is there."),
    ]
    return click.Command(question.name, params=list(options), callback=call, help="\n\n".join(lines))


def _asking() -> Iterator[click.Option]:
    """Yield the options that are parameters of questions; each question has some of them."""
    yield click.Option(["--as-of"], metavar="MOMENT", help="The state as it was at this moment.")
    yield click.Option(["--recorded-as-of"], metavar="MOMENT|POSITION", help="As it was known then.")
    yield click.Option(["--sort"], help="The order.")


def _export(
    program: Program,
    question: ListQuestion,
    *,
    output: str | None,
    wanted: str | None,
    filters: Sequence[str],
    force: bool,
    **said: str | None,
) -> None:
    file = file_of(output)
    format_ = wanted or _format_of(file)
    if file is None and format_ in _BINARY and sys.stdout.isatty():
        raise click.UsageError(f"{format_} is not for a terminal: name a file with -o.")
    ids, query = _asked(question, filters)
    query += [(name, value) for name, value in said.items() if value is not None]
    require_fit(program)
    with interruptible(), _application(program) as (app, head):
        headers = {"Accept": FORMATS[format_], "Min-Position": str(head)}
        try:
            with (
                answered(app, question, ids, query, headers=headers, asking=COMMAND_LINE) as answer,
                output_to(file, force=force) as write,
            ):
                for piece in answer.pieces:
                    write(piece)
        except ShapeDiffers as wrong:
            raise click.UsageError("; ".join(f"{each.parameter} {each.detail}" for each in wrong.errors)) from None
        except Cut as cut:
            raise _told(cut.__cause__) from cut


def _told(cause: BaseException | None) -> Exception:
    """Return what is said of a list that was not read to its end."""
    if isinstance(cause, NoPlaceForIt | Unavailable):
        return cause
    if isinstance(cause, OSError):
        return CannotWrite(f"A temporary file cannot be written: {cause.strerror}.")
    return Unavailable("The list could not be read to its end.")


@contextmanager
def _application(program: Program) -> Iterator[tuple[Flask, int]]:
    """Give the application, its read models having followed the log, and the position up to which they have."""
    observability.log_to(level="error")
    with ExitStack() as stack:
        log, vault = stack.enter_context(program.log()), stack.enter_context(program.vault())
        keys, engine = stack.enter_context(program.keys()), stack.enter_context(program.engine(log))
        head = log.head().position
        behind = max(each.lag_facts for each in engine.positions().values())
        if behind:
            click.echo(f"The read models are {behind:,} facts behind, and follow the log first.", err=True)
        engine.catch_up(head)
        opened = {"log": log, "vault": vault, "keys": keys, "projections": engine, "ledger": program.ledger(log, vault)}
        given = services_of(settings=program.settings, now=program.now, ids=program.ids, **opened)
        yield create_app(given), head


def _format_of(file: Path | None) -> str:
    suffix = format_suffix(file).removeprefix(".") if file else ""
    require_known(file, FORMATS)
    return suffix or "ndjson"


def _asked(question: ListQuestion, filters: Sequence[str]) -> tuple[dict[str, UUID], list[tuple[str, str]]]:
    """Return what a question is about, and its filters."""
    ids: dict[str, UUID] = {}
    query: list[tuple[str, str]] = []
    known = _filters(question)
    for each in filters:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{name} is not NAME=VALUE.", param_hint="--filter")
        if name not in known:
            raise click.BadParameter(f"{name} is not one of {', '.join(known)}.", param_hint="--filter")
        if name in ids or name in dict(query):
            raise click.BadParameter(f"{name} is given more than once.", param_hint="--filter")
        if name not in question.ids:
            query.append((name, value))
            continue
        try:
            ids[name] = UUID(value)
        except ValueError:
            raise click.BadParameter(f"{name} is an id.", param_hint="--filter") from None
    missing = [name for name in _needed(question) if name not in ids and name not in dict(query)]
    if missing:
        raise click.UsageError(f"{question.name} needs " + ", ".join(f"--filter {name}=…" for name in missing))
    return ids, query


def _filters(question: ListQuestion) -> list[str]:
    apart = {"as_of", "recorded_as_of", "sort"}
    return [*question.ids, *(each.name for each in question.parameters if each.name not in apart)]


def _needed(question: ListQuestion) -> list[str]:
    return [*question.ids, *(each.name for each in question.parameters if each.needed)]


def _optional(question: ListQuestion) -> list[str]:
    needed = _needed(question)
    return [name for name in _filters(question) if name not in needed]
