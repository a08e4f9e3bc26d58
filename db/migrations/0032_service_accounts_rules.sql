-- compatible-from: 0032
-- Organizations share issuers now, so a subject is unique inside of one. An earlier gateway could not create accounts any more, and its
-- accounts did not end.
ALTER TABLE service_accounts.accounts
  ADD COLUMN owner text,
  ADD COLUMN expires_at timestamptz,
  ADD COLUMN last_used_at timestamptz,
  DROP CONSTRAINT accounts_pkey,
  ADD CONSTRAINT accounts_pkey PRIMARY KEY (org_id, issuer, subject);

-- Accounts that follow from a token's claims: settings holds conditions, the template of the name, groups.
CREATE TABLE service_accounts.rules (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  issuer text COLLATE "C" NOT NULL,
  priority integer NOT NULL DEFAULT 0,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT rules_name_unique UNIQUE (org_id, name)
);
CREATE INDEX rules_by_issuer ON service_accounts.rules (org_id, issuer, priority DESC, name);
