-- Where integrators want to be told. The secret is not here: it is derived from the
-- signing key, the id and the generation. `fingerprint` shows when that key changed.
-- The secret before this one holds until `retiring_until`.
CREATE TABLE eerp.webhooks (
    id              uuid PRIMARY KEY,
    url             text NOT NULL,
    topics          text[] NOT NULL,
    active          boolean NOT NULL DEFAULT true,
    generation      integer NOT NULL DEFAULT 1,
    fingerprint     bytea NOT NULL,
    retiring_until  timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      text,
    updated_at      timestamptz NOT NULL DEFAULT now()
);
