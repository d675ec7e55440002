import { validationError } from './service-error.js';
import type { Operation } from './services.js';
import { taggedTable } from './tag-rules.js';

/** Of a page. */
const TAGS_PER_PAGE = 10;

/** Pages are in the order of the tags' keys, and a token is the last key of a page: tags may come and go in between. */
export const listTagsOfResource: Operation<'ListTagsOfResource'> = (services, input) => {
  const { definition } = taggedTable(services, input.ResourceArn);
  const after = input.NextToken === undefined ? undefined : keyOf(input.NextToken);
  const tags = [...definition.settings.tags]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .filter(([key]) => after === undefined || key > after);
  const page = tags.slice(0, TAGS_PER_PAGE);
  const last = tags.length > page.length ? page.at(-1) : undefined;
  return {
    Tags: page.map(([Key, Value]) => ({ Key, Value })),
    NextToken: last && Buffer.from(last[0]).toString('base64url'),
  };
};

function keyOf(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (Buffer.from(key).toString('base64url') === token) return key;
  throw validationError('Invalid NextToken');
}
