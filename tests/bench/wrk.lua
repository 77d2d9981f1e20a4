-- SPDX-License-Identifier: ISC
-- Requests as the environment says, and one line of figures at the end.
wrk.method = os.getenv("BENCH_METHOD") or "GET"
local auth = os.getenv("BENCH_AUTH")
if auth then
	wrk.headers["Authorization"] = auth
end

-- One token after the other, of a file with one a line.
local tokens = os.getenv("BENCH_TOKENS")
if tokens then
	local requests = {}
	local n = 0

	function init(args)
		local path = wrk.path
		for token in io.lines(tokens) do
			requests[#requests + 1] = wrk.format(nil, path,
			    { ["Authorization"] = "Bearer " .. token,
			      ["Host"] = wrk.headers["Host"] })
		end
	end

	function request()
		n = n % #requests + 1
		return requests[n]
	end
end

function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format("figures %d %d %d %d %d %d\n", summary.requests,
	    summary.duration, latency:percentile(50), latency:percentile(99),
	    latency.max,
	    e.connect + e.read + e.write + e.status + e.timeout))
end
