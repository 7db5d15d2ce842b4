"""The vault: keys of people, how to find them by a text, and the vault's own secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of the vault."""
    op.create_table(
        "subject_key",
        sa.Column("subject", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("wrapped_by", sa.String(64)),
        sa.Column("wrapped", sa.LargeBinary),
    )
    op.create_index("subject_key_wrapped_by", "subject_key", ["wrapped_by", "subject", "version"])
    op.create_table(
        "lookup",
        sa.Column("field", sa.String(255), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("subject", sa.Uuid, primary_key=True),
    )
    op.create_index("lookup_subject", "lookup", ["subject"])
    op.create_table(
        "secret",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("wrapped_by", sa.String(64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault_meta",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("log_id", sa.Uuid, nullable=False),
    )


def downgrade() -> None:
    """Without its keys the log cannot be read: there is no way back."""
    raise NotImplementedError("the vault only grows")
