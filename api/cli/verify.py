"""`aftercare verify`: does the log still say what was recorded, all of it and nothing else?"""

import click

from api.cli.program import Program
from api.cli.telling import progress, say_json, show, table
from domain.kernel.moments import from_micros
from domain.log.verify import Report, Verdict
from domain.log.verify import verify as verify_log


@click.command(
    epilog="Exit codes: 0 clean; 1 manipulated or damaged; 2 nothing wrong found, not all could be checked; 3 not run."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--without-vault", is_flag=True, help="Leave sealed fields unopened; the verdict is incomplete then.")
@click.pass_context
def verify(ctx: click.Context, as_json: bool, without_vault: bool) -> None:  # noqa: FBT001  click gives flags so
    """Read the whole log and check order, gaps, canonical bytes, subjects and keys, while the server runs."""
    program: Program = ctx.obj
    url = program.settings.database_url
    with progress("Verifying") as told:
        if without_vault:
            report = verify_log(url, None, told)
        else:
            with program.vault() as vault:
                report = verify_log(url, vault, told)
    if as_json:
        say_json(_document(report))
    else:
        tell(report)
    ctx.exit(int(report.verdict))


def tell(report: Report) -> None:
    """Write a report for a person."""
    if report.findings:
        shown = table("Findings", "fault", "#position", "fact", "detail")
        for each in report.findings:
            shown.add_row(each.fault.value, str(each.position or ""), str(each.fact or ""), each.detail)
        show(shown)
        if report.more:
            click.echo(f"and {report.more} more")
    head = report.head
    until = f", the last recorded at {from_micros(head.recorded_at).isoformat()}" if head and head.position else ""
    verdicts = {
        Verdict.CLEAN: "clean",
        Verdict.MANIPULATED: "MANIPULATED or damaged",
        Verdict.INCOMPLETE: "incomplete",
        Verdict.NOT_RUN: "not run",
    }
    why = f": {report.detail}" if report.detail else ""
    click.echo(f"{verdicts[report.verdict]}{why}. {report.facts:,} facts read{until}.")


def _document(report: Report) -> dict[str, object]:
    return {
        "verdict": report.verdict.name.lower(),
        "facts": report.facts,
        "head": report.head and report.head.position,
        "findings": [each._asdict() | {"fault": each.fault.value} for each in report.findings],
        "more": report.more,
        "detail": report.detail,
    }
