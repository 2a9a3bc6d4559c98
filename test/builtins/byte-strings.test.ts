/** Strings that are not UTF-8 keep their bytes from one builtin to the next, as Go's do. */
import { expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { encoding } from "../../src/builtins/encoding.ts";
import { internal } from "../../src/builtins/internal.ts";
import { regex } from "../../src/builtins/regex.ts";
import { strings } from "../../src/builtins/strings.ts";
import { yaml } from "../../src/builtins/yaml.ts";
import { toJson } from "../../src/value/json.ts";
import { termText } from "../../src/value/term-text.ts";
import type { Value } from "../../src/value/value.ts";
import { call } from "./support.ts";

const builtins: readonly Builtin[] = [...encoding, ...internal, ...regex, ...strings, ...yaml];

function run(name: string, ...args: Value[]): Value {
	return call(builtins.find((b) => b.name === name) as Builtin, args).value as Value;
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

const bytes = (hex: string): Value => run("hex.decode", hex);

test("bytes of no character are no base64", () => {
	expect(run("base64.is_valid", bytes("f4908080"))).toBe(false);
});

test("bytes side by side become characters", () => {
	const [first, second] = [bytes("c3"), bytes("a9")];
	expect(run("concat", "", [first, second])).toBe("é");
	expect(run("sprintf", "%s%s", [first, second])).toBe("é");
	expect(run("replace", run("concat", "-", [first, second]), "-", "")).toBe("é");
	expect(run("strings.replace_n", { a: first, b: second }, "ab")).toBe("é");
	expect(run("regex.replace", run("concat", "", ["a", second]), "a", first)).toBe("é");
});

test("bytes are found within characters", () => {
	const [first, second] = [bytes("c3"), bytes("a9")];
	expect(run("replace", "éa", second, "x")).toBe(run("concat", "", [first, "xa"]));
	expect(run("strings.replace_n", { [first as string]: "" }, "é")).toBe(second);
	expect(run("split", "aéb", first)).toEqual(["a", run("concat", "", [second, "b"])]);
	expect(run("strings.split_n", "aéb", second, 1)).toEqual([run("concat", "", ["a", first])]);
	expect(run("strings.count", "éé", second)).toBe(2);
	expect(run("trim_prefix", "éa", first)).toBe(run("concat", "", [second, "a"]));
	expect(run("trim_suffix", "é", second)).toBe(first);
	expect(run("strings.any_prefix_match", ["é"], ["x", first])).toBe(true);
});

test("parts of a template string that make a character", () => {
	expect(run("internal.template_string", [bytes("c3"), bytes("a9")])).toBe("é");
});

test("what compares runes takes all invalid bytes for one", () => {
	expect(run("indexof", bytes("61ff"), bytes("fe"))).toBe(1);
	expect(run("indexof", bytes("61ff"), "\ufffd")).toBe(1);
	expect(run("indexof_n", bytes("ff61fe"), bytes("fd"))).toEqual([0, 2]);
	expect(run("trim", bytes("61ff"), bytes("fe"))).toBe("a");
	expect(run("trim_left", bytes("ff61"), "\ufffd")).toBe("a");
});

test.each([
	["80", "invalid leading UTF-8 octet"],
	["61f8", "invalid leading UTF-8 octet"],
	["61c3", "incomplete UTF-8 octet sequence"],
	["e28228", "invalid trailing UTF-8 octet"],
	["c080", "invalid length of a UTF-8 sequence"],
	["eda080", "invalid Unicode character"],
	["fffe61", "incomplete UTF-16 character"],
	["fffe00dc", "unexpected low surrogate area"],
	["fffe00d8", "incomplete UTF-16 surrogate pair"],
	["fffe00d86100", "expected low surrogate area"],
])("yaml %s: %s", (hex, problem) => {
	const unmarshal = builtins.find((b) => b.name === "yaml.unmarshal") as Builtin;
	expect(call(unmarshal, [bytes(hex)]).message).toBe(`yaml: ${problem}`);
	expect(run("yaml.is_valid", bytes(hex))).toBe(false);
});

test("yaml in UTF-16", () => {
	expect(run("yaml.unmarshal", bytes("fffe2d0020003dd800de"))).toEqual(["😀"]);
	expect(run("yaml.unmarshal", bytes("feff0061"))).toBe("a");
});
