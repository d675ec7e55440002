// For `require`: Node 20 cannot require ES modules, but both functions give promises anyway, so these load them first.
import type * as varve from './index.js' with { 'resolution-mode': 'import' };

const load = import('./index.js');
// Whoever calls is told.
load.catch(() => undefined);

const connect: typeof varve.connect = async (options) => (await load).connect(options);
const open: typeof varve.open = async (options) => (await load).open(options);

export = { connect, open };
