/** Places where there is nothing. */
import { isCollection } from "../value/access.ts";
import { objectKeys, RegoSet } from "../value/collections.ts";
import { isObject, type Value } from "../value/value.ts";
import type { Blame, Remedy } from "./blame.ts";
import { distance, textDistance } from "./distance.ts";
import { type Goal, sizeOf } from "./goal.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, isInputPlace, type Place, pathOf, policiesOf, type Source, type Traced } from "./source.ts";

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
		inputs: inInput
			? isCollection(container?.value)
				? [from, ...hollow]
				: [...hollow, from]
			: container === undefined
				? []
				: inputsOf(container.from),
		policies: isPlace && !inInput ? [from] : container === undefined ? [] : policiesOf(container.from),
		expected,
		near,
		...(near === undefined ? {} : { note: `did you mean ${JSON.stringify(near)}?` }),
		...(isMember && isPlace ? { actual: pathOf(from).at(-1) } : {}),
		remedies: inInput ? missingRemedies(from, expected, goal, hollow) : [],
		value: { unknown: true, from },
	});
	if (expected === undefined || !inInput) return blame;
	return { ...blame, hints: [{ place: from, value: expected }] };
}

function missingRemedies(
	place: Place,
	expected: Value | undefined,
	goal: Goal,
	hollow: readonly Place[],
): readonly Remedy[] {
	const add: Remedy = { op: "add", place, value: expected };
	// Something that is nothing in particular may be enough.
	const guesses = expected === undefined ? [[], "", null, 0, false, {}] : [];
	const anything = guesses.map((value): Remedy => ({ op: "add", place, value }));
	const yes: readonly Remedy[] = goal.is === "true" ? [{ op: "add", place, value: true }] : [];
	return [add, ...yes, ...hollow.map((p): Remedy => ({ op: "replace", place: p, value: undefined })), ...anything];
}

/** Nothing is at a key that the input names, in what the policy or its data have. */
export function unknownKeyLeaf(r: Relaxer, container: Traced, key: Traced, from: Source): Blame {
	const names = keysOf(container.value);
	const near = names.map((n) => ({ n, d: distance(n, key.value) })).sort((a, b) => a.d - b.d);
	const place = isInputPlace(key.from) ? key.from : undefined;
	return r.leaf({
		kind: "member",
		base: 1 + (near[0]?.d ?? 1) / 2,
		inputs: inputsOf(key.from),
		policies: policiesOf(container.from),
		actual: key.value,
		near: nameNear(near),
		expected: near.slice(0, 16).map((x) => x.n),
		remedies: place === undefined ? [] : near.slice(0, 6).map((x) => ({ op: "replace" as const, place, value: x.n })),
		value: { unknown: true, from },
	});
}

/** What is farther off is no misspelling. */
const misspelt = 0.4;

/** The nearest of several, where that is a name which may have been meant. */
export function nameNear(sorted: readonly { readonly n: Value; readonly d: number }[]): string | undefined {
	const [first] = sorted;
	return first !== undefined && first.d < misspelt && typeof first.n === "string" ? first.n : undefined;
}

function keysOf(v: Value): readonly Value[] {
	if (typeof v !== "object" || v === null) return [];
	if (v instanceof RegoSet) return v.sorted().slice(0, 512);
	return isObject(v) ? objectKeys(v).slice(0, 512) : [];
}

/** A key that is spelled nearly so. */
function similarKey(container: Value, key: Value): string | undefined {
	if (typeof key !== "string" || typeof container !== "object" || container === null || !isObject(container))
		return undefined;
	let best: string | undefined;
	let least = misspelt;
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
