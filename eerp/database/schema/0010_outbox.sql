-- What modules told of, written in the transaction of what it tells.
CREATE TABLE eerp.outbox (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic          text NOT NULL,
    key            text,
    data           jsonb NOT NULL,
    module         text NOT NULL,
    request_id     text NOT NULL,
    actor          text,
    "transaction"  text,
    -- How many events led to it, each emitted on hearing of the one before.
    hops           integer NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_transaction_idx ON eerp.outbox ("transaction");
CREATE INDEX outbox_created_idx ON eerp.outbox (created_at);

-- Who hears of what. A subscriber is `<module>:<pattern>`, or the id of a webhook.
CREATE TABLE eerp.subscriptions (
    kind        text NOT NULL CHECK (kind IN ('module', 'webhook')),
    subscriber  text NOT NULL,
    pattern     text NOT NULL,
    PRIMARY KEY (kind, subscriber, pattern)
);
CREATE INDEX subscriptions_pattern_idx ON eerp.subscriptions (pattern);

-- One event on its way to one subscriber. `due_at` is when the next attempt may
-- begin: in the future for one that is at work (its lease) or waits after a failure,
-- infinity for one that waits behind another of the same subscriber and key.
CREATE TABLE eerp.deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     bigint NOT NULL REFERENCES eerp.outbox,
    kind         text NOT NULL CHECK (kind IN ('module', 'webhook')),
    subscriber   text NOT NULL,
    key          text,
    state        text NOT NULL DEFAULT 'pending'
                 CHECK (state IN ('pending', 'done', 'dead')),
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,
    claim        uuid,
    error        text,
    finished_at  timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02);
-- For equality alone: the planner must not walk through all events in their order to
-- find the first of one queue, which is what the next index is for.
CREATE INDEX deliveries_event_idx ON eerp.deliveries USING hash (event_id);
CREATE INDEX deliveries_queue_idx ON eerp.deliveries (subscriber, key, event_id)
    WHERE state = 'pending';
CREATE INDEX deliveries_due_idx ON eerp.deliveries (subscriber, due_at)
    WHERE state = 'pending' AND due_at < 'infinity';
CREATE INDEX deliveries_parked_idx ON eerp.deliveries (id)
    WHERE state = 'pending' AND due_at = 'infinity';
CREATE INDEX deliveries_dead_idx ON eerp.deliveries (id) WHERE state = 'dead';
CREATE INDEX deliveries_finished_idx ON eerp.deliveries (finished_at)
    WHERE state <> 'pending';
