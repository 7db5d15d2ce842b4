"""${message}."""

from alembic import op

revision = "${up_revision}"
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; additive only, so that the code before keeps working."""
    ${upgrades if upgrades else "raise NotImplementedError"}
