/** What a client knows of a write that did not succeed. */

/** The daemon said no: the write did not happen. */
export function isRefused(error: unknown): boolean {
  const status = httpStatus(error);
  return status !== undefined && status < 500;
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

/** A promise broken by the daemon. Collected rather than thrown, so that a run shows all of them. */
export class Violations {
  readonly found: string[] = [];

  add(text: string): void {
    this.found.push(text);
  }
}
