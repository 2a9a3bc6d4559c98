/**
 * Rules and modules while they are being checked. A stage reads and replaces `head` and `body` of the rule
 * states; syntax nodes themselves are never changed.
 */

import { at } from "../at.ts";
import type { Source } from "../location.ts";
import {
	type Body,
	type Call,
	type Head,
	type Import,
	isRegoV1Import,
	type Module,
	type Ref,
	type Rule,
	type Term,
} from "../parser/ast.ts";
import { relocate } from "./syntax/rewrite-terms.ts";

/** A rule, or one `else` of it, while it is being checked. */
export class RuleState {
	readonly rule: Rule;
	readonly module: ModuleState;
	readonly isElse: boolean;
	/** Full path: `data`, package, rule ref (as it stands after RewriteLocalVars). */
	path: readonly Term[];
	head: Head;
	body: Body;
	else: RuleState | undefined;
	/** Length of the ground part of the full path, by which the rule is looked up. It is fixed from the start. */
	readonly prefixLength: number;
	/** What the resolver saw in it; later stages skip what is not there. */
	readonly has: RuleFeatures = noFeatures();
	/** Set by SetGraph: references to data (calls of rules included) and all calls. */
	refs: readonly Ref[] = [];
	calls: readonly CallSite[] = [];

	constructor(module: ModuleState, rule: Rule, isElse: boolean) {
		this.module = module;
		this.rule = rule;
		this.isElse = isElse;
		this.head = rule.head;
		this.body = isElse && !inBraces(module.source, rule) ? relocate(rule.body, rule.start, rule.end) : rule.body;
		this.path = fullPath(module, rule.head.ref);
		this.prefixLength = groundLength(this.path);
	}

	get isFunction(): boolean {
		return this.head.args !== undefined && this.head.args.length > 0;
	}

	/** Whether the head's ref has no variable part. */
	get isGround(): boolean {
		return this.prefixLength === this.path.length;
	}

	setHead(head: Head): void {
		if (head === this.head) return;
		if (head.ref !== this.head.ref) this.path = fullPath(this.module, head.ref);
		this.head = head;
	}
}

/** OPA gives all of an else branch's body the branch's place unless it is in braces. */
function inBraces(source: Source, rule: Rule): boolean {
	const first = rule.body[0];
	return !rule.hasBody || first === undefined || source.text.slice(rule.head.end, first.start).includes("{");
}

export interface RuleFeatures {
	templates: boolean;
	prints: boolean;
	/** One of the prints is in the head, or in a body within the rule's own. */
	innerPrints: boolean;
	/** One of the prints is inside a term. */
	voidCalls: boolean;
	withs: boolean;
	metadata: boolean;
	/** A variable is named like a builtin. */
	builtinVars: boolean;
	/** `input :=` or `data :=` somewhere. */
	rootAssigned: boolean;
}

export function noFeatures(): RuleFeatures {
	return {
		templates: false,
		prints: false,
		innerPrints: false,
		voidCalls: false,
		withs: false,
		metadata: false,
		builtinVars: false,
		rootAssigned: false,
	};
}

export interface CallSite {
	readonly call: Call;
	/** Place OPA reports: the expression's for a call that is one, else the call's own. */
	readonly at: number | undefined;
	/** The call is the whole expression, and so may carry one more argument for its result. */
	readonly top: boolean;
}

export class ModuleState {
	readonly module: Module;
	readonly source: Source;
	/** `data` and string scalars. */
	readonly packagePath: readonly Term[];
	readonly imports: readonly Import[];
	/** Top-level rules; `else` branches hang off them. */
	readonly rules: readonly RuleState[];
	/** Every rule and `else` branch, in source order. */
	readonly all: readonly RuleState[];
	/** Parsed as v1, or a v0 module that imports rego.v1. */
	readonly v1: boolean;

	constructor(module: Module) {
		this.module = module;
		this.source = module.source;
		this.packagePath = module.package.path.terms;
		this.imports = module.imports;
		this.v1 = module.regoVersion === "v1" || module.imports.some(isRegoV1Import);
		const rules: RuleState[] = [];
		const all: RuleState[] = [];
		for (const rule of module.rules) {
			let state = new RuleState(this, rule, false);
			rules.push(state);
			all.push(state);
			for (let next = rule.else; next !== undefined; next = next.else) {
				const branch = new RuleState(this, next, true);
				state.else = branch;
				all.push(branch);
				state = branch;
			}
		}
		this.rules = rules;
		this.all = all;
	}
}

function fullPath(module: ModuleState, ref: Ref): readonly Term[] {
	const [name, ...rest] = ref.terms;
	if (name === undefined || name.kind !== "var") return module.packagePath;
	const first: Term = { kind: "scalar", value: name.name, start: name.start, end: name.end };
	return [...module.packagePath, first, ...rest];
}

/** How many leading terms of a head's path are scalars; OPA turns any other kind into a variable. */
function groundLength(path: readonly Term[]): number {
	for (let i = 1; i < path.length; i++) if (at(path, i).kind !== "scalar") return i;
	return path.length;
}
