-- When a token was last presented, to within five minutes. Null: not since this column is there.
ALTER TABLE identity.api_tokens ADD COLUMN last_used_at timestamptz;
