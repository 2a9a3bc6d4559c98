/** Collections of another size. */
import { isCollection } from "../value/access.ts";
import { isArray } from "../value/value.ts";
import type { Remedy } from "./blame.ts";
import { type Comparison, holds } from "./goal.ts";
import { isInputPlace, step, type Traced } from "./source.ts";

/** The list with as many elements as are wanted; new ones are nothing in particular. */
export function ofLength({ from, value }: Traced, length: number): readonly Remedy[] {
	if (!isInputPlace(from) || length > 64) return [];
	const list = isArray(value) ? value : [];
	const padded = [...list.slice(0, length), ...Array.from({ length: Math.max(0, length - list.length) }, () => "")];
	return [{ op: "replace", place: from, value: padded }];
}

/** Lists with an element more, or with one less. */
export function resized(v: Traced, how: Comparison, to: number): readonly Remedy[] {
	const { from, value } = v;
	if (!isInputPlace(from)) return [];
	if (typeof value === "string" && to === 0) return [{ op: "replace", place: from, value: "" }];
	if (!isCollection(value))
		return [
			{ op: "replace", place: from, value: to === 0 ? [] : Array.from({ length: Math.min(to, 16) }, () => null) },
		];
	if (!isArray(value)) return [];
	const size = value.length;
	if (holds(size + 1, how, to) || (to > size && how !== "<" && how !== "<=")) {
		const place = step(from, size);
		return place.kind === "place" ? [{ op: "add", place, value: null }] : [];
	}
	const all = value
		.slice(-16)
		.map((_, i) => step(from, Math.max(0, size - 16) + i))
		.reverse();
	const out: Remedy[] = all.flatMap((place) =>
		place.kind === "place" ? [{ op: "remove" as const, place, value: undefined }] : [],
	);
	if (to === 0) out.unshift({ op: "replace", place: from, value: [] });
	return out;
}
