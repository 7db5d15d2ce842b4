"""`aftercare backup`: copies of log and vault, apart."""

from pathlib import Path

import click

from api.cli.checking import require_fit
from api.cli.program import Program
from api.cli.telling import progress
from domain.kernel.moments import from_micros
from domain.log.backup import back_up_log, back_up_vault

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--log", "log_folder", type=FOLDER, help="New folder for the log.")
@click.option("--vault", "vault_folder", type=FOLDER, help="New folder for the vault, not inside the log's.")
@click.pass_obj
def backup(program: Program, log_folder: Path | None, vault_folder: Path | None) -> None:
    """Back up the log, the vault or both, while the server runs; each is as it was at one moment.

    Keep the two in different places: together they would outlive every erasure. The wrapping keys are in neither.
    Read models are not backed up: they are rebuilt from the log.
    """
    if log_folder is None and vault_folder is None:
        raise click.UsageError("Say --log, --vault or both, each with a new folder.")
    require_fit(program)
    settings, now = program.settings, program.now()
    if log_folder is not None:  # first: the vault then holds every key that the log needs
        with progress("Backing up the log") as told:
            manifest = back_up_log(settings.database_url, log_folder, now, told)
        recorded = f", recorded at {from_micros(manifest.recorded_at).isoformat()}" if manifest.recorded_at else ""
        click.echo(f"{log_folder}: log {manifest.log_id} up to position {manifest.head}{recorded}")
    if vault_folder is not None:
        with progress("Backing up the vault") as told:
            manifest = back_up_vault(settings.vault_url, vault_folder, now, told)
        click.echo(f"{vault_folder}: vault of log {manifest.log_id}")
