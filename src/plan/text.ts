/**
 * A decision plan as readable text: one statement a line, blocks indented, locals by their names in
 * the source where they have one. For people; programs read the JSON.
 */

import { termText } from "../value/term-text.ts";
import { assertNever } from "../value/value.ts";
import { branchesOf } from "./else-chain.ts";
import { pathText } from "./path-text.ts";
import type { Block, Definition, Expression, Func, Local, Plan, Replacement, Stmt } from "./plan.ts";

export function planText(plan: Plan): string {
	const printer = new PlanPrinter(plan);
	const head = [
		`plan version ${plan.version}, made by regoplan ${plan.regoplan}`,
		`hash ${plan.hash}`,
		...plan.sources.map((s) => `source ${s.name} sha256 ${s.sha256}`),
	];
	if (plan.data !== undefined) head.push(`data ${termText(plan.data)}`);
	const funcs = plan.funcs.map((f, i) => `\n${printer.func(f, i)}`);
	const queries = plan.queries.map((q) => `\nquery ${q.name}\n${printer.block(q.body, [], 1)}`);
	return `${head.join("\n")}\n${funcs.join("")}${queries.join("")}`;
}

type Names = readonly (readonly [Local, string])[];

class PlanPrinter {
	readonly #plan: Plan;

	constructor(plan: Plan) {
		this.#plan = plan;
	}

	func(f: Func, index: number): string {
		const same = f.sameValue === true ? ", every success has the same value" : "";
		const atKeys = f.arity > 0 && f.kind !== "function" ? ", at its keys" : "";
		const kept = this.#plan.dataOnly.includes(index) ? ", of data only" : "";
		let out = `${f.kind} ${pathText(f.path)}/${f.arity}${this.#place(f.location)}${same}${atKeys}${kept}\n`;
		for (const d of f.definitions) out += this.#definition("when", d);
		if (f.default !== undefined) out += this.#definition("default", f.default);
		return out;
	}

	#definition(word: string, d: Definition): string {
		const text = (w: string, b: Definition): string =>
			`  ${w}${this.#place(b.location)}\n${this.block(b.body, b.names, 2)}`;
		return branchesOf(d)
			.map((b, i) => text(i === 0 ? word : "else", b))
			.join("");
	}

	block(body: Block, names: Names, depth: number): string {
		return body.map((s) => this.#stmt(s, names, depth)).join("");
	}

	#stmt(s: Stmt, names: Names, depth: number): string {
		const e = (x: Expression): string => this.#expr(x, names, depth);
		const local = (l: Local): string => this.#local(l, names);
		const line = (text: string): string => `${"  ".repeat(depth)}${text}\n`;
		const inner = (b: Block): string => this.block(b, names, depth + 1);
		switch (s.op) {
			case "let":
				return line(`${local(s.local)} := ${e(s.value)}`);
			case "test":
				return line(`test ${e(s.value)}`);
			case "not":
				return line("not") + inner(s.body);
			case "scan":
				return line(`scan ${local(s.key)}, ${local(s.value)} in ${e(s.source)}`);
			case "relation":
				return line(`each ${local(s.value)} of ${this.#call(this.#builtin(s.builtin), s.args, names, depth)}`);
			case "every":
				return line(`every ${local(s.key)}, ${local(s.value)} in ${e(s.source)}`) + inner(s.body);
			case "with":
				return line(`with ${s.replacements.map((r) => this.#replacement(r, names, depth)).join(", ")}`) + inner(s.body);
			case "once":
				return s.blocks.map((b, i) => line(i === 0 ? "once" : "or once") + inner(b)).join("");
			case "unpack-array":
				return line(`[${s.elements.map(local).join(", ")}] := ${e(s.value)}`);
			case "unpack-object":
				return line(`{${s.entries.map(([k, l]) => `${e(k)}: ${local(l)}`).join(", ")}} := ${e(s.value)}`);
			case "print":
				return line("print") + s.args.map((a) => inner(a.block)).join(line("  and"));
			case "return":
				return line(`return ${e(s.value)}`);
			case "yield-member":
				return line(`yield ${e(s.value)} into ${local(s.into)}`);
			case "yield-entry": {
				const path = s.path.map((p) => `[${e(p)}]`).join("");
				return line(`yield ${path}${s.member ? " contains " : " := "}${e(s.value)} into ${local(s.into)}`);
			}
			case "yield-row": {
				const bindings = s.bindings.map(([name, l]) => `${name} = ${local(l)}`).join(", ");
				return line(`row ${s.values.map(e).join("; ")}${bindings === "" ? "" : ` where ${bindings}`}`);
			}
			default:
				assertNever(s, "statement");
		}
	}

	#replacement(r: Replacement, names: Names, depth: number): string {
		if (r.target === "nowhere") return `nowhere as ${this.#expr(r.value, names, depth)}`;
		if ("path" in r) {
			return `${[r.target, ...r.path].join(".")} as ${this.#expr(r.value, names, depth)}`;
		}
		const what = r.target === "func" ? this.#funcName(r.index) : this.#builtin(r.index);
		const by = r.by;
		if ("func" in by) return `${what} as ${this.#funcName(by.func)}`;
		if ("builtin" in by) return `${what} as ${this.#builtin(by.builtin)}`;
		return `${what} as ${this.#expr(by.value, names, depth)}`;
	}

	#expr(x: Expression, names: Names, depth: number): string {
		const e = (y: Expression): string => this.#expr(y, names, depth);
		switch (x.op) {
			case "const": {
				const v = this.#plan.constants[x.index];
				return v === undefined ? `const ${x.index}` : termText(v);
			}
			case "local":
				return this.#local(x.local, names);
			case "input":
				return "input";
			case "base":
				return `base ${pathText(x.path)}`;
			case "dot":
				return `${e(x.value)}[${e(x.key)}]`;
			case "rule":
				return this.#funcName(x.func);
			case "rule-at":
				return `${this.#funcName(x.func)}${x.keys.map((k) => `[at ${e(k)}]`).join("")}`;
			case "document":
				return `document ${pathText(x.path)}`;
			case "document-keys":
				return `names below ${pathText(x.path)}${x.keys.map((k) => `[${e(k)}]`).join("")}`;
			case "document-dot":
				return `document ${pathText(x.path)}${x.keys.map((k) => `[${e(k)}]`).join("")}`;
			case "call":
				return this.#call(this.#funcName(x.func), x.args, names, depth);
			case "builtin":
				return this.#call(this.#builtin(x.builtin), x.args, names, depth);
			case "equal":
				return `(${e(x.left)} == ${e(x.right)})`;
			case "array":
				return `[${x.items.map(e).join(", ")}]`;
			case "set":
				return x.items.length === 0 ? "set()" : `{${x.items.map(e).join(", ")}}`;
			case "object":
				return `{${x.entries.map(([k, v]) => `${e(k)}: ${e(v)}`).join(", ")}}`;
			case "collect":
				return `collect ${x.into} ${this.#local(x.target, names)}\n${this.block(x.body, names, depth + 1)}${"  ".repeat(depth)}end`;
			default:
				assertNever(x, "expression");
		}
	}

	#call(name: string, args: readonly Expression[], names: Names, depth: number): string {
		return `${name}(${args.map((a) => this.#expr(a, names, depth)).join(", ")})`;
	}

	#local(l: Local, names: Names): string {
		if (l < 0) return "_";
		const name = names.find(([at]) => at === l)?.[1];
		return name === undefined ? `%${l}` : `${name}%${l}`;
	}

	#builtin(index: number): string {
		return this.#plan.builtins[index] ?? `builtin ${index}`;
	}

	#funcName(index: number): string {
		const f = this.#plan.funcs[index];
		return f === undefined ? `func ${index}` : pathText(f.path);
	}

	/** ` (file:row)`. */
	#place(location: number): string {
		if (location < 0) return "";
		const source = this.#plan.sources.findLast((s) => s.base <= location);
		if (source === undefined) return "";
		const offset = location - source.base;
		const row = source.lines.findLastIndex((start) => start <= offset) + 1;
		return ` (${source.name}:${row})`;
	}
}
