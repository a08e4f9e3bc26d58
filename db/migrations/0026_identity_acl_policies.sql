-- What Vault's tokens may do on /v1. The text is kept as it was written; "root" is never stored, "default" only once it was changed.
CREATE TABLE identity.acl_policies (
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  policy text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, name),
  CONSTRAINT acl_policies_name CHECK (name <> '' AND name <> 'root'),
  CONSTRAINT acl_policies_length CHECK (length(policy) <= 262144)
);
