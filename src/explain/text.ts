/** An explanation for people: at most twenty lines, of which the first is the answer. */
import { termTextUpTo } from "../value/term-text.ts";
import type { Alternative, Cause, Choice, Explanation, Fix, Operation } from "./explanation.ts";

/** How an explanation is written. */
export interface TextOptions {
	/** Colours for a terminal. */
	readonly colors?: boolean | undefined;
	/** Tell other ways to be allowed. */
	readonly all?: boolean | undefined;
	/** Longest line; default 240 characters. */
	readonly width?: number | undefined;
}

const mostLines = 20;
const mostCauses = 5;

interface Paint {
	readonly strong: (s: string) => string;
	readonly weak: (s: string) => string;
	readonly good: (s: string) => string;
}

const plain: Paint = { strong: (s) => s, weak: (s) => s, good: (s) => s };
const colored: Paint = {
	strong: (s) => `\u001b[1;31m${s}\u001b[0m`,
	weak: (s) => `\u001b[2m${s}\u001b[0m`,
	good: (s) => `\u001b[32m${s}\u001b[0m`,
};

/** The text, without a line end after its last line. */
export function explanationText(e: Explanation, options: TextOptions = {}): string {
	const paint = options.colors === true ? colored : plain;
	const width = options.width ?? 240;
	const lines: string[] = [paint.strong(cut(firstLine(e), width))];
	const [first, ...others] = e.causes;
	const line = (s: string): void => {
		if (lines.length < mostLines) lines.push(s);
	};
	if (first !== undefined) {
		line(paint.weak(cut(`  ${placeText(first)}`, width)));
		for (const c of others.slice(0, mostCauses - 1)) {
			line(cut(`  ${e.asWanted ? "and" : "also"} ${c.message}`, width));
			line(paint.weak(cut(`    ${placeText(c)}`, width)));
		}
		const left = others.length - (mostCauses - 1);
		if (left > 0) line(paint.weak(`  and ${left} more`));
	}
	for (const c of e.choices.filter((x) => x.tried > 1).slice(0, 2)) line(cut(`  ${choiceText(c)}`, width));
	for (const f of e.fixes.slice(0, 2)) for (const s of fixLines(f)) line(paint.good(cut(s, width)));
	if (!e.complete) line(paint.weak("  there was no time for more: this is the failure that was met deepest"));
	if (options.all === true && e.alternatives.length > 0) {
		line("  other ways:");
		for (const a of e.alternatives) line(cut(`    ${alternativeText(a)}`, width));
	}
	return lines.join("\n");
}

/** The answer alone. */
export function firstLine(e: Explanation): string {
	const name = shortName(e.path);
	if (e.error !== undefined) return oneLine(`${name} ends with an error: ${e.error}`);
	const [cause] = e.causes;
	const why = cause === undefined ? "" : `: ${cause.message}`;
	if (e.asWanted)
		return oneLine(`${name} is ${e.decision === undefined ? "undefined" : valueText(e.decision)}, as wanted${why}`);
	const verdict =
		e.wanted === "true"
			? "denied"
			: `is ${e.decision === undefined ? "undefined" : valueText(e.decision)} and not ${e.wanted}`;
	return oneLine(`${name} ${verdict}${why === "" ? ": there is nothing to be said about it" : why}`);
}

function oneLine(s: string): string {
	return s.replaceAll(/\s*\n\s*/g, " ");
}

function shortName(path: string): string {
	return path.split(/[./]/).at(-1) ?? path;
}

/** `policy.rego:712  p_arg == i_arg  in allow_arg ← allow_args`. */
function placeText(c: Cause): string {
	const at = c.file === "" && c.row === 0 ? "" : `${c.file}:${c.row}  `;
	const within = c.within.slice(0, 5).map(shortName).join(" ← ");
	return `${at}${c.text}${within === "" ? "" : `  in ${within}`}${c.within.length > 5 ? " ← …" : ""}`;
}

function choiceText(c: Choice): string {
	const of = `${shortName(c.rule)} ${c.of}`.trim();
	const next = c.next === undefined ? "" : `; next ${valueText(c.next.index)} (${weight(c.next.cost)})`;
	return `nearest of ${c.tried} in ${of}: ${valueText(c.index)} (${weight(c.cost)})${next}`;
}

/** A weight as a number of differences. */
function weight(cost: number): string {
	const n = Math.max(1, Math.round(cost - 0.25));
	return `${n} ${n === 1 ? "difference" : "differences"}`;
}

function fixLines(f: Fix): readonly string[] {
	const of = f.target === "policy" ? ` of ${f.rule ?? "the policy"}, which then allows more than before` : "";
	const [only, more] = f.patch;
	if (only !== undefined && more === undefined) return [`  fix (verified): ${operationText(only)}${of}`];
	return [
		`  fix (verified): ${f.patch.length} changes${of}`,
		...f.patch.slice(0, 6).map((o) => `    ${operationText(o)}`),
	];
}

function operationText(o: Operation): string {
	switch (o.op) {
		case "remove":
			return `remove ${o.path}`;
		case "add":
			return `add ${o.path} ${valueText(o.value ?? null)}`;
		case "replace":
			return `replace ${o.path} with ${valueText(o.value ?? null)}`;
	}
}

function alternativeText(a: Alternative): string {
	const what =
		a.chosen === undefined ? `${shortName(a.rule)} at line ${a.row}` : `${a.chosen.of} ${valueText(a.chosen.index)}`;
	return `${what} (${weight(a.cost)}): ${a.causes[0]?.message ?? ""}`;
}

export function valueText(v: Parameters<typeof termTextUpTo>[0]): string {
	const text = termTextUpTo(v, 101);
	return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function cut(s: string, width: number): string {
	return s.length > width ? `${s.slice(0, width - 1)}…` : s;
}
