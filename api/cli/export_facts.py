"""`aftercare export facts`: the log itself, word for word."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from api.cli.checking import require_fit
from api.cli.interrupting import interruptible
from api.cli.outputs import file_of, format_suffix, output_to, require_known
from api.cli.program import Program
from domain.kernel.facts import FACTS
from domain.kernel.streams import StreamRef
from domain.log.copying import pages_of
from domain.log.fact_lines import heading_line, lines_of_facts
from domain.log.log import Log

_FORMATS = ("ndjson", "parquet")


class _Stream(click.ParamType["StreamRef"]):
    """The name of a stream."""

    name = "stream"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> StreamRef:
        try:
            return StreamRef.parse(str(value))
        except ValueError:
            self.fail("a stream is written <kind>:<uuid>", param, ctx)


@click.command()
@click.option("-o", "--output", metavar="FILE", help="Where to; - or none: standard output.")
@click.option("--format", "wanted", type=click.Choice(_FORMATS), help="By default as FILE says, or ndjson.")
@click.option("--until", type=click.IntRange(0), metavar="POSITION", help="Up to this position; by default all.")
@click.option("--stream", "streams", type=_Stream(), multiple=True, help="Only of this stream; repeatable.")
@click.option("--type", "types", multiple=True, help="Only of this type; repeatable.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.pass_obj
def facts(
    program: Program,
    *,
    output: str | None,
    wanted: str | None,
    until: int | None,
    streams: Sequence[StreamRef],
    types: Sequence[str],
    force: bool,
) -> None:
    """Write every fact in order of position: its body as it is stored, with position, sequence and recorded_at.

    FILE.ndjson (with .gz or .zst if it ends so) has a first line that names the log and a last one by which a cut file
    is known; `aftercare import --facts` records it in another log. FILE.parquet is for analysis. Facts of which only
    some streams or types were chosen cannot be imported.
    """
    if unknown := [each for each in types if each not in FACTS]:
        raise click.BadParameter(f"{unknown[0]} is not a type of fact.", param_hint="--type")
    file = file_of(output)
    if wanted is None:
        require_known(file, _FORMATS)
    require_fit(program)
    with interruptible(), program.log() as log:
        head = log.head().position
        if until is not None and until > head:
            raise click.BadParameter(f"the log ends at position {head}.", param_hint="--until")
        pieces = _pieces(log, head if until is None else until, streams, types, parquet=_is_parquet(file, wanted))
        with output_to(file, force=force) as write:
            for piece in pieces:
                write(piece)


def _is_parquet(file: Path | None, wanted: str | None) -> bool:
    return wanted == "parquet" or (wanted is None and file is not None and format_suffix(file) == ".parquet")


def _pieces(
    log: Log, until: int, streams: Sequence[StreamRef], types: Sequence[str], *, parquet: bool
) -> Iterator[bytes]:
    only = {
        name: chosen for name, chosen in (("stream", [str(each) for each in streams]), ("type", list(types))) if chosen
    }
    heading = heading_line(log.meta(), only)
    pages = pages_of(log, until, {each.id for each in streams}, set(types))
    if not parquet:
        return lines_of_facts(heading, pages, until)
    from api.facts_parquet import table_of_facts  # noqa: PLC0415  takes a moment and 80 MB to load

    return table_of_facts(heading, pages)
