-- wrk's requests: one text each, of ten to thirty tokens; prints what came back as JSON.

local texts = {
  "I'm so proud of everything we've built together!",
  "Thank you so much, I really appreciate your help with this.",
  "I can't believe they cancelled the show, what a disappointment.",
  "Wait, how does that even work? I never thought about it that way.",
  "The meeting is on Tuesday at ten, please bring the printed forms.",
  "This is the funniest thing I have seen all week, I can't stop laughing.",
  "I'm terrified of what might happen next, and nobody seems to care.",
  "That was rude and uncalled for, and I am tired of pretending it was not.",
  "Congratulations to both of you, I wish you all the happiness in the world!",
  "I miss her every single day, and some days are harder than others.",
}
local threads = {}
local number = 0

counts = {}
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function setup(thread)
  table.insert(threads, thread)
end

function request()
  number = number % #texts + 1
  return wrk.format(nil, nil, nil, '{"' .. (os.getenv("FIELD") or "text") .. '": "' .. texts[number] .. '"}')
end

function response(status)
  local key = tostring(status)
  counts[key] = (counts[key] or 0) + 1
end

function done(summary, latency)
  local statuses = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("counts")) do
      statuses[status] = (statuses[status] or 0) + count
    end
  end
  local parts = {}
  for status, count in pairs(statuses) do
    table.insert(parts, string.format('"%s": %d', status, count))
  end
  print(string.format(
    'JSON {"statuses": {%s}, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "max_ms": %f, "no_answer": %d}',
    table.concat(parts, ", "), summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
