/**
 * What declarations say for people (docs/builtins.md is made of it, and the list of what each version of OPA has)
 * is read by nobody in a page: it is left out of the modules for browsers.
 *
 * In: the text of a built module. Out: the same without the properties below, and with empty texts where a function
 * that declares builtins is handed one of them.
 */
import { parseAst } from "rolldown/parseAst";

/** By module, as it is called in dist/esm. */
const builtin = ["category", "doc", "needs", "resultDoc", "since"];
const documented = [
	[/^builtins\/(?!define|lazy)[\w-]+\.js$/, builtin],
	[/^compiler\/check\.js$/, ["holds", "name"]],
];

export function withoutDocumentation(file, text) {
	const names = documented.find(([files]) => files.test(file))?.[1];
	if (names === undefined) return text;
	const cuts = [];
	const tree = parseAst(text);
	const parameters = documentedParameters(tree, names);
	visit(tree, (node) => {
		if (node.type === "ObjectExpression") cutProperties(node, names, cuts);
		// `["x", t.number, "what it is"]`
		if (node.type === "ArrayExpression" && isDocumentedOperand(node)) {
			cuts.push([node.elements[1].end, node.elements[2].end, ""]);
		}
		if (node.type !== "CallExpression" || node.callee.type !== "Identifier") return;
		for (const i of parameters.get(node.callee.name) ?? []) {
			const given = node.arguments[i];
			if (given !== undefined && isText(given)) cuts.push([given.start, given.end, '""']);
		}
	});
	let out = "";
	let at = 0;
	for (const [start, end, instead] of cuts.sort(([a], [b]) => a - b)) {
		// What is inside something that is cut goes with it.
		if (start < at) continue;
		out += text.slice(at, start) + instead;
		at = end;
	}
	return out + text.slice(at);
}

function cutProperties({ properties }, names, cuts) {
	const goes = (p) => p.type === "Property" && names.includes(p.key.name);
	// Behind the last that stays the comma before goes with them, elsewhere the one behind.
	const tail = properties.findLastIndex((p) => !goes(p)) + 1;
	for (const [i, p] of properties.slice(0, tail).entries()) {
		if (goes(p)) cuts.push([p.start, properties[i + 1].start, ""]);
	}
	const last = properties[tail] && properties.at(-1);
	if (last !== undefined) cuts.push([properties[tail - 1]?.end ?? properties[0].start, last.end, ""]);
}

/** A name, a type, and a text. */
function isDocumentedOperand({ elements }) {
	const [name, type, text] = elements;
	return elements.length === 3 && [name, type, text].every((e) => e?.type !== undefined)
		? isText(name) && !isText(type) && (isText(text) || namesText(text.name))
		: false;
}

/** What is called so is a text for the documentation. */
function namesText(name) {
	return name?.endsWith("Doc") === true;
}

function isText(node) {
	if (node.type === "BinaryExpression") return node.operator === "+" && isText(node.left) && isText(node.right);
	return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node.value === "string");
}

/** Positions of the parameters that are called as the properties are, by name of the function. */
function documentedParameters(tree, names) {
	const found = new Map();
	visit(tree, (node) => {
		if (node.type !== "FunctionDeclaration") return;
		const at = node.params.flatMap((p, i) => (names.includes(p.name) || namesText(p.name) ? [i] : []));
		if (at.length > 0) found.set(node.id.name, at);
	});
	return found;
}

function visit(node, see) {
	if (typeof node.type === "string") see(node);
	for (const child of Object.values(node)) if (typeof child === "object" && child !== null) visit(child, see);
}
