CREATE TABLE eerp.module_migrations (
    module        text NOT NULL,
    entity        text NOT NULL,
    version       integer NOT NULL,
    content_hash  text NOT NULL,
    sql           text NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (module, entity, version)
);
