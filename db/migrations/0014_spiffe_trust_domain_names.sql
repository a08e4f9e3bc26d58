-- The name of a trust domain belongs to one organization, also after the trust domain is deleted or renamed: until the operator frees it.
-- A gateway one version older does not know this table; the rows it makes count as held, because every reader looks at both tables.
CREATE TABLE spiffe.trust_domain_names (
  name text COLLATE "C" PRIMARY KEY,
  org_id uuid NOT NULL,
  given_by text NOT NULL,
  given_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT trust_domain_names_shape CHECK (name ~ '^[a-z0-9._-]{1,255}$'),
  CONSTRAINT trust_domain_names_given_by CHECK (given_by IN ('earlier', 'operator', 'only_organization', 'proof'))
);
CREATE INDEX trust_domain_names_by_org ON spiffe.trust_domain_names (org_id, name);
INSERT INTO spiffe.trust_domain_names (name, org_id, given_by, given_at)
SELECT name, org_id, 'earlier', created_at
FROM spiffe.trust_domains;
