-- The names that providers are registered under; a test compares the two.
ALTER TABLE federation.policies DROP CONSTRAINT policies_provider;
ALTER TABLE federation.policies ADD CONSTRAINT policies_provider CHECK (builtin_provider IN ('aws_sts', 'gcp_iam', 'oidc_token'));
