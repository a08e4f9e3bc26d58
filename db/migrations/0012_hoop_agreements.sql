-- What all gateways of this database have in common, as fingerprints: one current of each kind, the others were replaced.
CREATE TABLE hoop.agreements (
  kind text NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  agreed_at timestamptz NOT NULL DEFAULT now(),
  replaced_at timestamptz,
  CONSTRAINT agreements_pkey PRIMARY KEY (kind, fingerprint),
  CONSTRAINT agreements_kind CHECK (kind IN ('sealing_key', 'operator_token'))
);
CREATE UNIQUE INDEX agreements_current ON hoop.agreements (kind) WHERE replaced_at IS NULL;
