/** The order in which causes are told. */
import { isCollection } from "../value/access.ts";
import { isArray, typeName, type Value } from "../value/value.ts";
import { again, type Leaf, withInputs } from "./blame.ts";
import { type Edit, valueAt } from "./edit.ts";
import { sizeOf } from "./goal.ts";
import { inputRoot, isWithin, type Place, pathOf, placeKey, pointerOf, type Source, step } from "./source.ts";

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
	const isHollow = (l: Leaf): number => Number(hollow !== undefined && l.inputs[0] === hollow);
	const isCommon = (l: Leaf): number =>
		Number(common !== undefined && l.inputs[0] !== undefined && placeKey(l.inputs[0]) === common);
	const isMendable = (l: Leaf): number => Number(l.inputs.length > 0);
	// What only follows from another is told after it.
	const isConsequence = (l: Leaf): number => Number(l.cost <= again);
	return told.sort(
		(a, b) =>
			isConsequence(a) - isConsequence(b) ||
			isHollow(b) - isHollow(a) ||
			isCommon(b) - isCommon(a) ||
			isMendable(b) - isMendable(a) ||
			a.cost - b.cost,
	);
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
export function ledBy(leaves: readonly Leaf[], edit: Edit, input: Value | undefined): readonly Leaf[] {
	const container = edit.path.slice(0, -1);
	const isElement = Array.isArray(valueAt(input, container));
	const lead = (path: readonly Value[]): readonly Leaf[] | undefined => {
		const pointer = pointerOf(path);
		const at = (p: Place): boolean => pointerOf(pathOf(p)) === pointer;
		// What is changed may lie deeper than what was told.
		const near = (p: Place): boolean => isWithin(pointer, pointerOf(pathOf(p)));
		const leading = leaves.find((l) => l.inputs.some(at)) ?? leaves.find((l) => l.inputs.some(near));
		const place = placeAt(path);
		if (leading === undefined || place === undefined) return undefined;
		const first = withInputs(leading, [place, ...leading.inputs.filter((p) => !at(p))]);
		return [first, ...leaves.filter((l) => l !== leading)];
	};
	const [first] = leaves;
	const isTold = first?.kind !== "negation" && isToldByContainer(edit, input);
	const told = (isElement && edit.op === "add") || isTold ? container : edit.path;
	const out = lead(told) ?? (told === container && edit.op === "replace" ? lead(edit.path) : undefined);
	const [leading, ...others] = out ?? [];
	if (leading === undefined) return leaves;
	if (isTold && edit.op === "replace" && isElement && edit.value !== undefined && leading.kind === "differs") {
		const list = placeAt(container);
		const whole = { subject: undefined, actual: valueAt(input, container), expected: [edit.value] };
		return list === undefined ? leaves : [{ ...withInputs(leading, [list]), ...whole }, ...others];
	}
	const subject = leading.subject === undefined ? "" : pointerOf(pathOf(leading.subject));
	const pointer = pointerOf(told);
	// The words are of the list, or of another element of it.
	if (isElement && edit.op === "add" && subject !== pointer && isWithin(subject, pointer)) {
		const lacking = { kind: "element" as const, subject: undefined, actual: undefined, expected: edit.value };
		return [{ ...leading, ...lacking }, ...others];
	}
	if (isElement && edit.op === "remove" && told === edit.path && subject === pointerOf(container)) {
		const actual = valueAt(input, told);
		const surplus = { kind: "element" as const, subject: undefined, actual, expected: undefined };
		return [{ ...leading, ...surplus, made: false, note: "it is one too many" }, ...others];
	}
	return [leading, ...others];
}

function placeAt(path: readonly Value[]): Place | undefined {
	let place: Source = inputRoot;
	for (const key of path) place = step(place, key);
	return place.kind === "place" ? place : undefined;
}

/**
 * An element that is not there is told by its list, and so is the only one, where none, or something of quite another
 * kind, should be there: the whole list is what is wrong. So is an object that has nothing where a collection should be.
 */
function isToldByContainer({ op, path, value }: Edit, input: Value | undefined): boolean {
	if (path.length < 2) return false;
	const container = valueAt(input, path.slice(0, -1));
	if (container === undefined || !isCollection(container)) return false;
	if (op === "add") return sizeOf(container) === 0 && value !== undefined && isCollection(value);
	const now = valueAt(input, path);
	if (!isArray(container) || container.length !== 1 || now === undefined) return false;
	return op === "remove" || (value !== undefined && typeName(now) !== typeName(value));
}
