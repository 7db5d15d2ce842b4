"""`aftercare migrate`: make the databases, or bring them to the present revision."""

import click

from api.cli.keyring import keyring
from api.cli.places import make_folder
from api.cli.program import Program
from api.settings import Settings
from migrations import revision_of, upgrade_log, upgrade_vault


@click.command()
@click.pass_obj
def migrate(program: Program) -> None:
    """Make the log and the vault, or bring them to the present revision. Safe to repeat."""
    keyring(program.settings)
    bring_up_to_date(program.settings)
    click.echo(f"log: revision {revision_of(program.settings.database_url)}")
    click.echo(f"vault: revision {revision_of(program.settings.vault_url, 'vault')}")


def bring_up_to_date(settings: Settings) -> None:
    """Make the databases, or bring them to the present revision."""
    for url in (settings.database_url, settings.vault_url):
        make_folder(url)
    upgrade_log(settings.database_url, settings.environment)
    upgrade_vault(settings.vault_url)
