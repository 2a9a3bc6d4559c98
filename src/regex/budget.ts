/**
 * Memory of compiled patterns: every pattern that has built a machine says how large it is, and when
 * the sum passes the limit the ones longest not grown give theirs up. They are rebuilt when next used.
 */

export interface Shrinkable {
	/** Drop everything that can be rebuilt. */
	shrink(): void;
}

const limit = 48 << 20;
/** In the order in which they last grew. */
const sizes: Map<Shrinkable, number> = new Map();
let total = 0;

/** Tell the size of what x holds now; may shrink others, never x itself. */
export function noteSize(x: Shrinkable, bytes: number): void {
	total += bytes - (sizes.get(x) ?? 0);
	sizes.delete(x);
	sizes.set(x, bytes);
	if (total <= limit) return;
	for (const [other, size] of sizes) {
		if (other === x || total <= limit) break;
		sizes.delete(other);
		total -= size;
		other.shrink();
	}
}

/** Estimated bytes held by all machines; for tests. */
export function machineBytes(): number {
	return total;
}
