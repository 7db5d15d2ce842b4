"""`aftercare rebuild`: read models anew."""

from collections.abc import Iterable, Sequence

import click

from api.cli.checking import require_fit
from api.cli.interrupting import interruptible
from api.cli.program import Program
from api.cli.telling import pace
from projections.comparing import Comparison
from projections.rebuilding import Manner, NotRebuilt, Rebuilt


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every read model.")
@click.option("--force", is_flag=True, help="Change over even if rows differ: those that answer are damaged.")
@click.option("--check", is_flag=True, help="Only compare; what was built is dropped.")
@click.pass_obj
def rebuild(program: Program, names: tuple[str, ...], *, everything: bool, force: bool, check: bool) -> None:
    """Build read models NAME... anew from the first fact, compare them with those that answer, and change over.

    Reads go on meanwhile. One that was begun before, or that another process is about, is gone on with. As equal facts
    lead to equal rows, rows that differ are told and do not take the place of those that answer (exit code 1), unless
    --force says so; what was built is kept until then, or until --check. `aftercare status` lists the names.
    """
    chosen = _chosen(program.read_models, names, everything=everything)
    if force and check:
        raise click.UsageError("--check never changes over: leave out --force.")
    manner = Manner.REGARDLESS if force else Manner.ONLY_COMPARE if check else Manner.IF_THE_SAME
    with interruptible():
        results = _rebuilt(program, chosen, manner)
    for result in results:
        click.echo(_said(result))
    if any(result.trouble for result in results):
        raise click.ClickException("; ".join(_trouble(result, manner) for result in results if result.trouble))


def _rebuilt(program: Program, chosen: Sequence[str], manner: Manner) -> Sequence[Rebuilt]:
    """Rebuild; return what became of each.

    Raises:
        ClickException: it was interrupted; says what is left.
    """
    standing: dict[str, int] = {}
    try:
        require_fit(program)
        with program.log() as log, program.engine(log) as engine:
            try:
                every = len(chosen) == len(program.read_models)
                with pace(f"Rebuilding {'all' if every else ', '.join(chosen)}") as told:
                    return list(engine.rebuild(*chosen, manner=manner, progress=told, joined=_say_joined).values())
            except NotRebuilt as stopped:
                return stopped.results
            except KeyboardInterrupt:
                standing = engine.rebuilds()
                raise
    except KeyboardInterrupt:
        raise click.ClickException(_interrupted(standing, chosen)) from None


def _chosen(known: Sequence[str], names: Sequence[str], *, everything: bool) -> Sequence[str]:
    if bool(names) == everything:
        raise click.UsageError("Name read models, or say --all.")
    for name in names:
        if name not in known:
            raise click.BadParameter(f"{name} is not one of {', '.join(known)}.", param_hint="NAME")
    return known if everything else list(dict.fromkeys(names))


def _say_joined(name: str, position: int) -> None:
    whose = "was begun before, or is under way in another process"
    click.echo(f"{name}: a rebuild {whose}; it stands at position {position} and is gone on with", err=True)


def _said(result: Rebuilt) -> str:
    """Return what became of a read model."""
    said = [f"{result.name}: {_compared(result.comparison)}"] if result.comparison else []
    if result.changed_over:
        said.append(f"{result.name}: rebuilt up to position {result.position}")
    elif not result.comparison:
        said.append(f"{result.name}: not rebuilt")
    return "\n".join(said)


def _compared(found: Comparison) -> str:
    at = f"as known at position {found.position}"
    excused = f"; {found.excused} more keys differ as facts were parked" if found.excused else ""
    if found.same:
        return f"the same, {found.rows} rows {at}, digest {found.digest}{excused}"
    keys = "".join(f"\n  {key}" for key in found.first)
    more = "\n  …" if found.differing > len(found.first) else ""
    digests = f"digest {found.digest}, anew {found.digest_anew}"
    return f"the rows of {found.differing} keys differ {at} ({digests}){excused}:{keys}{more}"


def _trouble(result: Rebuilt, manner: Manner) -> str:
    told = f"{result.name} stopped, the old one answers on: {result.trouble}"
    if result.comparison is None or manner is Manner.ONLY_COMPARE:
        return told
    return f"{told}; `aftercare rebuild {result.name} --force` lets the new ones answer"


def _interrupted(standing: dict[str, int], chosen: Iterable[str]) -> str:
    """Return what is left half done."""
    left = ", ".join(f"{name} (position {standing[name]})" for name in chosen if name in standing)
    return f"interrupted; the old rows answer on. The same command goes on from here: {left or 'nothing is half done'}"
