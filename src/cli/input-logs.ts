/**
 * Files of many inputs: one document a line, which may be millions, a JSON list, or a single document. Lines are read as
 * they are asked for, the others whole.
 */

import { parseDocument } from "../documents/texts.ts";
import { messageOf } from "../thrown.ts";
import { parseJson } from "../value/json.ts";
import { isArray, isPlainObject, type Value } from "../value/value.ts";
import type { FlagSpec, ParsedFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { type LogLine, logLines } from "./log-lines.ts";

export const inputsFlag: FlagSpec = {
	name: "inputs",
	short: "i",
	kind: "list",
	doc: "file of inputs: a JSON list, one document a line, or one document (repeatable)",
};

/** Throws CommandError with exit code 2, which names the line that is none. */
export async function* readInputs(flags: ParsedFlags, io: CliIo): AsyncGenerator<Value> {
	for (const path of flags.list("inputs")) {
		try {
			yield* askedOf(inputsOf(logLines(io, path)), (what) => io.stderr(`${path}: ${what}\n`));
		} catch (e) {
			throw new CommandError(`${path}: ${messageOf(e)}`, 2);
		}
	}
}

/** Of OPA's decision logs, what was asked. Says once what the entries are taken for, where that could be mistaken. */
async function* askedOf(documents: AsyncGenerator<Value>, tell: (what: string) => void): AsyncGenerator<Value> {
	let told = false;
	for await (const v of documents) {
		const isEntry = isPlainObject(v) && Object.hasOwn(v, "decision_id");
		const isEnvelope = isPlainObject(v) && Object.hasOwn(v, "input") && Object.keys(v).length === 1;
		if (!told && (isEntry || isEnvelope)) {
			told = true;
			tell(
				isEntry
					? "entries of a decision log: what is asked is their input"
					: 'entries with nothing but "input" are taken as they are: what stands in it is `input.input`',
			);
		}
		if (!isEntry) yield v;
		else if (v["input"] !== undefined) yield v["input"];
	}
}

/** By its first line, which is a document and not the last, or the beginning of something else. */
async function* inputsOf(lines: Iterator<LogLine>): AsyncGenerator<Value> {
	const head: string[] = [];
	let first: Value | undefined;
	let isRead = false;
	for (let { value: line, done } = lines.next(); done !== true; { value: line, done } = lines.next()) {
		const isBlank = line.text.trim() === "";
		if (isRead && !isBlank && first !== undefined) {
			yield first;
			yield* lineDocuments(line, lines);
			return;
		}
		head.push(line.text);
		if (isRead || isBlank) continue;
		first = lineOf(line.text);
		isRead = true;
	}
	const whole = await parseDocument(head.join("\n"));
	if (isArray(whole)) yield* whole;
	else yield whole;
}

function* lineDocuments(next: LogLine, lines: Iterator<LogLine>): Generator<Value> {
	for (let line = next, done: boolean | undefined = false; done !== true; { value: line, done } = lines.next()) {
		if (line.text.trim() === "") continue;
		const v = lineOf(line.text);
		if (v === undefined) throw new Error(`line ${line.number} is not JSON`);
		yield v;
	}
}

function lineOf(line: string): Value | undefined {
	try {
		return parseJson(line);
	} catch {
		return undefined;
	}
}
