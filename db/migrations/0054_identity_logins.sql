-- Sign-in methods of type jwt: how the tokens of an issuer are verified (settings is what the API takes), and what a token of the store is
-- made of one of them. Both go with their mount.
CREATE TABLE identity.login_configs (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  accessor text COLLATE "C" NOT NULL REFERENCES identity.mounts (accessor) ON DELETE CASCADE,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT login_configs_one_a_mount UNIQUE (accessor)
);
CREATE INDEX login_configs_by_org ON identity.login_configs (org_id);

CREATE TABLE identity.login_roles (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  accessor text COLLATE "C" NOT NULL REFERENCES identity.mounts (accessor) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT login_roles_one_a_name UNIQUE (accessor, name),
  CONSTRAINT login_roles_name CHECK (name <> '')
);
CREATE INDEX login_roles_by_org ON identity.login_roles (org_id);

-- The groups that the mount told of somebody at the last sign-in; null while it told of none.
ALTER TABLE identity.entity_aliases ADD COLUMN told_groups text[];

-- What a token was made by at a sign-in; null for tokens that were made with another credential. alias_id has no foreign key, like entity_id.
ALTER TABLE identity.tokens
  ADD COLUMN login_accessor text COLLATE "C",
  ADD COLUMN login_role text COLLATE "C",
  ADD COLUMN alias_id uuid,
  ADD COLUMN max_ttl integer NOT NULL DEFAULT 0;
CREATE INDEX tokens_by_login ON identity.tokens (org_id, login_accessor) WHERE login_accessor IS NOT NULL;
