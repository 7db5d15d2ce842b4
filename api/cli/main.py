"""The group of all commands."""

from typing import Any

import click

from api.cli.backup import backup
from api.cli.demo import demo
from api.cli.exits import exit_code_of
from api.cli.export import export
from api.cli.import_ import import_
from api.cli.key import key
from api.cli.migrate import migrate
from api.cli.project import project
from api.cli.rebuild import rebuild
from api.cli.restore import restore
from api.cli.retry import retry
from api.cli.serve import serve
from api.cli.status import status
from api.cli.telling import complain
from api.cli.vault import vault
from api.cli.verify import verify


class _Commands(click.Group):
    """Commands that end with one line and an exit code when they are refused."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            code = exit_code_of(error)
            if code is None:
                raise
            complain(error)
            ctx.exit(code)


@click.group(
    cls=_Commands,
    commands=(
        demo,
        status,
        migrate,
        serve,
        project,
        rebuild,
        retry,
        import_,
        export,
        key,
        vault,
        backup,
        restore,
        verify,
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 done; 1 refused, or something found that is not right; 2 usage or settings; "
        "3 a database does not answer, or a file cannot be written. Settings are read from the environment: see "
        "`aftercare status`."
    ),
)
@click.version_option(package_name="aftercare")
def aftercare() -> None:
    """The life of equipment after it leaves the factory: every fact on record, every question answered from it.

    `aftercare demo` is the quickest way to see it.
    """
