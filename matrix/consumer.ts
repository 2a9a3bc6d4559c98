/** What a TypeScript user writes: every entry of the package, with types that can be named. */

import {
	type CompileOptions,
	compile,
	define,
	type Evaluation,
	loadPlan,
	type Policy,
	parseJson,
	RegoError,
	RegoErrors,
	t,
	toJson,
	type Value,
} from "regoplan";
import { Gate, parseAddress } from "regoplan/agent";
import { strings } from "regoplan/builtins/strings";
import { time } from "regoplan/builtins/time";
import { createHttpTransport } from "regoplan/http";
import { AotProgram } from "regoplan/runtime";

const options: CompileOptions = {
	data: { public: ["/docs/"] },
	builtins: [
		define("acme.twice", {
			category: "acme",
			args: [["x", t.number]],
			result: t.number,
			doc: "",
			eval: (_ctx, x) => x,
		}),
	],
};
const policy: Policy = compile({ "a.rego": "package a\nallow if input.x" }, options);
const allow: (input: { x: boolean }) => boolean | undefined = policy.rule<boolean, { x: boolean }>("data.a.allow");
const evaluation: Evaluation = policy.evaluate("data.a.allow", { input: { x: true } });
const value: Value = parseJson("[1]");
const text: string = toJson(value);
const count: number = strings.length + time.length;
const loaded = loadPlan(policy.toJSON()).rule("data.a.allow");
function isOurs(e: unknown): e is RegoError | RegoErrors {
	return e instanceof RegoError || e instanceof RegoErrors;
}

export { AotProgram, allow, count, createHttpTransport, evaluation, Gate, isOurs, loaded, parseAddress, text };
