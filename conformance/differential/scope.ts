/**
 * What a generated term may refer to: variables in scope and the rules made so far. Types are only as
 * exact as needed for most programs to pass OPA's type checker: `dyn` comes from input or base data and
 * fits anywhere, `mixed` has a type that the checker may know and we do not.
 */
import type { Dice } from "./dice.ts";
import { isJsonObject, isList, type Json, type JsonObject, pathsOf } from "./documents.ts";

export type Simple = "num" | "str" | "bool" | "null";
export type Element = "num" | "str" | "dyn";
export type Kind = Simple | `arr:${Element}` | `set:${Element}` | `obj:${Element}` | "dyn" | "mixed";

export interface Variable {
	readonly name: string;
	readonly kind: Kind;
}

/** A rule that later rules may use. */
export interface KnownRule {
	readonly package: readonly string[];
	readonly name: string;
	readonly kind: Kind;
	/** Kinds of the parameters of a function. */
	readonly args: readonly Kind[] | undefined;
	/** Keys below it that may be there, as they are written after its name. */
	readonly places?: readonly string[];
}

export interface DocumentPath {
	readonly text: string;
	readonly kind: Kind;
}

/** Things fixed for one module. */
export interface Surroundings {
	readonly dice: Dice;
	readonly input: JsonObject;
	readonly data: JsonObject;
	/** Paths that exist, with what is there. */
	readonly paths: readonly DocumentPath[];
	/** In the order of making; a rule refers only to earlier ones. */
	readonly rules: KnownRule[];
	/** Packages that are complete, so that they may be used as whole documents. */
	readonly packages: (readonly string[])[];
	readonly package: readonly string[];
	/** Future keywords imported. */
	readonly not: boolean;
	readonly and: boolean;
	/** Numbers for names. */
	counter: number;
}

export class Scope {
	readonly at: Surroundings;
	readonly variables: Variable[];

	constructor(at: Surroundings, variables: readonly Variable[] = []) {
		this.at = at;
		this.variables = [...variables];
	}

	get dice(): Dice {
		return this.at.dice;
	}

	inner(): Scope {
		return new Scope(this.at, this.variables);
	}

	fresh(): string {
		return `v${this.at.counter++}`;
	}

	bind(name: string, kind: Kind): void {
		this.variables.push({ name, kind });
	}

	of(kind: Kind): readonly Variable[] {
		return this.variables.filter((v) => v.kind === kind || v.kind === "dyn");
	}
}

export function kindOf(j: Json): Kind {
	if (j === null) return "null";
	if (typeof j === "boolean") return "bool";
	if (typeof j === "string") return "str";
	if (isList(j)) return "arr:dyn";
	return isJsonObject(j) ? "obj:dyn" : "num";
}

/** `input.a[0]["x y"]` for each path of a document. */
export function documentPaths(root: string, j: JsonObject): DocumentPath[] {
	return [...pathsOf(j)].map(([path, value]) => ({ text: root + path.map(step).join(""), kind: kindOf(value) }));
}

export function step(key: string | number): string {
	if (typeof key === "number") return `[${key}]`;
	return /^[a-zA-Z_]\w*$/.test(key) && !reserved.has(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

const reserved = new Set(["if", "not", "in", "every", "some", "default", "else", "as", "with", "import", "package"]);

/** How a module names a rule. */
export function ruleRef(rule: KnownRule, from: readonly string[] | undefined): string {
	const same = from !== undefined && from.join("\0") === rule.package.join("\0");
	if (same && /^\w+$/.test(rule.name)) return rule.name;
	return `data${rule.package.map(step).join("")}${step(rule.name)}`;
}
