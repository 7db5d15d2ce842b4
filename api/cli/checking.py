"""Whether the databases fit the program and each other: asked before anything relies on it."""

from api.cli.places import require_file
from api.cli.program import Program
from migrations import WrongRevision, require_current


def require_fit(program: Program) -> None:
    """Refuse databases that do not fit, each with one line.

    Raises:
        NoLogHere: there is no database.
        WrongRevision: a database is not migrated, of a newer version or of another environment.
        VaultFault: the wrapping keys do not open the vault, or it belongs to another log.
    """
    settings = program.settings
    for url in (settings.database_url, settings.vault_url):
        require_file(url)
    require_current(settings.database_url)
    require_current(settings.vault_url, "vault")
    with program.log() as log, program.vault() as vault:
        found = log.meta()
        if found.environment != settings.environment:
            raise WrongRevision(
                f"The log belongs to the environment {found.environment!r}, "
                f"but AFTERCARE_ENVIRONMENT is {settings.environment!r}."
            )
        vault.belongs_to(found.log_id)
