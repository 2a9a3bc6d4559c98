/** Bundles out: their files, signatures made and checked, and OPA's own signed bundle read. */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { readTarGz } from "../../src/cli/tar.ts";

const policy = "# a comment\npackage authz\n\ndefault allow   := false\nallow if input.user in data.roles.admins\n";
const longName = `${"deep/".repeat(30)}policy.rego`;
const files: Readonly<Record<string, string>> = {
	"d/a.rego": policy,
	"d/roles/data.json": '{"admins": ["alice", "bob"], "n": 1.0e2}\n',
	"d/roles/x/data.yaml": "k: [1, 2]\n",
	"d/.manifest": '{"roots": ["authz", "roles"], "revision": "old", "metadata": {"z": 1, "a": 2}}',
	"old/v0.rego": "package old\n\nallow { input.x == 1 }\n",
	"old/.manifest": '{"rego_version": 0, "roots": ["old"]}',
	[`long/${longName}`]: "package long\n\nä := 1\n".replace("ä", "x"),
	"claims.json": '{"scope": "write", "keyid": "other"}',
	"input.json": '{"user": "bob"}',
	secret: "s3cret",
};

let cwd = "";

beforeAll(() => {
	cwd = mkdtempSync(join(tmpdir(), "rego-bundle-"));
	for (const [path, text] of Object.entries(files)) {
		execFileSync("mkdir", ["-p", join(cwd, path, "..")]);
		writeFileSync(join(cwd, path), text);
	}
	for (const [name, pair] of Object.entries({
		rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
		ec: generateKeyPairSync("ec", { namedCurve: "P-256" }),
	})) {
		writeFileSync(join(cwd, `${name}.pem`), pair.privateKey.export({ type: "pkcs8", format: "pem" }));
		writeFileSync(join(cwd, `${name}.pub`), pair.publicKey.export({ type: "spki", format: "pem" }));
	}
});

afterAll(() => rmSync(cwd, { recursive: true }));

async function rego(...args: string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
	let stdout = "";
	let stderr = "";
	const io = {
		stdout: (t: string) => {
			stdout += t;
		},
		stderr: (t: string) => {
			stderr += t;
		},
		stdin: () => new Uint8Array(),
		cwd,
		env: {},
	};
	return { exit: await main(args, io), stdout, stderr };
}

function unpacked(file: string): Record<string, string> {
	const list = readTarGz(readFileSync(join(cwd, file)));
	return Object.fromEntries(list.map(({ name, content }) => [name, new TextDecoder().decode(content)]));
}

describe("rego build -t rego", () => {
	test("writes data, policies as they are, and the manifest in OPA's order", async () => {
		expect(await rego("build", "-b", "d", "-o", "plain.tar.gz", "-r", "v9")).toEqual({
			exit: 0,
			stdout: "",
			stderr: "",
		});
		expect(unpacked("plain.tar.gz")).toEqual({
			"/data.json": '{"roles":{"admins":["alice","bob"],"n":1.0e2,"x":{"k":[1,2]}}}\n',
			"/d/a.rego": policy,
			"/.manifest": '{"revision":"v9","roots":["authz","roles"],"rego_version":1,"metadata":{"a":2,"z":1}}\n',
		});
	});
	test("equal sources make equal bundles", async () => {
		await rego("build", "-b", "d", "-o", "one.tar.gz");
		await rego("build", "-b", "d", "-t", "rego", "-o", "two.bundle");
		expect(readFileSync(join(cwd, "one.tar.gz")).equals(readFileSync(join(cwd, "two.bundle")))).toBe(true);
	});
	test("what it writes evaluates", async () => {
		await rego("build", "-b", "d", "-o", "eval.tar.gz");
		const ran = await rego("eval", "-f", "raw", "-b", "eval.tar.gz", "-i", join(cwd, "input.json"), "data.authz.allow");
		expect(ran).toEqual({ exit: 0, stdout: "true\n", stderr: "" });
	});
	test("files and folders that are no bundle", async () => {
		await rego("build", "d/a.rego", "d/roles/data.json", "-o", "loose.tar.gz");
		expect(unpacked("loose.tar.gz")).toEqual({
			"/data.json": '{"admins":["alice","bob"],"n":1.0e2}\n',
			"/d/a.rego": policy,
			"/.manifest": '{"revision":"","roots":[""],"rego_version":1}\n',
		});
	});
	test("several bundles as one; each keeps its version", async () => {
		await rego("build", "-b", "d", "old", "-o", "both.tar.gz");
		expect(JSON.parse(unpacked("both.tar.gz")["/.manifest"] as string)).toEqual({
			revision: "",
			roots: ["authz", "roles", "old"],
			rego_version: 1,
			file_rego_versions: { "/old/v0.rego": 0 },
		});
		const ran = await rego("eval", "-f", "raw", "-b", "both.tar.gz", "-i", join(cwd, "input.json"), "data.authz.allow");
		expect(ran.stdout).toBe("true\n");
	});
	test("names longer than a header holds", async () => {
		await rego("build", "-b", "long", "-o", "long.tar.gz");
		expect(Object.keys(unpacked("long.tar.gz"))).toContain(`/long/${longName}`);
	});
	test("policies must compile", async () => {
		writeFileSync(join(cwd, "bad.rego"), "package bad\n\nallow if x\n");
		const ran = await rego("build", "bad.rego", "-o", "bad.tar.gz");
		expect(ran.exit).toBe(1);
		expect(ran.stdout).toContain("rego_unsafe_var_error: var x is unsafe");
		expect(existsSync(join(cwd, "bad.tar.gz"))).toBe(false);
	});
});

describe("signatures", () => {
	for (const [alg, key, pub] of [
		["HS256", "secret", "secret"],
		["HS512", "literal secret", "literal secret"],
		["RS256", "rsa.pem", "rsa.pub"],
		["PS384", "rsa.pem", "rsa.pub"],
		["ES256", "ec.pem", "ec.pub"],
	] as const) {
		test(`${alg}: signed, checked, and refused after a change`, async () => {
			const file = `signed-${alg}.tar.gz`;
			await rego("build", "-b", "d", "-o", file, "--signing-alg", alg, "--signing-key", key);
			const check = (name: string) =>
				rego("build", "-b", name, "-t", "plan", "-o", "x.json", "--signing-alg", alg, "--verification-key", pub);
			expect(await check(file)).toEqual({ exit: 0, stdout: "", stderr: "" });
			const folder = `changed-${alg}`;
			execFileSync("mkdir", ["-p", join(cwd, folder)]);
			execFileSync("tar", ["xzf", join(cwd, file), "-C", join(cwd, folder)], { stdio: "ignore" });
			const data = join(cwd, folder, "data.json");
			writeFileSync(data, readFileSync(data, "utf8").replace("alice", "mallory"));
			execFileSync("tar", ["czf", join(cwd, `${folder}.tar.gz`), "-C", join(cwd, folder), "--", "."]);
			const ran = await check(`${folder}.tar.gz`);
			expect(ran.exit).toBe(1);
			expect(ran.stderr).toMatch(/digest mismatch|not included in bundle signature/);
		});
	}

	const verify = ["--signing-alg", "HS256", "--verification-key", "secret"];
	const rows: { note: string; build: string[]; want: string }[] = [
		{ note: "no key", build: [], want: "verification key not provided" },
		{
			note: "another key",
			build: ["--signing-alg", "HS256", "--verification-key", "else"],
			want: "failed to verify JWT signature: invalid HMAC signature",
		},
		{
			note: "a public key where the token is symmetric",
			build: ["--signing-alg", "RS256", "--verification-key", "rsa.pub"],
			want: "failed to verify JWT signature: crypto/rsa: verification error",
		},
		{
			note: "a key that is none",
			build: ["--signing-alg", "RS256", "--verification-key", "secret"],
			want: "failed to parse PEM block containing the key",
		},
		{ note: "another scope", build: [...verify, "--scope", "write"], want: "scope mismatch" },
		{
			note: "an unknown algorithm",
			build: ["--signing-alg", "none", "--verification-key", "x"],
			want: "unknown signature algorithm: none",
		},
	];
	for (const { note, build, want } of rows) {
		test(`refused: ${note}`, async () => {
			await rego("build", "-b", "d", "-o", "s.tar.gz", "--signing-alg", "HS256", "--signing-key", "secret");
			const ran = await rego("build", "-b", "s.tar.gz", "-t", "plan", "-o", "x.json", ...build);
			expect(ran).toEqual({ exit: 1, stdout: "", stderr: `error: load error: bundle s.tar.gz: ${want}\n` });
		});
	}
	test("refused: not signed", async () => {
		const ran = await rego("build", "-b", "d", "-t", "plan", ...verify);
		expect(ran.stderr).toBe("error: load error: bundle d: bundle missing .signatures.json file\n");
	});
	test("a file that need not be signed is not missed where it is", async () => {
		await rego("build", "-b", "d", "-o", "part.tar.gz", "--signing-alg", "HS256", "--signing-key", "secret");
		const check = ["build", "-b", "part.tar.gz", "-t", "plan", "-o", "x.json", ...verify];
		expect(await rego(...check, "--exclude-files-verify", "d/*.rego")).toEqual({ exit: 0, stdout: "", stderr: "" });
	});

	// opa exec takes bundles of -b as it takes those of a configuration: signed ones need a key.
	const exec = (...args: string[]) =>
		rego("exec", "-b", "s.tar.gz", "--decision", "authz/allow", "input.json", ...args);
	const key = (id: string, text: string) => ["--set", `keys.${id}.key=${text}`, "--set", `keys.${id}.algorithm=HS256`];
	const execRows: readonly { note: string; args: string[]; want: string }[] = [
		{ note: "no key", args: [], want: "verification key not provided" },
		{
			note: "another key",
			args: key("default", "else"),
			want: "failed to verify JWT signature: invalid HMAC signature",
		},
		{
			note: "a key of another name",
			args: key("k", "s3cret"),
			want: "verification key corresponding to ID default not found",
		},
		{
			note: "another scope",
			args: [...key("default", "s3cret"), "--set", "keys.default.scope=write"],
			want: "scope mismatch",
		},
		{
			note: "a key that only signs",
			args: ["--set", "keys.default.private_key=secret", "--set", "keys.default.algorithm=HS256"],
			want: "verification key not provided",
		},
	];
	for (const { note, args, want } of execRows) {
		test(`exec refuses: ${note}`, async () => {
			await rego("build", "-b", "d", "-o", "s.tar.gz", "--signing-alg", "HS256", "--signing-key", "secret");
			const ran = await exec(...args);
			expect(ran.exit).toBe(1);
			expect(ran.stdout).toBe("");
			expect(ran.stderr).toContain(`Bundle load failed: ${want}`);
		});
	}
	test("exec takes what the key signed that the token names, and what is not signed", async () => {
		await rego("build", "-b", "d", "-o", "s.tar.gz", "--signing-alg", "HS256", "--signing-key", "secret");
		expect((await exec(...key("default", "s3cret"), ...key("other", "else"))).exit).toBe(0);
		await rego("build", "-b", "d", "-o", "s.tar.gz");
		expect((await exec(...key("other", "else"))).exit).toBe(0);
	});
	test("claims of a file", async () => {
		const sign = ["--signing-alg", "HS256", "--signing-key", "secret", "--claims-file", join(cwd, "claims.json")];
		await rego("build", "-b", "d", "-o", "claims.tar.gz", ...sign);
		const ran = await rego("build", "-b", "claims.tar.gz", "-o", "x.tar.gz", ...verify, "--scope", "write");
		expect(ran).toEqual({ exit: 0, stdout: "", stderr: "" });
	});
	test("a bundle signed by opa", async () => {
		// opa build -b d -o … --signing-key secret --signing-alg HS256, the secret being `secret`.
		const signatures = {
			signatures: [
				"eyJhbGciOiJIUzI1NiIsImtpZCI6ImRlZmF1bHQiLCJ0eXAiOiJKV1QifQ.eyJmaWxlcyI6W3sibmFtZSI6ImQvYS5yZWdvIiwiaGFzaCI6IjZhNDgxMzYwZTlkNmM1MTdiMWE3NzQ4OGZjMmZiMjVlOGJmYzBlYWI1ZjdlNDk4NGYzNDdmMTc0ZWU3NDU0MjEiLCJhbGdvcml0aG0iOiJTSEEtMjU2In0seyJuYW1lIjoiZGF0YS5qc29uIiwiaGFzaCI6IjMxYmM5YTkzNzg0YjM4ZjM3NDg2YmNkMjgxNjkxMjRiZGYzYjg0ZWQxNTE5MTQ0M2QwMjc0MmY3ODk5ZDBhODMiLCJhbGdvcml0aG0iOiJTSEEtMjU2In0seyJuYW1lIjoiLm1hbmlmZXN0IiwiaGFzaCI6IjM5ZDcyZTdkYjA5ZDJjYWM2ODkxMTdhYWRmMWI2MTc3NTI5ZjJmODQ2ZmQ2MTA2ZjkyZjZlZDY2ODQ5YTdlOWEiLCJhbGdvcml0aG0iOiJTSEEtMjU2In1dLCJrZXlpZCI6ImRlZmF1bHQifQ.Wn04n4ZJ16n8jUkRat5R_51zG38oDG6W9u29sCTGwQE",
			],
			plugin: "_default",
		};
		const parts: Readonly<Record<string, string>> = {
			"data.json": '{"roles":{"admins":["alice","bob"],"n":1.0e2,"x":{"k":[1,2]}}}\n',
			"d/a.rego":
				'# a comment\npackage authz\n\ndefault allow := false\n\nallow if {\n\tinput.user in data.roles.admins\n\tprint("x")\n}\n',
			".manifest": '{"revision":"old","roots":["authz","roles"],"rego_version":1,"metadata":{"a":2,"z":1}}\n',
			".signatures.json": JSON.stringify(signatures),
		};
		const dir = join(cwd, "opa");
		for (const [name, text] of Object.entries(parts)) {
			execFileSync("mkdir", ["-p", join(dir, name, "..")]);
			writeFileSync(join(dir, name), text);
		}
		execFileSync("tar", ["czf", join(cwd, "opa.tar.gz"), "-C", dir, ...Object.keys(parts)]);
		const ran = await rego(
			"build",
			"-b",
			"opa.tar.gz",
			"-t",
			"plan",
			"-o",
			"x.json",
			...verify.slice(0, 2),
			"--verification-key",
			"secret-not",
		);
		expect(ran.stderr).toContain("invalid HMAC signature");
		rmSync(join(cwd, "secret"));
		const right = await rego("build", "-b", "opa.tar.gz", "-t", "plan", "-o", "x.json", ...verify);
		writeFileSync(join(cwd, "secret"), files["secret"] as string);
		expect(right).toEqual({ exit: 0, stdout: "", stderr: "" });
	});
});

/** What `opa build -t wasm -e a/deny` makes. */
describe("a bundle that leaves decisions to WebAssembly", () => {
	const want = "failed to initialize wasm module for entrypoints '[data.a.deny]': engine not found";
	beforeAll(() => {
		mkdirSync(join(cwd, "wasm"));
		const manifest = { roots: [""], wasm: [{ entrypoint: "a/deny", module: "/policy.wasm" }] };
		writeFileSync(join(cwd, "wasm/.manifest"), JSON.stringify(manifest));
		writeFileSync(join(cwd, "wasm/policy.wasm"), "\0asm");
		writeFileSync(join(cwd, "wasm/a.rego"), "package a\n\nallow if not data.a.deny\n\ntest_allow if allow\n");
		writeFileSync(join(cwd, "wasm.json"), "{}");
	});
	const rows: readonly { readonly args: readonly string[]; readonly exit: number }[] = [
		{ args: ["eval", "-b", "wasm", "data.a.allow"], exit: 2 },
		{ args: ["exec", "-b", "wasm", "--decision", "a/allow", "wasm.json"], exit: 1 },
		{ args: ["bench", "-b", "wasm", "data.a.allow"], exit: 1 },
		{ args: ["why", "-b", "wasm", "data.a.allow"], exit: 2 },
		{ args: ["run", "-b", "wasm"], exit: 1 },
		{ args: ["run", "--server", "-b", "wasm"], exit: 1 },
	];
	test.each(rows)("is refused: $args", async ({ args, exit }) => {
		const ran = await rego(...args);
		expect({ ...ran, told: `${ran.stdout}${ran.stderr}`.includes(want) }).toMatchObject({ exit, told: true });
	});
	// As opa: what is only looked at needs no engine.
	test.each([
		[["check", "-b", "wasm"]],
		[["inspect", "wasm"]],
		[["deps", "-b", "wasm", "data.a.allow"]],
		[["test", "-b", "wasm"]],
	])("is taken: %j", async (args) => {
		expect(await rego(...args)).toMatchObject({ exit: 0 });
	});
});
