import t from 'tap';
import { hasMoreTokens } from '../../src/server/http/json-tokens.js';
import { HTTP_LIMITS } from '../../src/server/limits.js';

t.test('counts what stands outside of strings', (t) => {
  const cases: readonly (readonly [json: string, tokens: number])[] = [
    ['{"a":[1,2,{"b":"c"}]}', 7],
    [String.raw`{"a,\"[{:":"\\","b":"\\\","}`, 4],
    [`"${',:{['.repeat(50)}"`, 0],
    [`[${'é,'.repeat(3)}]`, 4],
  ];
  for (const [json, tokens] of cases) {
    const body = Buffer.from(json.padEnd(200));
    t.notOk(hasMoreTokens(body, tokens), `at most ${tokens}: ${json}`);
    if (tokens > 0) t.ok(hasMoreTokens(body, tokens - 1), `more than ${tokens - 1}: ${json}`);
  }
  t.end();
});

t.test('the largest item has room, empty objects to the limit of bytes have not', (t) => {
  const list = (element: string, count: number) =>
    Buffer.from(`{"TableName":"t","Item":{"v":{"L":[${Array(count).fill(element).join()}]}}}`);
  const { bodyTokensMax, bodyBytesMax } = HTTP_LIMITS;
  t.notOk(hasMoreTokens(list('{"S":""}', 400 * 1024), bodyTokensMax));
  t.ok(hasMoreTokens(list('{}', bodyBytesMax / 4), bodyTokensMax));
  t.end();
});
