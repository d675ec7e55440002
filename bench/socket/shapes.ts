/** What is written and read, the same for every server. */
export const SHAPES = {
  keys: 10_000,
  ranges: 100,
  rangeItems: 100,
  key: (index: number): string => `key-${String(index).padStart(8, '0')}`,
  value: 'v'.repeat(1024),
  smallValue: 'r'.repeat(100),
} as const;
