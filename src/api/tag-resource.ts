import type { Operation } from './services.js';
import { taggedTable, withTags } from './tag-rules.js';
import { NO_OUTPUT } from './types.js';

export const tagResource: Operation<'TagResource'> = async (services, input) => {
  const { definition } = taggedTable(services, input.ResourceArn);
  await services.tables.update(
    definition.name,
    (settings) => ({ ...settings, tags: withTags(settings.tags, input.Tags) }),
    { quiet: true },
  );
  return NO_OUTPUT;
};
