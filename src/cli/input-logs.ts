/** Files of many inputs: a JSON list, one document a line, or a single document. */

import { parseDocument } from "../documents/texts.ts";
import { messageOf } from "../thrown.ts";
import { parseJson } from "../value/json.ts";
import { isArray, type Value } from "../value/value.ts";
import type { FlagSpec, ParsedFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";

export const inputsFlag: FlagSpec = {
	name: "inputs",
	short: "i",
	kind: "list",
	doc: "file of inputs: a JSON list, one document a line, or one document (repeatable)",
};

/** Throws CommandError with exit code 2. */
export async function readInputs(flags: ParsedFlags, io: CliIo): Promise<readonly Value[]> {
	const out: Value[] = [];
	for (const path of flags.list("inputs")) {
		try {
			out.push(...(await inputsOf(readText(io, path))));
		} catch (e) {
			throw new CommandError(`${path}: ${messageOf(e)}`, 2);
		}
	}
	return out;
}

async function inputsOf(text: string): Promise<readonly Value[]> {
	const lines = text.split("\n").filter((l) => l.trim() !== "");
	if (lines.length > 1) {
		const each = lines.map(lineOf);
		if (each.every((v): v is Value => v !== undefined)) return each;
	}
	const whole = await parseDocument(text);
	return isArray(whole) ? whole : [whole];
}

function lineOf(line: string): Value | undefined {
	try {
		return parseJson(line);
	} catch {
		return undefined;
	}
}
