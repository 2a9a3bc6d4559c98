/** How many casts the sources have: a number that may only go down. New ones are helpers with a reason. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vite";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../src", import.meta.url));
const most = 595;

interface Node {
	readonly type?: string;
	readonly typeAnnotation?: Node;
	readonly typeName?: { readonly name?: string };
}

/** `x as T`, `as const` not counted. */
function casts(node: unknown): number {
	if (typeof node !== "object" || node === null) return 0;
	const { type, typeAnnotation } = node as Node;
	const own = type === "TSAsExpression" && typeAnnotation?.typeName?.name !== "const" ? 1 : 0;
	return Object.values(node).reduce((sum: number, x) => sum + casts(x), own);
}

test(`at most ${most} casts`, () => {
	const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
	const counted = files
		.map((file) => ({ file, count: casts(parseAst(readFileSync(join(root, file), "utf8"), { lang: "ts" })) }))
		.filter(({ count }) => count > 0)
		.sort((a, b) => b.count - a.count || (a.file < b.file ? -1 : 1));
	const all = counted.reduce((sum, { count }) => sum + count, 0);
	// Said where it fails: the files, so that one sees in which of those one has changed there are more.
	const perFile = counted.map(({ file, count }) => `${count} src/${file}`).join("\n");
	expect(all, `${all} casts, ${all - most} too many. By file:\n${perFile}\n`).toBeLessThanOrEqual(most);
});
