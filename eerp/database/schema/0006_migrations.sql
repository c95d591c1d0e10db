-- How to go back from a version, and which came after which.
ALTER TABLE eerp.module_migrations
    ADD COLUMN number  bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN tables  text[] NOT NULL DEFAULT '{}',
    ADD COLUMN down    text[];

-- What is made outside the transaction of a version: before it, or after it. A row is
-- there before the work begins and goes with its end, so that whoever comes next
-- finishes it or takes it back.
CREATE TABLE eerp.migration_work (
    module        text NOT NULL,
    entity        text NOT NULL,
    version       integer NOT NULL,
    number        integer NOT NULL,
    content_hash  text NOT NULL,
    state         text NOT NULL CHECK (state IN ('begun', 'ready', 'undone', 'late')),
    undo          text NOT NULL,
    build         text[] NOT NULL,
    PRIMARY KEY (module, entity, version, number)
);
