-- What vouches for a name: a sign-in method of Vault's kind. A row without organization is one of the gateway's own sources, and every
-- organization sees it. sign_in is the mount that a verified credential names (Hoop.Shared.Callers.Alias); null where nobody signs in.
CREATE TABLE identity.mounts (
  accessor text COLLATE "C" PRIMARY KEY,
  org_id uuid REFERENCES identity.organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  path text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  description text NOT NULL DEFAULT '',
  local boolean NOT NULL DEFAULT false,
  builtin boolean NOT NULL DEFAULT false,
  sign_in text COLLATE "C" NOT NULL,
  config jsonb NOT NULL DEFAULT '{}',
  options jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT mounts_path_unique UNIQUE NULLS NOT DISTINCT (org_id, path),
  CONSTRAINT mounts_path_shape CHECK (path ~ '^[^/]+(/[^/]+)*/$'),
  CONSTRAINT mounts_shared_is_builtin CHECK (org_id IS NOT NULL OR builtin)
);

INSERT INTO identity.mounts (accessor, path, type, description, builtin, sign_in)
VALUES
  ('auth_token_' || left(md5('auth/token/'), 8), 'token/', 'token', 'token based credentials', true, 'auth/token/'),
  ('auth_spiffe_' || left(md5('auth/spiffe/'), 8), 'spiffe/', 'spiffe', 'workloads, by their SPIFFE ID', true, 'auth/spiffe/'),
  ('auth_agent-key_' || left(md5('auth/agent-key/'), 8), 'agent-key/', 'agent-key', 'agents that present a key', true, 'auth/agent-key/'),
  ('auth_serviceaccount_' || left(md5('auth/serviceaccount/'), 8), 'serviceaccount/', 'serviceaccount',
   'service accounts, named <issuer>#<subject>', true, 'auth/serviceaccount/');

-- name_key is the name folded to ASCII lower case: one name a mount, whatever its case. The columns of a row of an earlier version stay null.
ALTER TABLE identity.entity_aliases
  ADD COLUMN accessor text COLLATE "C" REFERENCES identity.mounts (accessor) ON DELETE CASCADE,
  ADD COLUMN name_key text COLLATE "C",
  ADD COLUMN metadata jsonb,
  ADD COLUMN custom_metadata jsonb,
  ADD COLUMN merged_from uuid[],
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN last_used_at timestamptz,
  ADD COLUMN owner text,
  ADD COLUMN expires_at timestamptz,
  ADD CONSTRAINT entity_aliases_mounted CHECK (accessor IS NOT NULL AND name_key IS NOT NULL) NOT VALID;
CREATE UNIQUE INDEX entity_aliases_one_name ON identity.entity_aliases (org_id, accessor, name_key);
CREATE UNIQUE INDEX entity_aliases_one_a_mount ON identity.entity_aliases (org_id, entity_id, accessor);
CREATE UNIQUE INDEX entity_aliases_by_org ON identity.entity_aliases (org_id, id);
CREATE INDEX entity_aliases_by_mount ON identity.entity_aliases (accessor);
CREATE INDEX entity_aliases_by_name ON identity.entity_aliases (org_id, name_key);
