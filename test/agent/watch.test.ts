/** When a decider at work is ended: on a clock and a memory of our own, looked at by hand. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watch } from "../../src/agent/decider/watch.ts";

let now = 0;
/** What the process has beside this thread's heap. */
let others = 0;
const timers = new Map<unknown, { readonly look: () => void; readonly ms: number }>();
const look = (): void => {
	for (const t of [...timers.values()]) t.look();
};

beforeEach(() => {
	now = 1000;
	others = 100 << 20;
	timers.clear();
	vi.spyOn(performance, "now").mockImplementation(() => now);
	vi.spyOn(globalThis, "setInterval").mockImplementation(((f: () => void, ms: number) => {
		const timer = {};
		timers.set(timer, { look: f, ms });
		return timer;
	}) as unknown as typeof setInterval);
	vi.spyOn(globalThis, "clearInterval").mockImplementation((timer) => void timers.delete(timer));
});
afterEach(() => {
	vi.restoreAllMocks();
});

function watched(hardMs = 500): { readonly watch: Watch; readonly ends: string[]; readonly progress: Int32Array } {
	const ends: string[] = [];
	const progress = new Int32Array(1);
	return {
		watch: new Watch(hardMs, (why) => ends.push(why), { progress, memory: () => others }),
		ends,
		progress,
	};
}

describe("a decider that stands still", () => {
	it("is ended when its time is over, once, and not before", () => {
		const { watch, ends } = watched();
		watch.busy();
		now += 500;
		look();
		expect(ends).toEqual([]);
		now += 1;
		look();
		look();
		expect([ends, timers.size]).toEqual([["it took too long"], 0]);
	});
	it("has its time from when it last began something", () => {
		const { watch, ends, progress } = watched();
		watch.busy();
		for (let i = 0; i < 3; i++) {
			now += 501;
			progress[0] = i + 1;
			look();
		}
		expect(ends).toEqual([]);
		now += 501;
		look();
		expect(ends).toEqual(["it took too long"]);
	});
	it("has its time from when it last answered", () => {
		const { watch, ends } = watched();
		watch.busy();
		now += 400;
		watch.moved();
		now += 400;
		look();
		expect(ends).toEqual([]);
	});
	it("has its time from when there was something to do", () => {
		const { watch, ends } = watched();
		watch.busy();
		watch.idle();
		now += 10_000;
		watch.busy();
		look();
		expect(ends).toEqual([]);
	});
	it("is no longer looked at when there is nothing to do, and by one timer when there is", () => {
		const { watch } = watched();
		for (let i = 0; i < 3; i++) watch.busy();
		expect([...timers.values()].map((t) => t.ms)).toEqual([50]);
		watch.idle();
		expect(timers.size).toBe(0);
		watch.busy();
		expect(timers.size).toBe(1);
	});
});

describe("a decider that takes memory", () => {
	it("is measured from no more than it is told, whatever a thread that is being ended still has", () => {
		const ends: string[] = [];
		const watch = new Watch(500, (why) => ends.push(why), {
			memory: () => others,
			mostGrowth: 100 << 20,
			mostBefore: 80 << 20,
		});
		expect(watch.before).toBe(80 << 20);
		watch.busy();
		others = 180 << 20;
		look();
		expect(ends).toEqual([]);
		others += 1;
		look();
		expect(ends).toEqual(["it took too much memory"]);
	});

	it("is ended when it has a quarter of a gigabyte more than there was", () => {
		const { watch, ends } = watched();
		watch.busy();
		others += 256 << 20;
		look();
		expect(ends).toEqual([]);
		others += 1;
		look();
		look();
		expect([ends, timers.size]).toEqual([["it took too much memory"], 0]);
	});
});
