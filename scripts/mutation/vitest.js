/**
 * What tests import of vitest, without its servers and workers: `describe` and `test` collect, and process.js runs
 * what it is told to. What is expected is vitest's own.
 */
import { chai, GLOBAL_EXPECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } from "@vitest/expect";
import { restoreAllMocks, spyOn } from "@vitest/spy";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const { expect } = chai;
const state = { assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null };
expect.getState = () => state;
expect.setState = () => {};
expect.unreachable = (message) => chai.assert.fail(message ?? "reached what is not to be reached");
globalThis[GLOBAL_EXPECT] = expect;
setState(state, expect);

export const vi = { spyOn, restoreAllMocks };

/** Types are the compiler's to check. */
const anything = new Proxy(() => anything, { get: () => anything });
export const expectTypeOf = () => anything;

/** A suite; the outermost is a file. `tests` are all in it, in their order. */
class Suite {
	beforeAll = [];
	afterAll = [];
	beforeEach = [];
	afterEach = [];

	constructor(name, parent, isSkipped) {
		this.name = parent === undefined ? "" : `${parent.name}${name} > `;
		this.parent = parent;
		this.isSkipped = isSkipped || parent?.isSkipped === true;
		this.tests = parent?.tests ?? [];
	}
}

let current = new Suite("", undefined, false);

/** The tests that loading a file collects. */
export async function collect(load) {
	current = new Suite("", undefined, false);
	const file = current;
	await load();
	for (const inner of file.waiting ?? []) await inner;
	return file.tests;
}

function addSuite(name, body, isSkipped = false) {
	const outer = current;
	current = new Suite(String(name), outer, isSkipped);
	try {
		body();
	} finally {
		current = outer;
	}
}

function addTest(name, body, isSkipped = false) {
	current.tests.push({
		name: `${current.name}${name}`,
		body,
		suite: current,
		isSkipped: isSkipped || current.isSkipped,
	});
}

/** With what vitest allows behind the name: skip, each, and the like. Options before the body say nothing here. */
function withVariants(add) {
	const bodyOf = (rest) => rest.find((x) => typeof x === "function");
	const each =
		(rows) =>
		(name, ...rest) => {
			for (const row of rows)
				add(`${name} ${shown(row)}`, () => (Array.isArray(row) ? bodyOf(rest)(...row) : bodyOf(rest)(row)));
		};
	const skip = (name, ...rest) => add(name, bodyOf(rest), true);
	const plain = (name, ...rest) => add(name, bodyOf(rest));
	return Object.assign(plain, {
		each,
		skip,
		todo: () => {},
		skipIf: (is) => (is ? Object.assign(skip, { each: () => () => {} }) : plain),
		runIf: (is) => (is ? plain : Object.assign(skip, { each: () => () => {} })),
	});
}

const shown = (row) => {
	const first = Array.isArray(row) ? row[0] : (row?.note ?? row);
	return typeof first === "object" ? "" : String(first).slice(0, 60);
};

export const describe = withVariants(addSuite);
export const test = withVariants(addTest);
export const it = test;

export const beforeAll = (f) => current.beforeAll.push(f);
export const afterAll = (f) => current.afterAll.push(f);
export const beforeEach = (f) => current.beforeEach.push(f);
export const afterEach = (f) => current.afterEach.push(f);
