-- wrk -s requests.lua ADDRESS -- FILE: sends the requests of FILE in turn, each thread beginning elsewhere.
-- A line is method, path, token and body, parted by tabs. A body that holds @N@ is a template: each request gets another text there.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  requests, before, after = {}, nil, nil
  for line in io.lines(args[1]) do
    local method, path, token, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    local start, finish = body:find("@N@", 1, true)
    if start then
      before, after = body:sub(1, start - 1), body:sub(finish + 1)
      template = { method, path, headers }
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
  position = number * 379
  -- Not the clock alone: two rounds may begin within one second.
  unique = string.format("%d-%s-%d-", number, tostring({}):match("0x(%x+)"), os.time())
end

function request()
  position = position + 1
  if before then
    return wrk.format(template[1], template[2], template[3], before .. unique .. position .. after)
  end
  return requests[position % #requests + 1]
end

function done(summary, latency, requests)
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"status_errors":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
