/**
 * How good explanations are: denied requests that differ from an allowed one in a known place are explained, and the
 * place is looked for in what is said.
 */
import { applyPatch } from "../../src/agent/policy/json-patch.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import type { ArrayValue, Value } from "../../src/value/value.ts";

/** A request that is denied because of one change. */
export interface Denied {
	readonly name: string;
	readonly policy: Parameters<typeof explain>[0];
	readonly path: string;
	/** The request that is allowed. */
	readonly original: Value;
	readonly input: Value;
	readonly change: Change;
	/** Where there are several. */
	readonly changes?: readonly Change[];
}

export interface Change {
	readonly op: string;
	readonly path: string;
}

export interface Measured {
	readonly denied: Denied;
	readonly explanation: Explanation;
	readonly ms: number;
	readonly inLine1: boolean;
	readonly within5: boolean;
	/** All of several changes are. */
	readonly allWithin5: boolean;
	readonly firstExact: boolean;
	readonly fixed: boolean;
	/** The fix is no larger than taking the change back. */
	readonly smallFix: boolean;
}

export function measure(denied: Denied, options: { readonly timeMs?: number } = {}): Measured {
	const start = process.cpuUsage();
	const explanation = explain(denied.policy, denied.path, denied.input, options);
	// What a busy machine makes of it is not what it takes.
	const ms = process.cpuUsage(start).user / 1000;
	const changes = denied.changes ?? [denied.change];
	const lines = explanation.causes.map((c) => c.input);
	const first = lines[0] ?? [];
	const inLine1 = changes.some(({ path }) => first.slice(0, 3).some((p) => names(p, path)));
	const told = changes.filter(({ path }) => lines.slice(0, 5).some((l) => l.slice(0, 4).some((p) => names(p, path))));
	const exact = first[0];
	// What has been taken away is not there to be named: its parent is.
	const firstExact = changes.some(({ op, path }) => exact === path || (op === "remove" && exact === parentOf(path)));
	const [fix] = explanation.fixes;
	const back = changes.map(({ path }) => ({ op: "replace", path, value: at(denied.original, path) }));
	const smallFix = fix !== undefined && (fix.patch.length <= changes.length || size(fix.patch) <= size(back));
	return {
		denied,
		explanation,
		ms,
		inLine1,
		within5: told.length > 0,
		allWithin5: told.length === changes.length,
		firstExact,
		fixed: fix !== undefined,
		smallFix,
	};
}

/** A pointer names a place when it is that, below it (all of it was replaced), or its parent (an element came or went). */
function names(pointer: string, place: string): boolean {
	return pointer === place || pointer.startsWith(`${place}/`) || pointer === parentOf(place);
}

export function parentOf(pointer: string): string {
	return pointer.slice(0, Math.max(0, pointer.lastIndexOf("/")));
}

function size(patch: unknown): number {
	return JSON.stringify(patch)?.length ?? 0;
}

function at(doc: unknown, pointer: string): unknown {
	let v = doc;
	for (const part of pointer.split("/").slice(1)) {
		const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
		v = typeof v === "object" && v !== null ? Reflect.get(v, key) : undefined;
	}
	return v;
}

export function changed(original: Value, patch: ArrayValue): Value {
	return applyPatch(original, patch);
}

export interface Bars {
	readonly count: number;
	readonly inLine1: number;
	readonly within5: number;
	readonly allWithin5: number;
	readonly firstExact: number;
	readonly fixed: number;
	readonly smallFix: number;
	readonly p50: number;
	readonly p95: number;
	readonly max: number;
}

export function summed(all: readonly Measured[]): Bars {
	const share = (is: (m: Measured) => boolean, of: readonly Measured[] = all): number =>
		of.length === 0 ? 0 : (100 * of.filter(is).length) / of.length;
	const ms = all.map((m) => m.ms).sort((a, b) => a - b);
	const percentile = (p: number): number => ms[Math.min(ms.length - 1, Math.floor((ms.length * p) / 100))] ?? 0;
	const fixed = all.filter((m) => m.fixed);
	return {
		count: all.length,
		inLine1: share((m) => m.inLine1),
		within5: share((m) => m.within5),
		allWithin5: share((m) => m.allWithin5),
		firstExact: share((m) => m.firstExact),
		fixed: share((m) => m.fixed),
		smallFix: share((m) => m.smallFix, fixed),
		p50: percentile(50),
		p95: percentile(95),
		max: ms.at(-1) ?? 0,
	};
}
