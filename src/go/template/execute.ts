/**
 * Runs a parsed template over its variables. Follows Go's evaluator in what each node yields, when a
 * value is still wrapped in an interface, and at which node an error is reported. Output and steps
 * are bounded.
 */

import { at, valueAt } from "../../at.ts";
import { LimitError } from "../../limit-error.ts";
import { getOwn, plainKeys } from "../../value/collections.ts";
import { quoteGo } from "../../value/term-text.ts";
import { utf8Length } from "../../value/utf8.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { formatDirectives } from "../fmt.ts";
import type { Work } from "../work.ts";
import { TemplateError, templateName } from "./error.ts";
import { callProblem, FunctionError, functions, type Parameter, type TemplateFunction } from "./functions.ts";
import {
	type AnyNode,
	type ArgNode,
	type BranchNode,
	type CommandNode,
	type ListNode,
	type Node,
	type NumberNode,
	nodeText,
	type PipeNode,
	type TemplateNode,
} from "./nodes.ts";
import {
	element,
	GoFloat,
	GoInt,
	invalid,
	isTrue,
	kindOf,
	nilInterface,
	plain,
	printed,
	type Slot,
	sprint,
	sprintln,
	templateArgument,
	typeName,
	unwrap,
} from "./values.ts";

/** UTF-16 units of output. */
const maxOutput = 2 ** 26;
/** Some seconds of work: ranges within ranges multiply. */
const maxSteps = 5_000_000;
/** Go stops at 100000 nested templates; we have a smaller stack. */
const maxDepth = 1000;

type Jump = "break" | "continue" | undefined;

/** The output of a template. Throws TemplateError. */
export function executeTemplate(
	ctx: Work,
	text: string,
	trees: ReadonlyMap<string, ListNode>,
	data: PlainObject,
): string {
	const run: Run = { ctx, text, trees, out: [], size: 0, steps: 0 };
	const dot = plain(data);
	const root = trees.get(templateName);
	if (root !== undefined) new Frame(run, templateName, dot, 0).walkList(dot, root);
	return run.out.join("");
}

interface Run {
	readonly ctx: Work;
	readonly text: string;
	readonly trees: ReadonlyMap<string, ListNode>;
	readonly out: string[];
	size: number;
	steps: number;
}

/** No value came through the pipe. */
type Final = Slot | undefined;

/** One executing template: its variables, and the node at work. */
class Frame {
	readonly #run: Run;
	readonly #name: string;
	readonly #depth: number;
	readonly #variables: { readonly name: string; value: Slot }[];
	#node: AnyNode | undefined;

	constructor(run: Run, name: string, dot: Slot, depth: number) {
		this.#run = run;
		this.#name = name;
		this.#depth = depth;
		this.#variables = [{ name: "$", value: dot }];
	}

	#fail(message: string): never {
		const name = this.#name;
		const n = this.#node;
		if (n === undefined) throw new TemplateError(`template: ${name}: ${message}`);
		const before = this.#run.text.slice(0, n.pos);
		const lineStart = before.lastIndexOf("\n") + 1;
		const line = before.split("\n").length;
		const column = utf8Length(before.slice(lineStart));
		throw new TemplateError(
			`template: ${templateName}:${line}:${column}: executing ${quoteGo(name)} at <${nodeText(n)}>: ${message}`,
		);
	}

	#step(): void {
		this.#run.ctx.step(1);
		if (++this.#run.steps > maxSteps) throw new LimitError("template takes too many steps");
	}

	#write(text: string): void {
		this.#run.size += text.length;
		if (this.#run.size > maxOutput) throw new LimitError("template output is too long");
		this.#run.out.push(text);
	}

	// --- nodes -----------------------------------------------------------------------------------

	walkList(dot: Slot, list: ListNode): Jump {
		this.#node = list;
		for (const n of list.nodes) {
			const jump = this.#walk(dot, n);
			if (jump !== undefined) return jump;
		}
		return undefined;
	}

	#walk(dot: Slot, n: Node): Jump {
		this.#step();
		this.#node = n;
		switch (n.kind) {
			case "text":
				this.#write(n.text);
				return undefined;
			case "action": {
				const v = this.#pipeline(dot, n.pipe);
				if (n.pipe.declarations.length === 0) {
					this.#node = n;
					this.#write(v.v === undefined ? "<no value>" : printed(v.v));
				}
				return undefined;
			}
			case "break":
			case "continue":
				return n.kind;
			case "if":
			case "with":
				return this.#scoped(() => this.#condition(dot, n));
			case "range":
				return this.#scoped(() => this.#range(dot, n));
			case "template":
				this.#template(dot, n);
				return undefined;
			default:
				return undefined;
		}
	}

	/** Variables declared inside end with it. */
	#scoped(body: () => Jump): Jump {
		const mark = this.#variables.length;
		const jump = body();
		this.#variables.length = mark;
		return jump;
	}

	#condition(dot: Slot, n: BranchNode): Jump {
		const v = this.#pipeline(dot, n.pipe);
		if (isTrue(v)) return this.walkList(n.kind === "with" ? v : dot, n.list);
		return n.elseList === undefined ? undefined : this.walkList(dot, n.elseList);
	}

	#range(dot: Slot, n: BranchNode): Jump {
		const over = unwrap(this.#pipeline(dot, n.pipe));
		const names = n.pipe.declarations.map((d) => at(d.path, 0));
		const mark = this.#variables.length;
		let any = false;
		/** True to go on. */
		const iteration = (at: Slot, item: Slot): boolean => {
			this.#step();
			any = true;
			this.#bindRange(names, n.pipe.assigns, at, item, mark);
			const jump = this.walkList(item, n.list);
			this.#variables.length = mark;
			return jump !== "break";
		};
		switch (kindOf(over)) {
			case "int":
			case "uint": {
				if (names.length > 1) this.#fail(`can't use ${printed(over.v)} to iterate over more than one variable`);
				const end = over.v instanceof GoInt ? over.v.n : BigInt((over.v as { readonly n: number }).n);
				for (let i = 0n; i < end; i++) if (!iteration(invalid, plain(new GoInt(i)))) break;
				break;
			}
			case "slice":
				for (const [i, item] of (over.v as readonly Value[]).entries()) {
					if (!iteration(plain(new GoInt(i)), element(item))) break;
				}
				break;
			case "map": {
				const o = over.v as PlainObject;
				for (const key of plainKeys(o)) if (!iteration(plain(key), element(valueAt(o, key)))) break;
				break;
			}
			case "invalid":
				break;
			default:
				this.#fail(`range can't iterate over ${printed(over.v)}`);
		}
		return any || n.elseList === undefined ? undefined : this.walkList(dot, n.elseList);
	}

	/** The pipeline has declared the variables; two of them are index and element. */
	#bindRange(names: readonly string[], assigns: boolean, at: Slot, item: Slot, mark: number): void {
		const [first, second] = names;
		if (first === undefined) return;
		if (assigns) {
			this.#assign(first, second === undefined ? item : at);
			if (second !== undefined) this.#assign(second, item);
			return;
		}
		const last = this.#variables[mark - 1];
		if (last !== undefined) last.value = item;
		const before = this.#variables[mark - 2];
		if (second !== undefined && before !== undefined) before.value = at;
	}

	#template(dot: Slot, n: TemplateNode): void {
		const tree = this.#run.trees.get(n.name);
		if (tree === undefined) this.#fail(`template ${quoteGo(n.name)} not defined`);
		if (this.#depth >= maxDepth) throw new LimitError("templates are nested too deeply");
		const inner = n.pipe === undefined ? invalid : this.#pipeline(dot, n.pipe);
		new Frame(this.#run, n.name, inner, this.#depth + 1).walkList(inner, tree);
	}

	// --- variables -------------------------------------------------------------------------------

	#find(name: string): { readonly name: string; value: Slot } {
		for (let i = this.#variables.length - 1; i >= 0; i--) {
			const v = this.#variables[i];
			if (v?.name === name) return v;
		}
		return this.#fail(`undefined variable: ${name}`);
	}

	#assign(name: string, value: Slot): void {
		this.#find(name).value = value;
	}

	// --- pipelines and commands ------------------------------------------------------------------

	#pipeline(dot: Slot, pipe: PipeNode): Slot {
		this.#node = pipe;
		let value: Slot = invalid;
		for (const [i, command] of pipe.commands.entries()) {
			value = unwrap(this.#command(dot, command, i === 0 ? undefined : value));
		}
		for (const d of pipe.declarations) {
			const name = at(d.path, 0);
			if (pipe.assigns) this.#assign(name, value);
			else this.#variables.push({ name, value });
		}
		return value;
	}

	#checkNoArguments(args: readonly ArgNode[], final: Final): void {
		if (args.length > 1 || final !== undefined) {
			this.#fail(`can't give argument to non-function ${nodeText(at(args, 0))}`);
		}
	}

	#command(dot: Slot, command: CommandNode, final: Final): Slot {
		this.#step();
		const first = at(command.args, 0);
		switch (first.kind) {
			case "field":
			case "chain":
			case "variable":
				return this.#access(dot, first, command.args, final);
			case "identifier":
				return this.#function(dot, first, command, command.args.slice(1), final);
			case "pipe":
				this.#checkNoArguments(command.args, final);
				return this.#pipeline(dot, first);
			default:
		}
		this.#node = first;
		this.#checkNoArguments(command.args, final);
		if (first.kind === "nil") this.#fail("nil is not a command");
		return this.#constant(dot, first);
	}

	/** Literals and the dot, where any type will do. */
	#constant(dot: Slot, n: ArgNode): Slot {
		switch (n.kind) {
			case "bool":
				return plain(n.value);
			case "dot":
				return dot;
			case "number":
				return this.#number(n);
			case "string":
				return plain(n.text);
			default:
				return this.#fail(`can't evaluate command ${quoteGo(nodeText(n))}`);
		}
	}

	/** The spelling of a number tells its type. */
	#number(n: NumberNode): Slot {
		this.#node = n;
		if (n.complex !== undefined) return plain(n.complex);
		const isHex = /^0[xX]./.test(n.text) && !/[pP]/.test(n.text);
		if (n.float !== undefined && !isHex && !n.text.startsWith("'") && /[.eEpP]/.test(n.text)) {
			return plain(new GoFloat(n.float));
		}
		if (n.int !== undefined) return plain(new GoInt(n.int));
		return this.#fail(`${n.text} overflows int`);
	}

	/** Fields, variables and chains: a start and a path from there. */
	#access(dot: Slot, n: ArgNode, args: readonly ArgNode[], final: Final): Slot {
		this.#node = n;
		if (n.kind === "field") return this.#path(dot, n.path, args, final);
		if (n.kind === "variable") {
			const value = this.#find(at(n.path, 0)).value;
			if (n.path.length > 1) return this.#path(value, n.path.slice(1), args, final);
			this.#checkNoArguments(args, final);
			return value;
		}
		if (n.kind !== "chain") return this.#fail("not a chain");
		const start = this.#argument(dot, undefined, n.node);
		return this.#path(start, n.path, args, final);
	}

	#path(start: Slot, path: readonly string[], args: readonly ArgNode[], final: Final): Slot {
		let at = start;
		for (const [i, name] of path.entries()) {
			const isLast = i === path.length - 1;
			at = this.#field(at, name, isLast && (args.length > 1 || final !== undefined));
		}
		return at;
	}

	#field(receiver: Slot, name: string, hasArguments: boolean): Slot {
		if (receiver.v === undefined) return invalid;
		if (receiver.v === null) return this.#fail(`nil pointer evaluating interface {}.${name}`);
		const inner = unwrap(receiver);
		if (kindOf(inner) !== "map") return this.#fail(`can't evaluate field ${name} in type ${typeName(receiver)}`);
		if (hasArguments) this.#fail(`${name} is not a method but has arguments`);
		const v = getOwn(inner.v as PlainObject, name);
		return v === undefined ? invalid : element(v);
	}

	// --- functions -------------------------------------------------------------------------------

	#function(
		dot: Slot,
		n: ArgNode & { readonly kind: "identifier" },
		at: AnyNode,
		args: readonly ArgNode[],
		final: Final,
	): Slot {
		this.#node = n;
		const f = functions.get(n.name);
		if (f === undefined) return this.#fail(`${quoteGo(n.name)} is not a defined function`);
		const count = args.length + (final === undefined ? 0 : 1);
		const wanted = f.parameters.length;
		if (f.variadic) {
			if (count < wanted - 1) {
				this.#fail(`wrong number of args for ${n.name}: want at least ${wanted - 1} got ${args.length}`);
			}
		} else if (count !== wanted) this.#fail(`wrong number of args for ${n.name}: want ${wanted} got ${count}`);
		if (n.name === "and" || n.name === "or") return this.#logical(dot, n.name === "or", args, final);
		const values = args.map((a, i) => this.#argument(dot, parameterAt(f, i), a));
		if (final !== undefined) values.push(this.#converted(final, parameterAt(f, args.length)));
		try {
			return this.#call(n.name, f, args, values);
		} catch (e) {
			if (!(e instanceof FunctionError)) throw e;
			this.#node = at;
			return this.#fail(`error calling ${n.name}: ${e.message}`);
		}
	}

	#call(name: string, f: TemplateFunction, args: readonly ArgNode[], values: readonly Slot[]): Slot {
		switch (name) {
			case "print":
				return plain(sprint(values.map((s) => s.v)));
			case "println":
				return plain(sprintln(values.map((s) => s.v)));
			case "printf": {
				const [format, ...rest] = values.map((s) => s.v);
				return plain(formatDirectives(this.#run.ctx, format as string, rest, templateArgument));
			}
			case "call": {
				const callee = args[0] === undefined ? printed(values[0]?.v) : nodeText(args[0]);
				throw new FunctionError(callProblem(callee, values[0] ?? invalid));
			}
			default:
				return f.call === undefined ? this.#fail(`${name} cannot be called`) : f.call(values);
		}
	}

	/** and, or: arguments after the deciding one are not evaluated. */
	#logical(dot: Slot, or: boolean, args: readonly ArgNode[], final: Final): Slot {
		let v: Slot = invalid;
		for (const a of args) {
			v = this.#argument(dot, "value", a);
			if (isTrue(v) === or) return v;
		}
		return final ?? v;
	}

	/** An argument for a parameter; undefined for the start of a chain. */
	#argument(dot: Slot, parameter: Parameter | undefined, n: ArgNode): Slot {
		this.#node = n;
		switch (n.kind) {
			case "dot":
				return this.#converted(dot, parameter);
			case "nil":
				if (parameter === "string") return this.#fail("cannot assign nil to string");
				return parameter === "any" ? nilInterface : invalid;
			case "field":
			case "variable":
			case "chain":
				return this.#converted(this.#access(dot, n, [n], undefined), parameter);
			case "pipe":
				return this.#converted(this.#pipeline(dot, n), parameter);
			case "identifier":
				return this.#converted(this.#function(dot, n, n, [], undefined), parameter);
			default:
		}
		if (parameter === "string") {
			return n.kind === "string" ? plain(n.text) : this.#fail(`expected string; found ${nodeText(n)}`);
		}
		return this.#constant(dot, n);
	}

	#converted(s: Slot, parameter: Parameter | undefined): Slot {
		if (parameter === "string") {
			if (s.v === undefined) return this.#fail("invalid value; expected string");
			const inner = s.wrapped && s.v !== null ? unwrap(s) : s;
			if (typeof inner.v === "string") return inner;
			return this.#fail(`wrong type for value; expected string; got ${typeName(inner)}`);
		}
		return s.v === undefined && parameter === "any" ? nilInterface : s;
	}
}

function parameterAt(f: TemplateFunction, i: number): Parameter {
	return at(f.parameters, Math.min(i, f.parameters.length - 1));
}
