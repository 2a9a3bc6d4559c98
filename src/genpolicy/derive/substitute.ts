/**
 * `$(NAME)` in variables and arguments, in two ways: as Kata's generator does it, whose text the policy has to have,
 * and as Kubernetes does it. Both in bounded time and space: values may refer to each other in circles and powers.
 */

/** What the agent fills in: references to these may stand in a value that is put into others. */
const internal: readonly string[] = [
	"bundle-id",
	"host-ip",
	"node-name",
	"pod-ip",
	"pod-uid",
	"sandbox-id",
	"sandbox-name",
	"sandbox-namespace",
];

/** Far above what Linux takes for one argument or variable, which is 128 KiB: what is longer comes of circles or powers. */
const maxLength = 1 << 20;
const maxSteps = 5_000_000;

export class SubstitutionError extends Error {}

/** As Kata's generator does it. Throws SubstitutionError. */
export function substituteEnv(env: readonly string[]): readonly string[] {
	const variables = env.map((text) => text.split("="));
	const substitution = new Substitution(variables);
	for (let changed = true; changed; ) {
		changed = false;
		for (const variable of variables) if (substitution.once(variable)) changed = true;
	}
	return variables.map((parts) => parts.join("="));
}

/** Arguments; `env` has been substituted. Throws SubstitutionError. */
export function substituteArgs(args: readonly string[], env: readonly string[]): readonly string[] {
	const substitution = new Substitution(env.map((text) => text.split("=")));
	return args.map((text) => {
		const argument = ["", text];
		while (substitution.once(argument));
		return argument[1] ?? "";
	});
}

class Substitution {
	/** All variables of a name, in order. A value with `=` in it makes more than two parts, and is never used. */
	private readonly byName = new Map<string, string[][]>();
	private steps = 0;

	constructor(variables: readonly string[][]) {
		for (const variable of variables) {
			const [name = ""] = variable;
			const same = this.byName.get(name);
			if (same === undefined) this.byName.set(name, [variable]);
			else same.push(variable);
		}
	}

	/** Replaces the first reference of a variable's value, everywhere in it; false where it stays. */
	once(variable: string[]): boolean {
		const text = variable[1] ?? "";
		if (variable.length !== 2) return false;
		const name = firstReference(text);
		if (++this.steps > maxSteps) throw new SubstitutionError("references to variables take too many steps");
		if (name === undefined) return false;
		if (name === "") throw new SubstitutionError("$() names no variable");
		const value = this.valueOf(name);
		if (value === undefined) return false;
		const made = text.replaceAll(`$(${name})`, () => value);
		this.steps += made.length >> 6;
		if (made === text) throw new SubstitutionError(`$(${name}) stands for itself: there is no end to it`);
		if (made.length > maxLength) throw new SubstitutionError(`$(${name}) makes a text of more than 1 MiB`);
		variable[1] = made;
		return true;
	}

	private valueOf(name: string): string | undefined {
		for (const variable of this.byName.get(name) ?? []) {
			const [, value] = variable;
			this.steps++;
			if (variable.length !== 2 || value === undefined) continue;
			const inner = firstReference(value);
			if (inner === undefined || internal.includes(inner)) return value;
		}
		return undefined;
	}
}

function firstReference(text: string): string | undefined {
	const start = text.indexOf("$(");
	if (start < 0) return undefined;
	const end = text.indexOf(")", start + 2);
	return end < 0 ? undefined : text.slice(start + 2, end);
}

/**
 * As Kubernetes does it: each variable sees those of the manifest before it, and `$$(NAME)` is the text `$(NAME)`.
 * The first `kept` variables are the image's, which it does not know. Throws SubstitutionError.
 */
export function expandEnv(env: readonly string[], kept: number): readonly string[] {
	const values = new Map<string, string>();
	return env.map((text, i) => {
		if (i < kept) return text;
		const [name, value] = splitVariable(text);
		const made = expand(value, values);
		values.set(name, made);
		return `${name}=${made}`;
	});
}

/** Arguments of the manifest; `env` has been expanded. Throws SubstitutionError. */
export function expandArgs(args: readonly string[], env: readonly string[], kept: number): readonly string[] {
	const values = new Map(env.slice(kept).map((text) => splitVariable(text)));
	return args.map((text) => expand(text, values));
}

export function splitVariable(text: string): [string, string] {
	const [name = ""] = text.split("=", 1);
	return [name, text.slice(name.length + 1)];
}

function expand(text: string, values: ReadonlyMap<string, string>): string {
	const parts: string[] = [];
	let length = 0;
	let from = 0;
	/** Where the next reference may end; past the text where none can. */
	let close = -1;
	for (let at = text.indexOf("$"); at >= 0 && at < text.length; at = text.indexOf("$", from)) {
		let end = at + 1;
		let made = "$";
		if (text[at + 1] === "$") end = at + 2;
		else if (text[at + 1] === "(") {
			// Looked for once: of many that are never closed each would look to the end.
			if (close < at) close = indexOr(text, ")", at, text.length);
			if (close < text.length) {
				end = close + 1;
				made = values.get(text.slice(at + 2, close)) ?? text.slice(at, end);
			}
		}
		parts.push(text.slice(from, at), made);
		from = end;
		length += made.length;
		if (length > maxLength) throw new SubstitutionError("references to variables make a text of more than 1 MiB");
	}
	parts.push(text.slice(from));
	return parts.join("");
}

function indexOr(text: string, what: string, from: number, none: number): number {
	const at = text.indexOf(what, from);
	return at < 0 ? none : at;
}
