-- The record itself: chains, their lines, and closed statements (docs/adr/0016-postgresql.md).

CREATE TABLE bursar.schema_version (
    version    integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- A chain as a whole. `version` counts commits: a writer that read an older one is refused.
CREATE TABLE bursar.chain (
    kind       text   NOT NULL CHECK (kind IN ('windows', 'metering')),
    policy     text   NOT NULL,
    version    bigint NOT NULL,
    begin_seq  bigint NOT NULL,
    begin_hash text   NOT NULL,
    tip_seq    bigint NOT NULL,
    tip_hash   text   NOT NULL,
    PRIMARY KEY (kind, policy)
);

-- The one truth: a line is the SHA-256, a space, and the JSON it is of, byte for byte.
CREATE TABLE bursar.record (
    kind   text   NOT NULL,
    policy text   NOT NULL,
    seq    bigint NOT NULL,
    hash   text   NOT NULL,
    line   text   NOT NULL,
    PRIMARY KEY (kind, policy, seq),
    FOREIGN KEY (kind, policy) REFERENCES bursar.chain
);

CREATE TABLE bursar.statement (
    policy  text NOT NULL,
    period  text NOT NULL,
    body    text NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (policy, period)
);

CREATE FUNCTION bursar.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: it is never changed', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
              HINT = 'Corrections are adjustments in the next statement.';
END
$$;

-- Folding replaces records by new ones: they are inserted and deleted, never updated.
CREATE TRIGGER record_is_never_updated BEFORE UPDATE OR TRUNCATE ON bursar.record
    FOR EACH STATEMENT EXECUTE FUNCTION bursar.refuse_change();
CREATE TRIGGER statement_is_kept_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON bursar.statement
    FOR EACH STATEMENT EXECUTE FUNCTION bursar.refuse_change();
