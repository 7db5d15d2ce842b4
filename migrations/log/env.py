"""What Alembic runs for the log."""

from alembic import context

from migrations import run

run(context.config.attributes["connection"], "log")
