CREATE SCHEMA identity;

CREATE TABLE identity.organizations (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT organizations_name_unique UNIQUE (name),
  CONSTRAINT organizations_name_shape CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$')
);

-- Only the hash of a token is stored. An operator token acts in the organization "default".
CREATE TABLE identity.api_tokens (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  token_hash bytea NOT NULL,
  groups text[] NOT NULL DEFAULT '{}',
  is_operator boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  CONSTRAINT api_tokens_name_unique UNIQUE (org_id, name),
  CONSTRAINT api_tokens_hash_unique UNIQUE (token_hash),
  CONSTRAINT api_tokens_hash_length CHECK (octet_length(token_hash) = 32)
);
CREATE UNIQUE INDEX api_tokens_one_operator ON identity.api_tokens (is_operator) WHERE is_operator;

CREATE TABLE identity.feature_flags (
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  enabled boolean NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by text NOT NULL,
  PRIMARY KEY (org_id, name)
);

-- Appended to, never changed. The identity column orders rows of one instant.
CREATE TABLE identity.audit_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind text NOT NULL,
  actor_subject text NOT NULL,
  actor_name text NOT NULL,
  action text NOT NULL,
  resource_type text NOT NULL,
  resource_id text,
  fields jsonb NOT NULL DEFAULT '{}',
  outcome text NOT NULL,
  failure text,
  trace_id text,
  CONSTRAINT audit_events_outcome CHECK (outcome IN ('success', 'failure') AND (outcome = 'failure') = (failure IS NOT NULL))
);
CREATE INDEX audit_events_by_org ON identity.audit_events (org_id, id DESC);

-- name_key is the name folded to ASCII lower case by the gateway: one canonical form decides uniqueness.
CREATE TABLE identity.entities (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  name_key text COLLATE "C" NOT NULL,
  metadata jsonb,
  policies text[] NOT NULL DEFAULT '{}',
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT entities_name_unique UNIQUE (org_id, name_key),
  CONSTRAINT entities_name_present CHECK (name <> '')
);
CREATE UNIQUE INDEX entities_by_org ON identity.entities (org_id, id);
