/**
 * Rules: heads, `default`, `if`, `else`, the chained bodies of v0, and statements that only look
 * like expressions (`p := 1`, `f(x) = y`, `p[x]`) turned into rules. What was written where (a value,
 * a body, `if`, `contains`) is noted beside the rule, for the checks that versions make afterwards.
 */

import { at } from "../at.ts";
import {
	type Body,
	type Call,
	type Expr,
	expr,
	type Head,
	noWiths,
	type Ref,
	type Rule,
	ref,
	scalar,
	type Term,
	termExpr,
} from "./ast.ts";
import * as Kind from "./kinds.ts";
import { parseBody, parseLiteral } from "./literals.ts";
import { printRef } from "./print.ts";
import type { ParserState } from "./state.ts";
import { operatorOf, parseInfixTerm, parseRef, parseVar, rootDocument, termName } from "./terms.ts";
import { bindingPower } from "./token.ts";

/** How a rule was written. */
export interface RuleForm {
	/** No body was written; `true` stands for it. */
	readonly generatedBody: boolean;
	/** No value was written; `true` stands for it. */
	readonly generatedValue: boolean;
	readonly usesIf: boolean;
	readonly usesContains: boolean;
}

export type RuleForms = Map<Rule, RuleForm>;

/** A head being read. */
interface OpenHead {
	readonly start: number;
	ref: Ref;
	readonly args: readonly Term[] | undefined;
	key: Term | undefined;
	value: Term | undefined;
	assign: boolean;
	generatedValue: boolean;
	readonly usesContains: boolean;
	/** No blank between the name and what follows it. */
	readonly attached: boolean;
	end: number;
}

/**
 * The rule (or rules: v0 chains bodies) at the current token. Undefined without a new error means
 * that it is no rule with a body: the statement is to be read again as an expression.
 */
export function parseRules(p: ParserState, forms: RuleForms): Rule[] | undefined {
	const start = p.start;
	p.keywordAsRefHead();
	const isDefault = p.kind === Kind.Default;
	if (isDefault) {
		p.advance();
		p.keywordAsRefHead();
	}
	if (p.kind !== Kind.Ident) return undefined;
	const head = parseHead(p, isDefault);
	if (head === undefined) return undefined;
	return isDefault ? finishDefault(p, head, start, forms) : finishRule(p, head, start, forms);
}

// --- heads ------------------------------------------------------------------------------------

function parseHead(p: ParserState, isDefault: boolean): OpenHead | undefined {
	const start = p.start;
	p.height = 1;
	const attached = p.adjoiningNext() !== Kind.Whitespace;
	const name = parseHeadTerm(p);
	if (name === undefined) {
		p.unexpected("expected rule head name");
		return undefined;
	}
	let headRef: Ref;
	let args: readonly Term[] | undefined;
	if (name.kind === "var") headRef = ref([name], name.start, name.end);
	else if (name.kind === "ref") {
		headRef = name;
		if (name.terms[0]?.kind !== "var") {
			// On its own it may be a literal, which is no rule either: that is told with the others'.
			if (beginsRuleRest(p.kind)) {
				p.errors.push({ offset: start, message: `invalid rule head: ${printRef(name)}`, showLine: false });
			}
			return undefined;
		}
	} else if (name.kind === "call") {
		headRef = name.operator;
		args = name.args;
		if (headRef.terms[0]?.kind !== "var") {
			p.unexpected(`rule head ref ${printRef(headRef)} invalid`);
			return undefined;
		}
	} else return undefined;
	const head: OpenHead = {
		start,
		ref: headRef,
		args,
		key: undefined,
		value: undefined,
		assign: false,
		generatedValue: false,
		usesContains: p.kind === Kind.Contains,
		attached: headRef.terms.length === 1 && args === undefined ? true : attached,
		end: p.lastEnd,
	};
	parseHeadValue(p, head, isDefault);
	head.end = p.lastEnd;
	return head;
}

/** What may follow the name in a head. */
function beginsRuleRest(kind: number): boolean {
	return [Kind.Assign, Kind.Unify, Kind.Contains, Kind.If].includes(kind);
}

function parseHeadValue(p: ParserState, head: OpenHead, isDefault: boolean): void {
	const name = (): string => printRef(head.ref);
	switch (p.kind) {
		case Kind.Contains:
			if (head.args !== undefined) {
				p.unexpected(
					`the contains keyword can only be used with multi-value rule definitions (e.g., ${name()} contains <VALUE> { ... })`,
				);
			}
			p.advance();
			head.key = parseInfixTerm(p);
			if (head.key === undefined) p.unexpected(`expected rule key term (e.g., ${name()} contains <VALUE> { ... })`);
			return;
		case Kind.Unify:
			p.advance();
			head.value = parseInfixTerm(p);
			if (head.value === undefined) p.unexpected(`expected rule value term (e.g., ${name()}[<nil>] = <VALUE> { ... })`);
			break;
		case Kind.Assign:
			p.advance();
			head.assign = true;
			head.value = parseInfixTerm(p);
			if (head.value === undefined) {
				p.unexpected(
					head.args !== undefined && head.args.length > 0
						? `expected function value term (e.g., ${name()}(...) := <VALUE> { ... })`
						: isDefault
							? `expected default rule value term (e.g., default ${name()} := <VALUE>)`
							: `expected rule value term (e.g., ${name()} := <VALUE> { ... })`,
				);
			}
			break;
		default:
	}
	if (head.value === undefined && (head.ref.terms.length !== 2 || (head.args?.length ?? 0) > 0)) {
		head.generatedValue = true;
		head.value = generatedTrue(head.start, head.end);
	}
}

function generatedTrue(start: number, end: number): Term {
	return scalar(true, start, end);
}

/** The head's name, reference or call; blanks are allowed before its brackets. */
function parseHeadTerm(p: ParserState): Term | undefined {
	const name = parseVar(p);
	p.advance();
	if (p.adjoins && bindingPower[p.kind] !== 0) p.unexpected();
	if (p.kind === Kind.LParen || p.kind === Kind.Dot || p.kind === Kind.LBrack) return parseRef(p, name);
	return rootDocument(name);
}

// --- default rules ----------------------------------------------------------------------------

function finishDefault(p: ParserState, head: OpenHead, start: number, forms: RuleForms): Rule[] | undefined {
	if (head.value === undefined) {
		p.error(start, "illegal default rule (must have a value)");
		return undefined;
	}
	if (!checkDefaultValue(p, head.value, start) || !checkDefaultArgs(p, head, start)) return undefined;
	const rule: Rule = {
		kind: "rule",
		default: true,
		head: closeHead(head),
		body: generatedBody(start, p.lastEnd),
		else: undefined,
		hasBody: false,
		start,
		end: p.lastEnd,
	};
	forms.set(rule, {
		generatedBody: false,
		generatedValue: head.generatedValue,
		usesIf: false,
		usesContains: head.usesContains,
	});
	return [rule];
}

function checkDefaultValue(p: ParserState, value: Term, start: number): boolean {
	if (value.kind === "scalar") return true;
	const illegal = new Set<string>();
	forbiddenInDefault(value, illegal);
	for (const what of illegal) p.error(start, `illegal default rule (value cannot contain ${what})`);
	return illegal.size === 0;
}

/** Collects what a default value must not have outside comprehensions. */
function forbiddenInDefault(value: Term, into: Set<string>): void {
	const rest: Term[] = [value];
	for (let t = rest.pop(); t !== undefined; t = rest.pop()) {
		if (t.kind === "ref" || t.kind === "var" || t.kind === "call") into.add(t.kind);
		else if (t.kind === "array" || t.kind === "set") pushReversed(rest, t.items);
		else if (t.kind === "object") pushReversed(rest, t.entries.flat());
	}
}

/** Puts terms on a stack so that the first of them is taken first. */
function pushReversed(stack: Term[], terms: readonly Term[]): void {
	for (let i = terms.length - 1; i >= 0; i--) stack.push(at(terms, i));
}

function checkDefaultArgs(p: ParserState, head: OpenHead, start: number): boolean {
	if (head.args === undefined) return true;
	const seen = new Set<string>();
	let valid = true;
	for (const arg of head.args) {
		if (arg.kind !== "var") {
			p.error(start, `illegal default rule (arguments cannot contain ${termName(arg)})`);
			valid = false;
		} else if (seen.has(arg.name)) {
			p.error(start, `illegal default rule (arguments cannot be repeated ${arg.name})`);
			valid = false;
		} else seen.add(arg.name);
	}
	return valid;
}

// --- bodies -----------------------------------------------------------------------------------

function finishRule(p: ParserState, head: OpenHead, start: number, forms: RuleForms): Rule[] | undefined {
	const usesIf = p.kind === Kind.If;
	const plain = (head.args?.length ?? 0) === 0 && head.ref.terms.length === 2;
	// Whether OPA takes the head to have a key, which bars `else`.
	let keyed = head.usesContains;
	if (usesIf && !head.usesContains && head.ref.terms.length === 2) {
		const last = at(head.ref.terms, 1);
		keyed = plain && (last.kind === "ref" || !isGround(last));
		if (head.value === undefined) {
			head.generatedValue = true;
			head.value = generatedTrue(head.start, head.end);
		}
	} else if (!usesIf && !head.usesContains && plain) {
		keyed = true;
		if (head.value === undefined) {
			// v0: `p[k] { … }` is a set.
			head.key = at(head.ref.terms, 1);
			const name = at(head.ref.terms, 0);
			head.ref = ref([name], name.start, name.end);
		}
	}
	let body: Body | undefined;
	if (usesIf) body = parseIfBody(p);
	else if (p.kind === Kind.LBrace) body = parseBracedBody(p);
	else if (head.usesContains) {
		const rule = closeRule(head, generatedBody(start, head.end), undefined, false, head.start, head.end);
		forms.set(rule, { generatedBody: true, generatedValue: head.generatedValue, usesIf, usesContains: true });
		return [rule];
	} else return finishBodiless(p, head, forms);
	if (body === undefined) return undefined;
	const form: RuleForm = {
		generatedBody: false,
		generatedValue: head.generatedValue,
		usesIf,
		usesContains: head.usesContains,
	};
	let otherwise: Rule | undefined;
	if (p.kind === Kind.Else && !p.keywordAsRefHead()) {
		if (head.ref.terms.length > 1 && !head.ref.terms.slice(1).every(isGround)) {
			p.error(p.start, "else keyword cannot be used on rules with variables in head");
			return undefined;
		}
		if (keyed) {
			p.error(p.start, "else keyword cannot be used on multi-value rules");
			return undefined;
		}
		otherwise = parseElse(p, head, forms);
		if (otherwise === undefined) return undefined;
	}
	const rule = closeRule(head, body, otherwise, true, start, p.lastEnd);
	forms.set(rule, form);
	return parseChainedBodies(p, head, rule, form, forms);
}

/**
 * `p := value` and its like, read once. What an expression reading could see differently (a blank
 * before a bracket, `with`, `;`, `and`) is left to that reading.
 */
function finishBodiless(p: ParserState, head: OpenHead, forms: RuleForms): Rule[] | undefined {
	if (head.value === undefined || head.generatedValue || !head.attached) return undefined;
	// Where there is a mistake in it, no other reading is tried, and there is no rule.
	if (p.errors.length > p.earlierErrors) return undefined;
	switch (p.kind) {
		case Kind.With:
		case Kind.Semicolon:
		case Kind.LogicalAnd:
		case Kind.LogicalOr:
		case Kind.Assign:
		case Kind.Unify:
		case Kind.Illegal:
			return undefined;
		default:
	}
	const rule = closeRule(head, generatedBody(head.start, head.end), undefined, false, head.start, head.end);
	forms.set(rule, { generatedBody: true, generatedValue: false, usesIf: false, usesContains: false });
	return [rule];
}

/** After `if`: one literal, or a braced body. */
function parseIfBody(p: ParserState): Body | undefined {
	p.advance();
	if (p.kind !== Kind.LBrace) {
		const literal = parseLiteral(p);
		return literal === undefined ? undefined : [literal];
	}
	// `{` may begin an object or a comprehension; as a set it is a body. Most bodies show at once.
	const brace = p.mark();
	const next = p.kindAt(p.index + 1);
	if (next !== Kind.Some && next !== Kind.Every && next !== Kind.Not) {
		p.attempts++;
		const literal = parseLiteral(p);
		p.attempts--;
		const what = literal?.what;
		if (literal !== undefined && !(what?.kind === "term-expr" && what.term.kind === "set")) return [literal];
		p.restore(brace);
	}
	return parseBracedBody(p);
}

/** At `{`; ends after the `}`. */
function parseBracedBody(p: ParserState): Body | undefined {
	p.advance();
	const body = parseBody(p, Kind.RBrace);
	if (body !== undefined) p.advance();
	return body;
}

/** v0: further bodies `{ … }` are further rules with the same head. */
function parseChainedBodies(
	p: ParserState,
	head: OpenHead,
	first: Rule,
	form: RuleForm,
	forms: RuleForms,
): Rule[] | undefined {
	const rules = [first];
	while (p.kind === Kind.LBrace) {
		if (first.else !== undefined) {
			p.error(p.start, "expected else keyword");
			return undefined;
		}
		const start = p.start;
		const body = parseBracedBody(p);
		if (body === undefined) return undefined;
		// OPA takes the head to stand where the body does.
		const moved = placed(freshWildcards(p, head), start, p.lastEnd);
		const rule = closeRule(moved, body, undefined, true, start, p.lastEnd);
		forms.set(rule, form);
		rules.push(rule);
	}
	return rules;
}

/** A copy of what a head is made of, with every node of it in one place. */
function placed<T>(node: T, start: number, end: number): T {
	if (Array.isArray(node)) return node.map((n: unknown) => placed(n, start, end)) as T;
	if (typeof node !== "object" || node === null || !("start" in node)) return node;
	const out: { [key: string]: unknown } = {};
	for (const [key, part] of Object.entries(node)) out[key] = placed(part as unknown, start, end);
	return { ...out, start, end } as T;
}

/** An `else` being read; all of a chain end where the last of them does. */
interface OpenBranch {
	readonly head: OpenHead;
	readonly body: Body | undefined;
	readonly usesIf: boolean;
}

/** At `else`: the chain of them, which may be long. */
function parseElse(p: ParserState, outer: OpenHead, forms: RuleForms): Rule | undefined {
	const branches: OpenBranch[] = [];
	do {
		const branch = readElse(p, outer);
		if (branch === undefined) return undefined;
		branches.push(branch);
		if (branch.body === undefined) break;
	} while (p.kind === Kind.Else);
	let rule: Rule | undefined;
	for (const { head, body, usesIf } of branches.reverse()) {
		const { start } = head;
		rule = closeRule(head, body ?? generatedBody(start, p.lastEnd), rule, body !== undefined, start, p.lastEnd);
		const { generatedValue } = head;
		forms.set(rule, { generatedValue, usesIf, usesContains: false, generatedBody: body === undefined });
	}
	return rule;
}

function readElse(p: ParserState, outer: OpenHead): OpenBranch | undefined {
	const start = p.start;
	const head: OpenHead = { ...freshWildcards(p, outer), start, end: p.end, generatedValue: false };
	p.advance();
	switch (p.kind) {
		case Kind.LBrace:
		case Kind.If:
			head.generatedValue = true;
			head.value = generatedTrue(start, p.lastEnd);
			break;
		case Kind.Assign:
		case Kind.Unify:
			head.assign = p.kind === Kind.Assign;
			p.advance();
			head.value = parseInfixTerm(p);
			if (head.value === undefined) return undefined;
			head.end = p.lastEnd;
			break;
		default:
			p.unexpected("expected else value term or rule body");
			return undefined;
	}
	const usesIf = p.kind === Kind.If;
	if (!usesIf && p.kind !== Kind.LBrace) return { head, body: undefined, usesIf };
	if (usesIf) p.advance();
	let body: Body | undefined;
	if (p.kind === Kind.LBrace) body = parseBracedBody(p);
	else if (p.kind === Kind.Eof) p.unexpected("rule body expected");
	else {
		const literal = parseLiteral(p);
		body = literal === undefined ? undefined : [literal];
	}
	return body === undefined ? undefined : { head, body, usesIf };
}

// --- building ---------------------------------------------------------------------------------

function closeHead(head: OpenHead): Head {
	return {
		kind: "head",
		ref: head.ref,
		args: head.args,
		key: head.key,
		value: head.value,
		assign: head.assign,
		start: head.start,
		end: head.end,
	};
}

function closeRule(
	head: OpenHead,
	body: Body,
	otherwise: Rule | undefined,
	hasBody: boolean,
	start: number,
	end: number,
): Rule {
	return { kind: "rule", default: false, head: closeHead(head), body, else: otherwise, hasBody, start, end };
}

function generatedBody(start: number, end: number): Body {
	return [expr(termExpr(scalar(true, start, end)), false, noWiths, start, end)];
}

/** A head shared by several rules names each one's anonymous arguments apart. */
function freshWildcards(p: ParserState, head: OpenHead): OpenHead {
	const args = head.args?.map((a) => (a.kind === "var" && a.name.startsWith("$") ? { ...a, name: p.wildcard() } : a));
	return { ...head, args };
}

/** Whether a term has no variables. */
export function isGround(term: Term): boolean {
	const rest: Term[] = [term];
	for (let t = rest.pop(); t !== undefined; t = rest.pop()) {
		switch (t.kind) {
			case "scalar":
				break;
			case "ref":
				rest.push(...t.terms.slice(1));
				break;
			case "call":
				rest.push(...t.args);
				break;
			case "array":
			case "set":
				for (const item of t.items) rest.push(item);
				break;
			case "object":
				for (const [key, value] of t.entries) rest.push(key, value);
				break;
			default:
				return false;
		}
	}
	return true;
}

// --- statements without bodies ------------------------------------------------------------------

/** A rule from a statement read as literals, or the reason why it cannot be one. */
export function ruleFromBody(p: ParserState, body: Body, forms: RuleForms): Rule | string {
	if (body.length !== 1) return "multiple expressions cannot be used for rule head";
	const literal = at(body, 0);
	const made = headFromExpr(p, literal);
	if (typeof made === "string") return made;
	const rule = closeRule(made, generatedBody(made.start, made.end), undefined, false, made.start, made.end);
	forms.set(rule, {
		generatedBody: true,
		generatedValue: made.generatedValue,
		usesIf: false,
		usesContains: false,
	});
	return rule;
}

function headFromExpr(p: ParserState, literal: Expr): OpenHead | string {
	if (literal.with.length > 0) return "expressions using with keyword cannot be used for rule head";
	if (literal.negated && !(literal.what.kind === "block")) return "negated expressions cannot be used for rule head";
	if (literal.what.kind === "some") return "'some' declarations cannot be used for rule head";
	if (literal.what.kind !== "term-expr") return "expression cannot be used for rule head";
	const term = literal.what.term;
	const head = (r: Ref, value: Term | undefined, start: number, end: number): OpenHead => ({
		start,
		ref: r,
		args: undefined,
		key: undefined,
		value,
		assign: false,
		generatedValue: false,
		usesContains: false,
		attached: true,
		end,
	});
	if (term.kind === "ref") {
		const { start, end } = term;
		if (term.terms.length === 1) return "refs cannot be used for rule head";
		if (term.terms[0]?.kind !== "var") return `invalid rule head: ${printRef(term)}`;
		if (term.terms.length > 2) return { ...head(term, generatedTrue(start, end), start, end), generatedValue: true };
		const name = term.terms[0];
		return { ...head(ref([name], name.start, name.end), undefined, start, end), key: term.terms[1] };
	}
	if (term.kind !== "call") return `${termName(term)} cannot be used for rule name`;
	const op = operatorOf(term);
	if (op === "eq" || op === "assign") return headFromAssignment(literal, term, op === "assign", head);
	if (p.isBuiltin(printRef(term.operator))) return "rule name conflicts with built-in function";
	if (term.args.length === 0) return "rule argument list must take at least one argument";
	if (term.operator.terms[0]?.kind !== "var") return `invalid rule head: ${printRef(term.operator)}`;
	const { start, end } = term;
	return { ...head(term.operator, generatedTrue(start, end), start, end), args: term.args };
}

function headFromAssignment(
	literal: Expr,
	assignment: Call,
	assign: boolean,
	head: (r: Ref, value: Term | undefined, start: number, end: number) => OpenHead,
): OpenHead | string {
	const [lhs, rhs] = assignment.args;
	if (lhs === undefined || rhs === undefined) return "assignment requires two operands";
	const { start, end } = literal;
	let made: OpenHead;
	if (lhs.kind === "call") {
		if (lhs.operator.terms[0]?.kind !== "var") return "call cannot be used for rule name";
		made = { ...head(lhs.operator, rhs, start, end), args: lhs.args };
	} else if (lhs.kind === "ref") {
		if (lhs.terms[0]?.kind !== "var") return `invalid rule head: ${printRef(lhs)}`;
		made = head(lhs, rhs, start, end);
	} else if (lhs.kind === "var") made = head(ref([lhs], lhs.start, lhs.end), rhs, start, end);
	else return `${termName(lhs)} cannot be used for rule name`;
	return { ...made, assign };
}
