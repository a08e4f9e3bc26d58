-- Issuers whose access tokens are an organization's accounts. settings is what the API takes; what is absent is the preset's.
CREATE TABLE service_accounts.issuers (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  issuer text COLLATE "C" NOT NULL,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT issuers_org_issuer_unique UNIQUE (org_id, issuer),
  CONSTRAINT issuers_issuer_length CHECK (length(issuer) BETWEEN 1 AND 512)
);

-- A token names issuer and audience, and leads to one organization: no two have the same pair.
CREATE TABLE service_accounts.issuer_audiences (
  issuer text COLLATE "C" NOT NULL,
  audience text COLLATE "C" NOT NULL,
  org_id uuid NOT NULL,
  issuer_id uuid NOT NULL REFERENCES service_accounts.issuers (id) ON DELETE CASCADE,
  CONSTRAINT issuer_audiences_pkey PRIMARY KEY (issuer, audience)
);
CREATE INDEX issuer_audiences_by_issuer ON service_accounts.issuer_audiences (issuer_id);
