-- How people call the gateway that holds a channel, so that another one can say where the agent is. Empty for one of a version before.
ALTER TABLE spiffe.agent_channels ADD COLUMN gateway_name text NOT NULL DEFAULT '';
ALTER TABLE spiffe.agent_channels ADD CONSTRAINT agent_channels_gateway_name CHECK (length(gateway_name) <= 300);
