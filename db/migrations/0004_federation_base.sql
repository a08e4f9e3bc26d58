CREATE SCHEMA federation;

-- agent_id points into another module, so it is no foreign key; it is cleared when the agent goes.
-- The secrets are one sealed JSON object, readable only with the key named beside it and only in this row.
CREATE TABLE federation.connections (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  type text NOT NULL,
  subtype text NOT NULL DEFAULT '',
  command text[] NOT NULL DEFAULT '{}',
  agent_id uuid,
  secrets_key_id text,
  secrets_sealed bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT connections_name_unique UNIQUE (org_id, name),
  CONSTRAINT connections_org_id_unique UNIQUE (org_id, id),
  CONSTRAINT connections_name_length CHECK (length(name) BETWEEN 3 AND 254),
  CONSTRAINT connections_type CHECK (type IN ('database', 'application', 'custom')),
  CONSTRAINT connections_secrets_pair CHECK (num_nonnulls(secrets_key_id, secrets_sealed) IN (0, 2))
);
CREATE INDEX connections_by_agent ON federation.connections (org_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX connections_by_key ON federation.connections (secrets_key_id, id) WHERE secrets_key_id IS NOT NULL;

-- revision changes with every write and credentials_revision with every new credential file: what was minted under one is never served under another.
CREATE TABLE federation.policies (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  revision uuid NOT NULL,
  hook_source text NOT NULL,
  builtin_provider text NOT NULL,
  identity_source_attribute text NOT NULL,
  identity_target_template text NOT NULL,
  fallback_policy text NOT NULL,
  readonly_principal text,
  token_ttl_seconds integer NOT NULL,
  extra_config jsonb NOT NULL DEFAULT '{}',
  credentials_key_id text,
  credentials_sealed bytea,
  credentials_revision uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT policies_one_each UNIQUE (org_id, connection_id),
  CONSTRAINT policies_connection FOREIGN KEY (org_id, connection_id) REFERENCES federation.connections (org_id, id) ON DELETE CASCADE,
  CONSTRAINT policies_hook_source CHECK (hook_source = 'builtin'),
  CONSTRAINT policies_provider CHECK (builtin_provider = 'gcp_iam'),
  CONSTRAINT policies_source CHECK (identity_source_attribute IN ('email', 'id', '$.user.email', '$.user.id')),
  CONSTRAINT policies_fallback CHECK (fallback_policy IN ('deny', 'readonly') AND (fallback_policy = 'deny' OR readonly_principal IS NOT NULL)),
  CONSTRAINT policies_ttl CHECK (token_ttl_seconds BETWEEN 1 AND 43200),
  CONSTRAINT policies_credentials_whole CHECK (num_nonnulls(credentials_key_id, credentials_sealed, credentials_revision) IN (0, 3))
);
CREATE INDEX policies_by_key ON federation.policies (credentials_key_id, connection_id) WHERE credentials_key_id IS NOT NULL;
