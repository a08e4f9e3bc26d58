-- When the token was made (iat) that last told what an alias has of a sign-in: metadata and groups. Null: no token has said when it was made.
ALTER TABLE identity.entity_aliases ADD COLUMN told_at timestamptz;
