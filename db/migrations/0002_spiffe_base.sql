CREATE SCHEMA spiffe;

-- A trust domain belongs to exactly one organization, so its name is unique in the whole gateway.
CREATE TABLE spiffe.trust_domains (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  bundle_url text,
  bundle_file text,
  bundle_jwks text,
  refresh_seconds integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT trust_domains_name_unique UNIQUE (name),
  CONSTRAINT trust_domains_name_shape CHECK (name ~ '^[a-z0-9._-]{1,255}$'),
  CONSTRAINT trust_domains_one_source CHECK (num_nonnulls(bundle_url, bundle_file, bundle_jwks) = 1),
  CONSTRAINT trust_domains_refresh CHECK (refresh_seconds BETWEEN 1 AND 86400)
);
CREATE INDEX trust_domains_by_org ON spiffe.trust_domains (org_id, name);

-- What an agent says of itself (hostname and the rest) is shown to people and decides nothing.
CREATE TABLE spiffe.agents (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  mode text NOT NULL DEFAULT 'standard',
  key_hash bytea,
  key_created_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz,
  CONSTRAINT agents_name_unique UNIQUE (org_id, name),
  CONSTRAINT agents_key_unique UNIQUE (key_hash),
  CONSTRAINT agents_org_id_unique UNIQUE (org_id, id),
  CONSTRAINT agents_mode CHECK (mode IN ('standard', 'embedded')),
  CONSTRAINT agents_key_hash_length CHECK (octet_length(key_hash) = 32)
);

-- One row for each live channel of an agent, on whichever gateway holds it. Rows of a gateway that died go stale by last_seen_at.
CREATE TABLE spiffe.agent_channels (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  identity text COLLATE "C" NOT NULL,
  mapping_id uuid,
  groups text[] NOT NULL DEFAULT '{}',
  expires_at timestamptz,
  hostname text NOT NULL DEFAULT '',
  version text NOT NULL DEFAULT '',
  platform text NOT NULL DEFAULT '',
  machine_id text NOT NULL DEFAULT '',
  kernel_version text NOT NULL DEFAULT '',
  connected_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_channels_agent FOREIGN KEY (org_id, agent_id) REFERENCES spiffe.agents (org_id, id) ON DELETE CASCADE
);
CREATE INDEX agent_channels_by_agent ON spiffe.agent_channels (org_id, agent_id, last_seen_at DESC);
CREATE INDEX agent_channels_by_gateway ON spiffe.agent_channels (gateway_id);

-- An identity is compared as bytes and is ASCII, so its length in characters is its length in bytes.
CREATE TABLE spiffe.mappings (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  trust_domain text COLLATE "C" NOT NULL,
  spiffe_id text COLLATE "C",
  spiffe_prefix text COLLATE "C",
  prefix_length integer GENERATED ALWAYS AS (length(spiffe_prefix)) STORED,
  agent_id uuid,
  agent_template text,
  groups text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT mappings_one_match CHECK (num_nonnulls(spiffe_id, spiffe_prefix) = 1),
  CONSTRAINT mappings_one_target CHECK (num_nonnulls(agent_id, agent_template) = 1),
  CONSTRAINT mappings_id_in_domain CHECK (spiffe_id = 'spiffe://' || trust_domain OR starts_with(spiffe_id, 'spiffe://' || trust_domain || '/')),
  CONSTRAINT mappings_prefix_in_domain CHECK (starts_with(spiffe_prefix, 'spiffe://' || trust_domain || '/')),
  CONSTRAINT mappings_length CHECK (octet_length(coalesce(spiffe_id, spiffe_prefix)) <= 2048),
  CONSTRAINT mappings_template_length CHECK (octet_length(agent_template) BETWEEN 1 AND 4096),
  CONSTRAINT mappings_groups CHECK (cardinality(groups) <= 100 AND array_position(groups, NULL) IS NULL),
  CONSTRAINT mappings_agent FOREIGN KEY (org_id, agent_id) REFERENCES spiffe.agents (org_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX mappings_id_unique ON spiffe.mappings (org_id, spiffe_id) WHERE spiffe_id IS NOT NULL;
-- Serves the uniqueness of prefixes, the probe by prefix, and the skip from one stored length to the next shorter one.
CREATE UNIQUE INDEX mappings_prefix_unique ON spiffe.mappings (org_id, trust_domain, prefix_length, spiffe_prefix) WHERE spiffe_prefix IS NOT NULL;
CREATE INDEX mappings_newest_first ON spiffe.mappings (org_id, created_at DESC, id DESC);
CREATE INDEX mappings_by_agent ON spiffe.mappings (org_id, agent_id) WHERE agent_id IS NOT NULL;
-- Most organizations are small and some are not. Taking every one for a hundredth of the table keeps the planner from probing by organization
-- alone, which is as cheap on average as the unique indexes and ruinous for the large ones. For the same reason no index begins (org_id, trust_domain) but theirs.
ALTER TABLE spiffe.mappings ALTER COLUMN org_id SET (n_distinct = 100);
