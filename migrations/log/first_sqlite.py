"""Revision 0001 on SQLite. UUIDs are 16-byte BLOBs; times are UTC microseconds."""

TABLES = (
    """
    CREATE TABLE fact (
        position    INTEGER PRIMARY KEY,
        stream      BLOB    NOT NULL CHECK (length(stream) = 16),
        kind        TEXT    NOT NULL,
        sequence    INTEGER NOT NULL CHECK (sequence > 0),
        fact_key    BLOB    NOT NULL UNIQUE CHECK (length(fact_key) = 16),
        type        TEXT    NOT NULL,
        occurred_at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        body        BLOB    NOT NULL,
        UNIQUE (stream, sequence)
    ) STRICT
    """,
    """
    CREATE TABLE fact_subject (
        subject     BLOB    NOT NULL CHECK (length(subject) = 16),
        occurred_at INTEGER NOT NULL,
        position    INTEGER NOT NULL,
        PRIMARY KEY (subject, occurred_at, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE idempotency (
        key            BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
        period         INTEGER NOT NULL,
        digest         BLOB    NOT NULL,
        answer         BLOB    NOT NULL,
        first_position INTEGER NOT NULL,
        fact_count     INTEGER NOT NULL,
        answered_at    INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE log_head (
        one         INTEGER PRIMARY KEY CHECK (one = 1),
        position    INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE log_meta (
        one         INTEGER PRIMARY KEY CHECK (one = 1),
        environment TEXT    NOT NULL,
        log_id      BLOB    NOT NULL CHECK (length(log_id) = 16),
        format      INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE api_key (
        prefix       TEXT    NOT NULL PRIMARY KEY,
        secret_hash  BLOB    NOT NULL,
        principal    BLOB    NOT NULL CHECK (length(principal) = 16),
        organisation BLOB    CHECK (length(organisation) = 16),
        role         TEXT    NOT NULL,
        created_at   INTEGER NOT NULL,
        expires_at   INTEGER,
        revoked_at   INTEGER
    ) STRICT
    """,
    # One entry per stream, for sweeps over all streams of a kind.
    "CREATE INDEX fact_first ON fact (kind, stream) WHERE sequence = 1",
    # A page of the life of a thing costs a page, however long the life is; the position is part of every index.
    "CREATE INDEX fact_life ON fact (stream, occurred_at)",
    "INSERT INTO log_head (one, position, recorded_at) VALUES (1, 0, 0)",
)


def _refused(table: str, change: str, why: str) -> str:
    return f"""
    CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table}
    BEGIN SELECT RAISE(ABORT, '{why}'); END
    """


STATEMENTS = (
    *TABLES,
    *(
        _refused(table, change, f"{table} is final: {change} is refused")
        for table in ("fact", "fact_subject", "log_meta")
        for change in ("UPDATE", "DELETE")
    ),
    _refused("log_head", "DELETE", "the log has one head"),
    """
    CREATE TRIGGER log_head_moves_forward BEFORE UPDATE ON log_head
    WHEN NEW.position < OLD.position OR NEW.recorded_at < OLD.recorded_at
    BEGIN SELECT RAISE(ABORT, 'the head of the log only moves forward'); END
    """,
)
