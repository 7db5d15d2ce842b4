"""The command line, one file per command."""

from api.cli.main import aftercare

__all__ = ["aftercare"]
