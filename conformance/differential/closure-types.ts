/**
 * Where OPA's type checker may refuse a comprehension that it should not (docs/differences.md): inside
 * another comprehension, which it checks a second time without the variables of the one around it, and
 * with a `with` in it, of which it forgets what depends on the document replaced.
 */
export function mayBeMistyped(tree: unknown, inside = false): boolean {
	if (typeof tree !== "object" || tree === null) return false;
	const closure = "kind" in tree && typeof tree.kind === "string" && tree.kind.endsWith("-comprehension");
	if (closure && inside) return true;
	const within = closure || inside;
	if (within && "with" in tree && Array.isArray(tree.with) && tree.with.length > 0) return true;
	return Object.values(tree).some((part) => mayBeMistyped(part, within));
}
