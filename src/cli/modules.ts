/** Module texts to syntax trees. The parser is loaded when the first module needs it. */
import type { Module, RegoVersion } from "../parser/ast.ts";

export async function parseModuleText(name: string, text: string, regoVersion: RegoVersion): Promise<Module> {
	const [{ parseModule }, { Source }] = await Promise.all([import("../parser/parser.ts"), import("../location.ts")]);
	return parseModule(new Source(name, text), { regoVersion });
}
