/**
 * The invocations of `opa eval` whose outputs are kept in test/cli/goldens. Each is
 * { name, args, files?, stdin?, env? }; files are written into an empty folder that is the working
 * directory. Read by record-eval-goldens.js (which needs the real opa); the tests read only goldens.
 */
const policy = `package p

import rego.v1

default allow := false

allow if input.user == "alice"

names contains name if some name in ["a", "b", "c"]

numbers := {1, 2, 3}

html := "<b>&amp;</b>"

mixed := {1: 2, "a": {3, 1}, [1, 2]: 1.50, null: true, {"k": 1}: "obj", {7, 8}: "set"}

big := 12345678901234567890123

undef if input.nope

conflicting := 1 if true

conflicting := 2 if true

f(x) := x if x > 0

f(x) := 2 * x if x > 1

partial[k] := v if some k, v in {"x": 1, "y": [true, null]}

bad_number := to_number("zz")

two_bad contains to_number(s) if some s in ["q", "r"]

div_zero := 1 / 0

noisy if {
	print("user is", input.user, {1}, [input.nope])
	print("second")
}
`;
const v0 = `package old

allow {
	input.user == "alice"
}

deny[msg] {
	msg := "no"
}

m[k] = v {
	v := input.attrs[k]
}

any_true { any([false, true]) }
`;
const files = { "p.rego": policy, "in.json": '{"user": "alice"}\n', "bob.yaml": "user: bob\n" };
const d = ["-d", "p.rego"];
const tree = {
	"root.json": '{"root": 1}',
	"a/data.json": '{"x": 1}',
	"a/other.yaml": "y: [1, two, 3.0]\n",
	"a/b/deep.yml": "z: null\n",
	"pol.rego": "package pol\n\nr := data.a.x\n",
	"a/README.md": "not data",
	".hidden/h.json": '{"h": 1}',
};
const bundle = {
	"b/data.json": '{"top": 1}',
	"b/users/data.yaml": "alice:\n  admin: true\nbob: {}\n",
	"b/users/ignored.json": '{"no": 1}',
	"b/authz.rego": "package authz\n\nallow if data.users[input.user].admin\n",
	"b/sub/more.rego": "package authz.more\n\nx := 1\n",
};

export const invocations = [];
const add = (name, args, more = {}) => invocations.push({ name, args, ...more });

// Formats, on each kind of result.
for (const f of ["json", "raw", "pretty", "values", "bindings", "discard"]) {
	const q = ["-f", f, ...d];
	add(`format-${f}-constant`, ["-f", f, "1 + 1"]);
	add(`format-${f}-rule`, [...q, "-i", "in.json", "data.p.allow"], { files });
	add(`format-${f}-rows`, [...q, "data.p.names[x]; y := upper(x)"], { files });
	add(`format-${f}-undefined`, [...q, "data.p.undef"], { files });
	add(`format-${f}-mixed-keys`, [...q, "data.p.mixed"], { files });
	add(`format-${f}-string`, [...q, "data.p.html"], { files });
	add(`format-${f}-parse-error`, ["-f", f, "x = "]);
	add(`format-${f}-unsafe`, ["-f", f, "x + 1; y > 2"]);
	add(`format-${f}-conflict`, [...q, "data.p.conflicting"], { files });
	add(`format-${f}-missing-data`, ["-f", f, "-d", "nope.json", "1"]);
	add(`format-${f}-strict-builtin-error`, [...q, "--strict-builtin-errors", "data.p.bad_number"], { files });
	add(`format-${f}-show-builtin-errors`, [...q, "--show-builtin-errors", "data.p.two_bad; x = 1"], { files });
	add(`format-${f}-print`, [...q, "-i", "in.json", "data.p.noisy"], { files });
}
add("format-source", ["-f", "source", "1"]);
add("format-unknown", ["-f", "xml", "1"]);
add("format-long", ["--format=raw", '"x y"']);
add("format-attached", ["-fraw", '"x y"']);

// Results.
add("bindings-many", ['[1, 2] = [x, y]; "z" = z; 1 == 1']);
add("bindings-many-pretty", ["-f", "pretty", '[1, 2] = [x, y]; "z" = z; 1 == 1']);
add("pretty-all-boolean", ["-f", "pretty", "true; 1 == 1"]);
add("pretty-two-values", ["-f", "pretty", '1; "two"']);
add("pretty-wide", [
	"-f",
	"pretty",
	'x = "日本語"; y = "a very very very very very very very very very very very very very long string indeed"; z = "é"',
]);
add("pretty-newline", ["-f", "pretty", 'x = "a\\nb\\tc"; y = 1']);
add("pretty-object", ["-f", "pretty", '{"b": {1, 2}, "a": []}']);
add("pretty-expr-multi-row", ["-f", "pretty", "x = [1, 2, 3][_]; x > 1; x * 2"]);
add("wildcard-no-binding", ["[1, 2, 3][_] = x; _ = 4"]);
add("some-decl", ["some x in {1, 2}; x > 1"]);
add("some-kv", ['some k, v in {"a": 1, "b": 2}']);
add("every-query", ["every x in [1, 2] { x > 0 }"]);
add("not-query", ["not false; x := 1"]);
add("false-value", ["false"]);
add("false-second", ["1; false"]);
add("null-value", ["null"]);
add("set-empty", ["set()"]);
add("set-of-sets", ["{{1}, {2, 3}, set()}"]);
add("comprehensions", ['{k: v | some k, v in ["a", "b"]}; [x | x = 1]; {x | x = 2}']);
add("big-numbers", ["[12345678901234567890123, 1e3, 1.50, -0, 0.1 + 0.2, 1e400, 10 / 3]"]);
add("numbers-raw", ["-f", "raw", "[1e3, 1.50, 100000000000000000000000 * 10, 1 / 3, 7 % 4]"]);
add("string-escapes", ['"<script>&\\u2028\\u0000\\t\\"\\\\\\u00e9\\ud83d\\ude00\\u007f"']);
add("string-escapes-raw", ["-f", "raw", '["<script>&\\u2028\\u0000\\t\\"\\\\\\u00e9\\ud83d\\ude00\\u007f"]']);
add("text-spacing", ["  1   +   2 ;\n\n   x   :=   { 1,2 } "]);
add("text-call", ['count( [ 1,2 ] ) ; concat( ",", ["a"] )']);
add("text-multiline", ["x := 1\ny := 2\nx < y"]);
add("with-query", ['input.x with input as {"x": 1}']);
add("with-query-data", ["data.foo + 1 with data.foo as 2"]);
add("template-string", ['x := 1; $"a {x} b"']);
add("raw-string", ["`a\\nb`"]);
add("walk-query", ['walk({"a": [1]}, [p, v])']);
add("comment-in-query", ["1 # comment"]);
add("empty-query", [""]);
add("blank-query", ["  \n"]);
add("unary-minus", ["x := -1; y := 3 - -2"]);
add("set-ops", ["{1, 2} & {2}; {1} | {2}; {1, 2} - {2}"]);
add("input-undefined", ["input"]);
add("data-empty", ["data"]);
add("or-keyword-off", ["true or false"]);

// data document
add("data-package", [...d, "-i", "in.json", "data.p.partial"], { files });
add("data-whole-conflict", [...d, "data"], { files });
add("function-call", [...d, "data.p.f(1)"], { files });
add("function-conflict", [...d, "data.p.f(3)"], { files });
add("function-arity", [...d, "data.p.f(3, 4, 5)"], { files });
add("function-unknown", ["nosuch(1)"]);
add("function-unknown-data", [...d, "data.p.nosuch(1)"], { files });
add("iterate-data-rules", [...d, 'data.p[x]; x == "numbers"'], { files });
add("partial-key", [...d, 'data.p.partial["y"][_]'], { files });

// inputs
add("input-json", [...d, "-i", "in.json", "input; data.p.allow"], { files });
add("input-yaml", [...d, "-i", "bob.yaml", "input; data.p.allow"], { files });
add("input-stdin", [...d, "-I", "data.p.allow"], { files, stdin: '{"user": "alice"}' });
add("input-stdin-yaml", ["--stdin-input", "input"], { stdin: "a: [1, ~, yes, 0x10, 1.0]\n" });
add("input-stdin-empty", ["-I", "input"], { stdin: "" });
add("input-file-url-bad-scheme", ["-i", "http://x/in.json", "input"]);
add("input-missing", ["-i", "nope.json", "input"]);
add("input-missing-pretty", ["-f", "pretty", "-i", "nope.json", "input"]);
add("input-dir", ["-i", ".", "input"]);
add("input-broken", ["-i", "x.json", "input"], { files: { "x.json": '{"a": [1, 2}' } });
add("input-broken-yaml", ["-i", "x.yaml", "input"], { files: { "x.yaml": "a: b: c\n" } });
add("input-exact-numbers", ["-i", "x.json", "input"], {
	files: { "x.json": '{"a": 1.0, "b": 1e2, "c": 123456789012345678901, "d": -0, "e": 1E+2}' },
});
add("input-duplicate-keys", ["-i", "x.json", "input"], { files: { "x.json": '{"a": 1, "a": 2}' } });
add("input-proto-key", ["-i", "x.json", "input.__proto__; input.constructor; object.keys(input)"], {
	files: { "x.json": '{"__proto__": 1, "constructor": 2}' },
});
add("input-bom", ["-i", "x.json", "input"], { files: { "x.json": '\ufeff{"a": 1}' } });
add("input-scalar", ["-i", "x.json", "input"], { files: { "x.json": "false" } });
add("input-null", ["-i", "x.json", "input"], { files: { "x.json": "null" } });
add("stdin-query", ["--stdin"], { stdin: "x := 1 + 1" });
add("stdin-query-error", ["--stdin", "-f", "pretty"], { stdin: "x := \n 1 +" });
add("input-yaml-types", ["-i", "x.yaml", "input"], {
	files: {
		"x.yaml":
			"a: 1.50\nb: 0o17\nc: 1_000\nd: 2020-01-01\ne: off\nf: .inf\ng: !!str 5\nh: |\n  t\n1: int\ntrue: bool\n? null\n: nul\n",
	},
});
add("input-yaml-types-noinf", ["-i", "x.yaml", "input"], {
	files: {
		"x.yaml":
			'a: 1.50\nb: 0o17\nb2: 017\nc: 1_000\nd: 2020-01-01\ne: off\ng: !!str 5\nh: |\n  t\n1: int\ntrue: bool\nbig: 123456789012345678901234\nexp: 1e3\nneg: -5\nplus: +5\nhex: 0x1F\nbin: 0b11\nnul: ~\nempty:\nquoted: "1"\nanchor: &x [1]\nref: *x\nmerge:\n  <<: {q: 1}\n  r: 2\n',
	},
});
add("input-yaml-multidoc", ["-i", "x.yaml", "input"], { files: { "x.yaml": "a: 1\n---\nb: 2\n" } });
add("input-yaml-tab", ["-i", "x.yaml", "input"], { files: { "x.yaml": "a:\n\t- b\n" } });
add("input-yaml-duplicate", ["-i", "x.yaml", "input"], { files: { "x.yaml": "a: 1\na: 2\n" } });

// data files
add("data-json", ["-d", "x.json", "data"], { files: { "x.json": '{"a": {"b": [1, 2.0]}}' } });
add("data-yaml", ["-d", "x.yaml", "data"], { files: { "x.yaml": "a:\n  b: [1, 2.0]\n" } });
add("data-prefix", ["-d", "one.two:x.json", "data"], { files: { "x.json": "[1, 2]" } });
add("data-prefix-dir", ["-d", "one:dir", "data"], {
	files: { "dir/x.json": '{"k": 1}', "dir/sub/y.json": '{"l": 2}' },
});
add("data-prefix-empty", ["-d", ":x.json", "data"], { files: { "x.json": '{"a": 1}' } });
add("data-not-object", ["-d", "x.json", "data"], { files: { "x.json": "[1, 2]" } });
add("data-not-object-pretty", ["-f", "pretty", "-d", "x.json", "data"], { files: { "x.json": "[1, 2]" } });
add("data-merge", ["-d", "x.json", "-d", "y.json", "data"], {
	files: { "x.json": '{"a": {"b": 1}}', "y.json": '{"a": {"c": 2}}' },
});
add("data-merge-conflict", ["-d", "x.json", "-d", "y.json", "data"], {
	files: { "x.json": '{"a": {"b": 1}}', "y.json": '{"a": {"b": 2}}' },
});
add("data-merge-same", ["-d", "x.json", "-d", "x.json", "data"], { files: { "x.json": '{"a": {"b": 1}}' } });
add("data-dir", ["-d", ".", "data"], { files: tree });
add("data-dir-named", ["-d", "a", "data"], { files: tree });
add("data-dir-ignore", ["-d", ".", "--ignore", ".*", "data"], { files: tree });
add("data-dir-ignore-two", ["-d", ".", "--ignore", "*.yaml,a/b", "--ignore=.hidden", "data"], { files: tree });
add("data-dir-ignore-dir", ["-d", ".", "--ignore", "b", "data"], { files: tree });
add("data-two-missing", ["-d", "nope.json", "-d", "gone.rego", "1"]);
add("data-two-missing-pretty", ["-f", "pretty", "-d", "nope.json", "-d", "gone.rego", "1"]);
add("data-file-url", ["-d", "http://example.com/x.json", "1"]);
add("data-broken-json", ["-d", "x.json", "1"], { files: { "x.json": '{"a": 1,}' } });
add("data-broken-json-eof", ["-d", "x.json", "1"], { files: { "x.json": '{"a": ' } });
add("data-broken-json-trailing", ["-d", "x.json", "1"], { files: { "x.json": '{"a": 1} 2' } });
add("data-broken-json-literal", ["-d", "x.json", "1"], { files: { "x.json": '{"a": nul}' } });
add("data-broken-json-number", ["-d", "x.json", "1"], { files: { "x.json": '{"a": 01}' } });
add("data-broken-json-string", ["-d", "x.json", "1"], { files: { "x.json": '{"a": "x\ny"}' } });
add("data-broken-json-escape", ["-d", "x.json", "1"], { files: { "x.json": '{"a": "\\q"}' } });
add("data-broken-json-key", ["-d", "x.json", "1"], { files: { "x.json": "{a: 1}" } });
add("data-broken-json-colon", ["-d", "x.json", "1"], { files: { "x.json": '{"a" 1}' } });
add("data-empty-json", ["-d", "x.json", "1"], { files: { "x.json": "" } });
add("data-broken-yaml", ["-d", "x.yaml", "1"], { files: { "x.yaml": "a: [1, 2\n" } });
add("data-empty-yaml", ["-d", "x.yaml", "data"], { files: { "x.yaml": "" } });
add("data-unknown-type", ["-d", "notes.txt", "1"], { files: { "notes.txt": "a: b: {" } });
add("data-unknown-type-yaml", ["-d", "notes.txt", "data"], { files: { "notes.txt": "a: b\n" } });
add("data-unknown-type-rego", ["-d", "policy.txt", "data.q.x"], { files: { "policy.txt": "package q\n\nx := 1\n" } });
add("data-rego-vs-json", ["-d", "p.rego", "-d", "x.json", "data.q"], {
	files: { "p.rego": "package q\n\nx := 1\n", "x.json": '{"q": {"x": 2}}' },
});
add("data-rego-and-json", ["-d", "p.rego", "-d", "x.json", "data.q"], {
	files: { "p.rego": "package q\n\nx := 1\n", "x.json": '{"q": {"y": 2}}' },
});
add("data-many-errors", ["-d", ".", "1"], {
	files: { "a.json": "{", "b.rego": "package b\n\nx :=\n", "c.yaml": "[1", "d.json": "3" },
});

// bundles
add("bundle-dir", ["-b", "b", "data"], { files: bundle });
add("bundle-decision", ["--bundle", "b", "-i", "in.json", "data.authz.allow"], { files: { ...bundle, ...files } });
add("bundle-and-data", ["-b", "b", "-d", "p.rego", "data.top + 1; data.p.big"], { files: { ...bundle, ...files } });
add("bundle-missing", ["-b", "nope", "1"]);
add("bundle-missing-pretty", ["-f", "pretty", "-b", "nope", "1"]);
add("bundle-broken-rego", ["-b", "b", "1"], { files: { "b/x.rego": "package x\n\np := {\n" } });
add("bundle-broken-json", ["-b", "b", "1"], { files: { "b/data.json": "{" } });
add("bundle-root-array", ["-b", "b", "1"], { files: { "b/data.json": "[1]" } });
add("bundle-manifest-roots", ["-b", "b", "data"], {
	files: {
		"b/.manifest": '{"revision": "r1", "roots": ["a", "c/d"]}',
		"b/a/data.json": '{"x": 1}',
		"b/c/d/p.rego": "package c.d\n\ny := 2\n",
	},
});
add("bundle-manifest-outside-rego", ["-b", "b", "data"], {
	files: { "b/.manifest": '{"roots": ["a"]}', "b/p.rego": "package c\n\ny := 2\n" },
});
add("bundle-manifest-outside-data", ["-b", "b", "data"], {
	files: { "b/.manifest": '{"roots": ["a"]}', "b/data.json": '{"b": 1}' },
});
add("bundle-manifest-overlap", ["-b", "b", "data"], {
	files: { "b/.manifest": '{"roots": ["a", "a/b"]}', "b/data.json": '{"a": 1}' },
});
add("bundle-manifest-v0", ["-b", "b", "data.old.allow"], {
	files: { "b/.manifest": '{"rego_version": 0}', "b/p.rego": "package old\n\nallow { true }\n" },
});
add("bundle-two", ["-b", "b", "-b", "c", "data"], {
	files: {
		"b/.manifest": '{"roots": ["x"]}',
		"b/data.json": '{"x": 1}',
		"c/.manifest": '{"roots": ["y"]}',
		"c/data.json": '{"y": 1}',
	},
});
add("bundle-two-overlap", ["-b", "b", "-b", "c", "data"], {
	files: { "b/data.json": '{"x": 1}', "c/data.json": '{"y": 1}' },
});
add("bundle-data-conflict", ["-b", "b", "data"], {
	files: { "b/data.json": '{"x": {"y": 1}}', "b/x/data.json": '{"y": 2}' },
});

// packages, imports
add("package", [...d, "--package", "p", "big"], { files });
add("package-unsafe", [...d, "--package", "p", "nosuch"], { files });
add("package-broken", ["--package", "p..q", "1"]);
add("import-data", [...d, "--import", "data.p.big", "big"], { files });
add("import-alias", [...d, "--import", "data.p as q", "q.big"], { files });
add("import-input", ["--import", "input.user", "-i", "in.json", "user"], { files });
add("import-two", [...d, "--import", "data.p", "--import", "input.user", "-i", "in.json", "user; p.big"], { files });
add("import-future", ["--import", "future.keywords.not", "not { 1 == 2 }"]);
add("import-future-or", ["--import", "future.keywords.or", "1 == 2 or 2 == 2"]);
add("import-broken", ["--import", "data.p as", "1"]);
add("import-and-more", ["--import", "data.x\nallow := true", "1"]);
add("import-and-rule", ["--import", "data.x\np if { q }", "1"]);
add("import-and-package", ["--import", "data.x\npackage q", "1"]);
add("import-and-word", ["--import", "data.x as y z", "1"]);
add("import-two-lines", [...d, "--import", "data.p\nimport data.q", "p.big"], { files });
add("package-and-rule", ["--package", "x\np := 1", "1"]);
add("package-twice", ["--package", "x\npackage y", "1"]);
add("import-bad-root", ["--import", "foo.bar", "bar"]);

// versions
add("v0", ["--v0-compatible", "-d", "old.rego", "-i", "in.json", "data.old.allow; data.old.deny[x]"], {
	files: { ...files, "old.rego": v0 },
});
add("v0-without-flag", ["-d", "old.rego", "data.old"], { files: { "old.rego": v0 } });
add("v0-without-flag-pretty", ["-f", "pretty", "-d", "old.rego", "data.old"], { files: { "old.rego": v0 } });
add("v0-query-in", ["--v0-compatible", "x = 1 in [1]"]);
add("v0-query-every", ["--v0-compatible", "every x in [1] { x == 1 }"]);
add("v0-query-future", ["--v0-compatible", "--import", "future.keywords", "every x in [1] { x == 1 }"]);
add("v0-query-rego-v1", ["--v0-compatible", "--import", "rego.v1", "1 in [1]"]);
add("v0-module-rego-v1", ["--v0-compatible", ...d, "-i", "in.json", "data.p.allow"], { files });
add("v1-flag", ["--v1-compatible", ...d, "-i", "in.json", "data.p.allow"], { files });
add("v0-and-v1", ["--v0-compatible", "--v1-compatible", "-d", "old.rego", "-i", "in.json", "data.old.allow"], {
	files: { ...files, "old.rego": v0 },
});
add("v0-deprecated-builtin", ["--v0-compatible", 'any([true]); all([]); re_match(`a`, "a")']);
add("v1-deprecated-builtin", ["any([true])"]);
add("v0-shadow-input", ["--v0-compatible", "-d", "o.rego", "data.o.f(3)"], {
	files: { "o.rego": "package o\n\nf(input) = x { x = input }\n" },
});
add("v1-shadow-input", ["-d", "o.rego", "data.o.f(3)"], {
	files: { "o.rego": "package o\n\nf(input) := x if { x := input }\n" },
});

// errors of modules
const bad = (name, text, q = "data.q") => add(`module-${name}`, ["-d", "q.rego", q], { files: { "q.rego": text } });
const badPretty = (name, text, q = "data.q") => {
	bad(name, text, q);
	add(`module-${name}-pretty`, ["-f", "pretty", "-d", "q.rego", q], { files: { "q.rego": text } });
};
badPretty("unsafe", "package q\n\np if x > 1\n\nr contains y if input.a[z]\n");
badPretty("parse", "package q\n\np if {\n\tx := 1 +\n}\n");
badPretty("parse-two", "package q\n\np := }\n\nr := ]\n");
badPretty("type", 'package q\n\np if 1 + "a"\n\nr if count(1)\n');
badPretty("type-ref", 'package q\n\np := x.foo if x := {"bar": 1}\n\nr := data.q.p.z\n');
badPretty("recursion", "package q\n\np if r\n\nr if s\n\ns if p\n");
badPretty("rule-conflict", "package q\n\np := 1\n\np contains 2\n");
bad("default-twice", "package q\n\ndefault p := 1\n\ndefault p := 2\n");
bad("default-not-constant", "package q\n\ndefault p := input.x\n");
bad("arity", "package q\n\nf(x) := x\n\np := f(1, 2, 3)\n");
bad("unknown-function", "package q\n\np := nosuch.fn(1)\n");
bad("package-missing", "p := 1\n");
bad("empty", "");
bad("duplicate-import", "package q\n\nimport data.a\nimport data.a\n\np := 1\n");
bad("unused-import", "package q\n\nimport data.a\n\np := 1\n");
bad("assigned-twice", "package q\n\np if {\n\tx := 1\n\tx := 2\n}\n");
bad("var-shadow-later", "package q\n\np if {\n\tx\n\tx := 1\n}\n");
bad("contains-missing-if", "package q\n\np contains x { x := 1 }\n");
bad("string-unterminated", 'package q\n\np := "abc\n');
bad("illegal-char", "package q\n\np := 1 ~ 2\n");
bad("with-target", "package q\n\np if true with foo as 1\n");
bad("import-rego-bad", "package q\n\nimport rego.v9\n\np := 1\n");
bad("import-future-bad", "package q\n\nimport future.keywords.nope\n\np := 1\n");
bad("many-errors", `package q\n\n${Array.from({ length: 14 }, (_, i) => `p${i} if x${i} > 1\n`).join("\n")}`);
bad("package-conflict", "package q.p\n\nx := 1\n");
add("module-conflicts-package", ["-d", "a.rego", "-d", "b.rego", "data.q"], {
	files: { "a.rego": "package q\n\np := 1\n", "b.rego": "package q.p\n\nx := 1\n" },
});
bad("object-conflict", 'package q\n\np := {k: v | some v, k in ["a", "a"]}\n');
bad("partial-object-conflict", 'package q\n\np[k] := v if some v, k in ["a", "a"]\n');
bad("else", "package q\n\np := 1 if input.x\nelse := 2 if input.y\nelse := 3\n");
bad("with-merge", "package q\n\np if data.q.r with data.a.b as 1 with data.a as 2\n\nr := 1\n");
add("strict-unused", ["-S", "-d", "q.rego", "data.q"], {
	files: { "q.rego": "package q\n\nimport data.a\n\np if {\n\tx := 1\n}\n" },
});
add("strict-long", ["--strict", "-d", "q.rego", "data.q"], { files: { "q.rego": "package q\n\np := 1\n" } });

// query errors
for (const [name, q] of [
	["type", '1 + "a"'],
	["type-pretty", "count(1)"],
	["unsafe-one", "x"],
	["unsafe-two", "x > 1; y > x"],
	["bracket", "[1, 2"],
	["brace", "{1, 2"],
	["two", "1 1"],
	["reserved", "if"],
	["arity", "count(1, 2, 3, 4)"],
	["assign-twice", "x := 1; x := 2"],
	["undefined-ref", "input.x.y.z"],
	["conflict-object", '{"a": x | x = [1, 2][_]}'],
	["div-zero", "1 / 0"],
	["mod-zero", "1 % 0"],
	["string", '"abc'],
	["raw", "`abc"],
	["escape", '"\\x"'],
	["number", "01"],
	["number-e", "1e"],
	["char", "a ~ b"],
	["package", "package x"],
	["import", "import data.x"],
	["rule", "p := 1 if true"],
	["hint-future", "x in"],
	["dot", "data."],
	["not-not", "not not true"],
	["call-nothing", "count()"],
	["with-nothing", "true with"],
	["keyword-default", "default"],
	["eq-chain", "1 = 2 = 3"],
	["colon", "x : 1"],
	["set-empty-braces", "{}"],
	["deep-unsafe", "[y | x = 1]"],
	["function-as-value", "count"],
	["data-unsafe-index", "data[x][y] = z"],
]) {
	add(`query-${name}`, [q]);
	if (/type|unsafe|bracket|two|string|arity|hint/.test(name)) add(`query-${name}-text`, ["-f", "pretty", q]);
}
add("query-strict-div-zero", ["--strict-builtin-errors", "1 / 0"]);
add("query-strict-div-zero-pretty", ["--strict-builtin-errors", "-f", "pretty", "1 / 0"]);
add("query-show-div-zero", ["--show-builtin-errors", "x := 1 / 0"]);
add("query-show-and-strict", ["--show-builtin-errors", "--strict-builtin-errors", "1"]);
add("show-builtin-errors-two", [...d, "--show-builtin-errors", "data.p.two_bad; data.p.big"], { files });
add("show-builtin-errors-none", ["--show-builtin-errors", "1"]);
add("show-builtin-errors-conflict", [...d, "--show-builtin-errors", "data.p.bad_number = x; data.p.conflicting"], {
	files,
});

// exit codes
add("fail-undefined", ["--fail", "data.nope"]);
add("fail-defined-value", ["--fail", "false"]);
add("fail-defined-on-false", ["--fail-defined", "false"]);
add("fail-defined-on-undefined", ["--fail-defined", "data.nope"]);
add("fail-and-error", ["--fail", "x ="]);
add("fail-both", ["--fail", "--fail-defined", "1"]);
add("fail-pretty", ["--fail", "-f", "pretty", "data.nope"]);
add("fail-equals-false", ["--fail=false", "data.nope"]);

// flags and arguments
add("no-query", []);
add("two-queries", ["1", "2"]);
add("query-and-stdin", ["--stdin", "1"], { stdin: "2" });
add("stdin-both", ["--stdin", "-I"], { stdin: "2" });
add("stdin-input-and-input", ["-I", "-i", "in.json", "1"], { files, stdin: "2" });
add("flag-unknown", ["--bogus", "1"]);
add("flag-unknown-short", ["-z", "1"]);
add("flag-unknown-cluster", ["-Iz", "1"]);
add("flag-needs-argument", ["1", "--format"]);
add("flag-needs-argument-short", ["1", "-d"]);
add("flag-bool-bad", ["--fail=maybe", "1"]);
add("flag-int-bad", ["--count", "x", "1"]);
add("flag-duration-bad", ["--timeout", "1x", "1"]);
add("flag-duration-missing-unit", ["--timeout", "5", "1"]);
add("flag-explain-bad", ["--explain", "loud", "1"]);
add("flag-target-bad", ["-t", "js", "1"]);
add("flag-single-dash-long", ["-format", "raw", "1"]);
add("flag-double-dash", ["--", "-1"]);
add("flag-negative-query", ["-1"]);
add("flag-after-query", ["1", "-f", "raw"]);
add("flag-pretty-limit", ["--pretty-limit", "5", "-f", "pretty", 'x = "abcdefghij"; y = 1']);
add("flag-no-op", [
	"--disable-indexing",
	"--disable-early-exit",
	"--optimize-store-for-read-speed",
	"--pretty-limit=3",
	"1",
]);
add("flag-env", ['"x"'], { env: { OPA_EVAL_FORMAT: "raw" } });
add("flag-env-bad", ["1"], { env: { OPA_EVAL_COUNT: "zz" } });
add("flag-target-rego", ["-t", "rego", "1"]);
add("flag-explain-off", ["--explain", "off", "1"]);
add("count-two", ["--count", "2", "1"]);
add("count-two-prints", [...d, "--count", "2", "-f", "raw", "-i", "in.json", "data.p.noisy"], { files });
add("timeout-enough", ["--timeout", "5s", "1"]);
add("timeout-hit", ["--timeout", "50ms", "numbers.range(1, 3000)[_] * numbers.range(1, 3000)[_] == 0.5"]);
add("metrics", ["--metrics", "1"]);
add("metrics-data", ["--metrics", ...d, "-i", "in.json", "data.p.allow"], { files });
add("metrics-bundle", ["--metrics", "-b", "b", "data.top"], { files: bundle });
add("metrics-pretty", ["--metrics", "-f", "pretty", "1"]);
add("metrics-count", ["--metrics", "--count", "3", "1"]);
add("metrics-discard", ["--metrics", "-f", "discard", "1"]);
add("metrics-error", ["--metrics", "x = "]);
add("metrics-count-pretty", ["--metrics", "--count", "3", "-f", "pretty", "1"]);
add("capabilities-missing", ["--capabilities", "nope.json", "1"]);
add("capabilities-file", ["--capabilities", "caps.json", "count([1])"], {
	files: { "caps.json": '{"builtins": [], "features": ["rego_v1"]}' },
});
add("capabilities-no-v1", ["--capabilities", "caps.json", "1"], { files: { "caps.json": '{"builtins": []}' } });
add("capabilities-wrong", ["--capabilities", "caps.json", "1"], { files: { "caps.json": '{"builtins": 1}' } });
add("strict-is-for-modules", ["-S", "x := 1; input := 2; any([true])"]);
add("package-called-data", ["-d", "p.rego", "--package", "data.p", "[q]"], {
	files: { "p.rego": "package data.p\n\nq := 1\n" },
});
add("bundle-over-conflicting-data", ["-b", "b", "-d", "d.json", "data"], {
	files: { "b/p.rego": "package p\n\nq := 1\n", "d.json": '{"p": {"q": 2}}' },
});
add("bundle-over-other-data", ["-b", "b", "-d", "d.json", "data"], {
	files: { "b/p.rego": "package p\n\nq := 1\n", "d.json": '{"p": {"r": 2}}' },
});
add("schema-missing", ["-s", "nope.json", "1"]);
add("schema-input", ["-s", "s.json", "input.nope"], {
	files: { "s.json": '{"type": "object", "properties": {"user": {"type": "string"}}, "additionalProperties": false}' },
});
add("unknown-command-less", ["--data"]);
