/** Limits of values, items and keys, as the service documents them ("Constraints in Amazon DynamoDB"). */

/** Significant decimal digits of a number. */
export const NUMBER_DIGITS_MAX = 38;
/** Decimal exponent of the first significant digit. */
export const NUMBER_EXPONENT_MAX = 125;
export const NUMBER_EXPONENT_MIN = -130;
/** Names and values together; see item-size.ts. */
export const ITEM_BYTES_MAX = 400 * 1024;
export const PARTITION_KEY_BYTES_MAX = 2048;
export const SORT_KEY_BYTES_MAX = 1024;
/** A value directly in an item has level 0; each list or map around it adds one. */
export const NESTING_LEVELS_MAX = 32;

/** Name of an attribute that is no key, in UTF-8. Names of keys have 255 characters at most. */
export const ATTRIBUTE_NAME_BYTES_MAX = 65_535;
