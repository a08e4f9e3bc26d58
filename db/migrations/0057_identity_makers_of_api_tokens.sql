-- Who made an API token, as identity.tokens has it (0048): with a service account or a workload that is let in no more it goes. Null for what
-- the operator, a person or nobody known has made: such a token is the organization's.
ALTER TABLE identity.api_tokens
  ADD COLUMN maker_mount text COLLATE "C",
  ADD COLUMN maker_name text COLLATE "C",
  ADD CONSTRAINT api_tokens_maker CHECK ((maker_mount IS NULL) = (maker_name IS NULL)) NOT VALID;
CREATE INDEX api_tokens_by_maker ON identity.api_tokens (org_id, maker_mount, maker_name) WHERE maker_mount IS NOT NULL;

-- How long the groups count that the issuer told at issuer_groups_at, as it was set at that sign-in. Null for a sign-in at a gateway of an earlier
-- version: a day.
ALTER TABLE identity.people ADD COLUMN issuer_groups_keep_seconds integer;
