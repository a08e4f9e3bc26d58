-- A list of members that was never set is null in an answer, and one that was cleared is empty.
ALTER TABLE identity.groups
  ADD COLUMN has_entities boolean NOT NULL DEFAULT false,
  ADD COLUMN has_groups boolean NOT NULL DEFAULT false;
