/** No link of a page that is packed leads to a file that is not. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

function packed(): readonly string[] {
	const pack = ["pack", "--ignore-scripts", "--dry-run", "--json"];
	const [{ files }] = JSON.parse(execFileSync("npm", pack, { cwd: root, encoding: "utf8" })) as [
		{ readonly files: readonly { readonly path: string }[] },
	];
	return files.map((f) => f.path);
}

/** Where the links of a page lead, without what stands in code. */
function linksOf(text: string): readonly string[] {
	const prose = text.replace(/^```.*?^```$/gms, "").replace(/`[^`\n]*`/g, "");
	const written = [...prose.matchAll(/\]\(([^)\s]+)\)/g), ...prose.matchAll(/(?:src|srcset|href)="([^"\s]+)/g)];
	return written.map(([, to]) => to as string).filter((to) => !/^(?:[a-z]+:|#)/.test(to));
}

test("links in packed pages lead to packed files", () => {
	const files = new Set(packed());
	const pages = [...files].filter((f) => f.endsWith(".md"));
	expect(pages).toContain("docs/recipes.md");
	const dead = pages.flatMap((page) =>
		linksOf(readFileSync(join(root, page), "utf8"))
			.map((to) => normalize(join(dirname(page), to.split("#", 1)[0] as string)))
			.filter((to) => !files.has(to))
			.map((to) => `${page} -> ${to}`),
	);
	expect(dead).toEqual([]);
});
