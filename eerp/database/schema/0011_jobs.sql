-- One row a job of a module. `due_at` is the time that is due next, `run_at` when the
-- next attempt for it may begin: later than `due_at` while one is at work (its lease)
-- or after a failure.
CREATE TABLE eerp.jobs (
    module         text NOT NULL,
    name           text NOT NULL,
    cron           text NOT NULL,
    due_at         timestamptz NOT NULL,
    run_at         timestamptz NOT NULL,
    attempts       integer NOT NULL DEFAULT 0,
    claim          uuid,
    error          text,
    last_due_at    timestamptz,
    last_ended_at  timestamptz,
    last_outcome   text CHECK (last_outcome IN ('done', 'failed')),
    PRIMARY KEY (module, name)
);
