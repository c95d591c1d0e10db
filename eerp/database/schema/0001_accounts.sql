CREATE SCHEMA IF NOT EXISTS eerp;

CREATE TABLE eerp.core_steps (
    number        integer PRIMARY KEY,
    name          text NOT NULL,
    content_hash  text NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE eerp.users (
    id             uuid PRIMARY KEY DEFAULT uuidv7(),
    username       text NOT NULL CHECK (username <> ''),
    password_hash  text NOT NULL,
    company_id     uuid,
    active         boolean NOT NULL DEFAULT true,
    token_version  integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    last_login_at  timestamptz
);
CREATE UNIQUE INDEX users_username_key ON eerp.users (lower(username));

CREATE TABLE eerp.roles (
    name   text PRIMARY KEY CHECK (name <> ''),
    title  text NOT NULL DEFAULT ''
);

CREATE TABLE eerp.role_grants (
    role        text NOT NULL REFERENCES eerp.roles ON DELETE CASCADE,
    permission  text NOT NULL CHECK (permission <> ''),
    PRIMARY KEY (role, permission)
);

CREATE TABLE eerp.user_roles (
    user_id  uuid NOT NULL REFERENCES eerp.users ON DELETE CASCADE,
    role     text NOT NULL REFERENCES eerp.roles ON DELETE CASCADE,
    PRIMARY KEY (user_id, role)
);
CREATE INDEX user_roles_role_idx ON eerp.user_roles (role);

CREATE TABLE eerp.sessions (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    user_id         uuid NOT NULL REFERENCES eerp.users ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    revoked_reason  text,
    user_agent      text
);
CREATE INDEX sessions_user_idx ON eerp.sessions (user_id);
CREATE INDEX sessions_expires_idx ON eerp.sessions (expires_at);

CREATE TABLE eerp.refresh_tokens (
    hash        bytea PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES eerp.sessions ON DELETE CASCADE,
    issued_at   timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX refresh_tokens_session_idx ON eerp.refresh_tokens (session_id);

CREATE TABLE eerp.login_failures (
    key  text NOT NULL,
    at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_key_idx ON eerp.login_failures (key, at);
CREATE INDEX login_failures_at_idx ON eerp.login_failures (at);
