/** The memory that compiled patterns share: what is counted, and who gives up what when it is too much. */
import { afterEach, expect, test } from "vitest";
import { machineBytes, noteSize } from "../../src/regex/budget.ts";

const half = 24 << 20;
const made: Machine[] = [];

class Machine {
	shrunk = 0;

	constructor() {
		made.push(this);
	}

	shrink(): void {
		this.shrunk++;
	}
}

afterEach(() => {
	for (const m of made.splice(0)) noteSize(m, 0);
});

test("a machine that grows counts with its last size only", () => {
	const before = machineBytes();
	const m = new Machine();
	for (const size of [100, 300, 200]) {
		noteSize(m, size);
		expect(machineBytes() - before).toBe(size);
	}
});

test("the one that has not grown for longest gives up its memory first, and only as many as it takes", () => {
	const [a, b, c] = [new Machine(), new Machine(), new Machine()];
	noteSize(a, half);
	noteSize(b, half / 2);
	noteSize(a, half + 1);
	noteSize(c, half);
	expect([a.shrunk, b.shrunk, c.shrunk]).toEqual([1, 1, 0]);
	expect(machineBytes()).toBe(half);
	noteSize(b, half);
	expect([a.shrunk, b.shrunk, c.shrunk]).toEqual([1, 1, 0]);
	noteSize(a, 1);
	expect([a.shrunk, b.shrunk, c.shrunk]).toEqual([1, 1, 1]);
});

test("one that is too large by itself keeps what it has", () => {
	const m = new Machine();
	noteSize(m, 3 * half);
	expect(m.shrunk).toBe(0);
	expect(machineBytes()).toBe(3 * half);
});
