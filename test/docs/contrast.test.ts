/**
 * docs/contrast.md does what it says: its files are written to a folder, its commands run there, and print what the
 * page shows. `UPDATE_DOCS=1` writes what they print.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const path = join(root, "docs/contrast.md");
const page = readFileSync(path, "utf8");
// Below the package, so that programs find it by its name.
const folder = join(root, "dist/contrast");

interface Block {
	readonly language: string;
	readonly file: string;
	readonly text: string;
	/** Of the text in the page. */
	readonly start: number;
}

const blocks: readonly Block[] = [...page.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map((m) => {
	const [whole, language = "", file = "", text = ""] = m;
	return { language, file, text, start: m.index + whole.indexOf("\n") + 1 };
});

beforeAll(() => {
	if (!existsSync(join(root, "dist/node/agent.mjs"))) throw new Error("not built: npm run build");
	rmSync(folder, { recursive: true, force: true });
	for (const { language, file, text } of blocks) {
		if (file === "" || language === "text") continue;
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), text);
	}
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How gzip packs depends on Node, and with it the size of an annotation. */
const steady = (text: string): string => text.replace(/^(annotations +)\d+ of/gm, "$1N of");

/** What a line of the shell prints, errors first. */
function printed(line: string): string {
	const [rego, ...args] = line.split(" ");
	expect(rego).toBe("rego");
	const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, "bin/rego.js"), ...args], {
		cwd: folder,
		encoding: "utf8",
	});
	expect({ line, status, stderr: status === 0 ? "" : stderr }).toEqual({ line, status: 0, stderr: "" });
	return stderr + stdout;
}

test("what is run prints what is shown", () => {
	const shown: { start: number; length: number; text: string }[] = [];
	for (const [i, block] of blocks.entries()) {
		const next = blocks[i + 1];
		let out = "";
		if (block.language === "sh") for (const line of block.text.trim().split("\n")) out += printed(line);
		else if (block.language === "js")
			out = execFileSync(process.execPath, [join(folder, block.file)], { cwd: folder, encoding: "utf8" });
		else continue;
		if (next?.language === "text") shown.push({ start: next.start, length: next.text.length, text: steady(out) });
		else expect(out).toBe("");
	}
	expect(shown.length).toBeGreaterThan(4);
	let wanted = page;
	for (const { start, length, text } of shown.toReversed())
		wanted = wanted.slice(0, start) + text + wanted.slice(start + length);
	if (process.env["UPDATE_DOCS"] === "1") writeFileSync(path, wanted);
	else expect(page).toBe(wanted);
});
