/**
 * Errors of the GraphQL parser and validator, and the texts OPA makes of them. Places are rows and
 * columns (in code points) of the query or schema; documents given as objects have none.
 */
import { at } from "../../at.ts";
export interface Position {
	readonly line: number;
	readonly column: number;
	/** "" for the user's text. */
	readonly file: string;
}

export class GraphqlError extends Error {
	/** Undefined where the error has no location at all. */
	readonly position: Position | undefined;

	constructor(message: string, position: Position | undefined) {
		super(message);
		this.name = "GraphqlError";
		this.position = position;
	}

	/** `input:1:2: message`. */
	text(): string {
		const p = this.position;
		const file = p === undefined || p.file === "" ? "input" : p.file;
		return `${file}${p === undefined ? "" : `:${p.line}:${p.column}`}: ${this.message}`;
	}
}

/** An error at a node that may have no position; schema errors then say -1:-1. */
export function schemaError(position: Position | undefined, message: string): GraphqlError {
	return new GraphqlError(message, position ?? { line: -1, column: -1, file: "" });
}

/** OPA's rendering of errors in queries and of syntax errors; `text` is one line or one a line. */
export function locatedText(text: string): string {
	const m = /^[^:]*:([0-9]+):([0-9]+):(.*)$/s.exec(text);
	if (m === null) return `GraphQL parse error: ${text}`;
	const message = at(m, 3).replace(/^ +/, "").replace(/\.\n$/, "");
	return `${message} in GraphQL string at location ${Number(m[1])}:${Number(m[2])}`;
}
