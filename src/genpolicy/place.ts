/** Where in a file an offset is, and problems with their places. */
import { type Diagnostic, fieldText, type Problem } from "./problem.ts";
import { startOf, type Tree } from "./tree/tree.ts";

export class SourceText {
	readonly name: string;
	readonly text: string;
	private readonly starts: number[] = [0];

	constructor(name: string, text: string) {
		this.name = name;
		this.text = text;
		for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) this.starts.push(i + 1);
	}

	/** Both from 1; columns count characters. */
	position(offset: number): { readonly line: number; readonly column: number } {
		let low = 0;
		let high = this.starts.length;
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if ((this.starts[middle] ?? 0) <= offset) low = middle;
			else high = middle;
		}
		const start = this.starts[low] ?? 0;
		let column = this.text.startsWith("\uFEFF", start) && offset > start ? 0 : 1;
		for (let i = start; i < offset; i++) {
			const unit = this.text.charCodeAt(i);
			// The second half of a character counts with the first.
			if (unit < 0xdc00 || unit > 0xdfff) column++;
		}
		return { line: low + 1, column };
	}

	diagnostic(problem: Problem, offset: number): Diagnostic {
		const { severity, code, message, path, hint } = problem;
		const { line, column } = this.position(Math.max(0, offset));
		const place = { severity, code, file: this.name, line, column, field: fieldText(path), message };
		return hint === undefined ? place : { ...place, hint };
	}
}

/**
 * The problems of one document. An error about what an error before is about, or lies in, is that error's consequence
 * and left out; problems with the same subject are told once.
 */
export function diagnosticsOf(source: SourceText, tree: Tree, problems: readonly Problem[]): readonly Diagnostic[] {
	const errors: Problem[] = [];
	const groups = new Map<string, { readonly first: Problem; readonly others: Problem[] }>();
	const kept: Problem[] = [];
	for (const problem of problems) {
		const { severity, code, message, path, subject } = problem;
		if (consequences.includes(code) && errors.some((e) => e.path.length > path.length && startsWith(e.path, path)))
			continue;
		if (severity === "error") errors.push(problem);
		const key = JSON.stringify([severity, code, ...(subject === undefined ? [message, path] : [subject])]);
		const group = groups.get(key);
		if (group === undefined) {
			groups.set(key, { first: problem, others: [] });
			kept.push(problem);
		} else if (subject !== undefined) group.others.push(problem);
	}
	const othersOf = new Map([...groups.values()].map(({ first, others }) => [first, others]));
	return kept.map((problem) => {
		const also = (othersOf.get(problem) ?? []).map((other) => {
			const { line, column } = source.position(Math.max(0, startOf(tree, other.path)));
			return other.also === undefined ? `${line}:${column}` : `${line}:${column}: ${other.also}`;
		});
		const places = [...new Set(also)].slice(0, 8);
		const message = places.length === 0 ? problem.message : `${problem.message} (also at ${places.join(", ")})`;
		return source.diagnostic({ ...problem, message }, startOf(tree, problem.path));
	});
}

/** What is told of a thing because of what is in it. */
const consequences: readonly string[] = ["volume-type"];

function startsWith(path: readonly unknown[], start: readonly unknown[]): boolean {
	return start.every((step, i) => step === path[i]);
}

/** Most diagnostics of a manifest; errors are kept before warnings. */
const maxDiagnostics = 1000;

/** As many as are kept; the rest is counted. */
export function limited(source: SourceText, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
	if (diagnostics.length <= maxDiagnostics) return diagnostics;
	const errors = diagnostics.filter((d) => d.severity === "error");
	const warnings = diagnostics.filter((d) => d.severity === "warning");
	const kept = [...errors, ...warnings].slice(0, maxDiagnostics);
	const severity = errors.length > maxDiagnostics ? ("error" as const) : ("warning" as const);
	const message = `${diagnostics.length - maxDiagnostics} more errors and warnings are not shown`;
	return [...kept, source.diagnostic({ severity, code: "more", path: [], message }, 0)];
}
