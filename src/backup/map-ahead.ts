/** Results in the order of their sources, with up to `ahead` of them being made while the first is waited for. */
export async function* mapAhead<Source, Result>(
  sources: AsyncIterable<Source>,
  ahead: number,
  map: (source: Source) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = sources[Symbol.asyncIterator]();
  const making: Promise<Result>[] = [];
  let isOver = false;
  try {
    for (;;) {
      while (!isOver && making.length < ahead) {
        const next = await iterator.next();
        if (next.done === true) {
          isOver = true;
          break;
        }
        const result = map(next.value);
        // It is awaited later.
        result.catch(() => undefined);
        making.push(result);
      }
      const first = making.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    if (!isOver) await iterator.return?.();
  }
}
