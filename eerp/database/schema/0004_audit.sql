-- The audit trail: what was done to each record, hash-chained in lanes. A lane belongs
-- to one database session at a time, so that no two transactions wait for each other.

CREATE TABLE eerp.audit (
    lane           integer NOT NULL,
    seq            bigint NOT NULL,
    at             timestamptz NOT NULL,
    actor          text,
    request_id     text,
    module         text,
    model          text NOT NULL,
    record_id      uuid NOT NULL,
    action         text NOT NULL,
    before         jsonb,
    after          jsonb,
    reason         text,
    "transaction"  text,
    hash           bytea NOT NULL,
    PRIMARY KEY (lane, seq)
);
CREATE INDEX audit_record_idx ON eerp.audit (model, record_id, at);
CREATE INDEX audit_model_idx ON eerp.audit (model, at);
CREATE INDEX audit_at_idx ON eerp.audit USING brin (at) WITH (autosummarize = on);

-- The head of each lane: its last row's seq and hash. Each audited statement updates
-- one row here, so there is room for its versions beside it.
CREATE TABLE eerp.audit_lanes (
    lane  integer PRIMARY KEY CHECK (lane > 0),
    seq   bigint NOT NULL DEFAULT 0,
    hash  bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
) WITH (
    fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000
);
-- These are always there: one that is missing was removed. Sessions beyond them add more.
INSERT INTO eerp.audit_lanes (lane) SELECT generate_series(1, 128);

-- Take a lane for this session, and note it in the session's settings.
--
-- The advisory lock outlives a rollback and the settings do not, so a lane that this
-- session holds already is looked for first. Else it is the first free lane whose head
-- this transaction can see: a snapshot that is older than the last commit of a lane's
-- former holder cannot continue that lane, and another is taken instead.
CREATE FUNCTION eerp.audit_claim() RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- The first key of the locks; the second one is the lane.
    family CONSTANT integer := x'61756474'::integer;
    claimed integer;
    place tid;
BEGIN
    SELECT l.objid INTO claimed FROM pg_locks l
     WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.granted
       AND l.classid = family::oid AND l.objsubid = 2
     LIMIT 1;
    IF FOUND THEN
        SELECT h.ctid INTO place FROM eerp.audit_lanes h WHERE h.lane = claimed FOR UPDATE;
        IF NOT FOUND THEN
            -- It was added by a transaction that was rolled back.
            INSERT INTO eerp.audit_lanes AS h (lane) VALUES (claimed)
            RETURNING h.ctid INTO place;
        END IF;
    ELSE
        FOR claimed IN SELECT h.lane FROM eerp.audit_lanes h ORDER BY h.lane LOOP
            CONTINUE WHEN NOT pg_try_advisory_lock(family, claimed);
            BEGIN
                SELECT h.ctid INTO place FROM eerp.audit_lanes h
                 WHERE h.lane = claimed FOR UPDATE NOWAIT;
                EXIT;
            EXCEPTION WHEN serialization_failure OR lock_not_available THEN
                PERFORM pg_advisory_unlock(family, claimed);
            END;
        END LOOP;
    END IF;
    WHILE place IS NULL LOOP
        claimed := coalesce(claimed, 0) + 1;
        CONTINUE WHEN NOT pg_try_advisory_lock(family, claimed);
        BEGIN
            INSERT INTO eerp.audit_lanes AS h (lane) VALUES (claimed)
            RETURNING h.ctid INTO place;
        EXCEPTION WHEN unique_violation THEN
            PERFORM pg_advisory_unlock(family, claimed);
        END;
    END LOOP;
    PERFORM set_config('eerp.audit_lane', claimed::text, false),
            set_config('eerp.audit_head', place::text, false);
END $$;

-- The trigger of every audited table, once for each statement.
--
-- The head is found by its place (ctid), not by its key: while an old snapshot lives,
-- such as a backup's, all versions of it stay, and its key would lead through each of
-- them. A place that is no longer right finds no row, or an older version that cannot
-- be updated; so no value of the settings can break a chain.
CREATE FUNCTION eerp.audit_rows() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
<<row>>
DECLARE
    rows refcursor;
    successors refcursor;
    was record;
    became record;
    place tid;
    lane integer;
    seq bigint;
    hash bytea;
    at timestamptz;
    actor text;
    request_id text;
    module text;
    token text;
    reason text;
    model text;
    record_id uuid;
    action text;
    before jsonb;
    after jsonb;
BEGIN
    -- With the star it is the row, even where a column has the name of its alias.
    IF TG_OP = 'INSERT' THEN
        OPEN rows NO SCROLL FOR
        SELECT n.id, 'create', NULL::jsonb, to_jsonb(n.*) - 'alive' FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        OPEN rows NO SCROLL FOR
        SELECT o.id, 'purge', to_jsonb(o.*) - 'alive', NULL::jsonb FROM old_rows o;
    ELSE
        OPEN rows NO SCROLL FOR SELECT o.* FROM old_rows o;
        OPEN successors NO SCROLL FOR SELECT n.* FROM new_rows n;
    END IF;
    LOOP
        IF TG_OP <> 'UPDATE' THEN
            FETCH rows INTO record_id, action, before, after;
            EXIT WHEN NOT FOUND;
        ELSE
            -- PostgreSQL keeps the old and the new rows in the same order. By their ids
            -- they could not be paired: the cascades of one statement may change a row
            -- twice.
            FETCH rows INTO was;
            FETCH successors INTO became;
            EXIT WHEN NOT FOUND;
            CONTINUE WHEN was *= became;
            record_id := was.id;
            before := to_jsonb(was) - 'alive';
            after := to_jsonb(became) - 'alive';
            IF was.id <> became.id THEN
                RAISE EXCEPTION 'The id of a record never changes.'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            action := CASE
                WHEN (before ->> 'deleted_at' IS NULL) = (after ->> 'deleted_at' IS NULL)
                    THEN 'update'
                WHEN after ->> 'deleted_at' IS NULL THEN 'restore'
                ELSE 'delete' END;
        END IF;
        WHILE lane IS NULL LOOP
            model := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
            SELECT h.ctid, h.lane, h.seq, h.hash, clock_timestamp(),
                   nullif(current_setting('eerp.actor', true), ''),
                   nullif(current_setting('eerp.request_id', true), ''),
                   nullif(current_setting('eerp.module', true), ''),
                   nullif(current_setting('eerp.transaction', true), ''),
                   CASE WHEN action = 'purge'
                       THEN nullif(current_setting('eerp.reason', true), '') END
              INTO place, lane, seq, hash, at, actor, request_id, module, token, reason
              FROM eerp.audit_lanes h
             WHERE h.ctid = nullif(current_setting('eerp.audit_head', true), '')::tid
               AND h.lane = nullif(current_setting('eerp.audit_lane', true), '')::integer;
            IF NOT FOUND THEN
                PERFORM eerp.audit_claim();
            END IF;
        END LOOP;
        seq := seq + 1;
        hash := sha256(hash || convert_to(json_build_array(
            lane, seq, extract(epoch FROM at), actor, request_id, module, model,
            record_id, action, before, after, reason, token)::text, 'UTF8'));
        INSERT INTO eerp.audit VALUES (lane, seq, at, actor, request_id, module, model,
            record_id, action, before, after, reason, token, hash);
    END LOOP;
    IF lane IS NOT NULL THEN
        UPDATE eerp.audit_lanes h SET seq = row.seq, hash = row.hash
         WHERE h.ctid = place AND h.lane = row.lane
        RETURNING set_config('eerp.audit_head', h.ctid::text, false) INTO token;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Another session wrote to lane % of the audit trail.', lane
                USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- What the trail and its tables refuse. It guards against mistakes and modules; who may
-- switch triggers off is not held by one, and is found out by `eerp audit verify`.
CREATE FUNCTION eerp.audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: %', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME,
        CASE TG_TABLE_SCHEMA WHEN 'eerp' THEN 'only the audit trail''s own trigger writes there'
            ELSE 'it would not be audited; delete the rows instead' END
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eerp.audit
    FOR EACH STATEMENT EXECUTE FUNCTION eerp.audit_refuse();
CREATE TRIGGER audit_lanes_keep BEFORE DELETE OR TRUNCATE ON eerp.audit_lanes
    FOR EACH STATEMENT EXECUTE FUNCTION eerp.audit_refuse();

-- Audit a table that has an `id uuid`. Calling it again changes nothing.
CREATE FUNCTION eerp.audit_table(schema text, "table" text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    audited CONSTANT regclass := format('%I.%I', schema, "table")::regclass;
    wanted record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = audited AND a.attname = 'id'
                      AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped) THEN
        RAISE EXCEPTION '% has no column "id" of type uuid, and cannot be audited', audited
            USING ERRCODE = 'undefined_column';
    END IF;
    FOR wanted IN SELECT * FROM (VALUES
        ('eerp_audit_insert', 'AFTER INSERT', 'REFERENCING NEW TABLE AS new_rows', 'rows'),
        ('eerp_audit_update', 'AFTER UPDATE',
         'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows', 'rows'),
        ('eerp_audit_delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS old_rows', 'rows'),
        ('eerp_audit_truncate', 'BEFORE TRUNCATE', '', 'refuse')
    ) AS w (name, event, rows, does) LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_trigger t
                               WHERE t.tgrelid = audited AND t.tgname = wanted.name);
        EXECUTE format(
            'CREATE TRIGGER %I %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION eerp.%I()',
            wanted.name, wanted.event, audited, wanted.rows, 'audit_' || wanted.does);
    END LOOP;
END $$;

-- The tables that modules had before there was a trail.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.relname, n.nspname FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
         WHERE c.relkind = 'r' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
           AND n.nspname IN (SELECT m.module FROM eerp.module_migrations m)
    LOOP
        PERFORM eerp.audit_table(found.nspname, found.relname);
    END LOOP;
END $$;
