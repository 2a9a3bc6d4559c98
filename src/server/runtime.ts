/**
 * What a server answers from: base documents, policies, and the policy compiled of them. Each state is a
 * snapshot that is never changed; a decision takes the one in force and stays with it. A change is made
 * beside it, checked, compiled, and put in its place as a whole, or not at all.
 */
import { builtins } from "../builtins/registry.ts";
import { compile } from "../compile.ts";
import { checkPathConflicts } from "../documents/path-conflicts.ts";
import { RegoErrors } from "../errors.ts";
import type { Host, Limits } from "../eval/context.ts";
import { checkOptions, describe, hostChecks, limitChecks, type OptionChecks } from "../face/options.ts";
import { Source } from "../location.ts";
import { parseAnnotations } from "../parser/annotations.ts";
import type { Module } from "../parser/ast.ts";
import { parseModule } from "../parser/parser.ts";
import type { Policy } from "../policy.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { checkAuthorization } from "./authz-schema.ts";
import { Decisions } from "./decisions.ts";
import { Plugins } from "./plugins.ts";

/** A module as it was sent, and parsed. */
export interface StoredPolicy {
	readonly text: string;
	readonly module: Module;
}

/** Everything that decides, at one instant. */
export interface Snapshot {
	readonly data: PlainObject;
	readonly policies: ReadonlyMap<string, StoredPolicy>;
	readonly policy: Policy<Value>;
	readonly decisions: Decisions;
	/** Something may be printed. */
	readonly prints: boolean;
	/** Something may be asked of the network, without blocking. */
	readonly waits: boolean;
}

/** What a runtime begins with, and how it reads and evaluates policies. */
export interface RuntimeOptions {
	/** Texts by id, or what parse() gave. */
	readonly policies?: { readonly [id: string]: string } | ReadonlyMap<string, StoredPolicy> | undefined;
	/** Base documents below `data`; default {}. */
	readonly data?: PlainObject | undefined;
	/** How policies are read; default "v1". */
	readonly regoVersion?: "v0" | "v1" | undefined;
	/** Compilation stops after so many errors; default 10. */
	readonly maxErrors?: number | undefined;
	/** Clock, randomness, permissions (http.send …). */
	readonly host?: Partial<Host> | undefined;
	/** Bounds of every evaluation. */
	readonly limits?: Limits | undefined;
	/**
	 * The path of the decision that authorizes requests: its rules are checked with the type of their input when the
	 * runtime begins, and when bundles are put in force.
	 */
	readonly authorizationDecision?: string | undefined;
}

const runtimeOptions: OptionChecks<RuntimeOptions> = {
	policies: "record",
	data: "record",
	regoVersion: ["v0", "v1"],
	maxErrors: "number",
	host: hostChecks,
	limits: limitChecks,
	authorizationDecision: "string",
};

/** The changes that one write makes. */
export interface Change {
	readonly data?: PlainObject | undefined;
	readonly policies?: ReadonlyMap<string, StoredPolicy> | undefined;
	/** Refuse rules where there are documents. */
	readonly checkConflicts?: boolean | undefined;
	/** Policies that cannot authorize requests are refused. */
	readonly checkAuthorization?: boolean | undefined;
}

/** Policies and documents, and the policy compiled of them: what handlers answer from. */
export class Runtime {
	readonly options: RuntimeOptions;
	readonly plugins: Plugins = new Plugins();
	#snapshot: Snapshot;

	constructor(options: RuntimeOptions = {}) {
		checkOptions("Runtime", options, runtimeOptions);
		this.options = options;
		const policies = this.#parsed(options.policies ?? {});
		const data = options.data ?? {};
		const policy = this.#compile(policies, data);
		this.#snapshot = this.#made(policies, data, policy);
		checkPathConflicts(modulesOf(this.#snapshot), data);
		this.#checkAuthorization(this.#snapshot);
	}

	/** What is in force. */
	get snapshot(): Snapshot {
		return this.#snapshot;
	}

	/** A module as it would be stored. Throws RegoErrors. */
	parse(id: string, text: string, regoVersion: "v0" | "v1" = this.options.regoVersion ?? "v1"): StoredPolicy {
		const { value, errors } = parseModule(new Source(id, text), {
			stopsAtMistake: true,
			regoVersion,
			annotations: parseAnnotations,
			isBuiltin: (name) => builtins.has(name),
		});
		if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
		return { text, module: value };
	}

	#parsed(policies: NonNullable<RuntimeOptions["policies"]>): ReadonlyMap<string, StoredPolicy> {
		if (policies instanceof Map) return policies;
		const parsed = Object.entries(policies).map(([id, text]: readonly [string, unknown]) => {
			if (typeof text !== "string")
				throw new TypeError(`Runtime: the text of ${id} must be a string, not ${describe(text)}`);
			return [id, this.parse(id, text)] as const;
		});
		return new Map(parsed);
	}

	/** Puts a change in force. Throws RegoErrors, and then nothing has changed. */
	commit(change: Change): void {
		const old = this.#snapshot;
		const data = change.data ?? old.data;
		const policies = change.policies ?? old.policies;
		const policy = change.policies === undefined ? old.policy.withData(data) : this.#compile(policies, data);
		const made =
			change.policies === undefined
				? { ...old, data, policy, decisions: new Decisions(policy) }
				: this.#made(policies, data, policy);
		if (change.checkConflicts !== false) checkPathConflicts(modulesOf(made), data);
		if (change.checkAuthorization === true) this.#checkAuthorization(made);
		this.#snapshot = made;
	}

	#checkAuthorization(snapshot: Snapshot): void {
		const { authorizationDecision } = this.options;
		if (authorizationDecision !== undefined) checkAuthorization(modulesOf(snapshot), authorizationDecision);
	}

	#made(policies: Snapshot["policies"], data: PlainObject, policy: Policy<Value>): Snapshot {
		const says = (pattern: RegExp): boolean => [...policies.values()].some((p) => pattern.test(p.text));
		const waits = this.options.host?.permissions?.httpSendAsync !== undefined && says(/\bhttp\b/);
		return { data, policies, policy, decisions: new Decisions(policy), prints: says(/\bprint\b/), waits };
	}

	#compile(policies: ReadonlyMap<string, StoredPolicy>, data: PlainObject): Policy<Value> {
		const { maxErrors, host, limits } = this.options;
		// Documents and inputs are made by our own reader of JSON: nothing has to be looked through.
		const modules = [...policies.values()].map((p) => p.module);
		return compile(modules, { data, maxErrors, host, limits, values: "rego", inputs: "trusted" });
	}
}

export function modulesOf(snapshot: Snapshot): readonly Module[] {
	return [...snapshot.policies.values()].map((p) => p.module);
}
