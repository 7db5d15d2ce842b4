"""`aftercare retry`: what read models failed on, once more."""

import click

from api.cli.checking import require_fit
from api.cli.exits import REFUSED
from api.cli.program import Program


@click.command()
@click.argument("name", required=False)
@click.pass_context
def retry(ctx: click.Context, name: str | None) -> None:
    """Try to apply the parked facts of the read model NAME, or of all, as if nothing had failed.

    `aftercare status` lists them. Exit code 1 says that some are parked still.
    """
    program: Program = ctx.obj
    if name is not None and name not in program.read_models:
        raise click.BadParameter(f"{name} is not one of {', '.join(program.read_models)}.", param_hint="NAME")
    require_fit(program)
    with program.log() as log, program.engine(log) as engine:
        results = {each: engine.retry(each) for each in ([name] if name else program.read_models)}
        left = {each: standing.parked for each, standing in engine.positions().items()}
    for each, result in results.items():
        if result.applied or left[each]:
            click.echo(f"{each}: {result.applied} applied, {left[each]} parked still")
    if not any(result.applied or left[each] for each, result in results.items()):
        click.echo("Nothing is parked.")
    ctx.exit(REFUSED if any(left[each] for each in results) else 0)
