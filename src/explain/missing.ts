/** Places where there is nothing. */
import { isCollection } from "../value/access.ts";
import { objectKeys, RegoSet } from "../value/collections.ts";
import { isObject, type Value } from "../value/value.ts";
import type { Blame } from "./blame.ts";
import { textDistance } from "./distance.ts";
import { type Goal, sizeOf } from "./goal.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, isInputPlace, pathOf, policiesOf, type Source, type Traced } from "./source.ts";

/** Nothing is at a place in a value that is there. What goes on is what would have been. */
export function missingLeaf(r: Relaxer, container: Traced | undefined, from: Source, goal: Goal): Blame {
	const isPlace = from.kind === "place";
	const inInput = isPlace && from.root === "input";
	const expected = goal.is === "equal" ? goal.to.value : undefined;
	const isMember = container?.value instanceof RegoSet;
	const near =
		inInput && container !== undefined ? similarKey(container.value, from.kind === "place" ? from.key : "") : undefined;
	// Where there is no object, or an empty one, all of it is what is wrong.
	const isHollow =
		container !== undefined &&
		isInputPlace(container.from) &&
		(!isCollection(container.value) || sizeOf(container.value) === 0);
	const hollow =
		isHollow && isInputPlace(container.from) && container.from.parent !== undefined ? [container.from] : [];
	const blame = r.leaf({
		kind: isMember ? "member" : "missing",
		inputs: inInput ? [...hollow, from] : container === undefined ? [] : inputsOf(container.from),
		policies: isPlace && !inInput ? [from] : container === undefined ? [] : policiesOf(container.from),
		expected,
		...(near === undefined ? {} : { note: `did you mean ${JSON.stringify(near)}?` }),
		...(isMember && isPlace ? { actual: pathOf(from).at(-1) } : {}),
		remedies: inInput
			? [
					{ op: "add", place: from, value: expected },
					...hollow.map((place) => ({ op: "replace" as const, place, value: undefined })),
				]
			: [],
		value: { unknown: true, from },
	});
	if (expected === undefined || !inInput) return blame;
	return { ...blame, hints: [{ place: from, value: expected }] };
}

/** A key that is spelled nearly so. */
export function similarKey(container: Value, key: Value): string | undefined {
	if (typeof key !== "string" || typeof container !== "object" || container === null || !isObject(container))
		return undefined;
	let best: string | undefined;
	let least = 0.4;
	for (const k of objectKeys(container).slice(0, 256)) {
		if (typeof k !== "string") continue;
		const d = textDistance(k.toLowerCase(), key.toLowerCase());
		if (d < least) {
			least = d;
			best = k;
		}
	}
	return best;
}
