-- The answers to requests with an Idempotency-Key. A row is written by the
-- transaction that it is about, so that it is there exactly when the work is;
-- status, headers and body are set before COMMIT.
CREATE TABLE eerp.idempotency (
  user_id      text NOT NULL,
  key          text NOT NULL,
  fingerprint  bytea NOT NULL,
  "transaction" text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  status       smallint,
  headers      jsonb,
  body         bytea,
  PRIMARY KEY (user_id, key)
);

CREATE INDEX idempotency_created_at ON eerp.idempotency (created_at);

COMMENT ON COLUMN eerp.idempotency.fingerprint IS
  'SHA-256 of the route, the query, the body and the company acted in';
