"""`aftercare verify`: does the log still say what was recorded, all of it and nothing else?"""

import traceback
from typing import Any

import click

from api.cli.exits import exit_code_of
from api.cli.program import Program
from api.cli.telling import complain, progress, say_json, show, table
from domain.kernel.moments import from_micros
from domain.log.verify import Report, Verdict
from domain.log.verify import verify as verify_log


class _NotUnderstood(click.UsageError):
    """The command line is not understood; the usual code of that is a verdict here."""

    exit_code = Verdict.NOT_RUN


class _Verify(click.Command):
    """A command whose exit code is a verdict: whatever kept it from one must not be taken for one."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _NotUnderstood(error.format_message(), error.ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo("aftercare: ended before it came to a verdict", err=True)
        except Exception as error:  # noqa: BLE001  also a fault of ours is no verdict
            complain(error) if exit_code_of(error) is not None else traceback.print_exc()
        return ctx.exit(Verdict.NOT_RUN)


@click.command(
    cls=_Verify,
    epilog="Exit codes: 0 clean; 1 manipulated or damaged; 2 nothing wrong found, not all could be checked; 3 not run.",
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
