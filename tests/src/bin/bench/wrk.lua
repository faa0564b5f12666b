-- What wrk sends for `scripts/bench http`, and what it says in the end.
--   wrk … -s wrk.lua URL -- TOKEN JSON NUMBER
-- Each request is a POST of that JSON; where it says USER, of another user each time, under that number.

function init(args)
  local json, number, sent = args[2], args[3], 0
  wrk.method = "POST"
  wrk.body = json
  wrk.headers["Authorization"] = "Bearer " .. args[1]
  wrk.headers["Content-Type"] = "application/json"
  if json:find("USER") then
    request = function()
      sent = sent + 1
      local user = string.format("%08x-0000-4000-8000-%012x", number, sent)
      return wrk.format(nil, nil, nil, (json:gsub("USER", user)))
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests":%d,"micros":%d,"half":%d,"most":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed))
end
