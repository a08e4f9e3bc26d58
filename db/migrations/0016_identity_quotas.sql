-- How many things of a kind one organization may have, where that differs from the gateway's setting.
CREATE TABLE identity.quotas (
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  kind text COLLATE "C" NOT NULL,
  most bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, kind),
  CONSTRAINT quotas_kind_shape CHECK (kind ~ '^[a-z_]{1,63}$'),
  CONSTRAINT quotas_most CHECK (most >= 0)
);
