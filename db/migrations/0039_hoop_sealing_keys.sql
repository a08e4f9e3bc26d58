-- Keys that seal rows, themselves sealed by a key of HOOP_ENCRYPTION_KEY (root_key). The newest that seals is used; older ones only open.
-- A key is stored before anything is sealed by it, and completed when a rotation to it has left nothing under another.
CREATE TABLE hoop.sealing_keys (
  id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  root_key text COLLATE "C" NOT NULL,
  bytes bytea NOT NULL,
  seals boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  CONSTRAINT sealing_keys_pkey PRIMARY KEY (id),
  CONSTRAINT sealing_keys_name_unique UNIQUE (name),
  CONSTRAINT sealing_keys_name CHECK (name ~ '^d[0-9a-f]{16}$'),
  CONSTRAINT sealing_keys_completed CHECK (completed_at IS NULL OR seals)
);
