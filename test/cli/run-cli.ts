/**
 * Runs the command in this process, on a folder of its own. With REGO_BINARY, an executable of it instead
 * (scripts/bundle-binary.js).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { main } from "../../src/cli/main.ts";

export interface Invocation {
	readonly args: readonly string[];
	readonly files?: Readonly<Record<string, string | Uint8Array>>;
	readonly stdin?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Files to read once the command has ended. */
	readonly outputs?: readonly string[];
}

export interface Ran {
	readonly exit: number;
	readonly stdout: string;
	readonly stderr: string;
	/** Of the outputs asked for, those that are there. */
	readonly written?: Readonly<Record<string, string>>;
}

export async function runCli({ args, files = {}, stdin = "", env = {}, outputs }: Invocation): Promise<Ran> {
	const cwd = mkdtempSync(join(tmpdir(), "rego-cli-"));
	try {
		for (const [path, content] of Object.entries(files)) {
			mkdirSync(dirname(join(cwd, path)), { recursive: true });
			writeFileSync(join(cwd, path), content);
		}
		const binary = process.env["REGO_BINARY"];
		if (binary !== undefined) {
			const ran = spawnSync(binary, args, { cwd, env, input: stdin, encoding: "utf8", maxBuffer: 1 << 28 });
			const streams = { exit: ran.status ?? -1, stdout: ran.stdout, stderr: ran.stderr };
			return outputs === undefined ? streams : { ...streams, written: read(cwd, outputs) };
		}
		let stdout = "";
		let stderr = "";
		const exit = await main(args, {
			stdout: (text) => {
				stdout += text;
			},
			stderr: (text) => {
				stderr += text;
			},
			stdin: () => new TextEncoder().encode(stdin),
			cwd,
			env,
		});
		return outputs === undefined ? { exit, stdout, stderr } : { exit, stdout, stderr, written: read(cwd, outputs) };
	} finally {
		rmSync(cwd, { recursive: true });
	}
}

function read(cwd: string, paths: readonly string[]): Readonly<Record<string, string>> {
	const present = paths.filter((path) => existsSync(join(cwd, path)));
	return Object.fromEntries(present.map((path) => [path, readFileSync(join(cwd, path), "utf8")]));
}
