/** One thing that is found in a file: a line of text, or an object for scripts. */
export interface InspectedItem {
  readonly text: string;
  /** Plain data with a `kind`. */
  readonly json: { readonly kind: string };
  /** Binary strings. */
  readonly keys?: readonly string[];
  /** A record, an entry or an edit: what a limit counts. */
  readonly counts?: boolean;
  readonly isDamage?: boolean;
}

export function damageAt(offset: number, fault: string): InspectedItem {
  return { text: `at ${offset}: DAMAGE: ${fault}`, json: json('damage', { offset, fault }), isDamage: true };
}

export function json(kind: string, members: object): { readonly kind: string } {
  return { kind, ...members };
}
