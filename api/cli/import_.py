"""`aftercare import`: files of elsewhere become facts, as a mapping file says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import click

from api.cli.checking import require_fit
from api.cli.exits import REFUSED, USAGE
from api.cli.importing import Import, Manner
from api.cli.program import Program
from api.cli.telling import say_json
from api.importing.faults import MappingFault
from api.importing.mapping_files import mapping_schema, read_mapping
from api.importing.rows import FileFault
from api.importing.sketching import sketch

COMMAND_LINE = UUID("0192f3a4-5b6c-7d8e-9f01-23456789abcd")
"""The principal that facts name as their actor where the command line recorded them."""
_FILE = click.Path(exists=True, path_type=Path)


@click.command("import")
@click.argument("data", type=_FILE, nargs=-1)
@click.option("--mapping", type=_FILE, help="How rows become commands or facts: a TOML file.")
@click.option("--lenient", is_flag=True, help="Record what is right, also while some rows are wrong.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Folder for refused rows; NAME.rejects if not said.")
@click.option("--dry-run", is_flag=True, help="Show what rows become, and record nothing.")
@click.option("--explain", metavar="FILE:LINE", help="Show how one row becomes facts, or why not; record nothing.")
@click.option("--sketch", "sketched", is_flag=True, help="Print a first mapping of DATA, its guesses marked.")
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
    explain: str | None,
    sketched: bool,
    schema: bool,
) -> None:
    """Record the rows of DATA (files or folders) as facts, as a mapping file says.

    CSV, TSV, NDJSON, JSON and XLSX, also inside gzip, zstd and zip. Each row is recorded once: a run that was ended is
    gone on with by running it again. While a row is wrong, nothing is recorded, unless --lenient says so; refused rows
    are kept, so that they can be mended and imported by themselves. How a mapping is written, tells
    api/importing/mappings/README.md.
    """
    with _told_in_one_line(ctx):
        if schema:
            say_json(mapping_schema())
        elif not data:
            raise click.UsageError("DATA is missing: files or folders.")
        elif sketched:
            click.echo(sketch(data), nl=False)
        elif mapping is None:
            raise click.UsageError("--mapping FILE says how rows become facts; --sketch makes a first one.")
        else:
            program: Program = ctx.obj
            manner = Manner(lenient, dry_run, explain, rejects or Path(f"{mapping.stem}.rejects"))
            chosen = read_mapping(mapping)
            require_fit(program)
            ctx.exit(Import(program, COMMAND_LINE, chosen, data, manner).run())


@contextmanager
def _told_in_one_line(ctx: click.Context) -> Iterator[None]:
    """Tell what is wrong with a mapping or a file, and end."""
    try:
        yield
    except MappingFault as fault:
        click.echo(f"The mapping cannot be followed. {fault}", err=True)
        ctx.exit(USAGE)
    except FileFault as fault:
        click.echo(str(fault), err=True)
        ctx.exit(REFUSED)
