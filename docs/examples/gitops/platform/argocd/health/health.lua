-- How Argo CD judges a resource of bursar.dev: by its Ready and Stalled conditions, of the spec that is there now.
-- Nothing of Bursar is ever Suspended: a loan that waits for its start is approved, which is all a merge can bring about.
local health = {status = "Progressing", message = "waiting for Bursar to decide"}
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
local ready, stalled = nil, nil
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then ready = condition end
  if condition.type == "Stalled" then stalled = condition end
end
if stalled ~= nil and stalled.status == "True" then
  health.status = "Degraded"
  health.message = stalled.reason .. ": " .. stalled.message
elseif ready ~= nil then
  health.message = ready.message
  if ready.status == "True" then health.status = "Healthy" end
end
return health
