/**
 * The engines measured: ours (each backend) in this process, peers as child processes behind a line
 * protocol (bench/peers). A peer whose program is not there is reported missing, never guessed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Backend, compile, equal, type PlainObject, parseJson, type Value } from "../src/index.ts";
import type { Workload } from "./workloads.ts";

/** One timed pass: mean nanoseconds of each case over n evaluations; indexes of wrong answers. */
export interface Pass {
	readonly ns: readonly number[];
	readonly wrong: readonly number[];
}

export interface Engine {
	readonly name: string;
	run(n: number): Promise<Pass>;
	close(): void;
}

/** Our engine on one backend. Inputs are parsed before. */
export function ours(name: string, workload: Workload, backend: Backend): Engine {
	const policy = compile(workload.modules, {
		regoVersion: workload.regoVersion,
		data: parseJson(workload.data) as PlainObject,
		backend,
	});
	const cases = workload.cases.map((c) => ({
		rule: policy.rule<Value>(c.path),
		input: parseJson(c.input),
		want: c.want === undefined ? undefined : parseJson(c.want),
	}));
	return {
		name,
		async run(n) {
			const ns: number[] = [];
			const wrong: number[] = [];
			cases.forEach(({ rule, input, want }, index) => {
				let got: Value | undefined;
				const start = process.hrtime.bigint();
				for (let i = 0; i < n; i++) got = rule(input);
				ns.push(Number(process.hrtime.bigint() - start) / n);
				const right = got === undefined || want === undefined ? got === want : equal(got, want);
				if (!right) wrong.push(index);
			});
			return { ns, wrong };
		},
		close() {},
	};
}

/** The same policy without print calls, for peers that would otherwise print. */
export function withoutPrints(workload: Workload): Workload {
	const strip = (text: string): string =>
		text
			.split("\n")
			.filter((line) => !/^\s*print\(.*\)\s*$/.test(line))
			.join("\n");
	return {
		...workload,
		modules: Object.fromEntries(Object.entries(workload.modules).map(([f, text]) => [f, strip(text)])),
	};
}

/** A peer program speaking the line protocol; undefined where it was not built. */
export async function peer(
	name: string,
	program: string,
	args: readonly string[],
	workload: Workload,
): Promise<Engine | undefined> {
	if (!existsSync(program)) return undefined;
	const file = join(mkdtempSync(join(tmpdir(), "regoplan-bench-")), "workload.json");
	writeFileSync(file, workloadJson(workload));
	const child: ChildProcessWithoutNullStreams = spawn(program, [...args, file]);
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	let complaint = "";
	child.stderr.on("data", (d: Buffer) => {
		if (complaint.length < 4000) complaint += d.toString();
	});
	const next = async (): Promise<string> => {
		const { value, done } = await lines.next();
		if (done === true) throw new Error(`${name} stopped: ${complaint}`);
		return value as string;
	};
	await next();
	return {
		name,
		async run(n) {
			child.stdin.write(`run ${n}\n`);
			return JSON.parse(await next()) as Pass;
		},
		close() {
			child.stdin.end();
			child.kill();
		},
	};
}

/** The workload as peers read it: inputs and answers stay as they are written. */
function workloadJson(w: Workload): string {
	const cases = w.cases.map((c) => {
		const want = c.want === undefined ? "" : `,"want":${c.want}`;
		return `{"path":${JSON.stringify(c.path)},"input":${c.input}${want}}`;
	});
	return `{"modules":${JSON.stringify(w.modules)},"regoVersion":"${w.regoVersion}","data":${w.data},"cases":[${cases.join(",")}]}`;
}
