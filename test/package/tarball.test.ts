/** What `npm pack` would ship: nothing but what users need, and everything that package.json speaks of. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
	readonly exports: object;
	readonly bin: Readonly<Record<string, string>>;
	readonly main: string;
	readonly types: string;
	readonly typesVersions: object;
	readonly dependencies: Readonly<Record<string, string>>;
};
const built = existsSync(`${root}dist/package/package.json`);
if (!built) console.log("dist is not built: the tarball is not tested");

interface Packed {
	readonly size: number;
	readonly unpackedSize: number;
	readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

/** Every text in a structure. */
function texts(of: unknown): readonly string[] {
	if (typeof of === "string") return [of];
	return typeof of === "object" && of !== null ? Object.values(of).flatMap(texts) : [];
}

describe.runIf(built)("the tarball", () => {
	let packed: Packed;
	let paths: readonly string[];
	beforeAll(() => {
		const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
		const out = execFileSync("npm", args, {
			cwd: `${root}dist/package`,
			encoding: "utf8",
			stdio: ["ignore", "pipe", "pipe"],
		});
		packed = (JSON.parse(out) as readonly [Packed])[0];
		paths = packed.files.map((f) => f.path);
	});

	test("holds files of these kinds only", () => {
		const allowed = [
			/^(?:README|CHANGELOG)\.md$/,
			/^LICENSE$/,
			/^package\.json$/,
			/^bin\/(?:rego|code-cache|deep-stack|patient-v8)\.js$/,
			/^bin\/package\.json$/,
			/^docs\/[\w-]+\.(?:md|svg)$/,
			/^dist\/THIRD-PARTY-NOTICES\.md$/,
			/^dist\/node\/[\w-]+\.(?:cjs|mjs|d\.cts|d\.mts)$/,
			/^dist\/esm\/[\w/-]+\.js$/,
			/^dist\/types\/[\w/-]+\.d\.ts$/,
			/^dist\/types\/package\.json$/,
		];
		expect(paths.filter((p) => !allowed.some((a) => a.test(p)))).toEqual([]);
	});

	test("is at most 2 MB, and 8 MB unpacked", () => {
		expect(packed.size).toBeLessThan(2 * 1024 * 1024);
		expect(packed.unpackedSize).toBeLessThan(8 * 1024 * 1024);
	});

	test("its package.json is for those who install it: nothing runs, nothing of a checkout is in it", () => {
		const published = JSON.parse(readFileSync(`${root}dist/package/package.json`, "utf8"));
		const {
			private: _private,
			scripts,
			devDependencies,
			allowScripts,
			...rest
		} = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
		expect([scripts, devDependencies, allowScripts]).not.toContain(undefined);
		expect(published).toEqual(rest);
	});

	test("holds what package.json names", () => {
		const named = [manifest.exports, manifest.bin, manifest.main, manifest.types, manifest.typesVersions].flatMap(
			texts,
		);
		const missing = named.filter((name) => {
			const [before = "", after] = name.replace(/^\.\//, "").split("*");
			return !paths.some((p) => (after === undefined ? p === before : p.startsWith(before) && p.endsWith(after)));
		});
		expect(missing).toEqual([]);
	});

	test("holds every category of builtins, for every way to load it", () => {
		const inBrowser = paths.filter((p) => /^dist\/node\/builtins-[\w-]+\.cjs$/.test(p));
		expect(inBrowser).toHaveLength(36);
		for (const p of inBrowser) {
			const name = p.replace(/^dist\/node\/builtins-|\.cjs$/g, "");
			expect(paths).toContain(`dist/esm/builtins/${name}.js`);
			for (const kind of ["mjs", "d.cts", "d.mts"]) expect(paths).toContain(`dist/node/builtins-${name}.${kind}`);
		}
	});

	test("its files load nothing but each other, Node's modules and the dependencies", () => {
		const known = [...Object.keys(manifest.dependencies), ...builtinModules, "koffi"];
		const foreign = paths
			.filter((p) => /^dist\/(?:node|esm)\/.*\.[cm]?js$/.test(p))
			.flatMap((p) => {
				const text = readFileSync(`${root}${p}`, "utf8");
				const found = text.matchAll(/^\s*(?:import|export)\s[^"'`;]*from\s*"([^"]+)"|\brequire\("([^"]+)"\)/gm);
				return [...found].map((m) => ({ in: p, name: m[1] ?? m[2] ?? "" }));
			})
			.filter(({ name }) => !/^(?:\.|node:)/.test(name) && !known.includes(name))
			// What a policy or a message may hold is no import.
			.filter(({ name }) => /^[@\w]/.test(name));
		expect(foreign).toEqual([]);
	});

	test("what browsers load names no module of Node", () => {
		const wrong = paths
			.filter((p) => p.startsWith("dist/esm/"))
			.filter((p) => /from "node:|import "node:|import\.meta|\brequire\("/.test(readFileSync(`${root}${p}`, "utf8")));
		expect(wrong).toEqual([]);
	});

	test("the code is readable: names and lines as in the sources", () => {
		const text = readFileSync(`${root}dist/node/engine.cjs`, "utf8");
		const lines = text.split("\n");
		expect(lines.filter((l) => l.length > 5000)).toEqual([]);
		expect(text).toContain("class extends Error");
		expect(text).toMatch(/\bfunction compareNumbers\(/);
	});
});
