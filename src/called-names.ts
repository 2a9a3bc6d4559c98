/** Names that modules may call as builtins: more rather than fewer, since what is called must be loaded. */
import type { Module, Ref } from "./parser/ast.ts";

/** Those of the names for which isName holds, wherever they stand in the modules. */
export function calledNames(modules: readonly Module[], isName: (name: string) => boolean): ReadonlySet<string> {
	const found = new Set<string>();
	const note = (name: string): void => {
		if (isName(name)) found.add(name);
	};
	// Not by recursion: trees are as deep as the parser lets them be.
	const open: unknown[] = modules.flatMap((m) => [...m.rules]);
	while (open.length > 0) {
		const node = open.pop();
		if (typeof node !== "object" || node === null) continue;
		if (isRef(node)) notePrefixes(node, note);
		else if ("kind" in node && node.kind === "var" && "name" in node && typeof node.name === "string") note(node.name);
		for (const child of Object.values(node)) if (typeof child === "object") open.push(child);
	}
	return found;
}

function isRef(node: object): node is Ref {
	return "kind" in node && node.kind === "ref" && "terms" in node;
}

/** `a`, `a.b`, `a.b.c` of `a.b.c[x]`. */
function notePrefixes({ terms }: Ref, note: (name: string) => void): void {
	let name = "";
	for (const [i, t] of terms.entries()) {
		if (i === 0 && t.kind === "var") name = t.name;
		else if (i > 0 && t.kind === "scalar" && typeof t.value === "string") name += `.${t.value}`;
		else return;
		note(name);
	}
}
