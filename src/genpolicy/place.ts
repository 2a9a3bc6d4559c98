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
		const before = this.text.slice(this.starts[low], offset).replace(/^\uFEFF/, "");
		return { line: low + 1, column: [...before].length + 1 };
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
		if (
			errors.some(
				(e) =>
					e.code !== problem.code &&
					startsWith(e.path, problem.path) &&
					e.path.length > problem.path.length &&
					isSpecific(problem),
			)
		)
			continue;
		if (problem.severity === "error") errors.push(problem);
		if (problem.subject === undefined) {
			if (!kept.some((k) => k.code === problem.code && k.message === problem.message && samePath(k.path, problem.path)))
				kept.push(problem);
			continue;
		}
		const key = JSON.stringify([problem.severity, problem.code, problem.subject]);
		const group = groups.get(key);
		if (group === undefined) {
			groups.set(key, { first: problem, others: [] });
			kept.push(problem);
		} else group.others.push(problem);
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

/** Told of a thing because of what is in it. */
function isSpecific({ code }: Problem): boolean {
	return code === "volume-type";
}

function startsWith(path: readonly unknown[], start: readonly unknown[]): boolean {
	return start.every((step, i) => step === path[i]);
}

function samePath(a: readonly unknown[], b: readonly unknown[]): boolean {
	return a.length === b.length && startsWith(a, b);
}
