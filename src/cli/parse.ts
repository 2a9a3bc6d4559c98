/**
 * `rego parse FILE`: the module's syntax tree as JSON, in the shape of src/parser/ast.ts (spans are
 * offsets in UTF-16 units). This is our tree, not the JSON of `opa parse`.
 */
import { builtins } from "../builtins/registry.ts";
import { RegoErrors } from "../errors.ts";
import { Source } from "../location.ts";
import { parseModule } from "../parser/parser.ts";
import { numberText } from "../value/number.ts";
import { isNumber, type Value } from "../value/value.ts";
import { v0Flag, v1Flag } from "./eval-flags.ts";
import { parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";

export async function runParse(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags([v0Flag, v1Flag], argv);
	const [path, ...more] = flags.args;
	if (path === undefined || more.length > 0) throw new CommandError("expected exactly one path", 1);
	let text: string;
	try {
		text = readText(io, path);
	} catch (e) {
		throw new CommandError((e as Error).message, 2);
	}
	const { value, errors } = parseModule(new Source(path, text), {
		regoVersion: flags.bool("v0-compatible") ? "v0" : "v1",
		annotations: true,
		isBuiltin: (name) => builtins.has(name),
	});
	if (value === undefined || errors.length > 0) throw new CommandError(new RegoErrors(errors).message, 2);
	const { source: _, ...module } = value;
	io.stdout(`${JSON.stringify(module, showValue, 2)}\n`);
	return 0;
}

/** Numbers that JSON.stringify would respell are shown as text. */
function showValue(this: { readonly [key: string]: unknown }, key: string, written: unknown): unknown {
	// As it is, not what its own toJSON makes of it.
	const v = this[key];
	if (typeof v === "bigint") return String(v);
	if (typeof v === "object" && v !== null && isNumber(v as Value)) return numberText(v as never);
	return written;
}
