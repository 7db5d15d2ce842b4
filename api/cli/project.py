"""`aftercare project`: the read models alone."""

import signal
import threading

import click

from api.cli.checking import require_fit
from api.cli.program import Program


@click.command()
@click.pass_obj
def project(program: Program) -> None:
    """Keep the read models up to date until SIGTERM or Ctrl-C, without serving the interface."""
    require_fit(program)
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    with program.log() as log, program.engine(log) as engine:
        engine.run()
        click.echo(f"Following the log: {', '.join(program.read_models)}", err=True)
        stop.wait()
