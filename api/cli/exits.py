"""Exit codes, and which troubles a command tells in one line."""

from api.cli.outputs import CannotWrite, FileIsThere
from api.cli.serving import CannotServe
from api.exporting import NoPlaceForIt, TooMany
from api.settings import SettingsError
from domain.kernel.refusals import Refusal, Unavailable
from domain.log.backup import BackupRefused
from domain.log.contract import NoLogHere
from domain.log.copying import CopyRefused
from domain.log.fact_lines import LinesRefused
from domain.log.vault import VaultFault
from migrations import WrongRevision

REFUSED = 1
"""Refused, or something was found that is not right."""
USAGE = 2
"""The command line or a setting is not understood."""
UNAVAILABLE = 3
"""A database does not answer, or cannot be read, or what was asked for cannot be written."""

TOLD: tuple[tuple[type[Exception] | tuple[type[Exception], ...], int], ...] = (
    (SettingsError, USAGE),
    ((WrongRevision, NoLogHere, VaultFault, BackupRefused, CannotServe, Refusal), REFUSED),
    ((LinesRefused, CopyRefused, FileIsThere, TooMany, NoPlaceForIt), REFUSED),
    ((Unavailable, CannotWrite), UNAVAILABLE),
)
"""What ends a command with one line on standard error, and its exit code. Anything else is a fault of ours."""


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code of a trouble that is told in one line; None if it is not one."""
    return next((code for kind, code in TOLD if isinstance(error, kind)), None)
