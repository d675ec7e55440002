import type { Operation } from './services.js';
import { taggedTable } from './tag-rules.js';

/** A table has at most 50 tags, so that one page holds them. */
export const listTagsOfResource: Operation<'ListTagsOfResource'> = (services, input) => {
  const { definition } = taggedTable(services, input.ResourceArn);
  return { Tags: definition.settings.tags.map(([Key, Value]) => ({ Key, Value })) };
};
