/** A few of a list, by a linear congruential generator: what is chosen must be chosen again by the same seed. */
export function choose(list, n, seed) {
	let state = (seed * 2_654_435_761) % 2_147_483_648;
	const next = () => {
		state = Number((BigInt(state) * 1_103_515_245n + 12_345n) % 2_147_483_648n);
		return state / 2_147_483_648;
	};
	const rest = [...list];
	return Array.from({ length: Math.min(n, rest.length) }, () => rest.splice(Math.floor(next() * rest.length), 1)[0]);
}
