CREATE TABLE identity.groups (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES identity.organizations (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  name_key text COLLATE "C" NOT NULL,
  type text NOT NULL,
  metadata jsonb,
  policies text[],
  modify_index bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT groups_name_unique UNIQUE (org_id, name_key),
  CONSTRAINT groups_by_org UNIQUE (org_id, id),
  CONSTRAINT groups_name_present CHECK (name <> ''),
  CONSTRAINT groups_type CHECK (type IN ('internal', 'external'))
);

-- One row a membership: a group of 100,000 is changed by the rows that differ.
CREATE TABLE identity.group_entities (
  org_id uuid NOT NULL,
  group_id uuid NOT NULL,
  entity_id uuid NOT NULL,
  PRIMARY KEY (org_id, group_id, entity_id),
  CONSTRAINT group_entities_group FOREIGN KEY (org_id, group_id) REFERENCES identity.groups (org_id, id) ON DELETE CASCADE,
  CONSTRAINT group_entities_entity FOREIGN KEY (org_id, entity_id) REFERENCES identity.entities (org_id, id) ON DELETE CASCADE
);
CREATE INDEX group_entities_by_entity ON identity.group_entities (org_id, entity_id, group_id);

CREATE TABLE identity.group_groups (
  org_id uuid NOT NULL,
  parent_id uuid NOT NULL,
  child_id uuid NOT NULL,
  PRIMARY KEY (org_id, parent_id, child_id),
  CONSTRAINT group_groups_parent FOREIGN KEY (org_id, parent_id) REFERENCES identity.groups (org_id, id) ON DELETE CASCADE,
  CONSTRAINT group_groups_child FOREIGN KEY (org_id, child_id) REFERENCES identity.groups (org_id, id) ON DELETE CASCADE,
  CONSTRAINT group_groups_not_itself CHECK (parent_id <> child_id)
);
CREATE INDEX group_groups_by_child ON identity.group_groups (org_id, child_id, parent_id);

-- What a directory calls an external group: one alias a group.
CREATE TABLE identity.group_aliases (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL,
  group_id uuid NOT NULL,
  accessor text COLLATE "C" NOT NULL REFERENCES identity.mounts (accessor) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  name_key text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT group_aliases_one_name UNIQUE (org_id, accessor, name_key),
  CONSTRAINT group_aliases_one_a_group UNIQUE (org_id, group_id),
  CONSTRAINT group_aliases_by_org UNIQUE (org_id, id),
  CONSTRAINT group_aliases_group FOREIGN KEY (org_id, group_id) REFERENCES identity.groups (org_id, id) ON DELETE CASCADE
);
CREATE INDEX group_aliases_by_mount ON identity.group_aliases (accessor);

-- Entities that were merged into another one: whatever still names the old id means the new one.
CREATE TABLE identity.merged_entities (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (org_id, id),
  CONSTRAINT merged_entities_entity FOREIGN KEY (org_id, entity_id) REFERENCES identity.entities (org_id, id) ON DELETE CASCADE
);
CREATE INDEX merged_entities_by_entity ON identity.merged_entities (org_id, entity_id, position);
