/** What the daemon shows to operators over HTTP, beside its health at `/`. */
import type { Figures } from '../src/metrics/definitions.js';
import type { Page } from '../src/server/http/types.js';
import type { DaemonStatus } from './daemon-status.js';

export const METRICS_PATH = '/metrics';
export const STATUS_PATH = '/status';

export interface PageSources {
  readonly figures: () => Figures;
  readonly status: () => DaemonStatus;
}

export function operatorPages({ figures, status }: PageSources): ReadonlyMap<string, Page> {
  return new Map<string, Page>([
    [METRICS_PATH, metricsPage(figures)],
    [
      STATUS_PATH,
      {
        type: 'application/json',
        // It names paths of the machine.
        loopbackOnly: true,
        render: async () => `${JSON.stringify(status(), null, 2)}\n`,
      },
    ],
  ]);
}

/** What measures the process is loaded, and begins, when somebody asks for it first: until then it costs nothing. */
function metricsPage(figures: () => Figures): Page {
  let rendered: Promise<() => Promise<string>> | undefined;
  const load = async () => {
    const { MetricsRegistry } = await import('../src/metrics/registry.js');
    const registry = new MetricsRegistry(figures);
    return () => registry.render();
  };
  return {
    type: 'text/plain; version=0.0.4; charset=utf-8',
    loopbackOnly: false,
    render: async () => {
      rendered ??= load();
      return (await rendered)();
    },
  };
}
