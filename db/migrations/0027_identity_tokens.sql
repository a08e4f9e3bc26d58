-- Vault's tokens: what clients of the /v1 surface hold. Only the hash is stored. A child goes with its parent; api_token_hash is the API token
-- that the first of a family was made with, and the family is refused without it. uses_left is null for a token that may be used at will.
-- entity_id has no foreign key: the token of an entity that is gone is refused, and stays in the trail of who had it until it ends.
CREATE TABLE identity.tokens (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  token_hash bytea NOT NULL,
  accessor text COLLATE "C" NOT NULL,
  parent_id uuid REFERENCES identity.tokens (id) ON DELETE CASCADE,
  api_token_hash bytea,
  generation integer NOT NULL,
  path text COLLATE "C" NOT NULL,
  display_name text NOT NULL,
  meta jsonb,
  policies text[] NOT NULL,
  entity_id uuid,
  role text COLLATE "C",
  renewable boolean NOT NULL,
  num_uses integer NOT NULL,
  uses_left integer,
  period integer NOT NULL,
  explicit_max_ttl integer NOT NULL,
  creation_ttl integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_renewal timestamptz,
  last_used_at timestamptz,
  CONSTRAINT tokens_hash_unique UNIQUE (token_hash),
  CONSTRAINT tokens_accessor_unique UNIQUE (org_id, accessor),
  CONSTRAINT tokens_hash_length CHECK (octet_length(token_hash) = 32),
  CONSTRAINT tokens_numbers CHECK (
    num_uses >= 0 AND uses_left >= 0 AND period >= 0 AND explicit_max_ttl >= 0 AND creation_ttl >= 0 AND generation BETWEEN 0 AND 64)
);
CREATE INDEX tokens_by_parent ON identity.tokens (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tokens_by_end ON identity.tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_used_up ON identity.tokens (id) WHERE uses_left = 0;
CREATE INDEX tokens_by_api_token ON identity.tokens (api_token_hash) WHERE api_token_hash IS NOT NULL;
CREATE INDEX tokens_by_entity ON identity.tokens (org_id, entity_id) WHERE entity_id IS NOT NULL;

CREATE TABLE identity.token_roles (
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, name),
  CONSTRAINT token_roles_name CHECK (name <> '')
);
