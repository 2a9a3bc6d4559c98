/** Causes in words. */
import { termTextUpTo } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import { type Leaf, told } from "./blame.ts";
import { isWithin, type Place, pathOf, pointerOf } from "./source.ts";

/** Longest text of one value. */
const longest = 120;

/** A value in a few words; `hidden` is said in place of what must not be shown. */
export function shown(v: Value | undefined): string {
	if (v === undefined) return "undefined";
	const text = termTextUpTo(v, longest + 1).replaceAll("\n", "\\n");
	return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

export interface Words {
	/** How a place in rules and data is called. */
	readonly policyName: (p: Place) => string;
	readonly show: (v: Value | undefined) => string;
	readonly ruleName: (func: number) => string;
}

export function sentence(leaf: Leaf, expected: Value | undefined, words: Words): string {
	const { show, policyName } = words;
	const [first, ...others0] = leaf.inputs;
	// What is behind the places that do not fit is told first, with one of them.
	const isBehind = leaf.subject !== undefined && first !== undefined && !samePlace(leaf.subject, first);
	if (isBehind && leaf.subject !== undefined) {
		const behind = { ...told(leaf), inputs: [leaf.subject], subject: undefined };
		if (within(first, leaf.subject)) return sentence({ ...behind, inputs: [first] }, expected, words);
		return `input ${pointerOf(pathOf(first))} does not fit: ${sentence(behind, expected, words)}`;
	}
	const [input, second, third] = [first, ...others0];
	const [policy] = leaf.policies;
	const where = input === undefined ? undefined : `input ${pointerOf(pathOf(input)) || "/"}`;
	const also = [second, third].flatMap((p) => (p === undefined ? [] : [pointerOf(pathOf(p)) || "/"]));
	const others = also.length === 0 ? "" : ` (see also ${also.join(", ")})`;
	const says = policy === undefined ? "" : ` at ${policyName(policy)}`;
	const rule = leaf.chain.at(-1);
	const name = rule === undefined ? "the policy" : words.ruleName(rule);
	const note = leaf.note === undefined || leaf.note === "surplus" || leaf.note === "lacking" ? "" : `: ${leaf.note}`;
	if (where === undefined) return `${withoutInput(leaf, expected, words, policy, name)}${note}`;
	const subject = `${leaf.made === true ? "what is made of " : ""}${where}${others}`;
	switch (leaf.kind) {
		case "differs":
			if (leaf.note === "surplus") return `${subject} has more than the policy wants, which is ${show(expected)}`;
			if (leaf.note === "lacking")
				return `${subject} lacks a part of what the policy wants, which is ${show(expected)}`;
			return `${subject} is ${show(leaf.actual)}${expected === undefined ? "" : `, the policy wants ${show(expected)}`}${note}`;
		case "missing":
			return `${subject} is missing${expected === undefined ? "" : `, the policy wants ${show(expected)}`}${note}`;
		case "false":
			if (leaf.actual === undefined) return `${subject} does not make ${name} true${note}`;
			return `${subject} is ${show(leaf.actual)}${expected === undefined ? "" : `, the policy wants ${show(expected)}`}${note}`;
		case "negation":
			return `${subject} is ${show(leaf.actual)}, which ${name} is against${note}`;
		case "empty":
			return `${subject} is empty${expected === undefined ? "" : `, the policy wants ${show(expected)} in it`}${note}`;
		case "element":
			if (leaf.actual === undefined)
				return `${subject} lacks an element${expected === undefined ? "" : ` ${show(expected)}`}${note}`;
			return `${subject} is ${show(leaf.actual)}${note}`;
		case "member":
			if (leaf.note === "lacking" && input !== undefined && input.key === leaf.actual) return `${subject} is missing`;
			if (leaf.note === "lacking") return `${subject} lacks ${show(leaf.actual)}`;
			return `${subject} is ${show(leaf.actual)}, which is not in ${show(expected)}${says}${note}`;
		case "builtin":
		case "builtin-error":
			return `${subject} is ${show(leaf.actual)}${callText(leaf, words)}${note}`;
		case "shape":
			return `${subject} is ${show(leaf.actual)}${note}`;
		case "holds":
			return `${subject} is ${show(leaf.actual)}`;
		case "conflict":
			return `${subject} makes rules conflict${note}`;
	}
}

function withoutInput(
	leaf: Leaf,
	expected: Value | undefined,
	words: Words,
	policy: Place | undefined,
	name: string,
): string {
	const { show, policyName } = words;
	const what = policy === undefined ? name : policyName(policy);
	switch (leaf.kind) {
		case "missing":
			return `${what} is missing`;
		case "empty":
			return `${what} is empty`;
		case "false":
			return policy === undefined
				? `nothing makes ${name} true`
				: `${what} is ${leaf.actual === undefined ? "not true" : show(leaf.actual)}`;
		case "negation":
			return `${what} is ${show(leaf.actual)}, which ${name} is against`;
		case "member":
			return `${what} has no ${show(leaf.actual ?? expected)}`;
		default:
			return `${what} is ${show(leaf.actual)}${expected === undefined ? "" : `, ${name} wants ${show(expected)}`}${callText(leaf, words)}`;
	}
}

const verbs: { readonly [name: string]: string } = {
	startswith: "which does not start with",
	endswith: "which does not end with",
	contains: "which does not contain",
	"<": "which is not less than",
	"<=": "which is more than",
	">": "which is not more than",
	">=": "which is less than",
	"!=": "which must not be",
};

function callText(leaf: Leaf, { show }: Words): string {
	if (leaf.call === undefined) return "";
	const { name, args } = leaf.call;
	const verb = verbs[name];
	if (leaf.kind === "builtin" && verb !== undefined && args.length === 2) return `, ${verb} ${show(args[1])}`;
	if (leaf.kind === "builtin" && (name === "regex.match" || name === "re_match")) {
		return `, which does not match the pattern ${show(args[0])}`;
	}
	if (name.startsWith("is_")) return `, which is no ${name.slice(3)}`;
	return leaf.kind === "builtin-error" ? `, of which ${name} makes nothing` : `, to which ${name} says no`;
}

/** Whether one place is in another, or around it. */
function within(a: Place, b: Place): boolean {
	const [x, y] = [pointerOf(pathOf(a)), pointerOf(pathOf(b))];
	return isWithin(x, y) || isWithin(y, x);
}

function samePlace(a: Place, b: Place): boolean {
	return pointerOf(pathOf(a)) === pointerOf(pathOf(b));
}
