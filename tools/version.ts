import { createRequire } from 'node:module';

/** The version in `package.json`, which stands two folders above the compiled file. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return version;
}
