"""`aftercare rebuild`: a read model anew."""

import click

from api.cli.checking import require_fit
from api.cli.program import Program
from api.cli.telling import progress


@click.command()
@click.argument("name")
@click.pass_obj
def rebuild(program: Program, name: str) -> None:
    """Build the read model NAME anew from the first fact, beside the one that answers, and change over.

    Reads go on meanwhile. One that was begun before, or that another process is about, is gone on with.
    `aftercare status` lists the names.
    """
    if name not in program.read_models:
        raise click.BadParameter(f"{name} is not one of {', '.join(program.read_models)}.", param_hint="NAME")
    require_fit(program)
    with program.log() as log, program.engine(log) as engine:
        try:
            with progress(f"Rebuilding {name}") as told:
                engine.rebuild(name, told)
        except RuntimeError as stopped:
            raise click.ClickException(f"{name} stopped, the old one answers on: {stopped}") from None
        standing = engine.positions()[name]
    click.echo(f"{name}: rebuilt up to position {standing.position}, {standing.lag_facts} facts behind the log")
