-- What an issuer's row must not show: the client secret for introspection and the bearer token for its key set, sealed together.
-- Which of them there are, settings says.
ALTER TABLE service_accounts.issuers
  ADD COLUMN secrets_key_id text COLLATE "C",
  ADD COLUMN secrets_sealed bytea,
  ADD CONSTRAINT issuers_secrets CHECK ((secrets_key_id IS NULL) = (secrets_sealed IS NULL)) NOT VALID;
