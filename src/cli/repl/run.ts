/** `rego run` without `--server`: lines from a terminal, with history and completion, or from a pipe. */

import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { at } from "../../at.ts";
import { requireRules } from "../../bundle/activate.ts";
import { replaceAt } from "../../documents/merge-data.ts";
import { decodeUtf8 } from "../../documents/texts.ts";
import { durationText } from "../../go/duration.ts";
import type { Module } from "../../parser/ast.ts";
import { messageOf } from "../../thrown.ts";
import type { PlainObject } from "../../value/value.ts";
import { opaVersion, version } from "../../version.ts";
import type { ParsedFlags } from "../flags.ts";
import { type CliIo, CommandError, writeText } from "../io.ts";
import { loadOptionsOf } from "../load-data.ts";
import { loadPolicies } from "../load-policies.ts";
import { formatOutputErrors, toOutputErrors } from "../output-error.ts";
import { withVersion } from "../server/load.ts";
import { Session } from "./session.ts";

export async function runShell(flags: ParsedFlags, io: CliIo): Promise<number> {
	let loaded: Awaited<ReturnType<typeof load>>;
	try {
		loaded = await load(flags, io);
	} catch (e) {
		if (!(e instanceof Error) || e instanceof CommandError) throw e;
		io.stdout(`error: load error: ${messageOf(e)}\n`);
		return 1;
	}
	const format = flags.string("format") === "json" ? "json" : "pretty";
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const write = (text: string): void => io.stdout(text);
	const writeFile = (path: string, text: string): void => writeText(io, path, text);
	const session = new Session({ ...loaded, regoVersion, format, env: io.env, write, writeFile });
	try {
		session.check();
	} catch (e) {
		if (!(e instanceof Error)) throw e;
		io.stdout(`error: initialization error: ${formatOutputErrors(toOutputErrors(e))}\n`);
		return 1;
	}
	write(`rego ${version} (OPA ${opaVersion})\n\nRun 'help' to see a list of commands.\n\n`);
	if (io.inputTerminal === true) {
		const watcher = flags.bool("watch") ? await watch(session, flags, io) : undefined;
		try {
			return await converse(session, flags, io);
		} finally {
			watcher?.close();
		}
	}
	for (const line of decodeUtf8(io.stdin()).replace(/\n$/, "").split("\n")) if (!session.line(line)) break;
	return 0;
}

async function load(flags: ParsedFlags, io: CliIo): Promise<{ modules: readonly Module[]; data: PlainObject }> {
	const [paths, bundles] = flags.bool("bundle") ? [[], flags.args] : [flags.args, []];
	const loaded = await loadPolicies(paths, bundles, loadOptionsOf(flags, io));
	requireRules(loaded.bundles);
	// What a server keeps of its bundles is there as well.
	let data = withVersion(loaded.data);
	for (const [i, { manifest }] of loaded.bundles.entries()) {
		data = replaceAt(data, ["system", "bundles", at(bundles, i)], { etag: "", manifest });
	}
	return { modules: [...loaded.modules.values()], data };
}

/** Loads the paths again when something changes there; what cannot be loaded leaves the old in force. */
async function watch(session: Session, flags: ParsedFlags, io: CliIo): Promise<{ close(): void }> {
	const { PathWatcher } = await import("../server/watch-paths.ts");
	let last = Promise.resolve();
	return new PathWatcher(flags.args, io.cwd, () => {
		last = last.then(async () => {
			const start = process.hrtime.bigint();
			let failure = "";
			try {
				session.reload(await load(flags, io));
			} catch (e) {
				failure = messageOf(e);
			}
			const took = durationText(process.hrtime.bigint() - start);
			io.stdout(
				failure === "" ? `\n# reloaded files (took ${took})\n` : `\n# reload error (took ${took}): ${failure}\n`,
			);
		});
	});
}

/** At most so many lines of earlier sessions are offered. */
const maxHistory = 1000;

async function converse(session: Session, flags: ParsedFlags, io: CliIo): Promise<number> {
	const { builtins } = await import("../../builtins/registry.ts");
	const written = flags.string("history");
	const home = io.env["HOME"] ?? io.env["USERPROFILE"];
	const file = written !== "" ? written : home === undefined ? undefined : join(home, ".rego_history");
	const completer = (line: string): [string[], string] => {
		const word = /[\w.]*$/.exec(line)?.[0] ?? "";
		const names = [...session.names(), ...builtins.keys(), "data", "input", "help", "show", "exit"];
		return [names.filter((n) => n.startsWith(word)), word];
	};
	const lines = createInterface({
		input: process.stdin,
		output: process.stdout,
		completer,
		history: earlier(file),
		historySize: maxHistory,
		prompt: "> ",
	});
	lines.prompt();
	for await (const line of lines) {
		remember(file, line);
		if (!session.line(line)) break;
		lines.setPrompt(session.continues ? "| " : "> ");
		lines.prompt();
	}
	lines.close();
	return 0;
}

/** The newest first. */
function earlier(file: string | undefined): string[] {
	if (file === undefined) return [];
	try {
		const lines = readFileSync(file, "utf8").split("\n");
		return lines
			.filter((l) => l !== "")
			.slice(-maxHistory)
			.reverse();
	} catch {
		// There is none yet.
		return [];
	}
}

function remember(file: string | undefined, line: string): void {
	if (file === undefined || line.trim() === "") return;
	try {
		appendFileSync(file, `${line}\n`, { mode: 0o600 });
	} catch {
		// A history that cannot be written must not end the session.
	}
}
