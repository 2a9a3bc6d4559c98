/**
 * Tables of numbers that have names (the kinds of tokens): where a module for browsers names one of them the number
 * itself is written, so that no page loads the names, and the parser compares with constants.
 *
 * In: the text of a built module. Out: the same with `Kind.LBrace` as `29`, wherever `Kind` is that table.
 */
import { parseAst } from "rolldown/parseAst";
import { visit } from "./documentation.js";

/** What others call a table, the module that has it, and what it is called there. */
export const tables = [{ name: "Kind", file: "parser/token.js", literal: "kinds" }];

/** The numbers of a table, by name, from the text of its module. */
export function numbersOf(text, { literal }) {
	const numbers = new Map();
	visit(parseAst(text), (node) => {
		if (node.type !== "VariableDeclarator" || node.id.name !== literal) return;
		for (const { key, value } of node.init.properties) numbers.set(key.name, value.value);
	});
	if (numbers.size === 0 || [...numbers.values()].some((n) => typeof n !== "number"))
		throw new Error(`no table of numbers: ${literal}`);
	return numbers;
}

/** `numbers`: of the table `name`. */
export function withNumbers(text, name, numbers) {
	if (!text.includes(`${name}.`)) return text;
	const tree = parseAst(text);
	let isTable = false;
	const found = [];
	visit(tree, (node) => {
		if (node.type === "ImportSpecifier" && node.imported.name === name && node.local.name === name) isTable = true;
		if (node.type === "VariableDeclarator" && node.id.name === name) isTable = true;
		if (node.type !== "MemberExpression" || node.computed || node.object.name !== name) return;
		const number = numbers.get(node.property.name);
		if (number === undefined) throw new Error(`${name} has no ${node.property.name}`);
		found.push([node.start, node.end, number]);
	});
	if (!isTable) return text;
	let out = "";
	let at = 0;
	for (const [start, end, number] of found.sort(([a], [b]) => a - b)) {
		out += `${text.slice(at, start)}${number} /* ${text.slice(start, end)} */`;
		at = end;
	}
	return out + text.slice(at);
}
