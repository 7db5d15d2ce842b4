"""`aftercare key`: who may call the interface."""

from datetime import datetime, timedelta
from uuid import UUID

import click

from api.cli.checking import require_fit
from api.cli.program import Program
from api.cli.telling import say_json, show, table
from api.roles import Role
from domain.application.keys import Key


@click.group()
def key() -> None:
    """Issue, list and revoke API keys."""


@key.command()
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What its bearer does.")
@click.option("--organisation", type=click.UUID, help="The organisation it acts for; without it, for all.")
@click.option("--principal", type=click.UUID, help="Id of its bearer, by which facts name him; new if not given.")
@click.option("--days", type=click.IntRange(1, 3_650), default=365, show_default=True, help="When it expires.")
@click.pass_obj
def issue(program: Program, role: str, organisation: UUID | None, principal: UUID | None, days: int) -> None:
    """Issue a key and print it: only its hash is kept, so nobody can show it again."""
    require_fit(program)
    with program.keys() as keys:
        issued, token = keys.issue(
            role=role,
            organisation=organisation,
            principal=principal or program.ids.fresh(),
            expires_at=program.now() + timedelta(days=days),
        )
    click.echo(token)
    click.echo(f"Key {issued.prefix} of principal {issued.principal}, role {role}.", err=True)


@key.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def list_(program: Program, as_json: bool) -> None:  # noqa: FBT001  click gives flags so
    """List all keys that were ever issued."""
    require_fit(program)
    with program.keys() as keys:
        found = keys.all()
    now = program.now()
    if as_json:
        say_json({"keys": [_told(each, now) for each in found]})
        return
    shown = table("API keys", "prefix", "state", "role", "organisation", "principal", "expires")
    for each in found:
        told = _told(each, now)
        shown.add_row(
            *(str(told[name] or "") for name in ("prefix", "state", "role", "organisation", "principal", "expires_at"))
        )
    show(shown)


@key.command()
@click.argument("prefix")
@click.pass_obj
def revoke(program: Program, prefix: str) -> None:
    """Revoke the key that begins with ak_PREFIX, for ever. Servers take note within AFTERCARE_KEY_TTL seconds."""
    require_fit(program)
    with program.keys() as keys:
        revoked = keys.revoke(prefix.removeprefix("ak_").partition("_")[0])
    if revoked is None:
        raise click.ClickException(f"There is no key {prefix}.")
    click.echo(f"Key {revoked.prefix} is revoked.")


def _told(each: Key, now: datetime) -> dict[str, object]:
    expired = each.expires_at is not None and each.expires_at <= now
    return {
        "prefix": each.prefix,
        "state": "revoked" if each.revoked_at else "expired" if expired else "valid",
        "role": each.role,
        "organisation": each.organisation,
        "principal": each.principal,
        "created_at": each.created_at,
        "expires_at": each.expires_at,
        "revoked_at": each.revoked_at,
    }
