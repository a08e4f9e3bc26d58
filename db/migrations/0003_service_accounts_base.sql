CREATE SCHEMA service_accounts;

-- An access token names its account by issuer and subject, so the pair is unique in the whole gateway: an issuer belongs to one organization.
CREATE TABLE service_accounts.accounts (
  id uuid NOT NULL,
  org_id uuid NOT NULL,
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  name text NOT NULL DEFAULT '',
  status text NOT NULL,
  groups text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT accounts_pkey PRIMARY KEY (issuer, subject),
  CONSTRAINT accounts_status CHECK (status IN ('active', 'inactive')),
  CONSTRAINT accounts_subject_length CHECK (length(subject) BETWEEN 1 AND 255)
);
CREATE INDEX accounts_by_org ON service_accounts.accounts (org_id, subject);
