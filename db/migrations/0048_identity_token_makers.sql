-- Who made the first of a family of Vault's tokens, named as the identity store names them: with a person, an account or a workload that is let
-- in no more, or whose entity is disabled, the family ends. Children have it of their parents; an orphan has none, nor has what was made before.
ALTER TABLE identity.tokens
  ADD COLUMN maker_mount text COLLATE "C",
  ADD COLUMN maker_name text COLLATE "C",
  ADD CONSTRAINT tokens_maker CHECK ((maker_mount IS NULL) = (maker_name IS NULL)) NOT VALID;
CREATE INDEX tokens_by_maker ON identity.tokens (org_id, maker_mount, maker_name) WHERE maker_mount IS NOT NULL;
