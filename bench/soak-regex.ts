/**
 * Soak test of the regular expression engine: a million distinct patterns and texts of 50 MB neither
 * grow the process nor break the next call, on our own machines and on re2-wasm in its fixed heap.
 *
 *     npm run build && node --expose-gc dist/dev/bench-soak-regex.js [patterns=1000000] [megabytes=50]
 *
 * Prints resident memory as it goes and exits 1 when it grew or an answer was wrong. About a quarter
 * of an hour, nearly all of it re2-wasm compiling patterns.
 */
import { RE2 } from "re2-wasm";
import { machineBytes } from "../src/regex/budget.ts";
import { Re2Engine } from "../src/regex/re2.ts";
import { compileRegex } from "../src/regex/regex.ts";
import { findAll } from "../src/regex/search.ts";

const patterns = Number(process.argv[2] ?? 1_000_000);
const megabytes = Number(process.argv[3] ?? 50);
/** Growth allowed after the first tenth, in MiB. */
const allowed = 64;

let failed = false;

function check(what: string, got: unknown, want: unknown): void {
	if (got === want) return;
	failed = true;
	console.log(`WRONG ${what}: got ${String(got)}, want ${String(want)}`);
}

function resident(): number {
	globalThis.gc?.();
	return Math.round(process.memoryUsage.rss() / 1048576);
}

/** Runs f n times and watches memory at every tenth. */
function soak(what: string, n: number, f: (i: number) => void): void {
	const started = performance.now();
	const marks: number[] = [];
	for (let tenth = 0; tenth < 10; tenth++) {
		for (let i = Math.floor((n * tenth) / 10); i < Math.floor((n * (tenth + 1)) / 10); i++) f(i);
		marks.push(resident());
	}
	const seconds = (performance.now() - started) / 1000;
	console.log(`${what}: ${n} in ${seconds.toFixed(1)} s, MiB resident ${marks.join(" ")}`);
	const growth = (marks[9] as number) - Math.max(marks[0] as number, marks[1] as number);
	if (growth > allowed) {
		failed = true;
		console.log(`GREW by ${growth} MiB`);
	}
}

/** Distinct, and of the kinds that policies compute: with an id, some with groups, some invalid. */
function pattern(i: number): string {
	const id = (i * 2654435761).toString(16).padStart(16, "0");
	switch (i % 8) {
		case 0:
		case 1:
		case 2:
			return `^/run/containers/${id}-[a-z0-9]{16}-resolv\\.conf$`;
		case 3:
			return `^/run/containers/${id}\\-[a-z0-9]{16}\\-(resolv\\.conf|hosts)$`;
		case 4:
			return `${id}.*(a|b)+x`;
		case 5:
			return `(?i)\\b${id}\\pL+`;
		case 6:
			return `[${id}-`;
		default:
			return id;
	}
}

function text(i: number): string {
	const id = (i * 2654435761).toString(16).padStart(16, "0");
	return i % 8 < 4 ? `/run/containers/${id}-0123456789abcdef-${i % 8 < 3 ? "resolv.conf" : "hosts"}` : `${id}axabx`;
}

soak("patterns through the cache", patterns, (i) => {
	const source = pattern(i);
	if (i % 8 === 6) {
		let message = "";
		try {
			compileRegex(source);
		} catch (e) {
			message = (e as Error).message;
		}
		check(source, message.startsWith("error parsing regexp"), true);
		return;
	}
	check(source, compileRegex(source).test(text(i)), true);
	if (i % 8 === 4) check(`${source} twice`, compileRegex(source).exec(text(i))?.length, 4);
});
console.log(`automata hold ${Math.round(machineBytes() / 1048576)} MiB`);

const re2 = new Re2Engine({ load: () => ({ RE2 }) });
soak("patterns through re2-wasm", patterns, (i) => {
	// Classes of Unicode take RE2 ten times as long to compile.
	const kind = i % 8 === 5 ? i - 1 : i;
	const found = re2.test(pattern(kind), text(kind));
	check(`re2 ${pattern(kind)}`, found, kind % 8 === 6 ? undefined : true);
});
check("patterns alive in re2-wasm", re2.live, 2);

const long = "aé b1".repeat(Math.ceil((megabytes * 1048576) / 6));
const letters = "a".repeat(megabytes * 1048576);
soak(`texts of ${megabytes} MB`, 10, (i) => {
	const started = performance.now();
	check("anchored", compileRegex("^[a-z]*$").test(letters), true);
	check("direct, search", compileRegex(`b1X${i}`).test(long), false);
	check("automaton", compileRegex("(a|é)+ c").test(long), false);
	check("nested", compileRegex(`(a+)+b${i}`).test(letters), false);
	check("end", compileRegex("(b)(1)$").exec(long)?.[0], long.length - 2);
	check("some", findAll(compileRegex("(é) (b)"), long, 1000, 2, () => {}).length, 1000);
	check("next call", compileRegex("^a+$").test("aaa"), true);
	if (i === 0) console.log(`  one round: ${((performance.now() - started) / 1000).toFixed(1)} s`);
});

console.log(failed ? "FAILED" : "ok");
process.exit(failed ? 1 : 0);
