import type { Operation } from './services.js';

const CACHE_MINUTES = 1440;

export const describeEndpoints: Operation<'DescribeEndpoints'> = (_services, _input, { region }) => ({
  Endpoints: [{ Address: `dynamodb.${region}.amazonaws.com`, CachePeriodInMinutes: CACHE_MINUTES }],
});
