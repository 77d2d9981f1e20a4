-- SPDX-License-Identifier: ISC
-- Requests as the environment says, and one line of figures at the end.
wrk.method = os.getenv("BENCH_METHOD") or "GET"
local auth = os.getenv("BENCH_AUTH")
if auth then
	wrk.headers["Authorization"] = auth
end

function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format("figures %d %d %d %d %d %d\n", summary.requests,
	    summary.duration, latency:percentile(50), latency:percentile(99),
	    latency.max,
	    e.connect + e.read + e.write + e.status + e.timeout))
end
