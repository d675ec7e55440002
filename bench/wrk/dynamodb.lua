-- GetItem, PutItem or TransactWriteItems of four items (the first argument), of items of 1 KB, over KEYS keys, in an order that is the same in every run.
local KEYS = 1000

local requests = {}
local index = 0

local function item_key(number)
  return string.format('"id":{"S":"key-%08d"}', number)
end

local body
body = function(operation, number)
  if operation == "GetItem" then
    return '{"TableName":"bench","ConsistentRead":true,"Key":{' .. item_key(number) .. "}}"
  end
  if operation == "TransactWriteItems" then
    local puts = {}
    for part = 1, 4 do
      puts[part] = '{"Put":' .. body("PutItem", number * 4 + part) .. "}"
    end
    return '{"TransactItems":[' .. table.concat(puts, ",") .. "]}"
  end
  local text = string.rep(string.char(97 + number % 26), 960)
  return '{"TableName":"bench","Item":{' .. item_key(number) .. ',"count":{"N":"' .. number .. '"},"text":{"S":"' .. text .. '"}}}'
end

function init(arguments)
  local operation = arguments[1]
  local headers = {
    ["Content-Type"] = "application/x-amz-json-1.0",
    ["X-Amz-Target"] = "DynamoDB_20120810." .. operation,
    ["X-Amz-Date"] = "20260101T000000Z",
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
      .. "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" .. string.rep("0", 64),
  }
  for number = 1, KEYS do
    requests[number] = wrk.format("POST", "/", headers, body(operation, number))
  end
end

function request()
  -- 389 and 1000 have no common divisor, so every key comes once in KEYS requests.
  index = (index + 389) % KEYS
  return requests[index + 1]
end
