/**
 * The commands besides eval, test, fmt and parse against what the real `opa` answered (command-goldens, made by
 * conformance/tools/record-command-goldens.js): exit code, standard output, standard error, files written. JSON is
 * compared as a structure, texts line by line; ids and times of OPA's log, and the usage text after an argument error,
 * are no part of it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { knownCommandDifferences } from "./known-command-differences.ts";
import { type Ran, runCli } from "./run-cli.ts";

interface Golden extends Ran {
	readonly args: readonly string[];
	readonly files?: Readonly<Record<string, string>>;
	readonly stdin?: string;
	readonly outputs?: readonly string[];
}

const folder = fileURLToPath(new URL("command-goldens/", import.meta.url));
const files = readdirSync(folder).sort();

function read(file: string): Readonly<Record<string, Golden>> {
	return (JSON.parse(readFileSync(`${folder}${file}`, "utf8")) as { goldens: Record<string, Golden> }).goldens;
}

for (const file of files) {
	describe(file.replace(".json", ""), () => {
		for (const [name, golden] of Object.entries(read(file))) {
			const difference = knownCommandDifferences[name];
			test(difference === undefined ? name : `${name} differs: ${difference}`, async () => {
				const ran = await runCli(golden);
				// The interactive shell of each program introduces itself.
				const stdout =
					golden.args[0] === "run" && ran.exit === 0 ? ran.stdout.split("\n").slice(4).join("\n") : ran.stdout;
				const got = normalize({ ...ran, stdout });
				const want = normalize(golden);
				if (difference === undefined) expect(got).toEqual(want);
				else expect(got).not.toEqual(want);
			});
		}
	});
}

test("every known difference names a golden, and there are enough of them", () => {
	const names = files.flatMap((file) => Object.keys(read(file)));
	expect(Object.keys(knownCommandDifferences).filter((n) => !names.includes(n))).toEqual([]);
	expect(names.length).toBeGreaterThanOrEqual(550);
});

function normalize({ exit, stdout, stderr, written = {} }: Ran): unknown {
	return {
		exit,
		stdout: structure(stdout),
		stderr: structure(stderr.replace(/^(Error: [^\n]*\n)Usage:\n.*$/s, "$1")),
		written: Object.fromEntries(Object.entries(written).map(([k, v]) => [k, structure(v)])),
	};
}

function structure(text: string): unknown {
	const plain = text
		.replace(/"decision_id": "[0-9a-f-]{36}"/g, '"decision_id": "id"')
		.replace(/("time": ?|time=)"[^"]*"/g, '$1"now"')
		.replace(/\(\d[\d.µmsh]*\)/g, "(0s)")
		.replace(/"duration": \d+/g, '"duration": 0')
		.replace(/stat \/\S*\//g, "stat ");
	try {
		return withoutDocs(JSON.parse(plain));
	} catch {
		return plain.split("\n").map(row).sort();
	}
}

function row(line: string): unknown {
	try {
		return JSON.stringify(JSON.parse(line), (_, v: unknown) =>
			typeof v === "object" && v !== null && !Array.isArray(v)
				? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
				: v,
		);
	} catch {
		return line;
	}
}

/** Builtins without their descriptions, which are ours, and the names of operands. */
function withoutDocs(v: unknown): unknown {
	if (Array.isArray(v)) return v.map(withoutDocs);
	if (typeof v !== "object" || v === null) return v;
	const members = Object.entries(v).map(([k, x]) => [k, k === "builtins" ? bare(x) : withoutDocs(x)] as const);
	return Object.fromEntries(members);
}

function bare(v: unknown): unknown {
	if (Array.isArray(v)) return v.map(bare);
	if (typeof v !== "object" || v === null) return v;
	const described = "type" in v;
	return Object.fromEntries(
		Object.entries(v)
			.filter(([k]) => k !== "description" && k !== "categories" && !(described && k === "name"))
			.map(([k, x]) => [k, bare(x)]),
	);
}
