-- Who answers for an entity, and until when it may act: both optional, and told by a tidy before it deletes.
ALTER TABLE identity.entities
  ADD COLUMN owner text,
  ADD COLUMN expires_at timestamptz;

-- What lists are filtered by.
CREATE INDEX entities_by_metadata ON identity.entities USING gin (metadata jsonb_path_ops);
CREATE INDEX entities_by_policy ON identity.entities USING gin (policies);
CREATE INDEX entities_disabled ON identity.entities (org_id, id) WHERE disabled;
CREATE INDEX entities_expiring ON identity.entities (org_id, expires_at) WHERE expires_at IS NOT NULL;
