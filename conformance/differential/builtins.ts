/**
 * Every builtin with operands of its types and of others, ours against the real OPA: values, and what errors say.
 *
 *     node scripts/run-ts.js conformance/differential/builtins.ts [--rounds N] [--seed S] [--only REGEX]
 *
 * Operands come from the input, so that the type checker lets the wrong ones pass.
 */
import { parseArgs } from "node:util";
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import { parseJson } from "../../src/value/json.ts";
import type { Type } from "../../src/value/types.ts";
import { buildOracle, Oracle } from "./oracle.ts";
import { writeTyped } from "./typed-json.ts";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "20" },
		seed: { type: "string", default: "1" },
		only: { type: "string", default: "." },
	},
});

/** What asks the world, or has no value. */
const left =
	/^(?:internal\.|http\.|rand\.|uuid\.rfc4122|time\.now_ns|opa\.runtime|net\.lookup|trace|print|rego\.|io\.jwt\.encode|assign$|eq$|providers\.)/;
const only = new RegExp(values.only);
const callable = [...builtins.values()]
	.filter((b) => !left.test(b.name) && only.test(b.name) && b.result !== undefined)
	.sort((a, b) => (a.name < b.name ? -1 : 1));

let state = Number(values.seed) >>> 0 || 1;
function below(n: number): number {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return Math.floor((state / 2 ** 32) * n);
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");
const strings = [
	"",
	"a",
	"abc",
	"a/b/c",
	"a.b.c",
	"A Long Text",
	"é😀",
	"0",
	"-1",
	"1.50",
	"1e3",
	"0x1F",
	"10Ki",
	"5mb",
	"1h30m",
	"2024-02-29T12:30:00Z",
	"2006-01-02",
	"Mon, 02 Jan 2006 15:04:05 MST",
	"RFC3339",
	"UTC",
	"Europe/Berlin",
	"10.0.0.0/8",
	"10.1.2.3",
	"::1",
	"2001:db8::/32",
	"1.2.3",
	"1.2.3-rc.1+b",
	"v1.2",
	"aGVsbG8=",
	"aGVsbG8",
	"_-__",
	"68656c6c6f",
	"6g",
	"%20a+b",
	"a=1&b=2&a=3",
	"http://u:p@host:80/p?q=1#f",
	'{"a": [1, 2.0, null]}',
	"[1, 2",
	"a: 1\nb: [x, y]\n",
	"a: [",
	"[a-z]+",
	"a(b",
	"(?i)^a.c$",
	"*.b.*",
	"{a,b}c",
	"%v",
	"%d %s",
	"%5.2f|%-5s|%x",
	"{{.a}}",
	"/a/0",
	"a/~1b",
	`${header}.eyJhIjoxfQ.c2ln`,
	`${header}.bm90IGpzb24.c2ln`,
	"e30.e30.",
	"a.b",
	"..",
	`${Buffer.from('{"alg":5}').toString("base64url")}.e30.`,
	"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
	"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
	"MIIB",
	"{a { b }}",
	"type Query { a: Int }",
	"550e8400-e29b-41d4-a716-446655440000",
	" trim me ",
	"\u0000\u001f",
];
const numbers = [
	"0",
	"1",
	"-1",
	"2",
	"3",
	"10",
	"64",
	"1.5",
	"-0.0",
	"1e3",
	"2.0",
	"9007199254740993",
	"1e30",
	"1e400",
	"0.1",
	"1700000000000000000",
	"-5",
];

function scalar(): string {
	switch (below(5)) {
		case 0:
			return "null";
		case 1:
			return pick(["true", "false"]);
		case 2:
			return pick(numbers);
		default:
			return JSON.stringify(pick(strings));
	}
}

function list(n: number, of: () => string): string {
	return `[${Array.from({ length: below(n) }, of).join(",")}]`;
}

function object(of: () => string): string {
	const keys = ["a", "b", "c", "0", "op", "path", "value", "alg", "secret", "iss", "x.y", ""];
	const entries = new Map(Array.from({ length: below(4) }, () => [pick(keys), of()] as const));
	return `{${[...entries].map(([k, v]) => `${JSON.stringify(k)}:${v}`).join(",")}}`;
}

function any(depth = 0): string {
	if (depth > 2 || below(3) > 0) return scalar();
	return below(2) === 0 ? list(4, () => any(depth + 1)) : object(() => any(depth + 1));
}

/** An operand as Rego text over the input, which gets the parts it reads. */
class Input {
	readonly parts: string[] = [];

	#read(json: string): string {
		return `input.v[${this.parts.push(json) - 1}]`;
	}

	operand(type: Type | undefined, depth = 0): string {
		if (type === undefined || depth > 3 || below(12) === 0) return this.#read(any());
		switch (type.kind) {
			case "null":
				return this.#read("null");
			case "boolean":
				return this.#read(pick(["true", "false"]));
			case "number":
				return this.#read(pick(numbers));
			case "string":
				return this.#read(JSON.stringify(pick(strings)));
			case "array": {
				const fixed = type.items.map((t) => this.operand(t, depth + 1));
				const more =
					type.dynamic === undefined
						? []
						: Array.from({ length: below(4) }, () => this.operand(type.dynamic, depth + 1));
				return `[${[...fixed, ...more].join(", ")}]`;
			}
			case "set": {
				const members = Array.from({ length: below(4) }, () => this.operand(type.of, depth + 1));
				return members.length === 0 ? "set()" : `{${members.join(", ")}}`;
			}
			case "object": {
				const fixed = type.props.map((p) => `${JSON.stringify(p.key)}: ${this.operand(p.value, depth + 1)}`);
				if (type.dynamic === undefined) return `{${fixed.join(", ")}}`;
				return `object.union({${fixed.join(", ")}}, ${this.#read(object(() => any(1)))})`;
			}
			case "any":
				return type.of.length === 0 ? this.#read(any()) : this.operand(pick(type.of), depth + 1);
			default:
				return this.#read(any());
		}
	}
}

const policy = compile({ "t.rego": "package t" }, { values: "rego", strictBuiltinErrors: true });

function ours(query: string, input: string): string {
	try {
		const rows = policy.query(query, parseJson(input)).rows;
		return rows.length === 0 ? "undefined" : rows.map((r) => writeTyped(r.bindings["x"] as never)).join("\n");
	} catch (e) {
		if (e instanceof RegoErrors) return e.errors.map((x) => `${x.code}: ${x.reason}`).join("\n");
		if (e instanceof RegoError) return `${e.code}: ${e.reason}`;
		return `crash: ${(e as Error).stack ?? ""}`;
	}
}

/** OPA's error without the words it has for where it came from. */
function theirsText(errors: readonly { readonly code: string; readonly message: string }[]): string {
	return errors.map((e) => `${e.code}: ${e.message}`).join("\n");
}

const built = buildOracle(process.cwd());
if ("reason" in built) {
	console.log(`skipped: ${built.reason}`);
	process.exit(0);
}
const oracle = new Oracle(built.path, 2000);
let same = 0;
let unanswered = 0;
const different = new Map<string, number>();
for (let round = 0; round < Number(values.rounds); round++) {
	for (const b of callable) {
		const input = new Input();
		const args = b.args.map(([, type]) => input.operand(type));
		const text = `${b.name}(${args.join(", ")})`;
		const query = b.relation ? `${b.name}(${[...args, "x"].join(", ")})` : `x := ${text}`;
		const json = `{"v":[${input.parts.join(",")}]}`;
		const reply = await oracle.ask({
			modules: [],
			queries: [query],
			data: "{}",
			input: json,
			strict: true,
			prints: false,
		} as never);
		const answer = reply.answers?.[0];
		if (reply.lost === true || answer === undefined || answer.errors?.some((e) => e.code === "panic") === true) {
			unanswered++;
			continue;
		}
		const theirs =
			answer.errors !== undefined && answer.errors.length > 0
				? theirsText(answer.errors)
				: (answer.rows ?? []).length === 0
					? "undefined"
					: (answer.rows ?? []).map((r) => r["b:x"] ?? "?").join("\n");
		const mine = ours(query, json);
		if (mine === theirs) {
			same++;
			continue;
		}
		const times = different.get(b.name) ?? 0;
		different.set(b.name, times + 1);
		if (times < 3) console.log(`--- ${query}\n    ${json}\n  got ${mine.slice(0, 400)}\n  opa ${theirs.slice(0, 400)}`);
	}
}
oracle.close();
console.log(
	`${same} same, ${unanswered} without an answer of opa, different: ${[...different].map(([n, c]) => `${n} ${c}`).join(", ") || "none"}`,
);
process.exitCode = different.size > 0 ? 1 : 0;
