/**
 * A source with switches: each of the chosen mutants is in it, beside what it changes, and `isMutant(id)` says
 * which of them is on, if any. So one bundle serves all mutants.
 */
const isOn = (m) => `globalThis.isMutant(${m.id})`;

/** `chosen`: mutants of this text, each with its `id`. */
export function instrument(text, chosen) {
	const sorted = [...chosen].sort((a, b) => a.start - b.start || b.end - a.end || rank(a) - rank(b));
	let next = 0;
	/** The text from `start` to `end`, with all mutants in it. */
	const part = (start, end) => {
		let out = "";
		let at = start;
		while (next < sorted.length && sorted[next].start < end) {
			const m = sorted[next];
			out += text.slice(at, m.start);
			at = m.end;
			const here = [];
			while (next < sorted.length && isSame(sorted[next], m)) here.push(sorted[next++]);
			// A block keeps its braces, so that what is inside begins behind the first.
			const original = m.shape === "block" ? part(m.start + 1, m.end - 1) : part(m.start, m.end);
			out += switched(here, original);
		}
		return out + text.slice(at, end);
	};
	return part(0, text.length);
}

const rank = (m) => ["statement", "block", "expression"].indexOf(m.shape);
const isSame = (a, b) => a.start === b.start && a.end === b.end && a.shape === b.shape;

function switched(mutants, original) {
	const [{ shape }] = mutants;
	if (shape === "expression") return `(${mutants.map((m) => `${isOn(m)} ? (${m.to}) : `).join("")}(${original}))`;
	const off = mutants.map((m) => `!${isOn(m)}`).join(" && ");
	return `{ if (${off}) { ${original} } }`;
}
