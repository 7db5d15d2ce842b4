"""`aftercare import`: data of elsewhere become facts."""

from pathlib import Path
from uuid import UUID

import click

from api.cli.checking import require_fit
from api.cli.exits import REFUSED
from api.cli.import_facts import facts
from api.cli.program import Program
from api.cli.telling import progress, show, table
from api.importing.accounts import Account
from api.importing.azure_import import NotImported, import_azure
from api.importing.entries import Entry, Finding
from domain.application.receipts import Receipt
from domain.kernel.envelope import Caller

COMMAND_LINE = UUID("0192f3a4-5b6c-7d8e-9f01-23456789abcd")
"""The principal that facts name as their actor where the command line recorded them."""
_MOST_TOLD = 20


@click.group("import", commands=(facts,))
def import_() -> None:
    """Record data of elsewhere as facts, each row once."""


@import_.command("azure-pdm")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_context
def azure_pdm(ctx: click.Context, folder: Path) -> None:
    """Import the four files of the Azure predictive maintenance data in FOLDER.

    A second run records nothing new. While a file or a row is wrong, nothing at all is recorded. What each row becomes,
    and what is made up beside it, is said in domain/adr/0007.
    """
    program: Program = ctx.obj
    require_fit(program)
    with program.log() as log, program.vault() as vault, progress("Recording") as told:
        ledger = program.ledger(log, vault)
        caller = Caller(actor=COMMAND_LINE, organisation=program.settings.organisation, correlation=program.ids.fresh())

        def execute(entry: Entry) -> Receipt:
            command, at, source, _, reason = entry
            return ledger.execute(command, caller, occurred_at=at, source=source, reason=reason)

        try:
            account = import_azure(folder, execute, log.by_keys, program.now(), told)
        except NotImported as wrong:
            _tell_findings(wrong.findings)
            click.echo("Nothing was recorded.", err=True)
            ctx.exit(REFUSED)
    _tell(account)
    _tell_findings(account.findings)
    ctx.exit(REFUSED if account.findings else 0)


def _tell(account: Account) -> None:
    shown = table("Every row accounted for", "file", "#rows", "#became facts", "#repeats", "#refused")
    for line in account.lines():
        shown.add_row(*(str(each) if isinstance(each, str) else f"{each:,}" for each in line))
    shown.add_section()
    shown.add_row("all files", *(f"{each:,}" for each in account.total()[1:]))
    show(shown)
    click.echo(f"{account.facts:,} facts recorded.")


def _tell_findings(findings: "list[Finding] | tuple[Finding, ...]") -> None:
    for finding in findings[:_MOST_TOLD]:
        click.echo(str(finding), err=True)
    if len(findings) > _MOST_TOLD:
        click.echo(f"and {len(findings) - _MOST_TOLD} more", err=True)
