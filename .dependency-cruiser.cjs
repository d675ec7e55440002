/**
 * The rooms of the house, bottom first. A room imports from the rooms below it, never from those above, never in a circle.
 */
const rooms = [
  'src/statistics',
  'src/vfs',
  'src/encoding',
  'src/expression',
  'src/wal',
  'src/memtable',
  'src/sstable',
  'src/compaction',
  'src/partition',
  'src/transaction',
  'src/table',
  'src/backup',
  'src/api',
  'src/protocol',
  'src/server',
  'src/client',
  'src/engine',
  'src/metrics',
  'tools',
  'bin',
];

const upward = rooms.slice(0, -1).map((room, index) => ({
  name: `no-import-from-above-${room.replace('src/', '')}`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: { path: `^(${rooms.slice(index + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-rooms-do-no-io',
      comment: 'encoding and expression are pure: of crypto they take hashes only',
      severity: 'error',
      from: { path: '^src/(encoding|expression)/' },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^((node:)?(buffer|crypto)|assert(/strict)?|node:assert.*|zlib|node:zlib)$',
      },
    },
    {
      name: 'files-only-through-vfs',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/vfs/' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'client-has-no-server-in-it',
      comment: 'a program that connects loads the codec only, besides types',
      severity: 'error',
      from: { path: '^src/(client|protocol)/' },
      to: {
        path: '^src/',
        pathNot: '^src/((client|protocol|encoding|vfs)/|api/validation/input-types[.]ts$)',
      },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.d\\.ts$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
