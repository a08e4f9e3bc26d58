-- What a sign-in gives where the issuer's access tokens are for another API: it acts as the person itself, and not only for some of its groups.
ALTER TABLE identity.api_tokens ADD COLUMN is_sign_in boolean NOT NULL DEFAULT false;
CREATE INDEX api_tokens_of_sign_ins ON identity.api_tokens (org_id, person_id, created_at) WHERE is_sign_in;
