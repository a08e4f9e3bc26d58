-- The lives of gateways that may answer from memory. A row is renewed every second; when it is not, nobody waits for its gateway.
CREATE TABLE hoop.gateways (
  id uuid NOT NULL,
  process_id uuid NOT NULL,
  name text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  lease_ends_at timestamptz NOT NULL,
  fenced boolean NOT NULL DEFAULT false,
  CONSTRAINT gateways_pkey PRIMARY KEY (id),
  CONSTRAINT gateways_name CHECK (length(name) BETWEEN 1 AND 300)
);
