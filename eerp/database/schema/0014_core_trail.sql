-- What people administer is in the audit trail too: users, roles, what is granted to
-- them, webhooks, settings. These tables change seldom, so that a trigger for each row
-- is quick enough, and those of modules keep the one that they have.

-- A role's id is made of its name, which never changes. So a grant names its role also
-- when it goes because the role does.
ALTER TABLE eerp.roles
    ADD COLUMN id uuid NOT NULL GENERATED ALWAYS AS (md5(name)::uuid) STORED;
ALTER TABLE eerp.role_grants
    ADD COLUMN role_id uuid NOT NULL GENERATED ALWAYS AS (md5(role)::uuid) STORED;
ALTER TABLE eerp.settings ADD COLUMN id uuid NOT NULL DEFAULT uuidv7();

-- The trigger of those tables, once for each row. See eerp.audit_rows, which does the
-- same with the head of the session's lane.
--
-- The arguments: the column with the id of the record whose history it is; columns that
-- are secret, of which only is told that they were set; columns that are left out.
CREATE FUNCTION eerp.audit_row() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
<<row>>
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    record_id uuid := coalesce(before, after) ->> TG_ARGV[0];
    secret text;
    action text;
    place tid;
    lane integer;
    seq bigint;
    hash bytea;
    at timestamptz;
    actor text;
    request_id text;
    module text;
    model text;
    token text;
    reason text;
BEGIN
    IF TG_OP = 'UPDATE' AND record_id IS DISTINCT FROM (after ->> TG_ARGV[0])::uuid THEN
        RAISE EXCEPTION 'The id of a record never changes.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    before := before - TG_ARGV[2]::text[];
    after := after - TG_ARGV[2]::text[];
    IF before = after THEN
        RETURN NULL;
    END IF;
    FOREACH secret IN ARRAY TG_ARGV[1]::text[] LOOP
        IF before -> secret = after -> secret THEN
            before := before - secret;
            after := after - secret;
        ELSE
            after := after || jsonb_build_object(
                secret, CASE WHEN before IS NULL THEN 'set' ELSE 'set anew' END);
            before := before || jsonb_build_object(secret, 'set');
        END IF;
    END LOOP;
    action := CASE TG_OP
        WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'purge' END;
    LOOP
        model := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
        SELECT h.ctid, h.lane, h.seq + 1, h.hash, clock_timestamp(),
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
        EXIT WHEN FOUND;
        PERFORM eerp.audit_claim();
    END LOOP;
    hash := sha256(hash || convert_to(json_build_array(
        lane, seq, extract(epoch FROM at), actor, request_id, module, model,
        record_id, action, before, after, reason, token)::text, 'UTF8'));
    INSERT INTO eerp.audit VALUES (lane, seq, at, actor, request_id, module, model,
        record_id, action, before, after, reason, token, hash);
    UPDATE eerp.audit_lanes h SET seq = row.seq, hash = row.hash
     WHERE h.ctid = place AND h.lane = row.lane
    RETURNING set_config('eerp.audit_head', h.ctid::text, false) INTO token;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Another session wrote to lane % of the audit trail.', lane
            USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;

-- As before, with other words for the tables of the core that are audited.
CREATE OR REPLACE FUNCTION eerp.audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: %', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME,
        CASE WHEN TG_RELID IN ('eerp.audit'::regclass, 'eerp.audit_lanes'::regclass)
            THEN 'only the audit trail''s own trigger writes there'
            ELSE 'it would not be audited; delete the rows instead' END
        USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
    audited record;
BEGIN
    FOR audited IN SELECT * FROM (VALUES
        ('users', 'id', '{password_hash}', '{last_login_at,token_version}'),
        ('user_roles', 'user_id', '{}', '{}'),
        ('user_companies', 'user_id', '{}', '{}'),
        ('roles', 'id', '{}', '{}'),
        ('role_grants', 'role_id', '{}', '{}'),
        ('webhooks', 'id', '{fingerprint}', '{updated_at}'),
        ('settings', 'id', '{}', '{set_at,set_by}')
    ) AS t (name, key, secret, unnoted) LOOP
        EXECUTE format(
            'CREATE TRIGGER eerp_audit_row AFTER INSERT OR UPDATE OR DELETE ON eerp.%I'
            ' FOR EACH ROW EXECUTE FUNCTION eerp.audit_row(%L, %L, %L)',
            audited.name, audited.key, audited.secret, audited.unnoted);
        EXECUTE format(
            'CREATE TRIGGER eerp_audit_truncate BEFORE TRUNCATE ON eerp.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION eerp.audit_refuse()', audited.name);
    END LOOP;
END $$;
