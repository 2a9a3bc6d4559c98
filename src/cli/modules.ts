/** Module texts to syntax trees. The parser is loaded when the first module needs it. */
import type { Module, RegoVersion } from "../parser/ast.ts";

export async function parseModuleText(
	name: string,
	text: string,
	regoVersion: RegoVersion,
	bothVersions = false,
): Promise<Module> {
	const [{ parseModule }, { Source }, { RegoErrors }, { builtins }] = await Promise.all([
		import("../parser/parser.ts"),
		import("../location.ts"),
		import("../errors.ts"),
		import("../builtins/registry.ts"),
	]);
	const { value, errors } = parseModule(new Source(name, text), {
		regoVersion,
		bothVersions,
		annotations: true,
		isBuiltin: (builtin) => builtins.has(builtin),
	});
	if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
	return value;
}
