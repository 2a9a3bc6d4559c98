/** Runs the command in this process, on a folder of its own. */
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
