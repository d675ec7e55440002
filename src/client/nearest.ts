/** What somebody may have meant. */

/** The name that takes the fewest edits from `wrong`, if they are few for its length. */
export function nearest(wrong: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A third of it may be wrong, but then something is left that is right.
  let bestDistance = Math.floor(Math.max(wrong.length, 3) / 3) + 1;
  for (const name of names) {
    const distance = editDistance(wrong, name, bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours (Damerau 1964, the restricted distance); `limit` when it is
 * no less.
 */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (above[j - 1] ?? 0) + Number(from[i - 1] !== to[j - 1]);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, swapped, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = above;
    above = row;
  }
  return Math.min(limit, above[to.length] ?? limit);
}

export function didYouMean(name: string | undefined): string {
  return name === undefined ? '' : ` (did you mean ${name}?)`;
}
