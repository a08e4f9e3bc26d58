-- The first user whom a policy resolves to a cloud account owns it, in all of the organization's policies, until an administrator releases it.
-- user_subject is the user's stable subject; of the others that rendered to the same account, the last one is kept to be shown.
CREATE TABLE federation.principal_owners (
  org_id uuid NOT NULL,
  principal text COLLATE "C" NOT NULL,
  user_subject text COLLATE "C" NOT NULL,
  user_email text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  refused_connection_id uuid,
  refused_email text,
  refused_at timestamptz,
  PRIMARY KEY (org_id, principal),
  CONSTRAINT principal_owners_refused_whole CHECK (num_nonnulls(refused_connection_id, refused_email, refused_at) IN (0, 3))
);
CREATE INDEX principal_owners_refused ON federation.principal_owners (org_id, refused_connection_id, refused_at) WHERE refused_connection_id IS NOT NULL;
