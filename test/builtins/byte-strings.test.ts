/** Strings that are not UTF-8 keep their bytes from one builtin to the next, as Go's do. */
import { expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { encoding } from "../../src/builtins/encoding.ts";
import { strings } from "../../src/builtins/strings.ts";
import { toJson } from "../../src/value/json.ts";
import { termText } from "../../src/value/term-text.ts";
import type { Value } from "../../src/value/value.ts";
import { call } from "./support.ts";

function run(name: string, ...args: Value[]): Value {
	return call([...encoding, ...strings].find((b) => b.name === name) as Builtin, args).value as Value;
}

test.each(["/w==", "gIGC", "w6k=", "8J+YgP8=", "7aCA", "AP7/"])("base64 %s", (text) => {
	const decoded = run("base64.decode", text);
	expect(run("base64.encode", decoded)).toBe(text);
	expect(run("hex.encode", decoded)).toBe(Buffer.from(text, "base64").toString("hex"));
	expect(run("hex.decode", run("hex.encode", decoded))).toBe(decoded);
});

test("what is made rune by rune has U+FFFD for invalid bytes", () => {
	const s = run("hex.decode", "61ff62");
	expect(run("lower", s)).toBe("a\ufffdb");
	expect(run("upper", s)).toBe("A\ufffdB");
	expect(run("substring", s, 0, 2)).toBe("a\ufffd");
	expect(run("substring", s, 1, -1)).toBe("\ufffdb");
	expect(run("substring", s, 0, 3)).toBe(s);
	expect(run("lower", run("hex.decode", "61"))).toBe("a");
});

test("printed as Go prints invalid bytes", () => {
	const s = run("hex.decode", "61ff62");
	expect(toJson(s)).toBe('"a\\ufffdb"');
	expect(termText(s)).toBe('"a\\xffb"');
	expect(run("urlquery.encode", s)).toBe("a%FFb");
	expect(run("sprintf", "%x", [s])).toBe("61ff62");
});
