-- An action (work outside of the database) has two rows: one before it, one after it, tied by correlation_id. A row "begun" without its second one
-- tells of a gateway that ended in between. The constraint only grows, so the rows that are there satisfy it and need no second look.
ALTER TABLE identity.audit_events ADD COLUMN correlation_id uuid;
ALTER TABLE identity.audit_events DROP CONSTRAINT audit_events_outcome;
ALTER TABLE identity.audit_events ADD CONSTRAINT audit_events_outcome
  CHECK (outcome IN ('begun', 'success', 'failure') AND (outcome = 'failure') = (failure IS NOT NULL)) NOT VALID;
CREATE INDEX audit_events_by_correlation ON identity.audit_events (correlation_id) WHERE correlation_id IS NOT NULL;
