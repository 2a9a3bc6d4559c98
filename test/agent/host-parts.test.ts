/** What the gate asks of its host: vsock sockets of the C library, a worker's program, V8's code cache, memory. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Script } from "node:vm";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterAll, describe, expect, test } from "vitest";
import type { DeciderAnswer, DeciderStart, Question } from "../../src/agent/decider/messages.ts";
import { residentMemory } from "../../src/agent/decider/resident-memory.ts";
import { collectGarbage } from "../../src/agent/decider/tidy.ts";
import { runDecider } from "../../src/agent/decider/worker.ts";
import { cachedFiles, cacheFile } from "../../src/agent/image/cached-code.ts";
import { type Libc, optionalKoffi, vsockConnection, vsockListener } from "../../src/agent/transport/vsock-socket.ts";
import { deciderStart, policyOf } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "rego-host-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Call = Libc["bind"];
interface Answers {
	readonly socket?: number;
	readonly bind?: number;
	readonly listen?: number;
	/** Undefined: it does not come back before it is let. */
	readonly connect?: { readonly error?: Error; readonly result: number };
}

/** A C library that answers as it is told: its calls, with addresses as bytes, and what lets a connect come back. */
function library(answers: Answers): {
	readonly c: Libc;
	readonly calls: string[];
	readonly connected: (n: number) => void;
} {
	const calls: string[] = [];
	let connected: (n: number) => void = () => {};
	const shown = (x: unknown): unknown => (Buffer.isBuffer(x) ? x.toString("hex") : x);
	const call = (name: string, result: number): Call =>
		Object.assign(
			(...args: readonly unknown[]): number => {
				calls.push(`${name}(${args.map(shown).join(", ")})`);
				return result;
			},
			{
				async: (...args: readonly unknown[]): void => {
					calls.push(`${name}(${args.slice(0, -1).map(shown).join(", ")})`);
					const back = args.at(-1) as (error: Error | null, result: number) => void;
					connected = (n) => back(null, n);
					const { connect } = answers;
					if (connect !== undefined) setImmediate(() => back(connect.error ?? null, connect.result));
				},
			},
		);
	const c: Libc = {
		koffi: { errno: () => 98 },
		socket: call("socket", answers.socket ?? 7),
		bind: call("bind", answers.bind ?? 0),
		listen: call("listen", answers.listen ?? 0),
		connect: call("connect", 0),
		close: call("close", 0),
	};
	return { c, calls, connected: (n) => connected(n) };
}

describe("vsock sockets", () => {
	const socket = "socket(40, 524289, 0)";
	const bind = "bind(7, 2800000000040000ffffffff00000000, 16)";
	const connect = "connect(7, 28000000000400000300000000000000, 16)";
	const listening: readonly (readonly [
		note: string,
		answers: Answers,
		calls: readonly string[],
		want: number | RegExp,
	])[] = [
		["a listener", {}, [socket, bind, "listen(7, 5)"], 7],
		["of descriptor 0", { socket: 0 }, [socket, bind.replace("7", "0"), "listen(0, 5)"], 0],
		["without a socket", { socket: -1 }, [socket], /^the kernel gives no AF_VSOCK socket: error 98$/],
		[
			"of a port that is taken",
			{ bind: -1 },
			[socket, bind, "close(7)"],
			/^cannot listen on vsock port 1024: error 98$/,
		],
		["that cannot listen", { listen: -1 }, [socket, bind, "listen(7, 5)", "close(7)"], /^cannot listen .*: error 98$/],
	];
	for (const [note, answers, want, outcome] of listening) {
		test(note, async () => {
			const { c, calls } = library(answers);
			const made = vsockListener(-1, 1024, 5, c);
			if (typeof outcome === "number") expect(await made).toBe(outcome);
			else await expect(made).rejects.toThrow(outcome);
			expect(calls).toEqual(want);
		});
	}

	const connecting: typeof listening = [
		["a connection", { connect: { result: 0 } }, [socket, connect], 7],
		["without a socket to connect", { socket: -1 }, [socket], /^the kernel gives no/],
		["that is refused", { connect: { result: -1 } }, [socket, connect, "close(7)"], /^cannot connect to vsock 3:1024$/],
		["that fails", { connect: { error: new Error("oh"), result: 0 } }, [socket, connect, "close(7)"], /^oh$/],
	];
	for (const [note, answers, want, outcome] of connecting) {
		test(note, async () => {
			const { c, calls } = library(answers);
			const made = vsockConnection(3, 1024, 60_000, c);
			if (typeof outcome === "number") expect(await made).toBe(outcome);
			else await expect(made).rejects.toThrow(outcome);
			expect(calls).toEqual(want);
		});
	}

	test("a connection that comes too late is closed", async () => {
		const { c, calls, connected } = library({});
		await expect(vsockConnection(3, 1024, 1, c)).rejects.toThrow(/^vsock 3:1024: no answer in time$/);
		expect(calls).toEqual([socket, connect]);
		connected(0);
		expect(calls).toEqual([socket, connect, "close(7)"]);
	});
});

describe("the package that sockets of the C library need", () => {
	const koffi = { load: () => ({ func: () => Object.assign(() => 0, { async: () => {} }) }), errno: () => 0 };
	const failing = (code: string | undefined) => async (): Promise<unknown> => {
		throw Object.assign(new Error(`it failed: ${code}`), { code });
	};
	test("may be of either kind of modules, or not there", async () => {
		expect(await optionalKoffi(async () => koffi)).toBe(koffi);
		expect(await optionalKoffi(async () => ({ default: koffi }))).toBe(koffi);
		for (const code of ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"])
			expect(await optionalKoffi(failing(code))).toBeUndefined();
	});
	test("fails for what else is wrong with it", async () => {
		for (const code of ["ERR_DLOPEN_FAILED", undefined])
			await expect(optionalKoffi(failing(code))).rejects.toThrow(`it failed: ${code}`);
	});
});

describe("a worker's program", () => {
	const start = deciderStart("agent_policy", policyOf("StatsContainerRequest := true"));
	const question: Question = {
		id: 1,
		method: "StatsContainer",
		payload: new Uint8Array(0),
		prints: false,
		apply: true,
	};
	/** What it answers, until it answers this kind or its port is closed. */
	async function answersOf(given: DeciderStart, until: string): Promise<readonly string[]> {
		const { port1, port2 } = new MessageChannel();
		const heard: string[] = [];
		const ended = new Promise<void>((done) => {
			port1.on("message", (a: DeciderAnswer) => {
				heard.push(a.kind);
				if (a.kind === "ready") port1.postMessage(question);
				if (a.kind === until) done();
			});
			port1.on("close", () => {
				heard.push("closed");
				done();
			});
		});
		runDecider(port2, given);
		await ended;
		port1.close();
		return heard;
	}
	test("is for threads", () => expect(() => runDecider(null, start)).toThrow("this is a worker's program"));
	test("answers what it is asked", async () => {
		expect(await answersOf(start, "decided")).toEqual(["ready", "decided"]);
	});
	test("tells why there is no policy, and ends", async () => {
		expect(await answersOf({ ...start, text: "package" }, "nothing")).toEqual(["failed", "closed"]);
	});
	test("gives memory back soon, where it has compiled", () => {
		const waits: number[] = [];
		const later = globalThis.setTimeout;
		const planned = { plan: "{}", printing: null };
		const port = { postMessage() {}, close() {}, on() {} } as unknown as MessagePort;
		try {
			globalThis.setTimeout = ((_: () => void, ms: number) => {
				waits.push(ms);
				return { unref() {} };
			}) as unknown as typeof setTimeout;
			runDecider(port, start);
			expect(waits).toEqual([2000, 200]);
			runDecider(port, { ...start, text: undefined, planned });
			expect(waits).toEqual([2000, 200]);
		} finally {
			globalThis.setTimeout = later;
		}
	});
});

test("what nobody refers to is gone after collecting", async () => {
	const held = new WeakRef({ some: "thing" });
	// An object is kept until the job that asked for it ends.
	await new Promise((done) => setImmediate(done));
	collectGarbage();
	expect(held.deref()).toBeUndefined();
});

test("memory is what the kernel says, through one descriptor", () => {
	const rss = process.memoryUsage.rss();
	expect(Math.abs(residentMemory() - rss)).toBeLessThan(rss / 2);
	const open = (): number => readdirSync("/proc/self/fd").length;
	if (process.platform !== "linux") return;
	const before = open();
	residentMemory();
	residentMemory();
	expect(open()).toBe(before);
});

describe("files with their code", () => {
	const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
	const fresh = (): void => {
		put(
			"main.cjs",
			'const p = require("./part.cjs"); exports.n = p.n + 1; exports.isSame = p === require("./part.cjs"); exports.dir = __dirname;',
		);
		put("part.cjs", 'module.exports = { n: require("node:path").join("a", "b").length };');
		for (const name of ["main.cjs.cache", "part.cjs.cache"]) rmSync(join(folder, name), { force: true });
	};
	/** Loads the main file: what it gives, and of each file whether its code was refused. */
	function load(): { readonly got: Record<string, unknown>; readonly scripts: Map<string, Script> } {
		const scripts = new Map<string, Script>();
		const files = cachedFiles(folder, (file, script) => scripts.set(file, script));
		const got = files("main.cjs") as Record<string, unknown>;
		expect(files("main.cjs")).toBe(got);
		return { got, scripts };
	}
	const refused = (scripts: Map<string, Script>): unknown[] => [...scripts.values()].map((s) => s.cachedDataRejected);

	test("run without it, each once, with what they require", () => {
		fresh();
		const { got, scripts } = load();
		expect(got).toEqual({ n: 4, isSame: true, dir: folder });
		expect([...scripts.keys()]).toEqual([join(folder, "main.cjs"), join(folder, "part.cjs")]);
		expect(refused(scripts)).toEqual([undefined, undefined]);
	});
	test("run with it, and as usual where it is of something else", () => {
		fresh();
		for (const [file, script] of load().scripts) writeFileSync(cacheFile(file), script.createCachedData());
		expect(refused(load().scripts)).toEqual([false, false]);
		put("part.cjs", "module.exports = { n: 8 };");
		const { got, scripts } = load();
		expect(refused(scripts)).toEqual([false, true]);
		expect(got["n"]).toBe(9);
	});
	test("that are not there are an error", () => expect(() => cachedFiles(folder)("none.cjs")).toThrow(/ENOENT/));
});
