/** The server's log: its formats, its levels, and that lines come in their order and together. */
import { expect, test } from "vitest";
import { type LogFormat, Logger, type LogLevel } from "../../src/cli/logger.ts";
import { LineBuffer } from "../../src/cli/server/line-buffer.ts";

function logged(least: LogLevel, format: LogFormat, log: (logger: Logger) => void): string {
	let text = "";
	log(
		new Logger(
			(line) => {
				text += line;
			},
			least,
			format,
		),
	);
	return text;
}

test("a line of JSON, its members in order, digits kept", () => {
	const text = logged("info", "json", (l) => l.log("warn", "hm <&>", { z: 9007199254740993n, a: ["x"], time: "mine" }));
	expect(text.replace(/"time":"[^"]*Z"/, '"time":"…"')).toBe(
		'{"a":["x"],"fields.time":"mine","level":"warning","msg":"hm \\u003c\\u0026\\u003e","time":"…","z":9007199254740993}\n',
	);
	expect(text).toMatch(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/);
});

test("the other formats", () => {
	const log = (l: Logger): void => l.log("info", "m", { a: 1 });
	expect(logged("info", "text", log)).toBe("[INFO] m\n  a = 1\n\n");
	expect(logged("info", "json-pretty", log).split("\n").slice(0, 2)).toEqual(["{", '  "a": 1,']);
});

test("what is less important is left out, but decisions are always there", () => {
	const text = logged("error", "text", (l) => {
		l.log("info", "no");
		l.log("error", "yes");
		l.always("info", "decision", {});
	});
	expect(text).toBe("[ERROR] yes\n\n[INFO] decision\n\n");
});

test("lines of one turn are written together", async () => {
	const written: string[] = [];
	const io = {
		stdout: () => {},
		stderr: (t: string) => written.push(t),
		stdin: () => new Uint8Array(),
		cwd: ".",
		env: {},
	};
	const lines = new LineBuffer(io);
	for (let i = 0; i < 3; i++) lines.write(`${i}\n`);
	expect(written).toEqual([]);
	await new Promise((resolve) => setTimeout(resolve, 5));
	expect(written).toEqual(["0\n1\n2\n"]);
	lines.write("3\n");
	lines.flush();
	expect(written.join("")).toBe("0\n1\n2\n3\n");
	lines.write("x".repeat(100_000));
	lines.flush();
	expect(written.join("").length).toBe(8 + 100_000);
});
