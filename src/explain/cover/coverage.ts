/**
 * Coverage: which rules, definitions, literals and entries of a policy's own data a log of requests went through.
 * Requests are asked by the interpreter, which tells of everything it does.
 */
import { RegoError } from "../../errors.ts";
import { EvalContext, QueryState } from "../../eval/context.ts";
import { takeInput } from "../../face/inputs.ts";
import { jsonValue } from "../../face/json-value.ts";
import { constantOf } from "../../plan/constant-rule.ts";
import { pathText } from "../../plan/path-text.ts";
import type { Definition, Func, PlanLocation } from "../../plan/plan.ts";
import { documentPath, type Explainable } from "../../planned.ts";
import { objectEntries, RegoSet } from "../../value/collections.ts";
import { isArray, isNumber, isObject, type Value } from "../../value/value.ts";
import { decisionAllows } from "../goal.ts";
import { Interpreter } from "../interpreter.ts";
import { literalText } from "../literal-text.ts";
import { dataRoot, literal, type Place, pathOf, placeKey, pointerOf, ruleValue, type Source, step } from "../source.ts";
import { Recorder } from "./recorder.ts";
import type { CoverageReport, Entry, FileCoverage, LineCount, RowRange, Spot } from "./report.ts";
import { walkFunc } from "./walk.ts";

/** Entries that are told at most. */
const mostEntries = 2000;

export class Coverage {
	readonly #of: Explainable;
	readonly #recorder: Recorder = new Recorder();
	readonly #interpreter: Interpreter;
	readonly #asked: Set<string> = new Set();
	#requests = 0;
	#allowed = 0;

	constructor(policy: { readonly explainable: () => Explainable }) {
		this.#of = policy.explainable();
		this.#interpreter = new Interpreter(this.#of.plan, this.#of.builtins);
		this.#interpreter.recorder = this.#recorder;
	}

	/** Asks for a document; `data` are those of this request, where a policy keeps state. Whether it was allowed. */
	ask(path: string, input: unknown, data: Explainable["data"] = this.#of.data): boolean {
		const names = documentPath(path);
		const taken = takeInput(input, this.#of.inputs);
		const locate = (loc: PlanLocation) => this.#of.places.locate(loc);
		const state = new QueryState({
			host: this.#of.host,
			limits: { timeMs: 60_000 },
			strictBuiltinErrors: false,
			locate,
		});
		this.#requests++;
		this.#asked.add(names.join("/"));
		let allowed = false;
		try {
			const v = this.#interpreter.documents.value(new EvalContext(state.options, taken, data, state), names);
			allowed = decisionAllows(v);
		} catch (e) {
			if (!(e instanceof RegoError)) throw e;
		} finally {
			this.#recorder.end(allowed);
		}
		if (allowed) this.#allowed++;
		return allowed;
	}

	report(): CoverageReport {
		const lines = this.#lines();
		const files: { [file: string]: FileCoverage } = {};
		let covered = 0;
		let all = 0;
		for (const [file, rows] of lines) {
			const list = [...rows.values()].sort((a, b) => a.row - b.row);
			const reached = list.filter((l) => l.tried > 0);
			covered += reached.length;
			all += list.length;
			files[file] = {
				lines: list,
				covered: ranges(reached),
				not_covered: ranges(list.filter((l) => l.tried === 0)),
				coverage: percent(reached.length, list.length),
			};
		}
		const { definitions, documents, neverFailed } = this.#unusedRules();
		return {
			schema: "regoplan.coverage/1",
			requests: this.#requests,
			allowed: this.#allowed,
			coverage: percent(covered, all),
			unused: { documents, entries: this.#unusedEntries(), definitions },
			neverFailed,
			files,
		};
	}

	/** Definitions that were never tried. */
	unreached(): readonly { readonly func: Func; readonly loc: PlanLocation }[] {
		const out: { readonly func: Func; readonly loc: PlanLocation }[] = [];
		this.#eachFunc((func) => {
			if ((func.arity > 0 && func.kind !== "function") || constantOf(func) !== undefined) return;
			for (const d of func.definitions) {
				if (!this.#recorder.definitions.has(d.location)) out.push({ func, loc: d.location });
			}
		});
		return out;
	}

	#eachFunc(f: (func: Func, index: number) => void): void {
		const { funcs } = this.#of.plan;
		// Planning one may ask for more.
		for (let i = 0; i < funcs.length; i++) {
			const func = funcs.at(i);
			if (func !== undefined) f(func, i);
		}
	}

	#lines(): Map<string, Map<number, LineCount & { tried: number; succeeded: number }>> {
		const out = new Map<string, Map<number, { row: number; tried: number; succeeded: number }>>();
		const { statements, definitions } = this.#recorder;
		const add = (
			loc: PlanLocation,
			counts: { readonly tried: number; readonly succeeded: number } | undefined,
		): void => {
			const at = loc < 0 ? undefined : this.#of.places.locate(loc);
			if (at === undefined) return;
			let rows = out.get(at.file);
			if (rows === undefined) {
				rows = new Map();
				out.set(at.file, rows);
			}
			const line = rows.get(at.row) ?? { row: at.row, tried: 0, succeeded: 0 };
			rows.set(at.row, line);
			line.tried = Math.max(line.tried, counts?.tried ?? 0);
			line.succeeded = Math.max(line.succeeded, counts?.succeeded ?? 0);
		};
		this.#eachFunc((func) => {
			// Functions of single keys are those of their rules.
			if (func.arity > 0 && func.kind !== "function") return;
			walkFunc(func, { statement: (s) => add(s.loc, statements.get(s)), refers: () => undefined });
			for (const d of [...func.definitions, ...(func.default === undefined ? [] : [func.default])]) {
				for (let x: Definition | undefined = d; x !== undefined; x = x.else)
					add(x.location, definitions.get(x.location));
			}
		});
		return out;
	}

	#unusedRules(): Pick<CoverageReport, "neverFailed"> & Omit<CoverageReport["unused"], "entries"> {
		const referred = new Set<number>();
		const definitions: Spot[] = [];
		const neverFailed: (Spot & { text: string })[] = [];
		const seen = new Set<PlanLocation>();
		this.#eachFunc((func) => walkFunc(func, { statement: () => undefined, refers: (i) => referred.add(i) }));
		const documents: Spot[] = [];
		this.#eachFunc((func, index) => {
			const rule = pathText(func.path);
			if (func.arity > 0 && func.kind !== "function") return;
			for (const d of func.definitions) {
				for (let x: Definition | undefined = d; x !== undefined; x = x.else) {
					const counts = this.#recorder.definitions.get(x.location);
					if (counts !== undefined && counts.succeeded === 0) definitions.push(this.#spot(rule, x.location));
				}
			}
			walkFunc(func, {
				statement: (s) => {
					if ((s.op !== "test" && s.op !== "not" && s.op !== "every") || seen.has(s.loc)) return;
					seen.add(s.loc);
					const counts = this.#recorder.statements.get(s);
					if (counts === undefined || counts.tried === 0 || counts.succeeded < counts.tried) return;
					const source = this.#of.text(s.loc);
					neverFailed.push({
						...this.#spot(rule, s.loc),
						text: source === undefined ? "" : literalText(source.text, source.offset),
					});
				},
				refers: () => undefined,
			});
			const path = func.path.map(String).join("/");
			const always = func.kind === "complete" && this.#isTrue(func);
			if (always && !referred.has(index) && !this.#asked.has(path)) documents.push(this.#spot(rule, func.location));
		});
		return { documents, definitions, neverFailed };
	}

	/** A rule that is true whatever is asked. */
	#isTrue(func: Func): boolean {
		const constant = constantOf(func);
		return constant !== undefined && this.#of.plan.constants[constant] === true;
	}

	#spot(rule: string, loc: PlanLocation): Spot {
		const at = this.#of.places.locate(loc);
		return { rule, file: at?.file ?? "", row: at?.row ?? 0 };
	}

	#unusedEntries(): readonly Entry[] {
		const out: Entry[] = [];
		const visit = (rule: string, from: Source, v: Value): void => {
			if (out.length >= mostEntries || typeof v !== "object" || v === null || isNumber(v) || from.kind !== "place")
				return;
			const isLookedThrough = this.#recorder.scanned.has(placeKey(from));
			for (const [key, value] of entriesOf(v)) {
				const at = step(from, key);
				if (at.kind !== "place") continue;
				if (isLookedThrough && !this.#isUsed(at))
					out.push({ rule, pointer: pointerOf(pathOf(at)), value: jsonValue(value) });
				else visit(rule, at, value);
				if (out.length >= mostEntries) return;
			}
		};
		this.#eachFunc((func, index) => {
			const constant = constantOf(func);
			const value = constant === undefined ? undefined : this.#of.plan.constants[constant];
			if (value !== undefined) visit(pathText(func.path), ruleValue(index, literal), value);
		});
		visit("data", dataRoot, this.#of.data);
		return out;
	}

	#isUsed(p: Place): boolean {
		return this.#recorder.entries.has(placeKey(p));
	}
}

function entriesOf(v: Value): Iterable<readonly [Value, Value]> {
	if (isArray(v)) return v.entries();
	if (v instanceof RegoSet) return v.sorted().map((m) => [m, m] as const);
	return typeof v === "object" && v !== null && isObject(v) ? objectEntries(v) : [];
}

function ranges(lines: readonly LineCount[]): readonly RowRange[] {
	const out: { start: { row: number }; end: { row: number } }[] = [];
	for (const { row } of lines) {
		const before = out.at(-1);
		if (before !== undefined && before.end.row === row - 1) before.end.row = row;
		else out.push({ start: { row }, end: { row } });
	}
	return out;
}

function percent(part: number, all: number): number {
	return all === 0 ? 100 : Math.round((part / all) * 10_000) / 100;
}
