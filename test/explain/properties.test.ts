/** What always holds: a fix that is shown does what it says, and nothing that is redacted is shown. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { editedAll } from "../../src/explain/edit.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Operation } from "../../src/explain/explanation.ts";
import { decisionAllows } from "../../src/explain/goal.ts";
import { sarifOf } from "../../src/explain/sarif.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { Value } from "../../src/value/value.ts";
import { people } from "./people/all.ts";

const timeMs = 20_000;

function patched(input: Value, patch: readonly Operation[]): Value | undefined {
	let doc: Value | undefined = input;
	for (const { op, path, value } of patch) {
		const steps: Value[] = [];
		let at: unknown = doc;
		for (const part of path.split("/").slice(1)) {
			const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
			steps.push(Array.isArray(at) && /^\d+$/.test(name) ? Number(name) : name);
			at = typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined;
		}
		doc = editedAll(doc, [{ op, path: steps, value }]);
	}
	return doc;
}

/** Values that look like those of inputs. */
const scalar = fc.oneof(
	fc.constantFrom<Value>("ann", "admin", "GET", "PUT", "prod", "nginx", 1, 5, 10, true, false, null),
	fc.string({ maxLength: 8 }),
	fc.integer({ min: -5, max: 20 }),
);

/** A document like a given one, with parts changed, taken away or added. */
function like(v: unknown): fc.Arbitrary<Value> {
	if (Array.isArray(v)) {
		return fc.oneof(
			{ weight: 6, arbitrary: fc.tuple(...v.map(like)).map((list): Value => list) },
			{ weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }).map((list): Value => list) },
		);
	}
	if (typeof v === "object" && v !== null) {
		const record = Object.fromEntries(Object.entries(v).map(([k, x]) => [k, like(x)]));
		const all = fc
			.record(record, { requiredKeys: Object.keys(record).slice(1) })
			.map((o): Value => ({ ...o }) as Value);
		return fc.oneof({ weight: 9, arbitrary: all }, { weight: 1, arbitrary: scalar });
	}
	const same = fc.constant(v as Value);
	return fc.oneof({ weight: 3, arbitrary: same }, { weight: 1, arbitrary: scalar });
}

describe("a fix that is shown holds", () => {
	for (const row of people.filter((p) => p.want === undefined && (p.path ?? "data.p.allow") === "data.p.allow")) {
		const policy = compile({ "p.rego": `package p\n${row.policy}` }, { data: row.data ?? {}, values: "rego" });
		const rule = policy.rule<Value>("data.p.allow");
		test(row.note, () => {
			fc.assert(
				fc.property(like(row.input), (input) => {
					const e = explain(policy, "data.p.allow", input, { timeMs });
					const allows = (x: Value | undefined): boolean => decisionAllows(rule(x));
					if (allows(input)) {
						expect(e.asWanted).toBe(true);
						return;
					}
					for (const f of e.fixes)
						expect(allows(patched(input, f.patch)), JSON.stringify({ input, patch: f.patch })).toBe(true);
				}),
				{ numRuns: 30, seed: 7 },
			);
		});
	}
});

describe("nothing redacted is shown", () => {
	for (const row of people) {
		const policy = compile({ "p.rego": `package p\n${row.policy}` }, { data: row.data ?? {} });
		test(row.note, () => {
			const pointers = leaves(row.input, "");
			for (const [i, pointer] of pointers.entries()) {
				const secret = `s3cr3t-${i}-xyz`;
				const input = withSecret(row.input, pointer.split("/").slice(1), secret);
				const e = explain(policy, row.path ?? "data.p.allow", input, {
					timeMs,
					redact: (p) => p === pointer,
					...(row.want === undefined ? {} : { want: row.want }),
				});
				const shown = [JSON.stringify(e), explanationText(e, { all: true }), JSON.stringify(sarifOf([e]))].join("\n");
				expect(shown).not.toContain(secret);
				expect(shown.toLowerCase()).not.toContain(secret);
			}
		});
	}
});

function leaves(v: unknown, pointer: string): readonly string[] {
	if (typeof v !== "object" || v === null) return [pointer];
	return Object.entries(v).flatMap(([k, x]) => leaves(x, `${pointer}/${k}`));
}

function withSecret(v: unknown, path: readonly string[], secret: string): Value {
	const [key, ...rest] = path;
	if (key === undefined) return secret;
	if (Array.isArray(v))
		return v.map((x: unknown, i) => (String(i) === key ? withSecret(x, rest, secret) : (x as Value)));
	return { ...(v as { [k: string]: Value }), [key]: withSecret(Reflect.get(v as object, key), rest, secret) };
}

test("an explanation is JSON, and its text has at most twenty lines", () => {
	for (const row of people) {
		const policy = compile({ "p.rego": `package p\n${row.policy}` }, { data: row.data ?? {} });
		const e = explain(policy, row.path ?? "data.p.allow", row.input, { timeMs });
		expect(JSON.parse(JSON.stringify(e))).toEqual(e);
		expect(explanationText(e, { all: true }).split("\n").length).toBeLessThanOrEqual(20);
	}
});

test("a short number that is redacted is not shown where it would fit", () => {
	const policy = compile({
		"p.rego":
			"package p\n\nallow if input.a == input.b\n\nless if input.a <= input.b\n\nsized if input.review.n <= input.parameters.max",
	});
	const hides = (start: string) => (pointer: string) => pointer.startsWith(start);
	const shown = [
		explain(policy, "data.p.allow", { a: 83, b: 41 }, { timeMs, redact: hides("/b") }),
		explain(policy, "data.p.less", { a: 83, b: 41 }, { timeMs, redact: hides("/b") }),
		explain(
			policy,
			"data.p.sized",
			{ review: { n: 83 }, parameters: { max: 41 } },
			{ timeMs, redact: hides("/parameters") },
		),
	];
	for (const e of shown) {
		const { stats: _, ...told } = e;
		const texts = [JSON.stringify(told), explanationText(e, { all: true }), JSON.stringify(sarifOf([e]))];
		expect(texts.join("\n")).not.toMatch(/41/);
	}
});
