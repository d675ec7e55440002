/** Shapes that several operations share. Ranges and lengths are those of the service's API model. */
import { attributeValue, boolean, enumeration, list, map, required, string, structure } from '../shape.js';
import { NAME_PATTERN, TABLE_ARN_MAX, TABLE_NAME_MAX, TABLE_NAME_MIN } from '../table-name.js';

/** A table by name or ARN. The length of a plain name is a rule of its own: see `checkNameLength`. */
export const tableName = string({ pattern: NAME_PATTERN, min: 1, max: TABLE_ARN_MAX, orArn: true });
/** A table by name or ARN, where it is the key of a map. */
export const tableNameKey = string({
  pattern: NAME_PATTERN,
  min: TABLE_NAME_MIN,
  max: TABLE_NAME_MAX,
  orArn: true,
});
export const indexName = string({ pattern: NAME_PATTERN, min: TABLE_NAME_MIN, max: TABLE_NAME_MAX });

/** Attribute names as keys: their limits depend on where the attribute stands, so they are semantic rules. */
const anyString = string();
export const text = anyString;

export const attributes = map(anyString, attributeValue);
export const attributeNames = map(anyString, anyString);
export const attributesToGet = list(anyString, { min: 1, max: 255 });

export const returnConsumedCapacity = enumeration(['INDEXES', 'TOTAL', 'NONE']);
export const returnItemCollectionMetrics = enumeration(['SIZE', 'NONE']);
export const returnValues = enumeration(['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW']);
export const returnValuesOnConditionCheckFailure = enumeration(['ALL_OLD', 'NONE']);
export const conditionalOperator = enumeration(['OR', 'AND']);
export const select = enumeration([
  'SPECIFIC_ATTRIBUTES',
  'COUNT',
  'ALL_ATTRIBUTES',
  'ALL_PROJECTED_ATTRIBUTES',
]);

const comparisonOperator = enumeration([
  'IN',
  'NULL',
  'BETWEEN',
  'LT',
  'NOT_CONTAINS',
  'EQ',
  'GT',
  'NOT_NULL',
  'NE',
  'LE',
  'BEGINS_WITH',
  'GE',
  'CONTAINS',
]);

export const conditions = map(
  anyString,
  structure('Condition', {
    AttributeValueList: list(attributeValue),
    ComparisonOperator: required(comparisonOperator),
  }),
);

export const expected = map(
  anyString,
  structure('ExpectedAttributeValue', {
    AttributeValueList: list(attributeValue),
    ComparisonOperator: comparisonOperator,
    Exists: boolean,
    Value: attributeValue,
  }),
);
