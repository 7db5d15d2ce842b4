"""`aftercare status`: every setting, every database, every read model."""

from datetime import datetime
from typing import Any

import click
from rich.table import Table

from api.cli.exits import REFUSED
from api.cli.keyring import keyring
from api.cli.places import is_missing
from api.cli.program import Program
from api.cli.telling import say_json, show, table
from domain.kernel.moments import from_micros
from domain.kernel.refusals import Unavailable
from domain.log.contract import NoLogHere
from domain.log.vault import VaultFault
from domain.log.vault_fit import fit_of
from migrations import WrongRevision, require_current, revision_of
from projections.read_models import READ_MODELS
from projections.standing import survey


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:  # noqa: FBT001  click gives flags so
    """Show every setting with its default and present value, both databases and every read model. Changes nothing.

    Exit code 1 says that something needs attention.
    """
    program: Program = ctx.obj
    told: dict[str, Any] = {
        "settings": [
            {"name": setting.name, "value": value, "default": setting.default, "meaning": setting.meaning}
            for setting, value in program.settings.lines()
        ],
        "log": _part(program, "log"),
        "vault": _part(program, "vault"),
        "views": {},
        "read_models": {},
        "rebuilds": {},
        "parked": [],
    }
    if not told["log"].get("fault"):
        told |= _read_models(program)
    if as_json:
        say_json(told)
    else:
        _tell(told)
    faults = [told[part].get("fault") for part in ("log", "vault", "views")]
    faults += [each["error"] or each["parked"] for each in told["read_models"].values()]
    ctx.exit(REFUSED if any(faults) else 0)


def _part(program: Program, part: str) -> dict[str, Any]:
    """Return what one database says of itself, and its fault if it has one."""
    settings = program.settings
    url = settings.database_url if part == "log" else settings.vault_url
    if is_missing(url):
        return {"fault": "there is none; run `aftercare migrate`"}
    try:
        told: dict[str, Any] = {"revision": revision_of(url, part)}
        require_current(url, part)
        return told | (_log(program) if part == "log" else _vault(program))
    except (WrongRevision, NoLogHere, VaultFault, Unavailable) as fault:
        return {"fault": str(fault)}


def _log(program: Program) -> dict[str, Any]:
    with program.log() as log:
        meta, head = log.meta(), log.head()
    return {
        "environment": meta.environment,
        "log_id": meta.log_id,
        "position": head.position,
        "recorded_at": from_micros(head.recorded_at) if head.position else None,
    }


def _vault(program: Program) -> dict[str, Any]:
    keys = keyring(program.settings)
    fit = fit_of(program.settings.vault_url, keys)
    told = {"current_wrapping_key": keys.current, "keys_wrapped_by": fit.keys_wrapped_by}
    return told | ({"fault": str(fit.fault)} if fit.fault else {})


def _read_models(program: Program) -> dict[str, Any]:
    if is_missing(program.settings.views_url):
        return {}
    try:
        with program.log() as log:
            found = survey(program.settings.views_url, log, READ_MODELS, program.now)
    except Unavailable as fault:
        return {"views": {"fault": str(fault)}}
    if found is None:
        return {}
    return {
        "read_models": {name: standing._asdict() for name, standing in found.read_models.items()},
        "rebuilds": found.rebuilds,
        "parked": [each._asdict() for each in found.parked],
    }


def _tell(told: dict[str, Any]) -> None:
    settings = table("Settings", "setting", "value", "default", "meaning")
    for each in told["settings"]:
        settings.add_row(each["name"], each["value"], each["default"], each["meaning"])
    databases = table("Databases", "part", "what", "value")
    for part in ("log", "vault", "views"):
        for name, value in told[part].items():
            databases.add_row(part, name.replace("_", " "), _said(value))
    models = table("Read models", "name", "#position", "#facts behind", "#seconds behind", "#parked", "state")
    for name, each in told["read_models"].items():
        state = each["error"] or _state(told["rebuilds"].get(name), told["log"]["position"])
        lag = (str(each["lag_facts"]), f"{each['lag_seconds']:.1f}")
        models.add_row(name, str(each["position"]), *lag, str(each["parked"]), state)
    followed = [models] if told["read_models"] else []
    show(settings, databases, *followed, *_parked(told["parked"]))
    if not followed and "position" in told["log"]:
        ahead = f"No read model has followed the log yet: it is {told['log']['position']:,} facts ahead."
        click.echo(f"{ahead} `aftercare serve`, `aftercare project` and `aftercare export` let them follow.")


def _state(rebuilt_to: int | None, head: int) -> str:
    """Return what a read model is about that nothing stopped."""
    return "following" if rebuilt_to is None else f"following; rebuilt up to {rebuilt_to} of {head}"


def _parked(parked: list[dict[str, Any]]) -> list[Table]:
    """Return what there is to say of parked facts: nothing, mostly."""
    shown = table("Parked facts", "read model", "#position", "fact", "key", "error", "since", "#behind it")
    for each in parked:
        where = (each["read_model"], str(each["position"]), each["type"], str(each["key"]))
        shown.add_row(*where, each["error"], _said(each["since"]), str(each["behind"]))
    return [shown] if parked else []


def _said(value: object) -> str:
    """Return a value as a person reads it."""
    match value:
        case dict():
            return ", ".join(f"{name}: {count}" for name, count in value.items()) or "-"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")
        case _:
            return str(value)
