/**
 * What the build for Node loads late, and how. Of the groups of modules below, each becomes a file that is
 * loaded when one of its functions or builtins is first called: most policies need few of them, and a
 * process should not pay for the others at its start.
 *
 * Whoever imports a listed module from outside its group gets a stand-in: functions that load the group with
 * a plain `require` of a literal path, which every bundler and tracer understands, and pass calls on; and
 * builtins without bodies (src/builtins/lazy.ts), whose declarations are data of their own. So only modules
 * that others use through functions and builtins can be listed.
 */
import { relative, resolve } from "node:path";
import { optionalCategories } from "./entries.js";

const src = resolve("src");

export const groups = {
	/** From text to a plan: the parser and everything behind it that is in no other group. */
	compiler: ["compile.ts", "parser/parser.ts"],
	/** Regular expressions and globs: engine, tables, builtins. */
	regex: ["regex/regex.ts", "builtins/regex.ts", "builtins/glob.ts"],
	/** Builtins that are large or seldom called. */
	builtins: [
		"builtins/bits.ts",
		"builtins/encoding.ts",
		"builtins/graph.ts",
		"builtins/internal.ts",
		"builtins/json-edit.ts",
		"builtins/rand.ts",
		"builtins/semver.ts",
		"builtins/sprintf.ts",
		"builtins/units.ts",
		"builtins/uuid.ts",
	],
	/** Code generation: a policy's first decision goes without. */
	generated: ["eval/generated/js.ts", "plan/fold.ts"],
	/** Types from JSON schemas. */
	schemas: ["compiler/typecheck/schema-types.ts"],
	/** The YAML of annotations. */
	metadata: ["parser/metadata.ts"],
	/** What errors say. */
	messages: ["face/hint-rules.ts", "compiler/typecheck/details.ts"],
	/** Bodies that are not in the order written. */
	order: ["compiler/stages/opa-order.ts", "compiler/planner/dry-run.ts"],
	/** Why a decision is as it is. */
	explanations: ["explain/explain.ts", "explain/text.ts"],
	/** A plan's sources and hash, and its JSON. */
	plans: ["plan/hash.ts", "plan/json.ts"],
	/** Template strings; `and` and `or`, where they are keywords. */
	syntax: ["parser/logical.ts", "parser/templates.ts"],
	...Object.fromEntries(optionalCategories.map((name) => [`category-${name}`, [`builtins/${name}.ts`]])),
};

export const groupOf = new Map(
	Object.entries(groups).flatMap(([group, files]) => files.map((f) => [resolve(src, f), group])),
);

const isBuiltin = (v) => typeof v?.eval === "function" && typeof v.name === "string";
const isClass = (v) => /^class\b/.test(Function.prototype.toString.call(v));
const builtinsOf = (v) => (isBuiltin(v) ? [v] : Array.isArray(v) && v.length > 0 && v.every(isBuiltin) ? v : undefined);

/** What others can have of a listed module: its functions and builtins, by name. */
const used = (exported) =>
	Object.entries(exported).filter(([, v]) => builtinsOf(v) !== undefined || (typeof v === "function" && !isClass(v)));

/** The text of the module that stands in for a listed one; `exported` is what that one exports. */
export function standIn(file, exported) {
	const lines = used(exported).map(([name, value]) => {
		const list = builtinsOf(value);
		if (list === undefined) return `export function ${name}(...args) { return load().${name}(...args); }`;
		const named = JSON.stringify(list.map((b) => [b.name, b.variadic === undefined ? b.args.length : -1]));
		const one = isBuiltin(value);
		const loaded = one ? `[load().${name}]` : `load().${name}`;
		return `export const ${name} = standIns(${JSON.stringify(list[0].module)}, ${named}, () => declarations().${name}, () => ${loaded})${one ? "[0]" : ""};`;
	});
	return [
		`import { standIns } from ${JSON.stringify(resolve(src, "builtins/lazy.ts"))};`,
		"let loaded;",
		`const load = () => (loaded ??= require("./${groupOf.get(file)}.cjs"));`,
		`const declarations = () => require("./declarations.cjs");`,
		...lines,
	].join("\n");
}

/** The text of a group's entry: everything that stand-ins ask for. */
export function groupEntry(group, exportsOf) {
	const seen = new Set();
	return groups[group]
		.map((f) => {
			const file = resolve(src, f);
			const names = used(exportsOf.get(file)).map(([name]) => name);
			for (const name of names) {
				if (seen.has(name)) throw new Error(`two modules of the group ${group} export ${name}`);
				seen.add(name);
			}
			return `export { ${names.join(", ")} } from ${JSON.stringify(file)};`;
		})
		.join("\n");
}

/** Everything but the bodies of the builtins that are loaded late, as a CommonJS module. */
export function declarations(exportsOf) {
	const bare = ({ eval: _eval, unchecked: _unchecked, ...declaration }) => declaration;
	const lists = {};
	for (const [file, exported] of exportsOf) {
		for (const [name, value] of Object.entries(exported)) {
			const list = builtinsOf(value);
			if (list === undefined) continue;
			if (Object.hasOwn(lists, name)) throw new Error(`${relative(src, file)}: another module exports ${name}`);
			lists[name] = list.map(bare);
		}
	}
	return `"use strict";\n/** Declarations of the builtins that are loaded late. */\nmodule.exports = ${JSON.stringify(lists)};\n`;
}
