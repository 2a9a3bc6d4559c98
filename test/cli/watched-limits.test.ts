/** Watched evaluations that tell too much, or are too deep, end in an error of their own or go on. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { newFrom } from "../../src/cli/io.ts";
import type { Op, TraceEvent } from "../../src/topdown/events.ts";
import type { ExplainMode } from "../../src/trace/lineage.ts";
import { Recorder } from "../../src/trace/recorder.ts";

function event(op: Op, queryId: number, parentId: number): TraceEvent {
	const node = { kind: "body", body: [] } as const;
	return {
		op,
		node,
		place: undefined,
		queryId,
		parentId,
		message: "",
		ref: undefined,
		locals: undefined,
		documents: [],
	};
}

describe("events that are kept", () => {
	const manyLoops = [
		event("Enter", 0, 0),
		...Array.from({ length: 300 }, (_, i) => [event("Enter", i + 1, 0), event("Eval", i + 1, 0)]).flat(),
	];
	const rows: { note: string; mode: ExplainMode; kept: number | "too many" }[] = [
		{ note: "all of them", mode: "full", kept: "too many" },
		{ note: "of notes, nothing where there is none", mode: "notes", kept: 0 },
	];
	test.each(rows)("$note", ({ mode, kept }) => {
		const recorder = new Recorder(mode, 400);
		const record = (): void => {
			for (const e of manyLoops) recorder.event(e);
		};
		if (kept === "too many") {
			expect(record).toThrow("eval_cancel_error: the evaluation has more events than can be kept (400)");
			expect(recorder.events).toEqual([]);
		} else {
			record();
			expect(recorder.events).toHaveLength(kept);
		}
	});

	test("a failure after very many queries is shown with those it is in", () => {
		const recorder = new Recorder("fails");
		recorder.event(event("Enter", 0, 0));
		recorder.event(event("Enter", 1, 0));
		for (let i = 2; i < 200_000; i++) recorder.event(event("Enter", i, 1));
		recorder.event(event("Fail", 199_999, 1));
		expect(recorder.events.map((e) => [e.op, e.queryId])).toEqual([
			["Enter", 0],
			["Enter", 1],
			["Enter", 199_999],
			["Fail", 199_999],
		]);
	});
});

describe("what a command that is begun again writes", () => {
	const rows = [
		{ note: "nothing was written", now: [0, 0], earlier: [0, 0], text: "a\nb", written: "a\nb" },
		{ note: "lines that tell other times", now: [0, 0], earlier: [1, 0], text: "took 12 s\nnext", written: "next" },
		{ note: "less than was written", now: [0, 0], earlier: [2, 0], text: "one\n", written: "" },
		{ note: "part of a line", now: [1, 0], earlier: [1, 2], text: "abc", written: "c" },
		{ note: "the rest of that part", now: [1, 1], earlier: [1, 2], text: "bc\n", written: "c\n" },
		{ note: "past all of it", now: [3, 0], earlier: [1, 2], text: "new", written: "new" },
	] as const;
	test.each(rows)("$note", ({ now, earlier, text, written }) => {
		const bytes = new TextEncoder().encode(text);
		const of = ([lines, n]: readonly [number, number]) => ({ lines, bytes: n });
		expect(text.slice(newFrom(bytes, of(now), of(earlier)))).toBe(written);
	});
});

const bin = fileURLToPath(new URL("../../bin/rego.js", import.meta.url));
const built = existsSync(fileURLToPath(new URL("../../dist/node/command.cjs", import.meta.url)));

test.runIf(built)("rules that read each other in a long chain are watched to their end", () => {
	const folder = mkdtempSync(join(tmpdir(), "rego-watched-"));
	try {
		const chain = Array.from({ length: 3000 }, (_, i) => (i === 0 ? "r0 := 1" : `r${i} := r${i - 1}`)).join("\n");
		const tests = "test_first if r0 == 1\n\ntest_last if r2999 == 1\n\ntest_wrong if r2999 == 2\n";
		writeFileSync(join(folder, "chain.rego"), `package chain\n\n${chain}\n\n${tests}`);
		const { stdout, status } = spawnSync(process.execPath, [bin, "test", "-v", "chain.rego"], {
			cwd: folder,
			encoding: "utf8",
		});
		const results = [...stdout.matchAll(/^data\.chain\.(\w+): (\w+)/gm)].map((m) => `${m[1]} ${m[2]}`);
		expect(results).toEqual(["test_first PASS", "test_last PASS", "test_wrong FAIL", "test_wrong FAIL"]);
		expect(stdout.match(/PASS: .*|FAIL: .*/g)?.at(-1)).toBe("FAIL: 1/3");
		expect(status).toBe(2);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
