import type { Operation } from './services.js';
import { taggedTable } from './tag-rules.js';
import { NO_OUTPUT } from './types.js';

export const untagResource: Operation<'UntagResource'> = async (services, input) => {
  const { definition } = taggedTable(services, input.ResourceArn);
  await services.tables.update(
    definition.name,
    (settings) => ({ ...settings, tags: settings.tags.filter(([key]) => !input.TagKeys.includes(key)) }),
    { quiet: true },
  );
  return NO_OUTPUT;
};
