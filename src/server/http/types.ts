/** What the server shows to operators, and tells of itself. */

import type { RequestBytes } from '../limits.js';

/** For operators, at a path of its own. */
export interface Page {
  readonly type: string;
  /** Anybody else gets what a path without a page gets. */
  readonly loopbackOnly: boolean;
  render(): Promise<string>;
}

export interface HttpStatistics {
  readonly connections: number;
  /** Requests whose bodies are on their way, and those between their last byte and the end of their reply. */
  readonly arriving: number;
  readonly inFlight: number;
  /** Requests that were turned away because of what others take, or because they were too large. */
  readonly overloaded: number;
  readonly tooLarge: number;
  /** Connections that were closed at once, because there were as many as there may be. */
  readonly connectionsRefused: number;
  readonly bytes: RequestBytes;
}
