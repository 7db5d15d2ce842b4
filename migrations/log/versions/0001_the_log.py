"""The log: facts, whom they concern, answered requests, its head, its name, and the keys of its callers."""

from alembic import op

from migrations.log import first_postgresql, first_sqlite

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of the log, and what keeps facts final."""
    statements = first_sqlite if op.get_bind().dialect.name == "sqlite" else first_postgresql
    for statement in statements.STATEMENTS:
        op.get_bind().exec_driver_sql(statement, execution_options={"no_parameters": True})


def downgrade() -> None:
    """Facts are for ever: there is no way back."""
    raise NotImplementedError("the log only grows")
