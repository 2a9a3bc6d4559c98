/** How long the expressions of each line took, and how often they were evaluated. Source: OPA v1/profiler. */

import type { TraceEvent, Tracer } from "../topdown/events.ts";
import type { Expr, Place } from "../topdown/nodes.ts";

export interface LineProfile {
	readonly place: Place | undefined;
	/** Nanoseconds. */
	totalTime: number;
	evals: number;
	redos: number;
	/** Expressions of the line, those that the compiler made included. */
	expressions: number;
}

interface Line extends LineProfile {
	readonly indices: Set<number>;
}

/** What lines can be ordered by. */
export const profileOrders = ["total_time_ns", "num_eval", "num_redo", "num_gen_expr", "file", "line"] as const;
export type ProfileOrder = (typeof profileOrders)[number];

export const defaultOrder: readonly ProfileOrder[] = ["total_time_ns", "num_eval", "num_redo", "file", "line"];

/** An expression's time is what passes until the next one is evaluated, or evaluated again. */
export class Profiler implements Tracer {
	readonly wantsLocals = false;
	readonly wantsUnify = false;
	readonly #lines = new Map<string, Line>();
	#last: { readonly expr: Expr; readonly op: "Eval" | "Redo" } | undefined;
	#since = 0;

	event(e: TraceEvent): void {
		if ((e.op !== "Eval" && e.op !== "Redo") || e.node?.kind !== "expr") return;
		this.#close();
		this.#since = performance.now();
		this.#last = { expr: e.node.expr, op: e.op };
	}

	#close(): void {
		if (this.#last === undefined) return;
		const { expr, op } = this.#last;
		const time = Math.round((performance.now() - this.#since) * 1e6);
		const { place } = expr;
		const key = place === undefined ? "" : `${place.source.row(place.start)} ${place.source.name}`;
		let line = this.#lines.get(key);
		if (line === undefined) {
			line = { place, totalTime: 0, evals: 0, redos: 0, expressions: 0, indices: new Set() };
			this.#lines.set(key, line);
		}
		line.totalTime += time;
		if (op === "Eval") line.evals++;
		else line.redos++;
		line.indices.add(expr.index);
		line.expressions = line.indices.size;
	}

	/** `limit`: how many lines; 0 for all. */
	report(order: readonly ProfileOrder[], limit: number): readonly LineProfile[] {
		this.#close();
		this.#last = undefined;
		const lines = [...this.#lines.values()].sort((a, b) => {
			for (const by of order) {
				const d = difference(a, b, by);
				if (d !== 0) return d;
			}
			return 0;
		});
		return limit > 0 ? lines.slice(0, limit) : lines;
	}
}

function difference(a: LineProfile, b: LineProfile, by: ProfileOrder): number {
	switch (by) {
		case "total_time_ns":
			return b.totalTime - a.totalTime;
		case "num_eval":
			return b.evals - a.evals;
		case "num_redo":
			return b.redos - a.redos;
		case "num_gen_expr":
			return b.expressions - a.expressions;
		case "file": {
			const [x, y] = [a.place?.source.name ?? "", b.place?.source.name ?? ""];
			return x < y ? 1 : x > y ? -1 : 0;
		}
		default:
			return rowOf(b) - rowOf(a);
	}
}

function rowOf(p: LineProfile): number {
	return p.place === undefined ? 0 : p.place.source.row(p.place.start);
}
