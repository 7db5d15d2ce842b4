"""`aftercare demo`: a fleet to look at, served, with lines to try."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click

from api.addresses import log_in, vault_beside
from api.cli import serving
from api.cli.checking import require_fit
from api.cli.import_ import COMMAND_LINE
from api.cli.keyring import add_wrapping_key, keyring_file, write_secret
from api.cli.migrate import bring_up_to_date
from api.cli.places import make_private
from api.cli.program import Program
from api.cli.telling import progress
from api.importing.demo_fleet import Fleet, fleet
from api.importing.recording import Unit, begun, finding_of, record
from api.roles import Role
from api.settings import Settings
from domain.application.keys import NotValid
from domain.application.units import Booked, Outcome, Refused
from domain.kernel.envelope import Caller
from domain.kernel.refusals import Refusal
from domain.log.log import Log
from projections.views import views_url

_PORTS_TRIED = 20
_PRODUCTION = "production"


class NotForDemo(Refusal):
    """The demonstration records into the home folder alone, and never in production: what is made up stays."""

    accepted = "No address of a database in the environment, and another AFTERCARE_ENVIRONMENT than production."


class NotOurs(Refusal):
    """The log holds other facts than those of the demonstration."""

    accepted = "An empty home folder: set AFTERCARE_HOME to a new one."


@click.command()
@click.pass_obj
def demo(program: Program) -> None:
    """Record a made-up fleet over three years, serve it, and print curl lines that work as they stand.

    The databases stand in the home folder, ./.aftercare if AFTERCARE_HOME is not set. A second start keeps them, with
    whatever was recorded since, and is immediate.
    """
    settings = program.settings
    _refuse_elsewhere(settings)
    make_private(settings.home)
    if not settings.vault_keys and not keyring_file(settings).exists():
        add_wrapping_key(keyring_file(settings), "demo")
    bring_up_to_date(settings)
    require_fit(program)
    made = fleet()
    with program.log() as log:
        facts = _record(program, log, made)
        with program.engine(log) as engine:
            engine.catch_up()
        head = log.head().position
    token = _token(program, settings.home / "demo.key")
    port = _free_port(settings.host, settings.port)
    click.echo(f"{head:,} facts on record in {settings.home}, {facts:,} of them new.")
    for line in _tour(f"http://{settings.host}:{port}", token, made):
        click.echo(line)
    if port != settings.port:
        click.echo(f"Port {settings.port} is taken; this is {port}.")
    there = program.with_environment(AFTERCARE_PORT=str(port))
    said = f"\nServing on http://{settings.host}:{port}, the interface to try at /docs. Ctrl-C ends it."
    serving.once_it_answers(there.settings, lambda: click.echo(said))
    serving.serve(there.settings, there.worker)


def _refuse_elsewhere(settings: Settings) -> None:
    """Refuse databases that may be in use: what is made up would stand in them for ever.

    Raises:
        NotForDemo: an address is set, or the environment is production.
    """
    log = log_in(settings.home)
    own = (log, views_url(log), vault_beside(log))
    if (settings.database_url, settings.views_url, settings.vault_url) != own:
        raise NotForDemo
    if settings.environment == _PRODUCTION:
        raise NotForDemo


def _record(program: Program, log: Log, made: Fleet) -> int:
    """Record what is not on record yet; return how many facts that were.

    Raises:
        NotOurs: the log holds other facts.
    """
    caller = Caller(actor=COMMAND_LINE, organisation=program.settings.organisation, correlation=program.ids.fresh())
    facts = done = 0
    total = len(made.entries) + 1
    with program.vault() as vault, progress("Recording the fleet") as told:
        ledger = program.ledger(log, vault)

        def hear(unit: Unit, outcome: Outcome) -> None:
            nonlocal facts, done
            done += 1
            if isinstance(outcome, Booked):
                facts += len(outcome.facts)
            told(done, total)
            if isinstance(outcome, Refused):
                raise NotOurs(f"The fleet does not fit what is on record: {finding_of(unit, outcome)}")

        if begun([made.last], log.by_keys):
            return 0
        if log.head().position and not begun(made.entries[:1], log.by_keys):
            raise NotOurs
        for entries in (made.entries, [made.last]):
            record([[(entry,) for entry in entries]], lambda some: ledger.book(some, caller), hear)
    return facts


def _token(program: Program, file: Path) -> str:
    """Return the API key of the demonstration; its owner alone can read the file."""
    with program.keys() as keys:
        with suppress(OSError, NotValid):
            token = file.read_text().strip()
            keys.find(token)
            return token
        _, token = keys.issue(
            role=Role.ADMINISTRATOR.value,
            organisation=None,
            principal=program.ids.fresh(),
            expires_at=program.now() + timedelta(days=365),
        )
    file.unlink(missing_ok=True)
    write_secret(file, f"{token}\n")
    return token


def _free_port(host: str, port: int) -> int:
    """Return the first port from this one on that is free."""
    for each in range(port, port + _PORTS_TRIED):
        with suppress(serving.CannotServe):
            serving.require_free(host, each)
            return each
    raise serving.CannotServe(f"No port from {port} to {port + _PORTS_TRIED - 1} of {host} is free.")


def _tour(address: str, token: str, made: Fleet) -> Iterator[str]:
    """Yield the lines to try, each under what it shows."""
    shown, key = made.shown, f"-H 'Authorization: Bearer {token}'"
    item = f"{address}/v1/equipment/{shown.id}"
    post = f"curl -si {key} -H 'Content-Type: application/json'"
    failure = """-d '{"failure_mode": "noise", "impact": "degraded", "detection": "operator"}'"""
    report = f"{post} -H 'Idempotency-Key: demo-1' {failure} '{item}/report-failure'"
    waste = """-d '{"method": "recycled", "waste_document": "WTN-1"}'"""
    then = f"{shown.under_repair_at:%Y-%m-%dT%H:%M:%SZ}"
    asked = (
        (f"Press {shown.serial}, now", item),
        (f"The same press as it was on {shown.under_repair_at:%d %B %Y}, under repair", f"{item}?as_of={then}"),
        ("Its history, with a reading that was declared wrong and a fact that came late", f"{item}/history?limit=100"),
        ("Which presses still lack a bulletin", f"{address}/v1/bulletins/{shown.bulletin}/items?status=pending"),
        ("What stands still", f"{address}/v1/technical-states?state=fault&limit=3&count=true"),
        ("What of the records does not fit together", f"{address}/v1/contradictions"),
    )
    for what, url in asked:
        yield f"\n# {what}:\ncurl -s {key} '{url}'"
    yield f"\n# Record a fact:\n{report}"
    yield f"\n# Send it again: the same receipt, nothing new on record:\n{report}"
    yield f"\n# Refused: what is in service is not disposed of:\n{post} {waste} '{item}/dispose'"
