/** Clients leave descriptors for the data. */
import t from 'tap';
import { descriptorShares } from '../../tools/descriptor-shares.js';

t.test('shares of the descriptors', async (t) => {
  t.same(descriptorShares(undefined), {
    connectionsMax: 12_000,
    socketConnectionsMax: 4_000,
    openTablesMax: 1000,
  });
  t.same(descriptorShares(1_048_576), {
    connectionsMax: 12_000,
    socketConnectionsMax: 4_000,
    openTablesMax: 1000,
  });
  t.same(descriptorShares(20_000), {
    connectionsMax: 10_500,
    socketConnectionsMax: 3_500,
    openTablesMax: 1000,
  });
  t.same(descriptorShares(1024), { connectionsMax: 384, socketConnectionsMax: 128, openTablesMax: 256 });
  t.same(descriptorShares(3), { connectionsMax: 1, socketConnectionsMax: 1, openTablesMax: 1 });
});
