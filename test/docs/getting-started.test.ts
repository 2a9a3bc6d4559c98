/**
 * docs/getting-started.md, followed to the letter: its files are written to an empty folder outside of the checkout,
 * the package is unpacked there as npm would, and what its commands print is what the page shows.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/getting-started.md"), "utf8");
const built = existsSync(join(root, "dist/node/node.mjs"));
if (!built) console.log("dist is not built: the first steps are not tested");
let folder = "";

interface Block {
	readonly language: string;
	readonly file: string | undefined;
	readonly text: string;
}

const blocks: readonly Block[] = [...page.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
	([, language = "", file, text = ""]) => ({ language, file, text }),
);

/** Commands with what is shown below them. */
const commands = blocks.flatMap(({ language, text }, i) => {
	if (language !== "sh") return [];
	const shown = blocks[i + 1]?.language === "text" ? blocks[i + 1]?.text : undefined;
	return text
		.trim()
		.split("\n")
		.map((command) => ({ command, shown }));
});

function run(command: string): string {
	const [program, ...args] = command.split(" ");
	const env = { ...process.env };
	delete env["NODE_TEST_CONTEXT"];
	const options = { cwd: folder, encoding: "utf8", env } as const;
	if (program === "node") return execFileSync(process.execPath, args, options);
	expect(program).toBe("npx");
	expect(args[0]).toBe("regoplan");
	return execFileSync(process.execPath, ["node_modules/regoplan/bin/rego.js", ...args.slice(1)], options);
}

beforeAll(() => {
	if (!built) return;
	folder = mkdtempSync(join(tmpdir(), "getting-started-"));
	const packed = join(folder, "node_modules/regoplan");
	mkdirSync(packed, { recursive: true });
	const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
	const [{ filename }] = JSON.parse(
		execFileSync("npm", pack, { cwd: join(root, "dist/package"), encoding: "utf8" }),
	) as [{ readonly filename: string }];
	execFileSync("tar", ["xzf", join(folder, filename), "--strip-components=1", "-C", packed]);
	// Its one dependency.
	symlinkSync(join(root, "node_modules/re2-wasm"), join(folder, "node_modules/re2-wasm"));
	for (const { file, text } of blocks) {
		if (file === undefined) continue;
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), text);
	}
});

afterAll(() => {
	if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

describe.runIf(built)("the first steps", () => {
	test("begin with an installation", () => {
		expect(commands.slice(0, 2).map((c) => c.command)).toEqual(["npm init -y", "npm install regoplan"]);
	});
	test.each(commands.slice(2))("$command", ({ command, shown }) => {
		const printed = run(command);
		if (shown !== undefined) expect(printed).toBe(shown);
	});
	test("the policy has no errors", () => expect(run("npx regoplan check policies")).toBe(""));
	test("a test that fails fails the command", () => {
		writeFileSync(join(folder, "wrong_test.rego"), "package wrong_test\n\ntest_wrong if false\n");
		expect(() => run("npx regoplan test policies wrong_test.rego")).toThrow(/Command failed/);
	});
	test("the worker decides", async () => {
		const worker = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "worker.mjs")).href)) as {
			readonly default: { readonly fetch: (r: Request) => Promise<Response> };
		};
		const ask = async (method: string, path: string, user: string): Promise<number> => {
			const headers = { "x-user": user };
			return (await worker.default.fetch(new Request(`https://a.example${path}`, { method, headers }))).status;
		};
		expect(await ask("POST", "/secret", "alice")).toBe(200);
		expect(await ask("GET", "/docs/intro", "bob")).toBe(200);
		expect(await ask("POST", "/docs/intro", "bob")).toBe(403);
	});
});
