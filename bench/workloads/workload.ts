/** What is measured: policies, inputs and the answers every engine must give. */

export interface BenchCase {
	/** Groups cases in the table, e.g. a Kata request kind. */
	readonly kind: string;
	/** Document asked for, e.g. `data.agent_policy.CopyFileRequest`. */
	readonly path: string;
	/** Input as JSON text. */
	readonly input: string;
	/** Wanted value as JSON text; undefined where the document is undefined. */
	readonly want: string | undefined;
	/** 64-digit ids in the input that a fresh request would have others of. */
	readonly ids?: readonly string[];
}

export interface Workload {
	readonly name: string;
	readonly modules: { readonly [file: string]: string };
	readonly regoVersion: "v0" | "v1";
	/** Base data as JSON text. */
	readonly data: string;
	readonly cases: readonly BenchCase[];
	/** What to time besides decisions on parsed input. */
	readonly also?: readonly ("text" | "fresh" | "load")[];
	/** Whether bench/handwritten has these decisions. */
	readonly handwritten?: boolean;
}

/** The same policy without print calls, for peers that would otherwise print. */
export function withoutPrints(workload: Workload): Workload {
	const strip = (text: string): string =>
		text
			.split("\n")
			.filter((line) => !/^\s*print\(.*\)\s*$/.test(line))
			.join("\n");
	return {
		...workload,
		modules: Object.fromEntries(Object.entries(workload.modules).map(([f, text]) => [f, strip(text)])),
	};
}

/** The workload as peers read it: inputs and answers stay as they are written. */
export function workloadJson(w: Workload): string {
	const cases = w.cases.map((c) => {
		const want = c.want === undefined ? "" : `,"want":${c.want}`;
		const ids = c.ids === undefined ? "" : `,"ids":${JSON.stringify(c.ids)}`;
		return `{"path":${JSON.stringify(c.path)},"input":${c.input}${want}${ids}}`;
	});
	return `{"name":${JSON.stringify(w.name)},"modules":${JSON.stringify(w.modules)},"regoVersion":"${w.regoVersion}","data":${w.data},"cases":[${cases.join(",")}]}`;
}
