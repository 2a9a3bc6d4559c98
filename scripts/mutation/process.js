/**
 * A process that runs tests, with one mutant on or none, and tells its parent of each. It serves one mutant after
 * the other: what a test loads is loaded once.
 *
 * It is the entry of the bundle: TEST_FILES is what bundle.js knows of them.
 */
import testFiles from "TEST_FILES";
import { collect } from "vitest";

let on = -1;
/** Mutants reached since this was made. */
let reached = new Set();
globalThis.isMutant = (id) => {
	reached.add(id);
	return id === on;
};

const collected = new Map();

/** The tests of a file, and what loading it reaches. */
async function testsOf(file) {
	let known = collected.get(file);
	if (known === undefined) {
		reached = new Set();
		const tests = await collect(testFiles[file]);
		known = { tests, loading: reached };
		collected.set(file, known);
	}
	return known;
}

const limitMs = 60_000;

async function ended(promise) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error("took too long")), limitMs);
	});
	try {
		await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** From the outermost to its own. */
function suitesOf(test) {
	const out = [];
	for (let s = test.suite; s !== undefined; s = s.parent) out.unshift(s);
	return out;
}

/** Runs tests of one file; `onTest` hears of each as it ends, and says whether to go on. */
async function runFile(tests, onTest) {
	const begun = new Set();
	const cleanups = [];
	const call = async (hooks) => {
		for (const h of hooks) {
			const cleanup = await h({});
			if (typeof cleanup === "function") cleanups.push(cleanup);
		}
	};
	let failure;
	for (const test of tests) {
		const suites = suitesOf(test);
		const began = performance.now();
		const before = process.cpuUsage();
		let error;
		try {
			await ended(
				(async () => {
					for (const s of suites) {
						if (begun.has(s)) continue;
						begun.add(s);
						await call(s.beforeAll);
					}
					try {
						for (const s of suites) for (const h of s.beforeEach) await h({});
						await test.body({});
					} finally {
						for (const s of suites.toReversed()) for (const h of s.afterEach) await h({});
					}
				})(),
			);
		} catch (e) {
			error = e ?? new Error("nothing was thrown");
		}
		const { user, system } = process.cpuUsage(before);
		if (!onTest(test, error, performance.now() - began, (user + system) / 1000)) break;
	}
	try {
		for (const s of [...begun].toReversed()) await ended(call(s.afterAll));
		for (const c of cleanups) await c();
	} catch (e) {
		failure = e;
	}
	return failure;
}

const whyOf = (e) => String(e?.message ?? e).slice(0, 300);

/** All tests of a file, without a mutant: what each reaches. */
async function cover(file) {
	const { tests, loading } = await testsOf(file);
	const wanted = tests.map((test, number) => ({ ...test, number })).filter((t) => !t.isSkipped);
	reached = new Set();
	const failure = await runFile(wanted, (test, error, ms, cpuMs) => {
		if (error === undefined) process.send({ passed: test.number, name: test.name, ms, cpuMs, hits: [...reached] });
		else process.send({ failed: test.name, why: whyOf(error) });
		reached = new Set();
		return true;
	});
	if (failure !== undefined) process.send({ failed: `${file}, afterwards`, why: whyOf(failure) });
	process.send({ done: true, loading: [...loading] });
}

/** Tests by `[file, numbers]`, with a mutant, until one fails. */
async function judge(mutant, rows) {
	for (const [file, numbers] of rows) {
		// Loaded with the mutant on where it is a mutant of what runs then, and the process is for it alone.
		on = mutant;
		const { tests } = await testsOf(file);
		let killed;
		const failure = await runFile(
			numbers.map((n) => tests[n]),
			(test, error) => {
				process.send({ alive: true });
				if (error !== undefined) killed = { killed: test.name, why: whyOf(error), file, number: tests.indexOf(test) };
				return error === undefined;
			},
		);
		if (killed === undefined && failure !== undefined) killed = { killed: `${file}, afterwards`, why: whyOf(failure) };
		on = -1;
		if (killed !== undefined) {
			// What fails without the mutant, too, failed for what an earlier mutant has left.
			const again = killed.number === undefined ? [] : [tests[killed.number]];
			let isStale = false;
			await runFile(again, (_test, error) => {
				isStale = error !== undefined;
				return true;
			});
			process.send({ ...killed, isStale, done: true });
			return;
		}
	}
	process.send({ done: true });
}

process.on("message", (job) => {
	const run = job.cover === undefined ? judge(job.mutant, job.rows) : cover(job.cover);
	run.catch((e) => {
		process.send({ killed: "the run", why: String(e?.stack ?? e), isStale: false, done: true });
	});
});
// What nobody waits for is a failure of the test at hand.
for (const event of ["uncaughtException", "unhandledRejection"])
	process.on(event, (e) =>
		process.send({ killed: event, why: whyOf(e), isStale: false, done: true }, () => process.exit(1)),
	);
process.send({ ready: true });
process.on("disconnect", () => process.exit(1));
