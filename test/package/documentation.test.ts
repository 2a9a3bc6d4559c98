/** The modules for browsers have the declarations of the sources without what only their documentation says. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { typeToJson } from "../../src/value/show-type.ts";

const folder = new URL("../../dist/esm/builtins/", import.meta.url);
const built = existsSync(folder);
if (!built) console.log("dist is not built: its declarations are not tested");

const scripts = new URL("../../scripts/build/documentation.js", import.meta.url);
const { withoutDocumentation } = (await import(fileURLToPath(scripts))) as {
	readonly withoutDocumentation: (file: string, text: string) => string;
};

/** What the engine asks of a declaration. */
function asked(b: Builtin): unknown {
	const { category, doc, resultDoc, needs, since, eval: _eval, unchecked, args, variadic, result, ...rest } = b;
	const of = [...args.map(([, type]) => type), variadic, result].map((type) => type && typeToJson(type));
	return { ...rest, names: args.map(([name]) => name), of, isChecked: _eval !== unchecked };
}

describe.runIf(built)("declarations in modules for browsers", async () => {
	const { builtins: shipped } = (await import(fileURLToPath(new URL("registry.js", folder)))) as {
		readonly builtins: ReadonlyMap<string, Builtin>;
	};

	test("are those of the sources", () => {
		expect([...shipped.values()].map(asked)).toEqual([...builtins.values()].map(asked));
		expect(shipped.size).toBeGreaterThan(200);
	});

	test("have no documentation", () => {
		for (const b of shipped.values()) {
			const texts = [b.category, b.doc, b.resultDoc, b.needs, b.since, ...b.args.map(([, , doc]) => doc ?? "")];
			expect(texts.join(""), b.name).toBe("");
		}
		// A sentence of every builtin's that is anywhere in the files would be loaded for nothing.
		const all = readdirSync(folder, { encoding: "utf8" })
			.filter((f) => f.endsWith(".js"))
			.map((f) => readFileSync(new URL(f, folder), "utf8"))
			.join("\n");
		const left = [...builtins.values()].filter((b) => all.includes(JSON.stringify(b.doc)));
		expect(left.map((b) => b.name)).toEqual([]);
	});
});

test.runIf(built)("constants of a module that has nothing else are constants in modules for browsers", () => {
	const kinds = readFileSync(new URL("../parser/kinds.js", folder), "utf8");
	expect(kinds).toContain("const Ident = 3;");
	expect(kinds).not.toMatch(/^(?:var|let) /m);
});

describe("withoutDocumentation", () => {
	const rows = [
		{
			note: "properties, wherever they stand",
			from: 'const b = define("f", { doc: "A.", args: [], since: "1" });',
			to: 'const b = define("f", { args: [] });',
		},
		{ note: "nothing else in it", from: 'x({ category: "c" });', to: "x({  });" },
		{ note: "shorthand", from: "x({ a, doc, category });", to: "x({ a });" },
		{
			note: "texts of operands",
			from: 'x([["x", t.number, "a " + "b"]], ["y", t.any, yDoc]);',
			to: 'x([["x", t.number]], ["y", t.any]);',
		},
		{ note: "other arrays stay", from: 'x(["a", "b", "c"], [1, t, "c"]);', to: 'x(["a", "b", "c"], [1, t, "c"]);' },
		{
			note: "texts handed to a function that declares",
			from: 'function f(name, doc, yDoc) { return define(name, { doc }); }\nf("g", "A.", `y`);\nf("h", doc);',
			to: 'function f(name, doc, yDoc) { return define(name, {  }); }\nf("g", "", "");\nf("h", doc);',
		},
	];
	for (const { note, from, to } of rows) {
		test(note, () => {
			expect(withoutDocumentation("builtins/strings.js", from)).toBe(to);
			expect(withoutDocumentation("builtins/define.js", from)).toBe(from);
			expect(withoutDocumentation("value/strings.js", from)).toBe(from);
		});
	}
});
