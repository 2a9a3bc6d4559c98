/**
 * Exchanges recorded from a real `opa run --server`, sent to ours: status, headers and body must be as they
 * were, but for what changes from run to run.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scenarios } from "./exchanges.ts";
import { type Received, type Running, runServer, type Sent } from "./run-server.ts";

const folder = "../shared/rest-goldens";

interface Step extends Sent {
	readonly response: {
		readonly status: number;
		readonly headers: Readonly<Record<string, string>>;
		readonly body: string;
	};
}

interface Golden {
	readonly name: string;
	readonly args: readonly string[];
	readonly files: Readonly<Record<string, string>>;
	readonly up: boolean;
	readonly steps: readonly Step[];
	readonly log?: readonly string[];
}

/** What is compared of the headers; lengths follow from bodies, and long ones have none in Go. */
const compared = ["content-type", "vary", "location", "allow", "content-encoding"];

/** Partial evaluation is not there yet. */
const withoutAnswer = (s: Step): boolean =>
	/^\/v1\/compile/.test(s.path) && s.method === "POST" && s.response.status === 200;
const withTrace = (s: Step): boolean => /[?&]explain=(?:full|notes|fails|debug)/.test(s.path);

const names = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith(".json")) : [];

describe("exchanges that came with the task", () => {
	test.skipIf(names.length === 0)("are there", () => {
		expect(names.length).toBeGreaterThanOrEqual(14);
	});
	for (const name of names) {
		const golden = JSON.parse(readFileSync(join(folder, name), "utf8")) as Golden;
		test(golden.name, () => replayAll(golden));
	}
});

/** Made by record.ts from the scenarios of exchanges.ts. */
const own = JSON.parse(readFileSync(new URL("rest-goldens.json", import.meta.url), "utf8")) as readonly Golden[];

describe("recorded exchanges", () => {
	test("are as many as there are scenarios for", () => {
		const asked = scenarios.map(({ name, steps }) => [name, steps.map(({ method, path }) => `${method} ${path}`)]);
		expect(own.map(({ name, steps }) => [name, steps.map(({ method, path }) => `${method} ${path}`)])).toEqual(asked);
		expect(own.flatMap((g) => g.steps).length).toBeGreaterThanOrEqual(400);
	});
	for (const golden of own) test(golden.name, () => replayAll(golden));
});

async function replayAll(golden: Golden): Promise<void> {
	const server = await runServer(golden.args, golden.files);
	try {
		for (const step of golden.steps) await replay(server, step);
	} finally {
		expect(await server.stop()).toBe(0);
	}
	if (golden.log !== undefined) expect(decisionsIn(server.log())).toEqual(golden.log.map((l) => masked(JSON.parse(l))));
}

async function replay(server: Running, step: Step): Promise<void> {
	const got = await server.send(step);
	const about = `${step.method} ${step.path} ${JSON.stringify(step.body)?.slice(0, 200)}`;
	if (withoutAnswer(step)) {
		expect(got.status, about).toBe(501);
		return;
	}
	const want = { ...step.response, headers: picked(step.response.headers) };
	expect({ status: got.status, headers: picked(got.headers), body: bodyOf(got, step) }, about).toEqual({
		status: want.status,
		headers: want.headers,
		body: bodyOf(want, step),
	});
}

function picked(headers: Received["headers"]): Record<string, string> {
	return Object.fromEntries(
		compared.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
	);
}

function bodyOf({ body, headers }: { body: string; headers: Received["headers"] }, step: Step): unknown {
	if (step.path === "/metrics") return metricsIn(body);
	// Compressed otherwise, and a page of our own.
	if (headers["content-encoding"] === "gzip" || /^text\/html/.test(headers["content-type"] ?? "")) return "";
	if (headers["content-type"] !== "application/json") return body;
	const value = masked(JSON.parse(exactNumbers(body)));
	// One value in a line, unless it is an error or asked to be pretty.
	const layout = body.startsWith("{\n") ? "indented" : "compact";
	if (withTrace(step) && typeof value === "object" && value !== null) return { ...value, explanation: undefined };
	if (step.path.startsWith("/v1/policies") && value !== null) return { layout, value: withoutCompiledTrees(value) };
	return { layout, value };
}

/** Numbers as they were written: a double would not keep them. */
function exactNumbers(body: string): string {
	return body.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (m) => (m.startsWith('"') ? m : `"number ${m}"`));
}

/** Names of histograms and their labels. */
function metricsIn(body: string): readonly string[] {
	return body
		.split("\n")
		.filter((line) => /^http_request_duration_seconds_(?:count|bucket)/.test(line) || line.startsWith("# TYPE http"))
		.map((line) => (line.includes("_bucket") && !line.includes("+Inf") ? line.replace(/\d+$/, "N") : line))
		.sort();
}

const volatile = /^(?:decision_id|id|timestamp|time)$/;

function masked(v: unknown, key = ""): unknown {
	if (Array.isArray(v)) return v.map((x) => masked(x));
	if (key === "requested_by") return "…";
	if (typeof v !== "object" || v === null)
		return volatile.test(key) && /^[0-9a-f-]{36}$|^20|:/.test(String(v)) ? "…" : v;
	// What is measured beside the timers that every request has is OPA's own business.
	if (key === "metrics")
		return Object.keys(v)
			.filter((k) => !/_op_|compile_stage|external_resolve|query_compile|module_parse/.test(k))
			.sort();
	// OPA's words for the operands of builtins are its own.
	const entries = Object.entries(v).filter(([k]) => !("type" in v && k === "description"));
	return Object.fromEntries(entries.map(([k, x]) => [k, masked(x, k)]));
}

function decisionsIn(log: string): unknown[] {
	const lines = log.split("\n").filter((line) => line.includes('"Decision Log"'));
	return lines.map((line) => masked(JSON.parse(line)));
}

/** OPA shows modules as its compiler has rewritten them; where it has, there is nothing to compare. */
function withoutCompiledTrees(value: unknown): unknown {
	const { result, ...rest } = value as { result?: unknown };
	if (result === undefined) return value;
	const policies = (Array.isArray(result) ? result : [result]) as { id: string; raw: string; ast: unknown }[];
	const shown = policies.map((p) => ({
		...p,
		ast: /[+]|import|input\.s|f\(/.test(p.raw) ? "rewritten" : p.ast,
	}));
	return { ...rest, result: shown.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}
