/**
 * What is wrong with a manifest, or will not do what its author thinks. Every stage reports problems by the path of
 * the field they are about; where that stands in the file is found at the end, by `place.ts`.
 *
 * No message holds the value of a field: values may be secrets.
 */

/** From the root of a document: `["spec", "containers", 0, "env"]`. */
export type Path = readonly (string | number)[];

export type Severity = "error" | "warning";

export interface Problem {
	readonly severity: Severity;
	/** What kind of problem it is, for programs: `unsupported-field`. */
	readonly code: string;
	readonly path: Path;
	/** One line, without the place. */
	readonly message: string;
	/** A way out; may be several lines, such as YAML to paste. */
	readonly hint?: string;
	/** What several problems of a document have in common: they are told once. */
	readonly subject?: string;
	/** What to say of this one where it is told with another. */
	readonly also?: string;
}

/** A problem with its place. Lines and columns count from 1; columns count Unicode characters. */
export interface Diagnostic {
	readonly severity: Severity;
	readonly code: string;
	readonly file: string;
	readonly line: number;
	readonly column: number;
	/** The field, as `spec.containers[0].env[1]`; empty for a whole document. */
	readonly field: string;
	readonly message: string;
	readonly hint?: string;
}

/** `spec.volumes[0].nfs`; keys that are no plain words are quoted. */
export function fieldText(path: Path): string {
	let text = "";
	for (const step of path) {
		if (typeof step === "number") text += `[${step}]`;
		else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === "" ? step : `.${step}`;
		else text += `[${quote(step)}]`;
	}
	return text;
}

/** Text of a manifest in a message: cut, on one line. Only names go through here, never values. */
export function quote(text: string): string {
	return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/** The first of a list, and how many more there are: lists of images have thousands. */
export function some(list: readonly (string | number)[], most = 16): string {
	if (list.length <= most) return list.join(", ");
	return `${list.slice(0, most).join(", ")} and ${list.length - most} more`;
}

/** As compilers print it: `pod.yaml:3:5: error: …`, hints indented below. */
export function diagnosticText(d: Diagnostic): string {
	const place = `${d.file}:${d.line}:${d.column}`;
	const hint = d.hint === undefined ? "" : `\n${d.hint.replace(/^/gm, "  ")}`;
	return `${place}: ${d.severity}: ${d.message}${hint}`;
}

/** How a problem is told with others. */
export type Told = Pick<Problem, "subject" | "also">;

/** Most problems of each severity that are kept for one document. */
const maxProblems = 200;

/** Collects the problems of a document. Of very many the rest is counted: no error is lost in silence. */
export class Problems {
	private readonly kept: Problem[] = [];
	private readonly counts = { error: 0, warning: 0 };

	error(code: string, path: Path, message: string, hint?: string, told?: Told): void {
		this.add({ severity: "error", code, path, message, ...(hint === undefined ? {} : { hint }), ...told });
	}

	warn(code: string, path: Path, message: string, hint?: string, told?: Told): void {
		this.add({ severity: "warning", code, path, message, ...(hint === undefined ? {} : { hint }), ...told });
	}

	add(problem: Problem): void {
		if (++this.counts[problem.severity] <= maxProblems) this.kept.push(problem);
	}

	get list(): readonly Problem[] {
		const more = (["error", "warning"] as const).flatMap((severity): readonly Problem[] => {
			const count = this.counts[severity] - maxProblems;
			if (count <= 0) return [];
			return [
				{ severity, code: "more", path: [], message: `${count} more ${severity}s of this document are not shown` },
			];
		});
		return [...this.kept, ...more];
	}
}
