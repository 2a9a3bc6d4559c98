/**
 * The real OPA as a long-lived process: built from oracle/ with Go where that is installed, asked by
 * lines of JSON. A question it dies of, or does not answer in time, is answered with `lost`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ProgramTexts } from "./program.ts";

export interface OracleError {
	readonly code: string;
	readonly message: string;
	readonly file?: string;
	readonly row?: number;
	readonly col?: number;
}

/** Bindings as `b:name` and values of expressions as `e:0`; absent when there are none. */
export interface OracleAnswer {
	readonly rows?: readonly { readonly [name: string]: string }[];
	readonly errors?: readonly OracleError[];
	readonly prints?: readonly string[];
	/** Without the rule index, the answer is another one. */
	readonly unindexed?: boolean;
}

export interface OracleReply {
	readonly errors?: readonly OracleError[];
	readonly answers?: readonly OracleAnswer[];
	readonly lost?: boolean;
}

/** Path of the oracle's program, or why there is none. */
export function buildOracle(root: string): { readonly path: string } | { readonly reason: string } {
	const folder = join(root, "conformance/differential/oracle");
	const path = join(folder, "bin", process.platform === "win32" ? "oracle.exe" : "oracle");
	const source = join(folder, "main.go");
	if (existsSync(path) && statSync(path).mtimeMs >= statSync(source).mtimeMs) return { path };
	const go = ["go", "/usr/local/go/bin/go"].find((g) => spawnSync(g, ["version"]).status === 0);
	if (go === undefined) return { reason: "Go is not installed, and the oracle is a Go program" };
	const { status, stderr } = spawnSync(go, ["build", "-o", path, "."], { cwd: folder, encoding: "utf8" });
	if (status !== 0) return { reason: `the oracle does not build: ${stderr.trim().split("\n").at(-1)}` };
	return { path };
}

export class Oracle {
	readonly #path: string;
	readonly #millis: number;
	#process: ChildProcess | undefined;
	#answer: ((line: string | undefined) => void) | undefined;

	constructor(path: string, millis: number) {
		this.#path = path;
		this.#millis = millis;
	}

	async ask(p: ProgramTexts, v0 = false): Promise<OracleReply> {
		const parts = [
			`"modules":${JSON.stringify(p.modules)}`,
			`"queries":${JSON.stringify(p.queries)}`,
			`"data":${p.data}`,
			`"strict":${p.strict}`,
			`"v0":${v0}`,
			`"prints":${p.prints}`,
			`"millis":${this.#millis}`,
		];
		if (p.input !== undefined) parts.push(`"input":${p.input}`);
		const line = await this.#send(`{${parts.join(",")}}\n`);
		return line === undefined ? { lost: true } : (JSON.parse(line) as OracleReply);
	}

	close(): void {
		this.#process?.kill();
		this.#process = undefined;
	}

	#send(line: string): Promise<string | undefined> {
		const child = (this.#process ??= this.#start());
		return new Promise((resolve) => {
			const timer = setTimeout(() => child.kill("SIGKILL"), this.#millis * 6);
			this.#answer = (text) => {
				clearTimeout(timer);
				this.#answer = undefined;
				resolve(text);
			};
			child.stdin?.write(line);
		});
	}

	#start(): ChildProcess {
		const child = spawn(this.#path, [], {
			stdio: ["pipe", "pipe", "ignore"],
			env: { ...process.env, GOMAXPROCS: "2", TZ: "UTC" },
		});
		createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on("line", (l) => this.#answer?.(l));
		child.stdin?.on("error", () => {});
		child.on("close", () => {
			if (this.#process !== child) return;
			this.#process = undefined;
			this.#answer?.(undefined);
		});
		return child;
	}
}
