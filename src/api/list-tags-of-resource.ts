import { validationError } from './service-error.js';
import type { Operation } from './services.js';
import { taggedTable } from './tag-rules.js';

/** All tags of a table fit one reply: the service's model has pages, the service itself does not. */
export const listTagsOfResource: Operation<'ListTagsOfResource'> = (services, input) => {
  const { definition } = taggedTable(services, input.ResourceArn);
  if (input.NextToken !== undefined) throw validationError('Invalid NextToken');
  return { Tags: definition.settings.tags.map(([Key, Value]) => ({ Key, Value })) };
};
