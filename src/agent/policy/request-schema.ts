/**
 * The agent's requests as a schema that a policy can be held against: which fields of a request there are, and of what
 * type. In: a compiled policy. Out: what it says of requests that can never be so: fields that no request has, values
 * of types that never meet, rules that no request asks for, results that the agent takes for errors.
 */
import { nearly } from "../../explain/fields/names.ts";
import { GaveUp, Reads } from "../../explain/fields/reads.ts";
import { boolean, either, number, type Shape, text } from "../../explain/fields/shape.ts";
import type { Explainable, Location } from "../../index.ts";
import type { Field, MessageType } from "../protocol/descriptors.ts";
import { olderFields, shownType } from "../protocol/policy-forms.ts";
import { policyRequests, protocol } from "../protocol/protocol.ts";

export interface SchemaFinding {
	readonly message: string;
	readonly location: Location | undefined;
}

const nothing: Shape = [{ is: "null" }];
const shapes = new Map<MessageType, Shape>();

/** The shape of a message, with all of its fields. */
function messageShape(type: MessageType): Shape {
	let shape = shapes.get(type);
	if (shape === undefined) {
		const fields = new Map<string, Shape>();
		shape = [{ is: "record", name: type.name, fields }];
		shapes.set(type, shape);
		for (const f of type.fields) fields.set(f.key, either(fields.get(f.key) ?? [], fieldShape(f)));
	}
	return shape;
}

function fieldShape(f: Field): Shape {
	const one = f.message === undefined ? scalarShape(f) : messageShape(f.message);
	switch (f.label) {
		case "repeated":
			return [{ is: "list", of: one }];
		case "map":
			return [{ is: "map", of: one }];
		case "oneof": {
			const name = f.variant ?? f.name;
			return either(nothing, [{ is: "record", name, fields: new Map([[name, one]]) }]);
		}
		case "optional":
			return either(nothing, one);
		default:
			// A message that is not there is null.
			return f.message === undefined ? one : either(nothing, one);
	}
}

function scalarShape({ scalar }: Field): Shape {
	if (scalar === "string") return text;
	if (scalar === "bool") return boolean;
	return scalar === "bytes" ? [{ is: "list", of: number }] : number;
}

/** The shape of `input` for a request, under the request's name. */
function inputShape(type: MessageType): Shape {
	const shape = messageShape(shownType(type));
	const older = olderFields(type);
	if (older.length === 0 || shape?.[0]?.is !== "record") return shape;
	const fields = new Map(shape[0].fields);
	for (const f of older) fields.set(f.key, fieldShape(f));
	return [{ is: "record", name: type.name, fields }];
}

/** What the agent asks besides requests. */
const otherRules = ["AllowRequestsFailingPolicy"];

/** At most as many as are worth reading. Nothing of a policy that is too large for it. */
export function checkRequestSchema(policy: Explainable, most = 100): readonly SchemaFinding[] {
	const { plan, places } = policy;
	const rules = rulesOf(policy);
	const reads = new Reads(plan);
	const findings: SchemaFinding[] = [];
	const add = (message: string, location: number): void => {
		findings.push({ message, location: places.locate(location) });
	};
	try {
		for (const type of requests) {
			const func = rules.get(type.name);
			if (func === undefined) continue;
			const trouble = resultTrouble(reads.ask(func, inputShape(type)));
			if (trouble !== undefined) add(`${type.name}: ${trouble}`, plan.funcs.at(func)?.location ?? -1);
		}
	} catch (e) {
		if (e instanceof GaveUp || e instanceof RangeError) return [];
		throw e;
	}
	const names = [...requests.map((type) => type.name), ...otherRules];
	for (const [name, func] of rules) {
		if (names.includes(name) || reads.reached.has(func)) continue;
		const meant = nearly(name, names);
		if (!name.endsWith("Request") && meant === undefined) continue;
		const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
		add(`no request is called ${name}: the agent never asks for the rule${hint}`, plan.funcs.at(func)?.location ?? -1);
	}
	for (const i of reads.impossible) add(i.message, i.location);
	return findings.slice(0, most);
}

const requests: readonly MessageType[] = [
	...policyRequests,
	...[...protocol.services.values()].flatMap((s) => [...s.methods.values()].map((m) => m.request)),
].filter((type, i, all) => all.indexOf(type) === i);

/** Rules of the agent's package by their names. */
function rulesOf({ plan }: Explainable): ReadonlyMap<string, number> {
	const agent = plan.tree.children?.find(([name]) => name === "agent_policy")?.[1];
	const rules = (agent?.children ?? []).flatMap(([name, { rule }]): readonly [string, number][] =>
		typeof name === "string" && rule !== undefined ? [[name, rule]] : [],
	);
	return new Map(rules);
}

/** The agent takes booleans, and objects that say `allowed`. */
function resultTrouble(shape: Shape): string | undefined {
	if (shape === undefined) return undefined;
	for (const kind of shape) {
		if (kind.is === "boolean" || kind.is === "map") continue;
		if (kind.is === "record" && kind.fields.has("allowed")) continue;
		if (kind.is === "record")
			return `its result is ${kind.name}, without "allowed": an error, which denies the request`;
		return `its result is no boolean and no object, but a ${kind.is}: an error, which denies the request`;
	}
	return undefined;
}
