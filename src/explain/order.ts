/** The order in which causes are told. */
import type { Value } from "../value/value.ts";
import { type Leaf, withInputs } from "./blame.ts";
import { inputRoot, type Place, pathOf, placeKey, pointerOf, type Source, step } from "./source.ts";

/**
 * What the most causes have in common comes first: one place that is wrong may show at several. Then what the input
 * can mend, the heaviest first.
 */
export function ordered(leaves: readonly Leaf[]): readonly Leaf[] {
	if (leaves.length < 2) return leaves;
	const counts = new Map<string, number>();
	const namesOf = (l: Leaf): readonly string[] => {
		const keys = l.inputs.map(placeKey);
		// What others are in is there for orientation.
		return keys.filter((k) => !keys.some((other) => other.startsWith(`${k}/`)));
	};
	for (const l of leaves) for (const k of namesOf(l)) counts.set(k, (counts.get(k) ?? 0) + 1);
	const common = [...counts].filter(([, n]) => n > 1 && n > leaves.length / 2).sort((a, b) => b[1] - a[1])[0]?.[0];
	const told = leaves.map((l) => {
		const first = common === undefined ? undefined : l.inputs.find((p) => placeKey(p) === common);
		return first === undefined ? l : withInputs(l, [first, ...l.inputs.filter((p) => p !== first)]);
	});
	const hollow = hollowPlace(leaves);
	if (hollow !== undefined) {
		const first = told.findIndex((l) => l.kind === "missing" && l.inputs.includes(hollow));
		const l = told[first];
		if (l !== undefined) told[first] = withInputs(l, [hollow, ...l.inputs.filter((p) => p !== hollow)]);
	}
	const isCommon = (l: Leaf): number =>
		Number(common !== undefined && l.inputs[0] !== undefined && placeKey(l.inputs[0]) === common);
	const isMendable = (l: Leaf): number => Number(l.inputs.length > 0);
	return told.sort((a, b) => isCommon(b) - isCommon(a) || isMendable(b) - isMendable(a) || a.cost - b.cost);
}

/** An empty object in which several things are missing: it is what is wrong. */
function hollowPlace(leaves: readonly Leaf[]): Place | undefined {
	const seen = new Map<string, Place>();
	for (const { kind, inputs } of leaves) {
		const [place, parent] = inputs;
		if (kind !== "missing" || place === undefined || parent === undefined || place.parent === undefined) continue;
		const key = placeKey(parent);
		if (placeKey(place.parent) !== key) continue;
		const before = seen.get(key);
		if (before !== undefined) return before;
		seen.set(key, parent);
	}
	return undefined;
}

/** The cause that a change mends first, and in it the place that is changed. */
export function ledBy(leaves: readonly Leaf[], path: readonly Value[]): readonly Leaf[] {
	const pointer = pointerOf(path);
	const at = (p: Place): boolean => pointerOf(pathOf(p)) === pointer;
	// What is changed may lie deeper than what was told.
	const near = (p: Place): boolean => `${pointer}/`.startsWith(`${pointerOf(pathOf(p))}/`);
	const leading = leaves.find((l) => l.inputs.some(at)) ?? leaves.find((l) => l.inputs.some(near));
	if (leading === undefined) return leaves;
	let place: Source = inputRoot;
	for (const key of path) place = step(place, key);
	const others = leading.inputs.filter((p) => !at(p));
	const first = place.kind === "place" ? withInputs(leading, [place, ...others]) : leading;
	return [first, ...leaves.filter((l) => l !== leading)];
}
