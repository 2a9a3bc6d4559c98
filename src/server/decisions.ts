/**
 * Decisions by the path of a URL. What a path asks for is found out once for each state of the server: the
 * reference it stands for, whether its types allow it, and the function that answers it.
 */
import type { PrintLine } from "../eval/context.ts";
import type { Policy } from "../policy.ts";
import { quoteGo } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import type { WebSignal } from "../web-types.ts";
import { ApiError } from "./errors.ts";
import { pathUnescape } from "./percent.ts";

/** A path is kept ready up to so many of them. */
const maxKept = 1000;

/** How to evaluate, besides the input. */
export interface DecideWith {
	readonly strictBuiltinErrors: boolean;
	/** Handed what the policy prints; without it prints cost nothing. */
	readonly onPrint?: ((line: PrintLine) => void) | undefined;
	/** The policy may wait for answers from the network. */
	readonly waits?: boolean | undefined;
	readonly signal?: WebSignal | undefined;
}

/** A document that can be asked for. */
export class Asked {
	/** `data.a.b[0]`. */
	readonly reference: string;
	readonly #policy: Policy<Value>;
	/** Undefined where the path has numbers: only a query says what they mean. */
	readonly #path: string | undefined;
	#plain: ((input?: Value) => Value | undefined) | undefined;

	/** Throws RegoErrors where types do not allow the reference. */
	constructor(policy: Policy<Value>, segments: readonly (string | bigint)[]) {
		this.#policy = policy;
		this.reference = referenceText(segments);
		policy.checkQuery(this.reference);
		const names = segments.every((s) => typeof s === "string");
		this.#path = names ? `data${segments.map((s) => `[${JSON.stringify(s)}]`).join("")}` : undefined;
	}

	/** The answer, at once. */
	decide(input: Value | undefined): Value | undefined {
		if (this.#path === undefined) return this.#queried(input, false);
		this.#plain ??= this.#policy.rule<Value, Value>(this.#path, { optional: true });
		return this.#plain(input);
	}

	/** The answer, with all that may be asked for on the way. */
	async decideWith(input: Value | undefined, how: DecideWith): Promise<Value | undefined> {
		const { strictBuiltinErrors, onPrint } = how;
		const path = this.#path;
		if (path === undefined) return this.#queried(input, strictBuiltinErrors, onPrint);
		if (how.waits === true) {
			const decision = await this.#policy.decideAsync<Value>(path, input, {
				optional: true,
				strictBuiltinErrors,
				signal: how.signal,
			});
			if (onPrint !== undefined) for (const line of await decision.prints()) onPrint(line);
			return decision.value;
		}
		if (onPrint === undefined && !strictBuiltinErrors) return this.decide(input);
		const prints = onPrint !== undefined;
		const result = this.#policy.evaluate<Value>(path, input, { optional: true, strictBuiltinErrors, prints });
		if (onPrint !== undefined) for (const line of result.prints) onPrint(line);
		return result.value;
	}

	#queried(input: Value | undefined, strictBuiltinErrors: boolean, onPrint?: DecideWith["onPrint"]): Value | undefined {
		const onPrints =
			onPrint === undefined
				? undefined
				: (lines: readonly PrintLine[]) => {
						for (const line of lines) onPrint(line);
					};
		const options = { strictBuiltinErrors, prints: onPrint !== undefined, onPrints };
		return this.#policy.query(this.reference, input, options).rows[0]?.expressions[0]?.value;
	}
}

/** The documents that one state of the server was asked for. */
export class Decisions {
	readonly #policy: Policy<Value>;
	readonly #kept: Map<string, Asked> = new Map();
	/** What OPA would have prepared: it counts hits by kind of request. */
	readonly #prepared: Set<string> = new Set();

	constructor(policy: Policy<Value>) {
		this.#policy = policy;
	}

	/** By the encoded path below `/v1/data/`. Throws ApiError and RegoErrors. */
	at(path: string): Asked {
		const known = this.#kept.get(path);
		if (known !== undefined) return known;
		const asked = new Asked(this.#policy, pathSegments(path));
		if (this.#kept.size >= maxKept) this.#kept.clear();
		this.#kept.set(path, asked);
		return asked;
	}

	/** Whether a request of this kind was prepared before; from now on it is. */
	wasPrepared(key: string): boolean {
		if (this.#prepared.has(key)) return true;
		if (this.#prepared.size >= 100) this.#prepared.clear();
		this.#prepared.add(key);
		return false;
	}
}

/** The segments of an encoded path: what reads as an integer is one. Throws ApiError. */
export function pathSegments(path: string): readonly (string | bigint)[] {
	const segments: (string | bigint)[] = [];
	for (const part of path.split("/")) {
		if (part === "") continue;
		const name = pathUnescape(part) ?? part;
		if (name.includes('"')) throw new InvalidPath(`invalid ref term '${name}'`);
		segments.push(integer(name) ?? name);
	}
	return segments;
}

/** A path that no reference can be made of. */
export class InvalidPath extends ApiError {
	readonly why: string;

	constructor(why: string) {
		super(500, "internal_error", `invalid_parameter: invalid path: ${why}`);
		this.why = why;
	}
}

/** As OPA reads a number of 64 bits: zeros behind a point make it no other. */
function integer(text: string): bigint | undefined {
	if (!/^[+-]?[0-9]{1,40}$/.test(text) && !/^[+-]?(?:[0-9]{1,40}\.0{0,40}|\.0{1,40})$/.test(text)) return undefined;
	const digits = text.replace(/^\+|\.0*$/g, "");
	const number = BigInt(digits === "-" ? 0 : digits);
	return BigInt.asIntN(64, number) === number ? number : undefined;
}

/** As OPA prints a reference; what it could not read again is refused in its words. */
function referenceText(segments: readonly (string | bigint)[]): string {
	let text = "data";
	for (const s of segments) {
		if (typeof s === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(s)) text += `.${s}`;
		else text += typeof s === "string" ? `[${quoted(s)}]` : `[${s}]`;
	}
	return text;
}

/** Go's quotes have escapes that Rego's strings do not. */
function quoted(s: string): string {
	const text = quoteGo(s);
	if (/(?<!\\)(?:\\\\)*\\[^"\\/bfnrtu]/.test(text)) throw new InvalidPath("failed to parse query");
	return text;
}
