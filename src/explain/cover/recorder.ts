/** What an evaluation goes through: the statements it tries, those that succeed, and the entries of the policy it needs. */
import type { PlanLocation, Stmt } from "../../plan/plan.ts";
import { placeKey, type Source } from "../source.ts";

export interface Counts {
	tried: number;
	succeeded: number;
}

export class Recorder {
	readonly statements: Map<Stmt, Counts> = new Map();
	/** By the place of a definition. */
	readonly definitions: Map<PlanLocation, Counts> = new Map();
	/** Entries of the policy's constants and of base data that successes needed, by their place keys. */
	readonly entries: Map<string, number> = new Map();
	/** Collections that were looked through, or into. */
	readonly scanned: Set<string> = new Set();
	/** Of the evaluation that is going on: taken back where it leads nowhere. */
	readonly #log: string[] = [];
	#floor = 0;

	get mark(): number {
		return this.#log.length;
	}

	/** What has been picked since a mark led nowhere. */
	back(mark: number): void {
		this.#log.length = Math.min(this.#log.length, Math.max(mark, this.#floor));
	}

	/** What has been picked so far is needed, whatever comes. */
	keep(): void {
		this.#floor = this.#log.length;
	}

	pick(from: Source): void {
		if (from.kind === "place" && from.root !== "input") this.#log.push(placeKey(from));
		else if (from.kind === "made") for (const s of from.of.slice(0, 4)) this.pick(s);
	}

	scan(from: Source): void {
		if (from.kind === "place" && from.root !== "input") this.scanned.add(placeKey(from));
	}

	/** An evaluation has ended. */
	end(counts: boolean): void {
		if (counts) for (const key of this.#log) this.entries.set(key, (this.entries.get(key) ?? 0) + 1);
		this.#log.length = 0;
		this.#floor = 0;
	}

	statement(s: Stmt, success: boolean): void {
		count(this.statements, s, success);
	}

	definition(loc: PlanLocation, success: boolean): void {
		count(this.definitions, loc, success);
	}
}

function count<K>(of: Map<K, Counts>, what: K, success: boolean): void {
	let c = of.get(what);
	if (c === undefined) {
		c = { tried: 0, succeeded: 0 };
		of.set(what, c);
	}
	c.tried++;
	if (success) c.succeeded++;
}
