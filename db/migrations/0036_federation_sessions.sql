-- Sessions on connections: who used what, as whom, and how it ended. A row outlives its connection and its agent, so it names both
-- and refers to neither. gateway_id and seen_at belong to the gateway that runs it; end_reason is what the others ask of it.
CREATE TABLE federation.sessions (
  id uuid NOT NULL,
  org_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  connection_name text COLLATE "C" NOT NULL,
  agent_id uuid,
  verb text NOT NULL,
  caller text COLLATE "C" NOT NULL,
  user_email text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  correlation_id text COLLATE "C",
  provider text,
  resolved_principal text,
  admin_principal text,
  token_expires_at timestamptz,
  fallback_applied boolean NOT NULL DEFAULT false,
  fallback_reason text,
  status text NOT NULL,
  reason text,
  message text,
  exit_code integer,
  bytes_in bigint NOT NULL DEFAULT 0,
  bytes_out bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz,
  gateway_id uuid NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  end_reason text,
  PRIMARY KEY (org_id, id),
  CONSTRAINT sessions_verb CHECK (verb IN ('exec', 'connect')),
  CONSTRAINT sessions_status CHECK (status IN ('opening', 'running', 'done', 'failed', 'denied', 'ended', 'lost')),
  CONSTRAINT sessions_open CHECK ((status IN ('opening', 'running')) = (ended_at IS NULL)),
  CONSTRAINT sessions_correlation CHECK (correlation_id ~ '^[ -~]{1,255}$')
);
CREATE INDEX sessions_of_connection ON federation.sessions (org_id, connection_name, id);
CREATE INDEX sessions_of_caller ON federation.sessions (org_id, caller, id);
CREATE INDEX sessions_of_correlation ON federation.sessions (org_id, correlation_id, id) WHERE correlation_id IS NOT NULL;
CREATE INDEX sessions_open_of_connection ON federation.sessions (org_id, connection_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_open_of_gateway ON federation.sessions (gateway_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_open_unseen ON federation.sessions (seen_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_over ON federation.sessions (ended_at) WHERE ended_at IS NOT NULL;
