-- What the core's services keep for the modules. `module` is the one that called;
-- `company_id` is null for what all companies share.

-- Numbers without gaps: the row is locked from the number's making to its commit.
CREATE TABLE eerp.sequences (
    module      text NOT NULL,
    company_id  uuid,
    name        text NOT NULL,
    period      text NOT NULL,
    value       bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (module, company_id, name, period)
);

-- Numbers with gaps: one sequence of PostgreSQL's for each, which nobody waits for.
-- It is made with the first number; who comes at the same moment waits until then.
CREATE FUNCTION eerp.next_with_gaps(key text, first bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    name text := 'numbers_' || md5(key);
BEGIN
    IF to_regclass('eerp.' || name) IS NULL THEN
        BEGIN
            EXECUTE format('CREATE SEQUENCE eerp.%I START %s MINVALUE %s',
                           name, first, first);
            EXECUTE format('COMMENT ON SEQUENCE eerp.%I IS %L', name, key);
        EXCEPTION WHEN duplicate_table OR unique_violation THEN
            NULL;
        END;
    END IF;
    RETURN nextval(format('eerp.%I', name)::regclass);
END $$;

CREATE TABLE eerp.settings (
    module      text NOT NULL,
    company_id  uuid,
    key         text NOT NULL,
    value       jsonb NOT NULL,
    set_at      timestamptz NOT NULL DEFAULT now(),
    set_by      text,
    UNIQUE NULLS NOT DISTINCT (module, company_id, key)
);

-- Who set what, and what it was before; null stands for none.
CREATE TABLE eerp.setting_changes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    module      text NOT NULL,
    company_id  uuid,
    key         text NOT NULL,
    before      jsonb,
    after       jsonb,
    at          timestamptz NOT NULL DEFAULT now(),
    actor       text,
    request_id  text
);
CREATE INDEX setting_changes_key_idx ON eerp.setting_changes (module, key, id);

CREATE FUNCTION eerp.note_setting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched eerp.settings := coalesce(NEW, OLD);
BEGIN
    INSERT INTO eerp.setting_changes
        (module, company_id, key, before, after, actor, request_id)
    VALUES (touched.module, touched.company_id, touched.key, OLD.value, NEW.value,
            nullif(current_setting('eerp.actor', true), ''),
            nullif(current_setting('eerp.request_id', true), ''));
    RETURN NULL;
END $$;
CREATE TRIGGER note_setting AFTER INSERT OR UPDATE OR DELETE ON eerp.settings
    FOR EACH ROW EXECUTE FUNCTION eerp.note_setting();

-- Content is kept once for each module, however many files have it.
CREATE TABLE eerp.file_contents (
    module   text NOT NULL,
    sha256   bytea NOT NULL CHECK (length(sha256) = 32),
    content  bytea NOT NULL,
    PRIMARY KEY (module, sha256)
);

CREATE TABLE eerp.files (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    module      text NOT NULL,
    company_id  uuid,
    name        text NOT NULL,
    media_type  text NOT NULL,
    size        integer NOT NULL,
    sha256      bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    created_by  text,
    FOREIGN KEY (module, sha256) REFERENCES eerp.file_contents
);
CREATE INDEX files_module_idx ON eerp.files (module, id);
CREATE INDEX files_content_idx ON eerp.files (module, sha256);

CREATE TABLE eerp.mails (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    module      text NOT NULL,
    company_id  uuid,
    request_id  text NOT NULL,
    actor       text,
    message     jsonb NOT NULL,
    state       text NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts    integer NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT now(),
    reason      text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz
);
CREATE INDEX mails_due_idx ON eerp.mails (due_at) WHERE state = 'waiting';
CREATE INDEX mails_ended_idx ON eerp.mails (ended_at) WHERE state <> 'waiting';

CREATE TABLE eerp.mail_files (
    mail_id     uuid NOT NULL REFERENCES eerp.mails ON DELETE CASCADE,
    position    integer NOT NULL,
    module      text NOT NULL,
    sha256      bytea NOT NULL,
    name        text NOT NULL,
    media_type  text NOT NULL,
    PRIMARY KEY (mail_id, position),
    FOREIGN KEY (module, sha256) REFERENCES eerp.file_contents
);
CREATE INDEX mail_files_content_idx ON eerp.mail_files (module, sha256);

-- The last file or mail that goes takes its content with it. Whether one is the last
-- only the foreign keys know, for they see what other transactions do.
CREATE FUNCTION eerp.drop_unused_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM eerp.file_contents
     WHERE module = OLD.module AND sha256 = OLD.sha256
       AND NOT EXISTS (SELECT FROM eerp.files f
                        WHERE f.module = OLD.module AND f.sha256 = OLD.sha256)
       AND NOT EXISTS (SELECT FROM eerp.mail_files m
                        WHERE m.module = OLD.module AND m.sha256 = OLD.sha256);
    RETURN NULL;
EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
    RETURN NULL;
END $$;
CREATE TRIGGER drop_unused_content AFTER DELETE ON eerp.files
    FOR EACH ROW EXECUTE FUNCTION eerp.drop_unused_content();
CREATE TRIGGER drop_unused_content AFTER DELETE ON eerp.mail_files
    FOR EACH ROW EXECUTE FUNCTION eerp.drop_unused_content();
