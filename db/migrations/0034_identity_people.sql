-- People of an issuer. groups are set by admins, issuer_groups are told by the issuer at each sign-in; issuer_groups_at is when it last told them,
-- null as long as it never did: then they are unknown, and not none. email is only what the issuer vouches for, and identifies nobody.
CREATE TABLE identity.people (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  email text COLLATE "C" NOT NULL DEFAULT '',
  name text NOT NULL DEFAULT '',
  status text NOT NULL,
  groups text[] NOT NULL DEFAULT '{}',
  issuer_groups text[] NOT NULL DEFAULT '{}',
  issuer_groups_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  last_sign_in_at timestamptz,
  CONSTRAINT people_unique UNIQUE (org_id, issuer, subject),
  CONSTRAINT people_status CHECK (status IN ('active', 'inactive', 'invited')),
  CONSTRAINT people_subject_length CHECK (length(subject) BETWEEN 1 AND 255)
);
CREATE UNIQUE INDEX people_by_org ON identity.people (org_id, id);
CREATE INDEX people_by_email ON identity.people (org_id, email) WHERE email <> '';

-- The person that a token belongs to; null for one of the organization. The name of a person's token ends with # and the person's id, so that
-- names are unique for each person and never meet those of the organization.
ALTER TABLE identity.api_tokens
  ADD COLUMN person_id uuid,
  ADD CONSTRAINT api_tokens_person FOREIGN KEY (org_id, person_id) REFERENCES identity.people (org_id, id);
CREATE INDEX api_tokens_by_person ON identity.api_tokens (org_id, person_id) WHERE person_id IS NOT NULL;

-- As entity_id, without a foreign key: the token of a person that is gone is refused.
ALTER TABLE identity.tokens ADD COLUMN person_id uuid;
CREATE INDEX tokens_by_person ON identity.tokens (org_id, person_id) WHERE person_id IS NOT NULL;
