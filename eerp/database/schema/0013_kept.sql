-- What people keep beside the records of modules.

-- A search of a list, by its name. `query` is the client's own, as it was sent.
CREATE TABLE eerp.filters (
    id       uuid PRIMARY KEY DEFAULT uuidv7(),
    user_id  uuid NOT NULL REFERENCES eerp.users ON DELETE CASCADE,
    model    text NOT NULL,
    name     text NOT NULL CHECK (name <> ''),
    shared   boolean NOT NULL DEFAULT false,
    query    json NOT NULL,
    UNIQUE (user_id, model, name)
);
CREATE INDEX filters_shared_idx ON eerp.filters (model) WHERE shared;

CREATE TABLE eerp.preferences (
    user_id  uuid PRIMARY KEY REFERENCES eerp.users ON DELETE CASCADE,
    value    json NOT NULL
);

CREATE TABLE eerp.comments (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    model       text NOT NULL,
    record_id   uuid NOT NULL,
    user_id     uuid REFERENCES eerp.users ON DELETE SET NULL,
    text        text NOT NULL CHECK (text <> ''),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX comments_record_idx ON eerp.comments (model, record_id, id);
CREATE INDEX comments_user_idx ON eerp.comments (user_id);

-- What was said of a record goes with it when it is removed for good.
CREATE FUNCTION eerp.forget_comments() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM eerp.comments WHERE model = NEW.model AND record_id = NEW.record_id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_comments AFTER INSERT ON eerp.audit
    FOR EACH ROW WHEN (NEW.action = 'purge') EXECUTE FUNCTION eerp.forget_comments();
