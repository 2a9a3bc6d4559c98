/** Policies from files, folders and bundles; hot reload; tests written in Rego. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { compile, LivePolicy, RegoErrors } from "../../src/index.ts";
import { findTests, loadBundle, loadFiles, regoTest, watchFiles } from "../../src/node/index.ts";
import { runCli } from "../cli/run-cli.ts";

const root = mkdtempSync(join(tmpdir(), "regoplan-files-"));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
function folder(files: { readonly [name: string]: string | Uint8Array }): string {
	const at = join(root, String(made++));
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(at, name)), { recursive: true });
		writeFileSync(join(at, name), text);
	}
	return at;
}

const authz = "package authz\n\nallow if input.user in data.roles.admin\n";

describe("loadFiles", () => {
	test("Rego, JSON and YAML below a folder", async () => {
		const at = folder({
			"p/authz.rego": authz,
			"roles/data.json": '{"admin": ["alice"]}',
			"roles/more.yaml": "guest: [bob]\n",
		});
		const policy = await loadFiles(at);
		expect(policy.allows("data.authz.allow", { user: "alice" })).toBe(true);
		expect(policy.rule("data.roles")()).toEqual({ admin: ["alice"], guest: ["bob"] });
	});
	test("files, prefixes and data of the program's own", async () => {
		const at = folder({ "authz.rego": authz, "r.json": '{"admin": ["alice"]}' });
		const policy = await loadFiles([`${at}/authz.rego`, `roles:${at}/r.json`], {
			data: { extra: 1 },
			ignore: ["*.md"],
		});
		expect([policy.allows("data.authz.allow", { user: "alice" }), policy.rule("data.extra")()]).toEqual([true, 1]);
	});
	test("errors are those of compile, with hints", async () => {
		const at = folder({ "a.rego": "package a\nallow { true }\n" });
		const e = await loadFiles(at).catch((x: unknown) => x);
		expect(e).toBeInstanceOf(RegoErrors);
		expect((e as RegoErrors).errors[0]?.hint).toContain("Rego v0");
		expect((await loadFiles(at, { regoVersion: "auto" })).allows("data.a.allow")).toBe(true);
	});
	test("what is no UTF-8", async () => {
		const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
		const at = folder({ "d.json": latin('{\n"a": "caf\xe9"}'), "d.yaml": latin("a: caf\xe9\n") });
		await expect(loadFiles(`${at}/d.json`)).rejects.toThrow("d.json: row 2: the file is not UTF-8");
		await expect(loadFiles(`${at}/d.yaml`)).rejects.toThrow("yaml: incomplete UTF-8 octet sequence");
		const whole = folder({ "d.json": '{"a": "café\ufffd"}' });
		expect((await loadFiles(whole)).rule("data.a")()).toBe("café\ufffd");
	});
	test("documents that cannot both be: where, and in which files", async () => {
		const at = folder({
			"a/data.json": '{"x": 1}',
			"b.json": '{"r": {"y": {"z": 1}}}',
			"c.json": '{"r": {"x": 1, "y": {"z": {"q": 1}}}}',
		});
		const e = await loadFiles(at).catch((x: unknown) => x);
		expect(e).toMatchObject({
			message: `1 error occurred during loading: ${at}/c.json: merge error`,
			hint: `data.r.y.z is in ${at}/b.json, too, and only objects are merged`,
		});
	});
	test("addresses of files; no path is not the current folder", async () => {
		const at = folder({ "a.rego": "package a\nx := 1" });
		expect((await loadFiles(pathToFileURL(at))).rule("data.a.x")()).toBe(1);
		expect((await loadFiles([pathToFileURL(`${at}/a.rego`)])).rule("data.a.x")()).toBe(1);
		await expect(loadFiles("")).rejects.toThrow('loadFiles: the first argument is a path, or a list of them, not ""');
		await expect(loadFiles([at, ""])).rejects.toThrow("loadFiles: the first argument is a path");
		await expect(loadFiles(new URL("http://x/y"))).rejects.toThrow("loadFiles: the first argument is a path");
	});
	test("what is not there", async () => {
		await expect(loadFiles(join(root, "nothing"))).rejects.toThrow("no such file or directory");
		await expect(loadFiles(undefined as never)).rejects.toThrow("loadFiles: the first argument is a path");
		await expect(loadFiles(root, { regoversion: "v0" } as never)).rejects.toThrow("did you mean regoVersion?");
	});
});

describe("loadBundle", () => {
	const files = { "authz.rego": authz, "roles/data.json": '{"admin": ["alice"]}' };
	const build = async (...flags: readonly string[]): Promise<string> => {
		const at = folder(files);
		const out = join(root, `${made++}.tar.gz`);
		expect(await runCli({ args: ["build", at, "-b", "-o", out, ...flags] })).toMatchObject({ exit: 0, stderr: "" });
		return out;
	};
	test("of a file, an address, bytes, a folder", async () => {
		const file = await build();
		for (const source of [file, pathToFileURL(file), pathToFileURL(file).href, readFileSync(file), folder(files)]) {
			expect((await loadBundle(source)).allows("data.authz.allow", { user: "alice" })).toBe(true);
		}
	});
	test("from a server", async () => {
		const bytes = readFileSync(await build());
		const server = createServer((request, response) => {
			if (request.url !== "/bundle.tar.gz") response.statusCode = 404;
			response.end(bytes);
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		try {
			expect((await loadBundle(`${base}/bundle.tar.gz`)).allows("data.authz.allow", { user: "alice" })).toBe(true);
			await expect(loadBundle(`${base}/other`)).rejects.toThrow("the server answered 404 Not Found");
		} finally {
			server.close();
		}
	});
	test("signed ones need their key", async () => {
		const file = await build("--signing-alg", "HS256", "--signing-key", "secret");
		await expect(loadBundle(file)).rejects.toThrow("verification key not provided");
		await expect(loadBundle(file, { verificationKey: "other", signingAlgorithm: "HS256" })).rejects.toThrow();
		const policy = await loadBundle(file, { verificationKey: "secret", signingAlgorithm: "HS256" });
		expect(policy.allows("data.authz.allow", { user: "alice" })).toBe(true);
		await expect(loadBundle(await build(), { verificationKey: "secret", signingAlgorithm: "HS256" })).rejects.toThrow(
			"missing .signatures.json",
		);
	});
	test("what is none", async () => {
		await expect(loadBundle(undefined as never)).rejects.toThrow(
			"a bundle is its bytes, a path or an address, not undefined",
		);
		await expect(loadBundle("")).rejects.toThrow('a bundle is its bytes, a path or an address, not ""');
		await expect(loadBundle("http://127.0.0.1:1/b.tar.gz")).rejects.toThrow(
			/^bundle http:\/\/127\.0\.0\.1:1\/b\.tar\.gz: .*\S/,
		);
		await expect(loadBundle(new Uint8Array(100))).rejects.toThrow("gzip: invalid header");
	});
});

describe("hot reload", () => {
	test("prepared functions follow, all at once", () => {
		const live = new LivePolicy(compile({ "a.rego": "package a\nx := 1\ny := 1" }));
		const [x, y] = [live.rule("data.a.x"), live.rule("data.a.y")];
		expect([x(), y()]).toEqual([1, 1]);
		live.replace(compile({ "a.rego": "package a\nx := 2\ny := 2" }));
		expect([x(), y(), live.decide("data.a.x").value, live.evaluate("data.a.y").value]).toEqual([2, 2, 2, 2]);
		expect(live.allows("data.a.x")).toBe(false);
	});
	test("a policy that lacks a path in use does not come into force", () => {
		const live = new LivePolicy(compile({ "a.rego": "package a\nx := 1\ny := 1" }));
		const [x, y] = [live.rule("data.a.x"), live.rule("data.a.y")];
		expect(() => live.replace(compile({ "a.rego": "package a\nx := 2" }))).toThrow("data.a.y is no rule");
		expect([x(), y(), live.decide("data.a.x").value]).toEqual([1, 1, 1]);
	});
	test("what is no policy does not come into force", () => {
		const live = new LivePolicy(compile({ "a.rego": "package a\nx := 1" }));
		const wrong: readonly (readonly [unknown, string])[] = [
			[Promise.resolve(live.current), "replace: a policy is what compile() gives, not a Promise of one: await it"],
			[undefined, "replace: a policy is what compile() gives, not undefined"],
			[{ "a.rego": "package a" }, "not an object"],
		];
		for (const [policy, message] of wrong) {
			expect(() => live.replace(policy as never)).toThrow(message);
			expect(() => new LivePolicy(policy as never)).toThrow("a policy is what compile() gives");
		}
		expect(live.allows("data.a.x")).toBe(false);
		expect(live.evaluate("data.a.x").value).toBe(1);
	});
	test("options are checked", async () => {
		const at = folder({ "a.rego": "package a\nx := 1" });
		const options = { onErorr() {} } as never;
		await expect(watchFiles(at, options)).rejects.toThrow("watchFiles: unknown option onErorr; did you mean onError?");
	});
	const ways: readonly (readonly [note: string, make: (at: string) => () => void])[] = [
		[
			"removed and made again",
			(at) => () => {
				rmSync(at, { recursive: true });
				mkdirSync(at);
			},
		],
		[
			"put in the place of another",
			(at) => () => {
				mkdirSync(`${at}.new`);
				renameSync(at, `${at}.old`);
				renameSync(`${at}.new`, at);
			},
		],
	];
	for (const [note, make] of ways) {
		test(`a folder ${note} is followed`, async () => {
			const at = folder({ "p/a.rego": "package a\nx := 1" });
			const live = await watchFiles(join(at, "p"), { settleMs: 5, onError: () => {} });
			const x = live.rule("data.a.x");
			const becomes = async (n: number) => {
				while (x() !== n) await new Promise((resolve) => setTimeout(resolve, 5));
			};
			make(join(at, "p"))();
			writeFileSync(join(at, "p/a.rego"), "package a\nx := 2");
			await becomes(2);
			// Twice, with a pause in which nothing is there.
			rmSync(join(at, "p"), { recursive: true });
			await new Promise((resolve) => setTimeout(resolve, 50));
			expect(x()).toBe(2);
			mkdirSync(join(at, "p"));
			writeFileSync(join(at, "p/a.rego"), "package a\nx := 3");
			await becomes(3);
			writeFileSync(join(at, "p/a.rego"), "package a\nx := 4");
			await becomes(4);
			live.close();
		});
	}
	test("a volume of a ConfigMap is followed", async () => {
		const at = folder({ "..v1/a.rego": "package a\ndefault x := 1" });
		symlinkSync("..v1", join(at, "..data"));
		symlinkSync("..data/a.rego", join(at, "a.rego"));
		const live = await watchFiles(at, { settleMs: 5, ignore: ["..*"] });
		const x = live.rule("data.a.x");
		expect(x()).toBe(1);
		mkdirSync(join(at, "..v2"));
		writeFileSync(join(at, "..v2/a.rego"), "package a\ndefault x := 2");
		symlinkSync("..v2", join(at, "..data_tmp"));
		renameSync(join(at, "..data_tmp"), join(at, "..data"));
		rmSync(join(at, "..v1"), { recursive: true });
		while (x() !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
		live.close();
	});
	test("files are followed; broken ones are told and change nothing", async () => {
		const at = folder({ "a.rego": "package a\nx := 1" });
		const events: string[] = [];
		let next: (() => void) | undefined;
		const happened = () => new Promise<void>((resolve) => (next = resolve));
		const tell = (what: string) => {
			events.push(what);
			next?.();
		};
		const live = await watchFiles(at, {
			settleMs: 10,
			onReload: () => tell("new"),
			onError: (e) => tell(e instanceof RegoErrors ? "broken" : String(e)),
		});
		const x = live.rule("data.a.x");
		expect(x()).toBe(1);
		let once = happened();
		writeFileSync(join(at, "new.rego"), "package a\nx := 2");
		renameSync(join(at, "new.rego"), join(at, "a.rego"));
		await once;
		while (x() !== 2) await happened();
		once = happened();
		writeFileSync(join(at, "a.rego"), "package a\nx := ");
		await once;
		while (events.at(-1) !== "broken") await happened();
		expect(x()).toBe(2);
		writeFileSync(join(at, "a.rego"), "package a\nx := 3");
		await live.reload();
		expect(x()).toBe(3);
		live.close();
	});
});

const tested = {
	"authz.rego": authz,
	"authz_test.rego": `package authz_test

test_admin if data.authz.allow with input.user as "alice"
test_guest if not data.authz.allow with input.user as "bob"
test_wrong if {
	print("roles are", data.roles)
	data.authz.allow with input.user as "carol"
}
test_cases[name] := ok if {
	some name, ok in {"one": true, "two": true}
}
test_failing_cases[name] := ok if {
	some name, ok in {"good": true, "bad": false, "worse": false}
}
test_broken_case[tc.note] if {
	some tc in [{"note": "fine", "n": 1}, {"note": "odd", "n": 2}]
	print("n is", tc.n)
	tc.n == 1
}
test_guest if data.authz.allow
todo_test_later if false
`,
	"roles/data.json": '{"admin": ["alice"]}',
};

describe("tests in Rego", () => {
	const at = folder(tested);
	const patterns = [at, `${at}/**`, `${at}/**/*.{rego,json}`, [`${at}/*.rego`, `${at}/**/*.json`]];
	for (const pattern of patterns) {
		test(`are found: ${JSON.stringify(pattern).replaceAll(at, "")}`, async () => {
			const found = await findTests(pattern);
			expect(found.map((t) => [t.package, t.name, t.todo])).toEqual([
				["data.authz_test", "test_admin", false],
				["data.authz_test", "test_guest", false],
				["data.authz_test", "test_wrong", false],
				["data.authz_test", "test_cases", false],
				["data.authz_test", "test_failing_cases", false],
				["data.authz_test", "test_broken_case", false],
				["data.authz_test", "test_guest#01", false],
				["data.authz_test", "todo_test_later", true],
			]);
			const failed = found
				.filter((t) => !t.todo)
				.flatMap((t) => {
					try {
						t.run();
						return [];
					} catch (e) {
						return [(e as Error).message.replaceAll(/[^\s(]*authz_test\.rego/g, "authz_test.rego")];
					}
				});
			expect(failed).toEqual([
				'data.authz_test.test_wrong (authz_test.rego:5) is undefined, not true; it printed\n  authz_test.rego:6: roles are {"admin": ["alice"]}',
				"data.authz_test.test_failing_cases (authz_test.rego:12) fails for bad, worse",
				"data.authz_test.test_broken_case (authz_test.rego:15) fails for odd; it printed\n  authz_test.rego:17: n is 1\n  authz_test.rego:17: n is 2",
				"data.authz_test.test_guest#01 (authz_test.rego:20) is undefined, not true",
			]);
		});
	}
	test("none is an error", async () => {
		const runner = { describe, test };
		await expect(regoTest(folder({ "a.rego": "package a" }), runner)).rejects.toThrow("no rule named test_");
	});
	test("as tests of node:test", () => {
		const script = `import { describe, test } from "node:test";
import { regoTest } from ${JSON.stringify(new URL("../../dist/node/node.mjs", import.meta.url).href)};
await regoTest(${JSON.stringify(`${at}/**`)}, { describe, test });`;
		const file = join(root, "rego.test.mjs");
		writeFileSync(file, script);
		const env = { ...process.env };
		delete env["NODE_TEST_CONTEXT"];
		const { stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", file], { encoding: "utf8", env });
		expect(stdout).toMatch(/ok \d+ - test_admin/);
		expect(stdout).toMatch(/not ok \d+ - test_wrong/);
		expect(stdout).toMatch(/ok \d+ - todo_test_later # SKIP/);
		expect(stdout).toContain("# fail 4");
		// With what failed it: in the package, where explanations are at hand.
		expect(stdout).toMatch(
			/test_wrong[^\n]* is undefined, not true[\s\S]*authz\.rego:3: input\.user in data\.roles\.admin/,
		);
	});
});
