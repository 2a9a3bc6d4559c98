import { describe, expect, test } from "vitest";
import { toJson } from "../../src/value/json.ts";
import { parseYaml } from "../../src/value/yaml.ts";

describe("values as the Kubernetes reader has them", () => {
	const rows: { text: string; want: string }[] = [
		{ text: "a: 1\nb: [x, ~, yes, Off]", want: '{"a":1,"b":["x",null,true,false]}' },
		{ text: "[0o17, 017, 0x1F, 0b11, 1_000, +5, -5]", want: "[15,15,31,3,1000,5,-5]" },
		{ text: "[1.50, 1e3, .5, 1., 123456789012345678901234]", want: "[1.5,1000,0.5,1,1.2345678901234569e+23]" },
		{ text: "18446744073709551615", want: "18446744073709551615" },
		{ text: "2020-01-01", want: '"2020-01-01"' },
		{ text: "['1', \"2\", !!str 3]", want: '["1","2","3"]' },
		{ text: "1: a\ntrue: b\n1.5: c\ny: d", want: '{"1":"a","1.5":"c","true":"d"}' },
		{ text: "a: &x [1]\nb: *x", want: '{"a":[1],"b":[1]}' },
		{ text: "a: {<<: {x: 1, z: 2}, z: 3}", want: '{"a":{"x":1,"z":3}}' },
		{ text: "__proto__: 1\nconstructor: 2", want: '{"__proto__":1,"constructor":2}' },
		{ text: "a: 1\na: 2", want: '{"a":2}' },
		{ text: "a: 1\n---\nb: 2", want: '{"a":1}' },
		{ text: "", want: "null" },
		{ text: "# only a comment", want: "null" },
		{ text: "!!binary aGk=", want: '"hi"' },
		{ text: "!!float 3", want: "3" },
	];
	for (const { text, want } of rows) test(JSON.stringify(text), () => expect(toJson(parseYaml(text))).toBe(want));
});

describe("errors", () => {
	const rows: { text: string; want: string }[] = [
		{ text: "a: b: c\n", want: "yaml: mapping values are not allowed in this context" },
		{ text: "a: [1, 2\n", want: "yaml: line 1: did not find expected ',' or ']'" },
		{ text: "a:\n\t- b\n", want: "yaml: line 2: found character that cannot start any token" },
		{ text: "a: *nope", want: "yaml: unknown anchor 'nope' referenced" },
		{ text: "a: &a [*a]", want: "yaml: anchor 'a' value contains itself" },
		{ text: "!!int x", want: "yaml: cannot decode !!str `x` as a !!int" },
		{ text: ".inf", want: "json: unsupported value: +Inf" },
		{
			text: `a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
				.split("")
				.map((k, i) => `${k}: &${k} [${Array(10).fill(`*${"abcdefg"[i]}`).join()}]`)
				.join("\n")}`,
			want: "excessive aliasing",
		},
		{ text: "[".repeat(100_000), want: "call stack" },
	];
	for (const { text, want } of rows)
		test(JSON.stringify(text.slice(0, 40)), () => expect(() => parseYaml(text)).toThrow(want));
});
