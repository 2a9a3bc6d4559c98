/**
 * docs/recipes.md does what it says: its files are written to a folder, its programs run there with the built
 * package, and what they print is what the page shows.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/recipes.md"), "utf8");
// Below the package, so that programs find it by its name.
const folder = join(root, "dist/recipes");

interface Block {
	readonly language: string;
	readonly file: string;
	readonly text: string;
}

const blocks: readonly Block[] = [...page.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
	([, language, file, text]) => ({
		language: language as string,
		file: file ?? "",
		text: text as string,
	}),
);
const programs = blocks.filter((b) => b.file !== "" && b.language !== "text");
const printed = new Map(blocks.filter((b) => b.language === "text").map((b) => [b.file, b.text]));
const commands = blocks.filter((b) => b.language === "sh").flatMap((b) => b.text.trim().split("\n"));

function run(command: string, args: readonly string[]): string {
	const env = { ...process.env };
	delete env["NODE_TEST_CONTEXT"];
	return execFileSync(command, args, { cwd: folder, encoding: "utf8", env });
}

beforeAll(() => {
	if (!existsSync(join(root, "dist/node/node.mjs"))) throw new Error("not built: npm run build");
	rmSync(folder, { recursive: true, force: true });
	for (const { file, text } of programs) {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), text);
	}
	for (const line of commands) {
		const [npx, rego, ...args] = line.split(" ");
		expect([npx, rego]).toEqual(["npx", "regoplan"]);
		run(process.execPath, [join(root, "bin/rego.js"), ...args]);
	}
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const imported = async (file: string): Promise<{ readonly [name: string]: unknown }> => {
	const here = process.cwd();
	process.chdir(folder);
	try {
		return (await import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href)) as {
			readonly [name: string]: unknown;
		};
	} finally {
		process.chdir(here);
	}
};

describe("programs print what the page shows", () => {
	for (const [file, want] of printed) {
		test(file, () => expect(run(process.execPath, [file])).toBe(want));
	}
	test("decisions.mjs", () => expect(run(process.execPath, ["decisions.mjs"])).toBe(""));
});

/** User, method, path, and the status that must come. */
const requests = [
	["alice", "GET", "/secret", 200],
	["bob", "GET", "/secret", 403],
	["", "GET", "/docs/a", 200],
	["", "GET", "/docs/a?x=/../y", 200],
	["", "GET", "/statusfoo", 403],
] as const;

/** Paths that begin as what is public, or are read as it, and are something else for somebody. */
const waysAround = [
	"//admin/docs/keys",
	"//",
	"/docs/../secret",
	"/docs/%2e%2e/secret",
	"/docs/%2E./secret",
	"/docs%2f..%2fsecret",
	"/docs/..%2fsecret",
	"/docs/..\\secret",
	"/docs/a//b",
	"/./secret",
];

/** A request as it is written: fetch would resolve the dots. */
function statusOf(port: number, path: string): Promise<number | undefined> {
	return new Promise((resolve, reject) => {
		request({ port, path, host: "127.0.0.1" }, (r) => {
			r.resume();
			resolve(r.statusCode);
		})
			.on("error", reject)
			.end();
	});
}

describe("servers", () => {
	test("Express", async () => {
		const { app } = (await imported("express.mjs")) as { app: { listen(port: number): import("node:http").Server } };
		const server = app.listen(0);
		try {
			const { port } = server.address() as AddressInfo;
			for (const [user, method, path, want] of requests) {
				const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { "x-user": user } });
				expect(response.status).toBe(want);
				const served = path.split("?", 1)[0];
				expect(await response.json()).toEqual(want === 200 ? { path: served } : { error: "forbidden" });
			}
			for (const path of waysAround) expect([path, await statusOf(port, path)]).toEqual([path, 400]);
		} finally {
			server.close();
		}
	});
	test("Fastify", async () => {
		const { app } = (await imported("fastify.mjs")) as { app: { inject(r: object): Promise<{ statusCode: number }> } };
		for (const [user, method, url, want] of requests) {
			expect((await app.inject({ method, url, headers: { "x-user": user } })).statusCode).toBe(want);
		}
	});
	test("Fastify, however leniently it routes", async () => {
		const text = programs.find((b) => b.file === "fastify.mjs")?.text ?? "";
		const lenient = text.replace(
			"fastify()",
			"fastify({ routerOptions: { ignoreDuplicateSlashes: true, caseSensitive: false } })",
		);
		expect(lenient).not.toBe(text);
		writeFileSync(join(folder, "lenient.mjs"), lenient);
		for (const file of ["fastify.mjs", "lenient.mjs"]) {
			const { app } = (await imported(file)) as { app: { listen(o: object): Promise<string>; close(): Promise<void> } };
			const port = Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
			try {
				for (const path of [...waysAround, "/%73ecret"]) {
					expect([file, path, await statusOf(port, path)]).toEqual([file, path, 400]);
				}
				for (const path of ["/SECRET", "/admin/docs/keys", "/nothing"]) {
					expect([file, path, await statusOf(port, path)]).toEqual([file, path, 403]);
				}
			} finally {
				await app.close();
			}
		}
	});
	test("Hono", async () => {
		const { app } = (await imported("hono.mjs")) as { app: { request(path: string, init: object): Promise<Response> } };
		for (const [user, method, path, want] of requests) {
			expect((await app.request(path, { method, headers: { "x-user": user } })).status).toBe(want);
		}
		for (const path of waysAround) {
			const { status } = await app.request(`http://localhost${path}`, {});
			expect([path, status === 400 || status === 403]).toEqual([path, true]);
		}
	});
});

test("browser.mjs", async () => {
	const { decide } = (await imported("browser.mjs")) as { decide(text: string, input: object): boolean };
	expect(decide("package authz\n\nallow if input.user", { user: 1 })).toBe(true);
});

test("tests in Rego, by both runners", () => {
	const tap = run(process.execPath, ["--test", "--test-reporter=tap", "policies.test.mjs"]);
	expect(tap).toContain("# pass 3");
	expect(tap).toContain("# fail 0");
	const vitest = join(root, "node_modules/vitest/vitest.mjs");
	const args = [vitest, "run", "--config", "none", "--root", folder, "--reporter=json", "vitest/policies.test.mjs"];
	const ran = spawnSync(
		process.execPath,
		args.filter((a) => a !== "--config" && a !== "none"),
		{ cwd: folder, encoding: "utf8" },
	);
	expect(JSON.parse(ran.stdout.slice(ran.stdout.indexOf("{")))).toMatchObject({ numPassedTests: 3, numFailedTests: 0 });
});

test("TypeScript takes typescript.ts, and it runs", () => {
	const tsc = join(root, "node_modules/typescript/bin/tsc");
	const flags = [
		"--ignoreConfig",
		"--rootDir",
		".",
		"--strict",
		"--exactOptionalPropertyTypes",
		"--module",
		"nodenext",
		"--target",
		"es2023",
		"--skipLibCheck",
		"--types",
		"node",
	];
	expect(run(process.execPath, [tsc, ...flags, "--outDir", "compiled", "typescript.ts"])).toBe("");
	expect(run(process.execPath, ["compiled/typescript.js"])).toBe(
		'true {"allowed":true,"reasons":["name"]} true name\n',
	);
});

test("every recipe is linked at the top", () => {
	const titles = [...page.matchAll(/^## (.*)$/gm)].map((m) => (m[1] as string).toLowerCase().replaceAll(" ", "-"));
	for (const title of titles) expect(page).toContain(`](#${title})`);
	expect(programs.length).toBeGreaterThan(15);
});
