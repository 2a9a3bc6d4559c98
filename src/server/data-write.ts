/** Changes of base documents: `PUT`, `PATCH` and `DELETE /v1/data/…`. Each is all or nothing. */

import { RegoErrors } from "../errors.ts";
import { compact } from "../value/ordered-json.ts";
import type { PlainObject } from "../value/value.ts";
import { type Answer, empty, json } from "./answer.ts";
import { checkScope } from "./bundle-roots.ts";
import type { Call } from "./call.ts";
import type { ServerContext } from "./context.ts";
import { type PatchOp, patchOps, storedDocument } from "./envelope.ts";
import { badRequest } from "./errors.ts";
import { find, insert, type Path, read, storagePath, type WriteOp, write } from "./store.ts";
import { Timers } from "./timers.ts";

export async function dataPut(context: ServerContext, call: Call, written: string): Promise<Answer> {
	const timers = new Timers();
	const text = await call.wholeBody();
	const value = timers.time("rego_input_parse", () => storedDocument(text));
	const path = pathOf(written);
	const { data } = context.runtime.snapshot;
	checkScope(data, path);
	const there = find(data, path) !== undefined;
	if (there && call.header("if-none-match") === "*") return empty(304);
	commit(context, there ? write(data, "add", path, value) : insert(data, path, value));
	return done(call, timers);
}

export async function dataPatch(context: ServerContext, call: Call, written: string): Promise<Answer> {
	const timers = new Timers();
	const text = await call.wholeBody();
	const ops = timers.time("rego_input_parse", () => patchOps(text));
	const changes = ops.map((op) => ({ op: writeOp(op), path: patchPath(written, op.path), value: op.value }));
	let { data } = context.runtime.snapshot;
	for (const { op, path, value } of changes) {
		checkScope(data, path);
		data = write(data, op, path, value);
	}
	commit(context, data);
	return done(call, timers);
}

export async function dataDelete(context: ServerContext, call: Call, written: string): Promise<Answer> {
	const timers = new Timers();
	const path = pathOf(written);
	const { data } = context.runtime.snapshot;
	checkScope(data, path);
	read(data, path);
	context.runtime.commit({ data: write(data, "remove", path, null), checkConflicts: false });
	return done(call, timers);
}

function commit(context: ServerContext, data: PlainObject): void {
	try {
		context.runtime.commit({ data });
	} catch (e) {
		// A rule stands where a document was to be.
		throw e instanceof RegoErrors ? badRequest(e.message) : e;
	}
}

function pathOf(written: string): Path {
	const path = storagePath(written);
	if (path === undefined) throw badRequest(`bad path: ${written}`);
	return path;
}

function writeOp({ op }: PatchOp): WriteOp {
	if (op === "add" || op === "remove" || op === "replace") return op;
	throw badRequest(`bad patch operation: ${op}`);
}

/** Below the path of the request; `~1` and `~0` as in JSON pointers. */
function patchPath(written: string, below: string): Path {
	const path = storagePath(`${written.replace(/^\/+|\/+$/g, "")}/${below.replace(/^\/+|\/+$/g, "")}`);
	if (path === undefined) throw badRequest(`bad patch path: ${below}`);
	return path.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function done(call: Call, timers: Timers): Answer {
	timers.handled();
	if (!call.flag("metrics")) return empty(204);
	return json(200, compact({ value: { metrics: timers.all() } }));
}
