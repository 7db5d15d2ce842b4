"""`aftercare import`: files of elsewhere become facts, as a mapping file says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import click

from api.cli.checking import require_fit
from api.cli.exits import REFUSED, USAGE
from api.cli.import_facts import import_facts
from api.cli.telling import say_json, show, table
from api.importing.entries import Place
from api.importing.faults import MappingFault
from api.importing.rows import FileFault

COMMAND_LINE = UUID("0192f3a4-5b6c-7d8e-9f01-23456789abcd")
"""The principal that facts name as their actor where the command line recorded them."""
_FILE = click.Path(exists=True, path_type=Path)
_MAPPING = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Row(click.ParamType["Place"]):
    """A row of a file."""

    name = "row"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        file, _, line = str(value).rpartition(":")
        if not file or not (line.isascii() and line.isdecimal()):
            self.fail(f"{value} is not FILE:LINE or FILE:SHEET:LINE, such as readings.csv:17.", param, ctx)
        return Place(file, int(line))


@click.command("import")
@click.argument("data", type=_FILE, nargs=-1)
@click.option("--mapping", type=_MAPPING, help="How rows become commands or facts: a TOML file.")
@click.option("--lenient", is_flag=True, help="Record what is right, also while some rows are wrong.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Folder for refused rows; NAME.rejects if not said.")
@click.option("--dry-run", is_flag=True, help="Show what rows become, and record nothing.")
@click.option(
    "--explain",
    type=_Row(),
    metavar="FILE[:SHEET]:LINE",
    help="Show how one row becomes facts, or why not; record nothing.",
)
@click.option("--sketch", "sketched", is_flag=True, help="Print a first mapping of DATA, its guesses marked.")
@click.option("--facts", is_flag=True, help="DATA is one file that `aftercare export facts` wrote: word for word.")
@click.option("--partial", is_flag=True, help="With --facts: record what is whole of a copy that was cut.")
@click.option("--from-environment", metavar="NAME", help="With --facts: the environment of the copy, if another one.")
@click.option(
    "--kinds",
    "kind",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="Print what rows may become: every command and fact, or the fields of one, as a mapping has them.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of mapping files, for editors.")
@click.pass_context
def import_(
    ctx: click.Context,
    data: tuple[Path, ...],
    *,
    mapping: Path | None,
    lenient: bool,
    rejects: Path | None,
    dry_run: bool,
    explain: Place | None,
    sketched: bool,
    facts: bool,
    partial: bool,
    from_environment: str | None,
    kind: str | None,
    schema: bool,
) -> None:
    """Record the rows of DATA (files or folders) as facts, as a mapping file says.

    CSV, TSV, NDJSON, JSON and XLSX, also inside gzip, zstd and zip. Each row is recorded once: a run that was ended is
    gone on with by running it again. While a row is wrong, or a rule forbids one of the first 100,000 entries, nothing
    is recorded, unless --lenient says so; refused rows are kept, so that they can be mended and imported by themselves.
    How a mapping is written, tells api/importing/mappings/README.md; what rows may become, --kinds.

    With --facts, the facts of another log are recorded word for word, at the same positions: into an empty log, or one
    that holds the first of them. When facts were recorded is said by each log for itself: of these, that it was now.
    """
    # What reads files and mappings takes half a second and 20 MiB to load: no other command has to.
    from api.cli.importing import Import, Manner  # noqa: PLC0415
    from api.importing.mapping_files import mapping_schema, read_mapping  # noqa: PLC0415
    from api.importing.sketching import sketch  # noqa: PLC0415

    with _told(ctx):
        if schema:
            say_json(mapping_schema())
        elif kind is not None:
            _say_kinds(kind)
        elif not data:
            raise click.UsageError("DATA is missing: files or folders.")
        elif facts:
            if len(data) != 1:
                raise click.UsageError("--facts takes one file.")
            import_facts(ctx.obj, data[0], partial=partial, from_environment=from_environment)
        elif sketched:
            click.echo(sketch(data), nl=False)
        elif mapping is None:
            raise click.UsageError("--mapping FILE says how rows become facts; --sketch makes a first one.")
        else:
            chosen, folder = read_mapping(mapping), rejects or Path(f"{mapping.stem}.rejects")
            require_fit(ctx.obj)
            ctx.exit(Import(ctx.obj, COMMAND_LINE, chosen, data, Manner(lenient, dry_run, explain, folder)).run())


def _say_kinds(name: str) -> None:
    """Print the fields of a kind of command or fact, or, without a name, what kinds there are."""
    from api.importing.kinds import NoSuchKind, every_kind, kind_told  # noqa: PLC0415  see `import_`

    try:
        if name:
            click.echo(kind_told(name), nl=False)
            return
    except NoSuchKind as unknown:
        raise click.BadParameter(str(unknown), param_hint="--kinds") from None
    for title, kinds in every_kind().items():
        shown = table(title, "name", "what it says")
        for each in kinds.items():
            shown.add_row(*each)
        show(shown)


@contextmanager
def _told(ctx: click.Context) -> Iterator[None]:
    """Tell what is wrong with a mapping or a file, and end."""
    try:
        yield
    except MappingFault as fault:
        click.echo(f"The mapping cannot be followed. {fault}", err=True)
        ctx.exit(USAGE)
    except FileFault as fault:
        click.echo(str(fault), err=True)
        ctx.exit(REFUSED)
