/**
 * Runs the command in this process, on a folder of its own. With REGO_BINARY, an executable of it instead
 * (scripts/bundle-binary.js).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { main } from "../../src/cli/main.ts";

export interface Invocation {
	readonly args: readonly string[];
	readonly files?: Readonly<Record<string, string | Uint8Array>>;
	readonly stdin?: string;
	readonly env?: Readonly<Record<string, string>>;
}

export interface Ran {
	readonly exit: number;
	readonly stdout: string;
	readonly stderr: string;
}

export async function runCli({ args, files = {}, stdin = "", env = {} }: Invocation): Promise<Ran> {
	const cwd = mkdtempSync(join(tmpdir(), "rego-cli-"));
	try {
		for (const [path, content] of Object.entries(files)) {
			mkdirSync(dirname(join(cwd, path)), { recursive: true });
			writeFileSync(join(cwd, path), content);
		}
		const binary = process.env["REGO_BINARY"];
		if (binary !== undefined) {
			const ran = spawnSync(binary, args, { cwd, env, input: stdin, encoding: "utf8", maxBuffer: 1 << 28 });
			return { exit: ran.status ?? -1, stdout: ran.stdout, stderr: ran.stderr };
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
		return { exit, stdout, stderr };
	} finally {
		rmSync(cwd, { recursive: true });
	}
}
