#!/usr/bin/env node
// CommonJS on purpose: Node reads the size of its thread pool when the pool is first used, and the loader of ES modules
// uses it. One log per partition syncs in a thread of its own, so four, the default, are too few.
process.env.UV_THREADPOOL_SIZE ??= '16';

void import('../tools/main.js').then(({ main }) => main(process.argv.slice(2)));
