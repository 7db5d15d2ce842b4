"""What Alembic runs for the vault."""

from alembic import context

from migrations import run

run(context.config.attributes["connection"], "vault")
