/**
 * More command lines: each command with flags that are seldom combined, and with what may be wrong. Files are those of one
 * folder that the arguments name. Read by record-command-goldens.js.
 */
const files = {
	"p.rego":
		'package p\n\nimport data.lib\n\ndefault allow := false\n\nallow if {\n\tinput.user in data.admins\n\tlib.ok(input.n)\n}\n\nnames contains n if some n in data.admins\n\nconst := 3\n\npart[k] := v if some k, v in input.m\n\nfunc(x) := x * 2\n\nerr := 1 / input.zero\n\nconflict := 1 if input.a\n\nconflict := 2 if input.b\n\npr if { print("hello", input.n); input.n > 1 }\n',
	"lib.rego":
		'package lib\n\nok(n) if n > 10\n\nok(n) if {\n\tn < 5\n\tprint("small", n)\n}\n\nhelper := [x | some x in numbers.range(1, 3)]\n',
	"d.json": '{"admins": ["ann", "bob"], "cfg": {"max": 3, "list": [1, 2.50, 1e3], "s": "<&>"}}\n',
	"d2.yaml": "more:\n  a: 1\n  b: [x, y]\n  date: 2020-01-01\n",
	"in.json": '{"user": "ann", "n": 3, "m": {"a": 1, "b": [2]}, "zero": 0}\n',
	"in2.yaml": "user: eve\nn: 20\nm: {}\n",
	"in/1.json": '{"user": "ann", "n": 3}\n',
	"in/2.yaml": "user: bob\nn: 7\n",
	"in/3.txt": "nope\n",
	"in/deep/4.yml": "user: eve\n",
	"v0.rego":
		"package v0p\n\nimport future.keywords.in\n\nallow {\n\tinput.x == 1\n}\n\ndeny[msg] {\n\tmsg := input.msgs[_]\n}\n\nf(x) = y {\n\ty := x + 1\n}\n",
	"both.rego": "package both\n\nimport rego.v1\n\nallow if input.x == 1\n\ndeny contains msg if msg := input.msgs[_]\n",
	"bad1.rego": "package bad1\n\np if {\n\tx := 1\n",
	"bad2.rego": "package bad2\n\np if unknown_fn(1)\n\nq if startswith(1, 2)\n\nr if data.bad2.r\n\ns := x if true\n",
	"bad3.rego": "package bad3\n\np := 1\n\np := 2\n\nf(x) := 1\n\nf(x, y) := 2\n",
	"bad4.rego": "package bad4\n\nimport data.a.b\nimport data.c.b\n\np if { some x; true }\n\ninput := 3\n",
	"many.rego": `package many\n\n${Array.from({ length: 14 }, (_, i) => `p${i} if x${i} > 1\n`).join("\n")}`,
	"empty.rego": "",
	"b/.manifest": '{"revision": "r9", "roots": ["app", "conf"]}\n',
	"b/app/app.rego":
		"package app\n\n# METADATA\n# title: allow\n# entrypoint: true\nallow if input.role in data.conf.roles\n\nunused := 1\n",
	"b/conf/data.json": '{"roles": ["a"]}\n',
	"b2/x.rego": "package x\n\np := data.conf.y\n",
	"b2/data.json": '{"conf": {"y": 1}}\n',
	"t_test.rego":
		'package t_test\n\nimport data.p\n\ntest_ok if p.allow with input as {"user": "ann", "n": 3}\n\ntest_fails if {\n\tx := 1 + 1\n\tx == 3\n}\n\ntest_err if p.err == 1 with input as {"zero": 0}\n\ntest_conflict if p.conflict == 1 with input as {"a": true, "b": true}\n\ntodo_later if false\n\ntest_print if { print("printed", 1); true }\n\ntest_print_fail if { print("bad luck"); p.const == 4 }\n\ntest_false := false\n\ntest_str := "x"\n\ntest_undefined if input.nope\n',
	"c_test.rego":
		'package c_test\n\ntest_sum[note] if {\n\tsome note, c in {"a": [1, 2, 3], "b": [1, 1, 3], "c": [0, 0, 0]}\n\tc[0] + c[1] == c[2]\n}\n\ntest_nested[x][y] if {\n\tsome x in [1, 2]\n\tsome y in ["u", "v"]\n\tx < 2\n}\n\ntest_all[n] if some n in ["q", "r"]\n',
	"dup_test.rego": "package t_test\n\ntest_ok if true\n\ntest_dup if true\n",
	"s.json":
		'{"type": "object", "properties": {"user": {"type": "string"}, "n": {"type": "integer"}}, "additionalProperties": false}\n',
	"strict.rego": "package strict\n\nimport data.unused\n\np if {\n\tx := 1\n\ty := 2\n\ty > 1\n}\n\nf(a, b) := a\n",
	"meta.rego":
		"# METADATA\n# title: pkg\n# scope: package\n# custom:\n#   a: [1, 2]\npackage meta\n\n# METADATA\n# description: doc\n# scope: document\n\n# METADATA\n# title: rule\n# labels:\n#   x: y\nr := 1\n\nr2 := rego.metadata.rule() if true\n",
	"badmeta.rego": "package m\n\n# METADATA\n# title: [\np := 1\n",
	"with space.rego": "package sp\n\np := 1\n",
	"q.txt": "data.p.allow",
};
const pick = (...names) =>
	Object.fromEntries(Object.entries(files).filter(([k]) => names.some((n) => k === n || k.startsWith(`${n}/`))));
/** What no two runs have alike: times, the order of errors that come in none, panics, and texts that name the program. */
const varying =
	/--metrics|--profile|--instrument|--timeout|--count|^capabilities|^version|^nope|^evaluate|^bench -I|^eval x|p contains 1$|^eval --package p nope|--threshold 1 -r fails|^build (?:p.rego -t nope|strict)|^refactor(?: nope)?$|^deps .*--v0-compatible|^help|--formt|-b b2 -b b2|^exec -b b (?:--v0|-b b2)|^check . -b|meta.rego -a -f json/;
export const oddInvocations = [];
const add = (line, more = {}) => {
	const args = Array.isArray(line) ? line : line.match(/'[^']*'|\S+/g).map((a) => a.replace(/^'|'$/g, ""));
	const { files: given, ...rest } = more;
	let name = args.join(" ") + (rest.stdin ? ` < ${rest.stdin}` : "");
	while (oddInvocations.some((i) => i.name === name)) name += " again";
	const all = args.some((a) => a === "." || a.startsWith("*"));
	const named = (path) => all || args.some((a) => a === path || a.endsWith(`:${path}`) || path.startsWith(`${a}/`));
	const needed = given ?? Object.fromEntries(Object.entries(files).filter(([path]) => named(path)));
	if (!varying.test(name)) oddInvocations.push({ name, args, files: needed, ...rest });
};
const D = "-d p.rego -d lib.rego -d d.json";
// eval
for (const fmt of ["json", "values", "bindings", "pretty", "raw", "discard"]) {
	add(`eval -f ${fmt} ${D} -i in.json 'data.p.names[x]; y := data.cfg.list[_]'`);
	add(`eval -f ${fmt} ${D} -i in.json data.p.err`);
	add(`eval -f ${fmt} ${D} -i in.json data.p.err --strict-builtin-errors`);
	add(`eval -f ${fmt} ${D} 'data.p.conflict' -I`, { stdin: '{"a": 1, "b": 2}' });
	add(`eval -f ${fmt} ${D} -i in.json data.p.pr`);
	add(`eval -f ${fmt} -d bad2.rego data.bad2`);
	add(`eval -f ${fmt} ${D} --metrics --fail data.nope.x`);
}
add(`eval ${D} -i in.json --explain notes --explain full data.p.allow -f pretty`);
add(`eval ${D} -i in.json --explain fails 'data.p.allow with input.n as 7' -f pretty`);
add(`eval ${D} -i in2.yaml --explain full 'data.p.allow' -f json`);
add(`eval ${D} -i in2.yaml --explain debug 'data.p.names' -f pretty`);
add(`eval ${D} -i in.json --profile-limit 2 data.p.allow -f discard`);
add(`eval ${D} -i in.json --coverage data.p -f json`);
add(`eval ${D} -i in.json --coverage data.p -f values`);
add(`eval ${D} -i in.json --coverage data.p -f raw`);
add(`eval ${D} --count 3 data.p.const -f values`);
add(`eval ${D} --count 0 data.p.const`);
add(`eval ${D} --count -1 data.p.const`);
add(`eval ${D} -t rego data.p.const`);
add(`eval ${D} -t wat data.p.const`);
add(`eval -i in.json --schema s.json 'input.user; input.m'`);
add(`eval -i in.json --schema s.json 'input.n + "a"' -f pretty`);
add(`eval --stdin ${D} -i in.json -f raw`, { stdin: "data.p.allow" });
add(`eval --stdin ${D} -f raw`, { stdin: "" });
add(`eval -I -f raw 'input.x'`, { stdin: "x: [1, two, null]\n" });
add(`eval -I -f raw 'input.x'`, { stdin: "" });
add(`eval -I -f raw 'input'`, { stdin: "{" });
add(`eval --package p 'allow' ${D} -i in.json`);
add(`eval --package p --import data.lib 'lib.helper[i]' ${D} -f bindings`);
add(`eval --package p 'nope' ${D}`);
add(`eval --import 'data.lib as l' 'l.helper' ${D} -f raw`);
add(`eval --import nope 'x' ${D} -f raw`);
add(`eval --v0-compatible -d v0.rego 'data.v0p.f(1, y)'`);
add(`eval -d v0.rego data.v0p`);
add(`eval -d v0.rego data.v0p -f pretty`);
add(`eval -d v0.rego -d bad1.rego -d bad2.rego data -f pretty`);
add(`eval -d v0.rego -d both.rego --v0-compatible data --fail-defined -f raw`);
add(`eval -d both.rego data.both -f pretty --v0-compatible --v1-compatible`);
add(`eval --capabilities v0.40.0 'x := strings.count("aa", "a")'`);
add(`eval 'http.send({"method": "get", "url": "http://127.0.0.1:1/"}, x)' --capabilities v0.20.0`);
add(`eval -b b -b b2 data -f values`);
add(`eval -b b -d d2.yaml data -f values`);
add(`eval -b b/app/app.rego data -f values`);
add(`eval -b b -i in.json data.app.allow --fail`);
add(`eval -d . --ignore '*_test.rego,bad*,many*,empty*,v0*,strict*,b,b2,in,in.*,*.yaml,s.json' data.p.const -f raw`);
add(`eval -d . --ignore '*.rego' data.admins -f raw`);
add(`eval -d in data`);
add(`eval -d in data -f pretty`);
add(`eval -d x.y:in/1.json data.x -f values`);
add(`eval -d x:d2.yaml -d x.more.c:in/1.json data.x -f values`);
add(`eval -d x:p.rego data -f values`);
add(`eval -d '' data`);
add(`eval -d 'with space.rego' data.sp.p -f raw`);
add(`eval ''`);
add(`eval '   '`);
add(`eval '# c'`);
add(`eval '1 +'`);
add(`eval '1 +' -f pretty`);
add(`eval 'x'`);
add(`eval 'x; y' -f pretty`);
add(`eval '"\\u0041<&>"' -f pretty`);
add(`eval '[1.50, 1e3, -0, 123456789012345678901234567890, 0.1e-7]' -f raw`);
add(`eval 'x := {1, "a", [2], {"b": {3}}}' -f pretty`);
add(
	`eval 'x := [{"a": 1}, {"b": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26]}]' --pretty-limit 30 -f pretty`,
);
add(`eval 'some x in [1,2,3]; x != 2; y := x * 2' -f pretty`);
add(`eval 'some i, x in ["a"]; true' -f bindings`);
add(`eval 'every x in [1] { x == 1 }; false' -f pretty`);
add(`eval 'p := 1'`);
add(`eval 'p contains 1'`);
add(`eval 'not data.x; not false' -f pretty`);
add(`eval 'data.p' -f pretty ${D} -i in.json`);
add(`eval 'input.x' -f json`);
add(`eval 'true; false' --fail`);
add(`eval 'x := 1; x == 2' --fail`);
add(`eval '1' -S -d strict.rego`);
add(`eval '1' -S -d strict.rego -f pretty`);
add(`eval 'data.meta.r2' -d meta.rego`);
add(`eval 'data.m' -d badmeta.rego -f pretty`);
add(`eval --timeout 1ns 'count(numbers.range(1, 1000000))'`);
add(`eval --disable-indexing --disable-early-exit 'data.p.allow' ${D} -i in.json --explain full -f pretty`);
add(`eval --instrument data.p.const ${D} -f discard --profile --explain full`);
add(`eval --var-values --explain fails -f pretty data.p.allow ${D} -i in2.yaml`);
add(`eval -f pretty --show-builtin-errors 'x := 1/0; y := to_number("a")'`);
add(`eval -f json --show-builtin-errors '[x | x := 1/0]; to_number("a")'`);
add(`eval -f json --strict-builtin-errors '[x | x := 1/0]'`);
add(`eval -d p.rego -d lib.rego -d d.json -d d.json data.cfg`);
add(`eval -d dup1.json -d dup2.json data`, { files: { "dup1.json": '{"a": 1}', "dup2.json": '{"a": {"b": 2}}' } });
add(`eval -d arr.json data`, { files: { "arr.json": "[1]" } });
add(`eval -d x:arr.json data -f raw`, { files: { "arr.json": "[1]" } });
add(`eval -d 0.json data`, { files: { "0.json": "" } });
add(`eval -d n.json data`, { files: { "n.json": "null" } });
add(`eval -d two.json data`, { files: { "two.json": '{"a": 1} {"b": 2}' } });
add(`eval -d y.yaml data -f raw`, { files: { "y.yaml": "a: 1\n---\nb: 2\n" } });
add(`eval -d y.yaml data -f raw`, { files: { "y.yaml": "1: a\ntrue: b\n" } });
add(`eval -d y.yaml data -f raw`, { files: { "y.yaml": "a: &x [1]\nb: *x\nc: !!str 1\n" } });
// test
for (const t of [
	"p.rego lib.rego d.json t_test.rego",
	"p.rego lib.rego d.json t_test.rego -v",
	"p.rego lib.rego d.json t_test.rego --var-values -r fails",
	"p.rego lib.rego d.json t_test.rego -f json",
	"p.rego lib.rego d.json t_test.rego -f gobench",
	"p.rego lib.rego d.json t_test.rego -f junit",
	"p.rego lib.rego d.json t_test.rego -c -r 'test_(ok|print)$'",
	"p.rego lib.rego d.json t_test.rego -c -r test_fails",
	"p.rego lib.rego d.json t_test.rego -c -f pretty -r test_ok",
	"p.rego lib.rego d.json t_test.rego --threshold 99 -r test_ok$",
	"p.rego lib.rego d.json t_test.rego --threshold 99 -r test_ok$ -f json",
	"p.rego lib.rego d.json t_test.rego --threshold 1 -r test_ok$",
	"p.rego lib.rego d.json t_test.rego --threshold 99 -v -r test_ok$",
	"p.rego lib.rego d.json t_test.rego --threshold 1 -r fails",
	"p.rego lib.rego d.json t_test.rego --threshold -1 -r test_ok$",
	"p.rego lib.rego d.json t_test.rego --threshold 101 -r test_ok$",
	"p.rego lib.rego d.json t_test.rego -z -r todo",
	"p.rego lib.rego d.json t_test.rego -r todo",
	"p.rego lib.rego d.json t_test.rego -r nothing_such",
	"p.rego lib.rego d.json t_test.rego -r nothing_such --fail-on-empty",
	"p.rego lib.rego d.json t_test.rego -r nothing_such -v -f json",
	"p.rego lib.rego d.json t_test.rego -r '['",
	"p.rego lib.rego d.json t_test.rego -r test_ok --count 3 -f json",
	"p.rego lib.rego d.json t_test.rego -r test_ok --count 0",
	"p.rego lib.rego d.json t_test.rego -p 0 -r test_ok",
	"p.rego lib.rego d.json t_test.rego -p 4 -r test_ok -v",
	"p.rego lib.rego d.json t_test.rego -t rego -r test_ok",
	"p.rego lib.rego d.json t_test.rego --timeout 1ns -r test_ok",
	"p.rego lib.rego d.json t_test.rego --timeout 1ns -r test_ok -v",
	"p.rego lib.rego d.json t_test.rego --explain notes -r print",
	"p.rego lib.rego d.json t_test.rego --explain full -r test_fails",
	"p.rego lib.rego d.json t_test.rego --explain fails -r test_print_fail -v",
	"p.rego lib.rego d.json t_test.rego --explain debug -r test_false",
	"p.rego lib.rego d.json t_test.rego --explain wat",
	"c_test.rego",
	"c_test.rego -v",
	"c_test.rego -v --var-values",
	"c_test.rego -r test_sum -v",
	"c_test.rego -r nested",
	"c_test.rego -r nested -f json -z",
	"t_test.rego",
	"t_test.rego -v",
	"p.rego lib.rego d.json t_test.rego dup_test.rego -v -r 'ok|dup'",
	"bad1.rego",
	"bad2.rego",
	"bad2.rego -f json",
	"bad1.rego bad2.rego bad3.rego",
	"many.rego",
	"many.rego -m 3",
	"many.rego -m 0",
	"many.rego -m 0 -f json",
	"v0.rego",
	"--v0-compatible v0.rego",
	"-b b",
	"-b b b2",
	"-b b -v",
	"-b nope",
	". --ignore 'bad*,many*,empty*,v0*,strict*,b,b2,in,in.*,*.yaml,s.json' -r test_ok$",
	"empty.rego",
	"nope.rego",
	"p.rego nope.rego",
	"in",
	"in/3.txt",
	"d.json",
	"d.json --fail-on-empty",
	"p.rego lib.rego t_test.rego -s s.json -r test_ok",
	"p.rego lib.rego t_test.rego --capabilities v0.30.0 -r test_ok",
	"p.rego lib.rego d.json t_test.rego -f lcov",
	"p.rego -f xml",
	"--bench p.rego lib.rego d.json t_test.rego -r nothing_such",
	"--bench p.rego lib.rego d.json t_test.rego -c",
	"--bench --threshold 10 p.rego",
	"p.rego -c --benchmem",
	"p.rego -wq",
	"-v -v p.rego",
	"--verbose=false p.rego",
])
	add(`test -p 1 ${t}`);
// check
for (const t of [
	"bad1.rego bad2.rego bad3.rego bad4.rego",
	"bad2.rego",
	"bad2.rego -f json",
	"bad3.rego -f json",
	"bad4.rego -S",
	"bad4.rego -f json",
	"many.rego",
	"many.rego -m 3 -f json",
	"many.rego -m -1",
	"strict.rego -S",
	"strict.rego -S -f json",
	"strict.rego",
	"badmeta.rego",
	"badmeta.rego -f json",
	"meta.rego",
	"empty.rego",
	"empty.rego -f json",
	"v0.rego both.rego",
	"v0.rego both.rego --v0-compatible",
	"v0.rego both.rego --v0-v1",
	"both.rego --v0-v1 --v1-compatible",
	"-b b b2",
	"-b b2",
	"-b p.rego",
	". -b",
	". --ignore 'bad*' --ignore 'many*,v0*,empty*,badmeta*'",
	". --ignore '*.rego'",
	"p.rego lib.rego -s s.json",
	"p.rego -s nope.json",
	"in",
	"in.json",
	"nope",
	"nope in",
	"'with space.rego'",
	"p.rego p.rego",
	"p.rego lib.rego --capabilities v0.20.0",
	"p.rego --capabilities nope",
	"-m x p.rego",
	"-f",
	"p.rego lib.rego --rego-v1",
	"--bundle --strict b",
])
	add(`check ${t}`);
// fmt
for (const t of [
	"p.rego",
	"p.rego lib.rego -l",
	"p.rego -d",
	"v0.rego -d --v0-v1",
	"v0.rego --v0-v1",
	"v0.rego --rego-v1 -l",
	"both.rego --drop-v0-imports",
	"both.rego --v0-v1 --drop-v0-imports",
	"bad2.rego",
	"bad3.rego",
	"bad4.rego",
	"badmeta.rego",
	"many.rego -l --fail",
	"empty.rego -l",
	"in",
	"in.json d.json",
	"b -l",
	"b -d --fail",
	". -l",
	"strict.rego meta.rego",
	"--check-result=false bad4.rego",
	"--check-result --v0-v1 bad4.rego",
	"-wl p.rego",
	"-w nope.rego",
	"p.rego --v0-compatible",
	"v0.rego --v0-compatible --v0-v1",
	"v0.rego --v0-compatible --rego-v1 -d",
	"both.rego --v0-compatible",
	"'with space.rego' -d",
	"-d -l p.rego",
])
	add(`fmt ${t}`, { outputs: ["p.rego"] });
add("fmt", { stdin: "package a\np { true }" });
add("fmt --v0-compatible", { stdin: "package a\np { true }" });
add("fmt --v0-v1", { stdin: "package a\np[x] { x := 1 }" });
add("fmt --drop-v0-imports", { stdin: "package a\nimport rego.v1\nimport future.keywords\np if true" });
add("fmt -d", { stdin: "package a\np:=1" });
add("fmt -w", { stdin: "package a\np:=1" });
add("fmt -l --fail", { stdin: "package a\np:=1" });
add("fmt", { stdin: "package a\n\np if unknown(1)\nq := input\n" });
// parse
for (const t of [
	"p.rego",
	"meta.rego",
	"meta.rego -f json",
	"meta.rego -f json --json-include comments",
	"meta.rego -f json --json-include=-comments",
	"meta.rego -f json --json-include locations,comments",
	"v0.rego",
	"v0.rego --v0-compatible",
	"both.rego -f json",
	"badmeta.rego -f json",
	"bad1.rego",
	"bad1.rego -f json",
	"bad2.rego",
	"c_test.rego",
	"in.json",
	"b",
	"p.rego -f yaml",
	"c_test.rego -f json",
	"t_test.rego -f json",
])
	add(`parse ${t}`);
// inspect
for (const t of [
	"b",
	"b -f json",
	"b -a",
	"b2",
	"b2 -f json",
	"meta.rego -a",
	"meta.rego -a -f json",
	"p.rego",
	"p.rego -f json",
	"bad1.rego",
	"bad2.rego",
	"bad2.rego -f json",
	"v0.rego -f json",
	"v0.rego --v0-compatible",
	"c_test.rego -f json",
	"badmeta.rego -a",
	"in",
	"d.json",
	"nope",
	"-f pretty b",
])
	add(`inspect ${t}`);
// deps
for (const t of [
	`data.p.allow ${D}`,
	`data.p ${D} -f json`,
	`data.p.part ${D}`,
	`data.p.func(1) ${D}`,
	`'x := data.p.names[_]; data.cfg[x]' ${D} -f pretty`,
	`'data.p[x]' ${D}`,
	`'data[x]' ${D} -f json`,
	`'input' ${D}`,
	`'data' -b b`,
	`data.app.allow -b b -f json`,
	`data.v0p -d v0.rego`,
	`data.v0p -d v0.rego --v0-compatible`,
	`data.p -d bad2.rego`,
	`data.p ${D} --ignore '*.rego'`,
	`'every x in data.admins { x == input.y }' ${D}`,
	`'[x | x := data.p.names[_]]' ${D}`,
	`data.lib.ok ${D}`,
	`'data.p.allow with input as data.cfg' ${D}`,
	`'data.p.allow with data.admins as input.a' ${D} -f json`,
])
	add(`deps ${t}`);
// exec
for (const t of [
	"-b b --decision app/allow in",
	"-b b --decision app/allow in in.json",
	"-b b --decision conf in/1.json",
	"-b b --decision app in/1.json",
	"-b b in/1.json",
	"-b b -b b2 --decision x/p in/1.json",
	"-b b2 -b b2 --decision x/p in/1.json",
	"-b b --decision app/nope --fail in",
	"-b b --decision app/unused --fail-defined in",
	"-b b --decision app/unused --fail-non-empty in/1.json",
	"-b p.rego in",
	"-b b --decision app/allow in/3.txt",
	"-b b --decision app/allow in --log-level wat",
	"-b b --decision app/allow in --log-format json-pretty --fail",
	"-b b --decision '' in/1.json",
	"-b b --decision app/allow -I in",
	"--decision x in/1.json",
	"-b b --v0-compatible --decision app/allow in/1.json",
	"-b b --decision 'app allow' in/1.json",
	"-b b --decision 'app/\"x' in/1.json",
	"-b b --decision app//allow in/1.json",
])
	add(`exec ${t}`, { stdin: '{"role": "a"}' });
// refactor
for (const t of [
	"-p data.p:data.q p.rego lib.rego t_test.rego",
	"-p data.lib:data.p.lib p.rego lib.rego",
	"-p data.p:data.lib p.rego lib.rego",
	"-p data.p.allow:data.p.ok p.rego",
	"-p data.v0p:data.z v0.rego",
	"-p data.v0p:data.z v0.rego --v0-compatible",
	"-p data.meta:data.m.n meta.rego",
	"-p data.c_test:data.cc c_test.rego",
	"-p data.both:data.w both.rego",
	"-p data.p:data.q bad1.rego",
	"-p data.p:data.q in",
	"-p data.p: p.rego",
	"-p :data.q p.rego",
	"-p data:data.q p.rego",
	"-p data.p:data p.rego",
	"-p data.p:data.q -p data.q:data.r p.rego lib.rego",
])
	add(`refactor move ${t}`);
add("refactor");
add("refactor nope");
add("refactor move --nope");
// sign, build, bench, capabilities, version, run misc
for (const t of [
	"-b b --signing-key k",
	"-b b --signing-key k --signing-alg HS256 -o .",
	"-b . --signing-key k --signing-alg HS512",
	"-b b b2 --signing-key k --signing-alg HS256",
])
	add(`sign ${t}`, { outputs: [".signatures.json"], files: pick("b", "b2") });
for (const t of [
	"-b b -o o.tar.gz",
	"p.rego lib.rego -o o.tar.gz",
	"bad2.rego -o o.tar.gz",
	"bad1.rego bad2.rego -o o.tar.gz",
	"-b b b2 -o o.tar.gz",
	"-b b2 b2 -o o.tar.gz",
	"nope -o o.tar.gz",
	"strict.rego -S -o o.tar.gz",
	"v0.rego -o o.tar.gz",
	"p.rego lib.rego -o nodir/o.tar.gz",
	"p.rego -t nope -o o.tar.gz",
	"-b p.rego -o o.tar.gz",
	"-b b -e app/allow -o o.tar.gz",
	"-b b -e app/nope -o o.tar.gz",
	"-b b --signing-key k -o o.tar.gz",
	"-b b --signing-key k --signing-alg HS256 -o o.tar.gz",
	"--ignore '*.json' . -o o.tar.gz",
	"-r 1 -b b -o o.tar.gz",
	"many.rego -o o.tar.gz",
])
	add(`build ${t}`);
for (const t of [
	"-d bad2.rego data.bad2",
	`${D} data.p.nope --fail --count 1 -f gobench`,
	"-d many.rego 1",
	`${D} 'x ='`,
	"-b nope 1",
	`-I 1 -i in.json`,
	"-f nope 1",
])
	add(`bench ${t}`, { stdin: "{}" });
for (const t of ["--version v0.11.0", "--version nope", "--file d.json", "x"]) add(`capabilities ${t}`);
for (const t of [
	"version x",
	"version --nope",
	"nope",
	"evaluate 1",
	"eval --formt json 1",
	"help nope",
	"check -q p.rego",
])
	add(t);
// run (the shell)
const sh = (args, lines) => add(`run -H h ${args}`, { stdin: `${lines.join("\n")}\n` });
sh("p.rego lib.rego d.json repl.input:in.json", [
	"data.p.allow",
	"data.p.names",
	"x := data.p.names[_]",
	"show",
	"input.m[k]",
	"data.p.err",
	"data.p.pr",
]);
sh("", ["p[x] { x := 1 }", "p contains 1", "p", "default q := 3", "q", "q := 4 if false", "q", "show"]);
sh("", ["f(x) := x", "f(3)", "f", "unset f", "f(3)"]);
sh("", [
	"import data.a.b",
	"import input.c as d",
	"b",
	"d",
	"show",
	"unset-package",
	"unset-package x",
	"package a.b",
	"x := 1",
	"show",
	"data.a",
]);
sh("d.json", [
	"trace",
	"data.admins[x]",
	"trace",
	"trace full",
	"data.cfg.max",
	"trace off",
	"trace wat",
	"notes",
	"fails",
]);
sh("", ["strict-builtin-errors", "1/0", "strict-builtin-errors", "1/0"]);
sh("", ["pretty-limit 5", '"aaaaaaaaaaaaaaa"', "pretty-limit x", "pretty-limit", "help nope", "help output"]);
sh("", ["dump", "dump x/y", "json", "x := [1]", "x[i]", "i = 3; j = i", "pretty"]);
sh("-f json", ["[x | x := 1]", "x = 1; y = 2", "input", "1 = 2", "nope(1)"]);
sh("--v0-compatible v0.rego", ["data.v0p.f(1)", "p[x] { x = 1 }", "p", "q { true }", "q"]);
sh("", ["\tx := 1 # c", "x#c", "# only", "", "exit", "never"]);
sh("", ["some x; x = 1", "some x in [1,2]", "every x in [1] { x > 0 }", "not false", "not true", "x := {1,2}[_]"]);
sh("", ['input := {"a": 1}', "input.a", "data.repl", "package x", "input.a", "unset input", "input"]);
sh("nope", ["1"]);
sh("bad2.rego", ["1"]);
sh("-b b", ["data.app.allow", "data.conf", "data.system"]);
sh("", ["rule := x if x := 3", "rule", "rule if { true }", "r if {", "true", "}", "", "r"]);

// Found by flags and files put together by chance.
add("eval data -d bad2.rego --coverage");
add("eval data -d bad2.rego --coverage -f pretty");
add("eval data -d nope.rego --coverage -f raw");
add("deps data.p -b meta.rego");
add("deps data -d bad1.rego -d in -d in.json -d in2.yaml");
add("deps data -d badmeta.rego");
add("refactor move -p data.m:data.n badmeta.rego");
add("check empty.rego -b");
add("eval data -d c_test.rego --v0-compatible");
add("check c_test.rego bad1.rego v0.rego --v0-compatible -f json");
add("fmt c_test.rego --v0-compatible");
add("parse c_test.rego --v0-compatible");
add("exec --decision app/nope --fail-non-empty in");
add("exec -b b --decision app/nope --fail-non-empty in in.json");
add("build b -o o.tar.gz");
