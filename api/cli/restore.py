"""`aftercare restore`: log and vault from their backups, verified before they are used."""

from pathlib import Path

import click

from api.cli.backup import FOLDER
from api.cli.exits import REFUSED
from api.cli.keyring import keyring
from api.cli.places import is_missing, make_folder, sqlite_file
from api.cli.program import Program
from api.cli.telling import progress
from api.cli.verify import tell
from domain.log.backup import restore_log, restore_vault
from migrations import known_revisions, upgrade


@click.command()
@click.option("--log", "log_folder", type=FOLDER, help="Folder with the backup of the log.")
@click.option("--vault", "vault_folder", type=FOLDER, help="Folder with the backup of the vault.")
@click.option("--without-vault", is_flag=True, help="Restore the log unverified where its fields are sealed.")
@click.pass_context
def restore(
    ctx: click.Context,
    log_folder: Path | None,
    vault_folder: Path | None,
    without_vault: bool,  # noqa: FBT001  click gives flags so
) -> None:
    """Restore the log, the vault or both into the places that the settings name, where there is nothing yet.

    The log is verified on the way, with the vault: a manipulated one is not put in place.
    """
    program: Program = ctx.obj
    if log_folder is None and vault_folder is None:
        raise click.UsageError("Say --log, --vault or both, each with the folder of a backup.")
    settings = program.settings
    if vault_folder is None and not without_vault and is_missing(settings.vault_url):
        raise click.UsageError("The log is verified with its vault, and there is none: say --vault or --without-vault.")
    if vault_folder is not None:
        keys = keyring(settings)
        _make_room(settings.vault_url, "vault")
        with progress("Restoring the vault") as told:
            manifest = restore_vault(vault_folder, settings.vault_url, keys, known_revisions("vault"), told)
        click.echo(f"The vault of log {manifest.log_id} is in place.")
    if log_folder is not None:
        _make_room(settings.database_url, "log")
        if not _restore_log(program, log_folder, without_vault=without_vault):
            ctx.exit(REFUSED)
    click.echo("Run `aftercare migrate` if `aftercare status` says so; read models follow by themselves.")


def _make_room(url: str, part: str) -> None:
    """Make what the restore needs: the folder of a file, or an empty database with the tables."""
    make_folder(url)
    if sqlite_file(url) is None:
        upgrade(url, part)


def _restore_log(program: Program, folder: Path, *, without_vault: bool) -> bool:
    url, revisions = program.settings.database_url, known_revisions("log")
    with progress("Restoring and verifying the log") as told:
        if without_vault:
            restored = restore_log(folder, url, None, revisions, told)
        else:
            with program.vault() as opened:
                restored = restore_log(folder, url, opened, revisions, told)
    tell(restored.report)
    if restored.in_place:
        click.echo(f"The log {restored.manifest.log_id} is in place up to position {restored.manifest.head}.")
    return restored.in_place
