-- The issuer at which the people of an organization sign in: one for each.
CREATE UNIQUE INDEX issuers_people ON service_accounts.issuers (org_id) WHERE settings ? 'people';
