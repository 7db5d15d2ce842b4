"""`aftercare serve`: the interface, and with it the read models."""

import click

from api.cli import serving
from api.cli.checking import require_fit
from api.cli.program import Program
from projections.views import Views


@click.command()
@click.pass_obj
def serve(program: Program) -> None:
    """Serve the interface until SIGTERM or Ctrl-C, and keep the read models up to date.

    On PostgreSQL any number of these may run; with AFTERCARE_PROJECT=no they leave the read models to
    `aftercare project`.
    """
    settings = program.settings
    require_fit(program)
    Views(settings.views_url, making=False).close()  # or each worker would find out, and end without a word
    serving.require_free(settings.host, settings.port)
    click.echo(f"Serving on http://{settings.host}:{settings.port}", err=True)
    serving.serve(settings, program.worker)
