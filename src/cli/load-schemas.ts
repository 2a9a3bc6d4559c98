/**
 * What `-s` loads: one JSON schema, which is that of the input, or a folder of them, named by their
 * paths: `lib/user-id.json` is `schema.lib["user-id"]`. YAML is read as well.
 */

import type { SchemaSet } from "../compiler/typecheck/schemas.ts";
import { parseDocument } from "../documents/texts.ts";
import { messageOf } from "../thrown.ts";
import type { Value } from "../value/value.ts";
import { cleanPath } from "./documents.ts";
import type { FlagSpec } from "./flags.ts";
import { type CliIo, listFolder, readBytes, statPath } from "./io.ts";
import { LoadErrors } from "./load-data.ts";

export const schemaFlag: FlagSpec = {
	name: "schema",
	short: "s",
	kind: "string",
	doc: "JSON schema of the input, or a folder of schemas",
};

/** Undefined for no path. Throws LoadErrors. */
export async function loadSchemas(schemaPath: string, io: CliIo): Promise<SchemaSet | undefined> {
	if (schemaPath === "") return undefined;
	try {
		const path = cleanPath(schemaPath);
		const schemas = new Map<string, Value>();
		if (statPath(io, path).isDirectory()) await loadFolder(path, "schema", schemas, io);
		else {
			const schema = await loadSchema(path, io);
			// null says nothing of the input.
			if (schema !== null) schemas.set("schema", schema);
		}
		return schemas;
	} catch (e) {
		throw e instanceof Error ? new LoadErrors([e]) : e;
	}
}

async function loadFolder(path: string, name: string, schemas: Map<string, Value>, io: CliIo): Promise<void> {
	for (const entry of listFolder(io, path)) {
		const file = `${path.replace(/\/+$/, "")}/${entry}`;
		if (statPath(io, file).isDirectory()) await loadFolder(file, name + element(entry), schemas, io);
		else schemas.set(name + element(entry.replace(/\.[^.]*$/, "")), await loadSchema(file, io));
	}
}

/** As references are written. */
function element(name: string): string {
	return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

async function loadSchema(path: string, io: CliIo): Promise<Value> {
	const bytes = readBytes(io, path);
	try {
		return await parseDocument(bytes);
	} catch (e) {
		throw new Error(`${path}: ${messageOf(e)}`, { cause: e });
	}
}
