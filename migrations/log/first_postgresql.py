"""Revision 0001 on PostgreSQL. Times are UTC microseconds."""

TABLES = (
    """
    CREATE TABLE fact (
        position    bigint PRIMARY KEY,
        stream      uuid   NOT NULL,
        kind        text   NOT NULL,
        sequence    bigint NOT NULL CHECK (sequence > 0),
        fact_key    uuid   NOT NULL UNIQUE,
        type        text   NOT NULL,
        occurred_at bigint NOT NULL,
        recorded_at bigint NOT NULL,
        body        bytea  NOT NULL,
        UNIQUE (stream, sequence)
    )
    """,
    """
    CREATE TABLE fact_subject (
        subject     uuid   NOT NULL,
        occurred_at bigint NOT NULL,
        position    bigint NOT NULL,
        PRIMARY KEY (subject, occurred_at, position)
    )
    """,
    """
    CREATE TABLE idempotency (
        key            bytea  NOT NULL PRIMARY KEY CHECK (length(key) = 32),
        period         bigint NOT NULL,
        digest         bytea  NOT NULL,
        answer         bytea  NOT NULL,
        first_position bigint NOT NULL,
        fact_count     bigint NOT NULL,
        answered_at    bigint NOT NULL
    )
    """,
    # One row that every append updates: room on its page keeps the update in place.
    """
    CREATE TABLE log_head (
        one         integer PRIMARY KEY CHECK (one = 1),
        position    bigint NOT NULL,
        recorded_at bigint NOT NULL
    ) WITH (fillfactor = 10)
    """,
    """
    CREATE TABLE log_meta (
        one         integer PRIMARY KEY CHECK (one = 1),
        environment text    NOT NULL,
        log_id      uuid    NOT NULL,
        format      integer NOT NULL
    )
    """,
    """
    CREATE TABLE api_key (
        prefix       text   NOT NULL PRIMARY KEY,
        secret_hash  bytea  NOT NULL,
        principal    uuid   NOT NULL,
        organisation uuid,
        role         text   NOT NULL,
        created_at   bigint NOT NULL,
        expires_at   bigint,
        revoked_at   bigint
    )
    """,
    # One entry per stream, for sweeps over all streams of a kind.
    "CREATE INDEX fact_first ON fact (kind, stream) WHERE sequence = 1",
    # A page of the life of a thing costs a page, however long the life is (a stream of 10,000: 0.8 ms instead of 14).
    "CREATE INDEX fact_life ON fact (stream, occurred_at, position)",
    # Answers are kept in the order in which they were given: a summary per range of pages finds the old ones.
    "CREATE INDEX idempotency_answered_at ON idempotency USING brin (answered_at)",
    "INSERT INTO log_head (one, position, recorded_at) VALUES (1, 0, 0)",
)

GUARDS = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is final: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION refuse_way_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the head of the log only moves forward' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_refuses_changes BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in ("fact", "fact_subject", "log_meta")
    ),
    *(
        f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in ("fact", "fact_subject", "log_meta", "log_head")
    ),
    # The condition stands in the trigger, not in its function: appends should not pay for a call.
    """
    CREATE TRIGGER log_head_moves_forward BEFORE UPDATE ON log_head FOR EACH ROW
    WHEN (NEW.position < OLD.position OR NEW.recorded_at < OLD.recorded_at) EXECUTE FUNCTION refuse_way_back()
    """,
    "CREATE TRIGGER log_head_refuses_delete BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)

APPEND = """
CREATE FUNCTION append_facts(
    tolerance     bigint,
    streams       uuid[],   -- every stream that the group names
    bases         bigint[], -- the version at which the caller takes each to be; -1 for any
    stream_no     integer[], -- per fact: which of the streams
    ordinal       bigint[], -- per fact: counted from the base of its stream
    fact_keys     uuid[],
    kinds         text[],
    types         text[],
    occurred      bigint[],
    bodies        bytea[],
    subject_fact  integer[], -- per subject: which of the facts
    subjects      uuid[],
    subject_times bigint[],
    keys          bytea[],  -- per request that is answered now
    periods       bigint[],
    digests       bytea[],
    answers       bytea[],
    offsets       bigint[], -- its first position, counted from the first of the group
    counts        bigint[],
    OUT status    integer,  -- 0 recorded, 1 a stream is elsewhere, 2 the clock is behind
    OUT head      bigint,   -- the position before the group
    OUT recorded  bigint,
    OUT versions  bigint[]  -- of every stream before the group
) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_variable
DECLARE
    facts constant bigint := cardinality(fact_keys);
    clock bigint;
BEGIN
    -- The lock on the head is held until commit: positions are gapless and in the order of commits.
    SELECT h.position, h.recorded_at INTO head, recorded FROM log_head AS h WHERE h.one = 1 FOR NO KEY UPDATE;
    clock := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    IF recorded - clock > tolerance THEN
        status := 2;
        RETURN;
    END IF;
    recorded := greatest(recorded, clock);
    -- A statement after the one that waited for the lock has a fresh snapshot: it sees what the holder committed.
    IF cardinality(streams) = 1 THEN
        versions := ARRAY[coalesce((SELECT max(f.sequence) FROM fact AS f WHERE f.stream = streams[1]), 0)];
    ELSE
        SELECT array_agg(coalesce((SELECT max(f.sequence) FROM fact AS f WHERE f.stream = s.id), 0) ORDER BY s.no)
        INTO versions FROM unnest(streams) WITH ORDINALITY AS s(id, no);
    END IF;
    FOR n IN 1 .. cardinality(streams) LOOP
        IF bases[n] <> -1 AND bases[n] <> versions[n] THEN
            status := 1;
            RETURN;
        END IF;
    END LOOP;
    status := 0;
    IF facts = 1 THEN -- by far the most frequent group: a third cheaper than the way for many
        INSERT INTO fact (position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body)
        VALUES (head + 1, streams[stream_no[1]], kinds[1], versions[stream_no[1]] + ordinal[1],
                fact_keys[1], types[1], occurred[1], recorded, bodies[1]);
    ELSIF facts > 1 THEN
        INSERT INTO fact (position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body)
        SELECT head + r.no, streams[r.stream_no], r.kind, versions[r.stream_no] + r.ordinal,
               r.fact_key, r.type, r.occurred_at, recorded, r.body
        FROM unnest(stream_no, ordinal, fact_keys, kinds, types, occurred, bodies) WITH ORDINALITY
             AS r(stream_no, ordinal, fact_key, kind, type, occurred_at, body, no);
    END IF;
    IF facts > 0 THEN
        UPDATE log_head AS h SET position = head + facts, recorded_at = recorded WHERE h.one = 1;
    END IF;
    IF cardinality(subjects) = 1 THEN
        INSERT INTO fact_subject (subject, occurred_at, position)
        VALUES (subjects[1], subject_times[1], head + subject_fact[1]);
    ELSIF cardinality(subjects) > 1 THEN
        INSERT INTO fact_subject (subject, occurred_at, position)
        SELECT r.subject, r.occurred_at, head + r.fact_no
        FROM unnest(subject_fact, subjects, subject_times) AS r(fact_no, subject, occurred_at);
    END IF;
    IF cardinality(keys) > 0 THEN
        INSERT INTO idempotency (key, period, digest, answer, first_position, fact_count, answered_at)
        SELECT r.key, r.period, r.digest, r.answer, head + r.first_offset, r.fact_count, recorded
        FROM unnest(keys, periods, digests, answers, offsets, counts)
             AS r(key, period, digest, answer, first_offset, fact_count);
    END IF;
END $$
"""

POSITION_AT = """
CREATE FUNCTION position_at(moment bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low    bigint := 0;
    high   bigint;
    middle bigint;
BEGIN
    -- recorded_at never falls from one position to the next, and positions have no gaps: halve what is left.
    SELECT h.position INTO high FROM log_head AS h;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT f.recorded_at FROM fact AS f WHERE f.position = middle) <= moment THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$
"""

STATEMENTS = (*TABLES, *GUARDS, APPEND, POSITION_AT)
