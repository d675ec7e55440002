/** Which attribute tells when items expire: the setting, and what may follow on what. */
import { type JsonObject, type Request, refusals, type Suite, typeErrors } from '../case.js';
import { table, tableOf } from '../tables.js';

const TableName = tableOf('ttl');
const other = tableOf('ttl-other');
const missing = tableOf('ttl-missing');

const specification = (AttributeName: string, Enabled: boolean): JsonObject => ({ AttributeName, Enabled });
const update = (name: string, AttributeName: string, Enabled: boolean): Request => [
  'UpdateTimeToLive',
  { TableName: name, TimeToLiveSpecification: specification(AttributeName, Enabled) },
];
const describe = (name: string): Request => ['DescribeTimeToLive', { TableName: name }];

/** The service takes up to an hour. */
const DISABLED = { output: { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } } };
const enabledFor = (AttributeName: string) => ({
  output: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName } },
});
const refused = (message: string) => ({ type: 'ValidationException', message });

export const timeToLive: Suite = {
  name: 'time to live',
  tables: [table(TableName, 'S'), table(other, 'S')],
  cases: [
    { name: 'a new table has none', request: describe(other), expect: DISABLED },
    {
      name: 'what is disabled cannot be disabled',
      request: update(other, 'expires', false),
      expect: refused('TimeToLive is already disabled'),
    },
    {
      name: 'enabled, of another attribute, again, disabled, again',
      request: update(TableName, 'expires', true),
      expect: { output: { TimeToLiveSpecification: specification('expires', true) } },
      afterwards: [
        [describe(TableName), enabledFor('expires')],
        [update(TableName, 'expires', true), refused('TimeToLive is already enabled')],
        [
          update(TableName, 'other', true),
          refused('TimeToLive is active on a different AttributeName: current AttributeName is expires'),
        ],
        [
          update(TableName, 'other', false),
          refused('TimeToLive is active on a different AttributeName: current AttributeName is expires'),
        ],
        [
          update(TableName, 'expires', false),
          { output: { TimeToLiveSpecification: specification('expires', false) } },
        ],
        [describe(TableName), DISABLED],
        [update(TableName, 'expires', false), refused('TimeToLive is already disabled')],
        [
          update(TableName, 'other', true),
          { output: { TimeToLiveSpecification: specification('other', true) } },
        ],
        [describe(TableName), enabledFor('other')],
      ],
    },
    ...refusals(
      [
        [
          'no such table',
          ...update(missing, 'a', true),
          `Requested resource not found: Table: ${missing} not found`,
        ],
        [
          'to describe no such table',
          ...describe(missing),
          `Requested resource not found: Table: ${missing} not found`,
        ],
      ],
      'ResourceNotFoundException',
    ),
    ...refusals([
      [
        'no specification',
        'UpdateTimeToLive',
        { TableName },
        "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: " +
          'Member must not be null',
      ],
      [
        'an empty attribute name',
        ...update(TableName, '', true),
        "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy " +
          'constraint: Member must have length greater than or equal to 1',
      ],
      [
        'too long an attribute name',
        ...update(TableName, 'a'.repeat(256), true),
        /at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length less than or equal to 255$/,
      ],
    ]).map((each) => ({ ...each, rawOnly: true })),
    ...typeErrors([
      [
        'a specification that is a text',
        'UpdateTimeToLive',
        { TableName, TimeToLiveSpecification: 'a' },
        'Unexpected field type',
      ],
    ]),
  ],
};
