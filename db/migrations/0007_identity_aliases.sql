-- Which entity stands behind a credential: what vouches for it (mount) and its name there.
CREATE TABLE identity.entity_aliases (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  entity_id uuid NOT NULL,
  mount text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT entity_aliases_unique UNIQUE (org_id, mount, name),
  CONSTRAINT entity_aliases_entity FOREIGN KEY (org_id, entity_id) REFERENCES identity.entities (org_id, id) ON DELETE CASCADE
);
CREATE INDEX entity_aliases_by_entity ON identity.entity_aliases (org_id, entity_id);

-- Who did it, beyond doubt: names are given again, and two issuers use one name. Null in rows of earlier versions, where the subject is all there is.
ALTER TABLE identity.audit_events ADD COLUMN actor_alias text COLLATE "C";
