/** docs/server.md does what it says: its files are written, its servers started, its requests sent, its programs run. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parseYaml } from "../../src/value/yaml.ts";
import { runServer, type Sent } from "../server/run-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/server.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
	([, language = "", file = "", text = ""]) => ({
		language,
		file,
		text,
	}),
);
const files = Object.fromEntries(
	blocks.filter((b) => ["rego", "json"].includes(b.language)).map((b) => [b.file, b.text]),
);

/** A line of words, some in quotes. */
function words(line: string): string[] {
	return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? "");
}

/** What curl would send. */
function requestOf(line: string): Sent {
	const [, ...args] = words(line);
	let method: string | undefined;
	let body: string | undefined;
	let path = "";
	const headers: Record<string, string> = {};
	for (let i = 0; i < args.length; i++) {
		const arg = args[i] ?? "";
		if (arg === "-X") method = args[++i];
		else if (arg === "-d" || arg === "--data-binary") {
			body = args[++i] ?? "";
			if (body.startsWith("@")) body = files[body.slice(1)] ?? "";
			headers["Content-Type"] = "application/x-www-form-urlencoded";
		} else if (arg === "-H") {
			const [name = "", value = ""] = (args[++i] ?? "").split(": ");
			headers[name] = value;
		} else path = arg.replace(/^(?:http:\/\/)?localhost:8181/, "");
	}
	return { method: method ?? (body === undefined ? "GET" : "POST"), path, body, headers };
}

describe("sessions", () => {
	for (const { text } of blocks.filter((b) => b.language === "console")) {
		const [first = "", ...rest] = text.split(/^\$ /m).slice(1);
		test(first.trim(), async () => {
			const [npx, rego, run, server, ...args] = words(first);
			expect([npx, rego, run, server]).toEqual(["npx", "regoplan", "run", "--server"]);
			const running = await runServer(
				args.filter((a, i) => a !== "--addr" && args[i - 1] !== "--addr"),
				files,
			);
			try {
				for (const step of rest) {
					const [line = "", ...shown] = step.split("\n");
					const got = await running.send(requestOf(line));
					const want = shown.join("\n").trimEnd();
					// Places in a text of one line are left out on the page.
					const body = got.body.replace(/,\s*"(?:location|details)": \{[^{}]*\}/g, "").trimEnd();
					expect([line, body.replaceAll("\\u003c", "<").replaceAll("\\u003e", ">")]).toEqual([line, want]);
				}
			} finally {
				await running.stop();
			}
		});
	}
});

describe("programs print what the page shows", () => {
	// Below the package, so that programs find it by its name.
	const folder = join(root, "dist/server-page");
	afterAll(() => rmSync(folder, { recursive: true, force: true }));
	const printed = new Map(blocks.filter((b) => b.language === "text").map((b) => [b.file, b.text]));
	for (const { file, text } of blocks.filter((b) => b.language === "js")) {
		test(file, () => {
			if (!existsSync(join(root, "dist/node/server.mjs"))) throw new Error("not built: npm run build");
			mkdirSync(folder, { recursive: true });
			writeFileSync(join(folder, file), text);
			expect(execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" })).toBe(printed.get(file));
		});
	}
});

test("the configuration is one", () => {
	const config = blocks.find((b) => b.file === "config.yaml")?.text ?? "";
	expect(parseYaml(config)).toMatchObject({ bundles: { authz: { service: "acme" } } });
});
