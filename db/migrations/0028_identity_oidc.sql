-- Keys that sign identity tokens, what each role's tokens say, and the address in their iss. The private half is sealed, and erased when the
-- key has signed its last. rotates_at is the plan of all gateways: the one that locks the row carries it out.
CREATE TABLE identity.oidc_config (
  org_id uuid PRIMARY KEY REFERENCES identity.organizations (id) ON DELETE CASCADE,
  issuer text NOT NULL DEFAULT '',
  -- Grows with every change of what is published: the spiffe_sequence of the bundle.
  sequence bigint NOT NULL DEFAULT 1
);

CREATE TABLE identity.oidc_keys (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  algorithm text NOT NULL,
  rotation_period integer NOT NULL,
  verification_ttl integer NOT NULL,
  publish_ahead integer NOT NULL,
  allowed_client_ids text[] NOT NULL,
  rotates_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT oidc_keys_name_unique UNIQUE (org_id, name),
  CONSTRAINT oidc_keys_by_org UNIQUE (org_id, id),
  CONSTRAINT oidc_keys_name_present CHECK (name <> ''),
  CONSTRAINT oidc_keys_times CHECK (
    rotation_period >= 60 AND verification_ttl >= 0 AND verification_ttl <= 10::bigint * rotation_period
    AND publish_ahead BETWEEN 0 AND rotation_period)
);
CREATE INDEX oidc_keys_due ON identity.oidc_keys (rotates_at);

-- published_for is the longest that any token of this version may live: it stays published as long after its last signature.
CREATE TABLE identity.oidc_key_versions (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  key_id uuid NOT NULL,
  state text NOT NULL,
  algorithm text NOT NULL,
  public_jwk jsonb NOT NULL,
  private_key_id text,
  private_sealed bytea,
  published_for integer NOT NULL,
  published_at timestamptz NOT NULL,
  signs_since timestamptz,
  published_until timestamptz,
  CONSTRAINT oidc_key_versions_key FOREIGN KEY (org_id, key_id) REFERENCES identity.oidc_keys (org_id, id) ON DELETE CASCADE,
  CONSTRAINT oidc_key_versions_state CHECK (state IN ('next', 'current', 'retired')),
  CONSTRAINT oidc_key_versions_private CHECK (
    (state = 'retired') = (private_sealed IS NULL) AND (private_sealed IS NULL) = (private_key_id IS NULL)),
  CONSTRAINT oidc_key_versions_end CHECK ((state = 'retired') = (published_until IS NOT NULL))
);
CREATE UNIQUE INDEX oidc_key_versions_one_signs ON identity.oidc_key_versions (org_id, key_id, state) WHERE state <> 'retired';
CREATE INDEX oidc_key_versions_by_key ON identity.oidc_key_versions (org_id, key_id);
CREATE INDEX oidc_key_versions_ended ON identity.oidc_key_versions (published_until) WHERE published_until IS NOT NULL;
CREATE INDEX oidc_key_versions_sealed ON identity.oidc_key_versions (private_key_id, id) WHERE private_key_id IS NOT NULL;

CREATE TABLE identity.oidc_roles (
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  key_name text COLLATE "C" NOT NULL,
  template text NOT NULL,
  client_id text NOT NULL,
  ttl integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, name),
  CONSTRAINT oidc_roles_key FOREIGN KEY (org_id, key_name) REFERENCES identity.oidc_keys (org_id, name),
  CONSTRAINT oidc_roles_name CHECK (name <> ''),
  CONSTRAINT oidc_roles_ttl CHECK (ttl > 0),
  CONSTRAINT oidc_roles_length CHECK (octet_length(template) <= 16384 AND octet_length(client_id) <= 1024)
);
CREATE INDEX oidc_roles_by_key ON identity.oidc_roles (org_id, key_name);
