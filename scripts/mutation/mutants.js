/**
 * The small faults of one source: each says which text stands in its place. Only what runs is changed, never
 * types, and no text of messages or names: of those the compiler and the goldens know more.
 */
import { parseAst } from "rolldown/parseAst";

const comparisons = {
	"<": ["<=", ">="],
	"<=": ["<", ">"],
	">": [">=", "<="],
	">=": [">", "<"],
	"===": ["!=="],
	"!==": ["==="],
};
const arithmetic = { "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&", "<<": ">>", ">>": "<<" };
const updates = { "+=": "-=", "-=": "+=", "*=": "/=", "|=": "&=", "&=": "|=", "??=": "=", "||=": "=", "&&=": "=" };
/** Without a prototype: a method may be called "toString". */
const twins = {
	__proto__: null,
	some: "every",
	every: "some",
	startsWith: "endsWith",
	endsWith: "startsWith",
	min: "max",
	max: "min",
};
/** Calls that give what they are made on, changed a little. */
const transparent = new Set(["filter", "slice", "sort", "toSorted", "reverse", "toReversed", "trim", "flat"]);
/** Wrappers of TypeScript around what runs. */
const wrappers = new Set([
	"TSAsExpression",
	"TSSatisfiesExpression",
	"TSNonNullExpression",
	"TSInstantiationExpression",
]);

/** The mutants of a source, in the order of their places. */
export function mutantsOf(file, text) {
	const found = [];
	const lines = lineStarts(text);
	const add = (kind, shape, node, to) => {
		const { start, end } = node;
		const line = lines.findLastIndex((at) => at <= start);
		found.push({
			file,
			kind,
			shape,
			start,
			end,
			to,
			from: text.slice(start, end),
			line: line + 1,
			column: start - lines[line] + 1,
			source: text.slice(lines[line], lines[line + 1] ?? text.length).trim(),
		});
	};
	const of = (node) => text.slice(node.start, node.end);
	walk(parseAst(text, { lang: "ts" }), false, add, of);
	return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

function lineStarts(text) {
	const starts = [0];
	for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
	return starts;
}

/** `inChain`: what follows would be read even where `?.` stops, were this wrapped. */
function walk(node, inChain, add, of) {
	if (node === null || typeof node !== "object") return;
	if (Array.isArray(node)) {
		for (const n of node) walk(n, false, add, of);
		return;
	}
	if (typeof node.type !== "string") return;
	if (wrappers.has(node.type)) return walk(node.expression, inChain, add, of);
	if (node.type.startsWith("TS") && node.type !== "TSParameterProperty") return;
	if (node.type === "UnaryExpression" && node.operator === "delete") return;
	if (!inChain) mutate(node, add, of);
	const chained = node.type === "ChainExpression" || inChain;
	for (const [key, child] of Object.entries(node)) {
		if (key === "directive") continue;
		const isPath = key === "expression" || key === "object" || key === "callee";
		walk(child, chained && isPath && node.type !== "TSParameterProperty", add, of);
	}
}

const isTextual = (node) =>
	node.type === "TemplateLiteral" ||
	(node.type === "Literal" && typeof node.value === "string") ||
	(node.type === "BinaryExpression" && node.operator === "+" && (isTextual(node.left) || isTextual(node.right)));

/** What does the same as nothing. */
const isIdle = (block) => /^\{\s*return( undefined)?;?\s*\}$/.test(block);

function mutate(node, add, of) {
	switch (node.type) {
		case "LogicalExpression": {
			add("operand", "expression", node, of(node.left));
			add("operand", "expression", node, of(node.right));
			const other = { "&&": "||", "||": "&&" }[node.operator];
			if (other !== undefined) add("logic", "expression", node, `(${of(node.left)}) ${other} (${of(node.right)})`);
			return;
		}
		case "ConditionalExpression":
			add("branch", "expression", node, of(node.consequent));
			add("branch", "expression", node, of(node.alternate));
			return;
		case "IfStatement":
			add("condition", "expression", node.test, "true");
			add("condition", "expression", node.test, "false");
			return;
		case "WhileStatement":
		case "DoWhileStatement":
		case "ForStatement":
			if (node.test !== null && of(node.test) !== "true") add("loop", "expression", node.test, "false");
			return;
		case "BinaryExpression": {
			const sides = (o) => `(${of(node.left)}) ${o} (${of(node.right)})`;
			for (const o of comparisons[node.operator] ?? []) add("comparison", "expression", node, sides(o));
			const o = arithmetic[node.operator];
			if (o !== undefined && !isTextual(node)) add("arithmetic", "expression", node, sides(o));
			return;
		}
		case "UnaryExpression":
			if (["!", "-", "~"].includes(node.operator)) add("negation", "expression", node, of(node.argument));
			return;
		case "UpdateExpression": {
			const o = node.operator === "++" ? "--" : "++";
			const to = node.prefix ? `${o}${of(node.argument)}` : `${of(node.argument)}${o}`;
			add("update", "expression", node, to);
			return;
		}
		case "AssignmentExpression": {
			const o = updates[node.operator];
			if (o !== undefined && !isTextual(node.right))
				add("update", "expression", node, `${of(node.left)} ${o} ${of(node.right)}`);
			return;
		}
		case "Literal":
			if (typeof node.value === "boolean") add("boolean", "expression", node, String(!node.value));
			return;
		case "ArrayExpression":
			if (node.elements.length > 0) add("array", "expression", node, "[]");
			return;
		case "CallExpression":
			return mutateCall(node, add, of);
		case "ChainExpression":
			return mutateChain(node, add, of);
		case "ExpressionStatement": {
			const call = node.expression.type === "CallExpression" ? node.expression.callee : undefined;
			if (node.directive !== undefined && node.directive !== null) return;
			if (call?.type === "Super" || call?.name === "assertNever") return;
			add("statement", "statement", node, "");
			return;
		}
		case "ThrowStatement":
			add("statement", "statement", node, "");
			return;
		case "FunctionDeclaration":
		case "FunctionExpression":
		case "ArrowFunctionExpression":
			if (node.body?.type !== "BlockStatement" || node.body.body.length === 0) return;
			if (!of(node.body).includes("super(") && !isIdle(of(node.body))) add("body", "block", node.body, "");
			return;
		case "CatchClause":
			if (node.body.body.length > 0 && !isIdle(of(node.body))) add("body", "block", node.body, "");
			return;
		case "TryStatement":
			if (node.finalizer !== null) add("body", "block", node.finalizer, "");
			return;
	}
}

function mutateCall(node, add, of) {
	const { callee } = node;
	if (callee.type !== "MemberExpression" || callee.computed || callee.optional || node.optional) return;
	const { name } = callee.property;
	const twin = twins[name];
	const given = node.arguments.map(of).join(", ");
	if (twin !== undefined) add("method", "expression", node, `${of(callee.object)}.${twin}(${given})`);
	if (transparent.has(name)) add("method", "expression", node, of(callee.object));
}

/** Each `?.` of a chain, not asked. */
function mutateChain(node, add, of) {
	const whole = of(node);
	for (let n = node.expression; n?.type === "MemberExpression" || n?.type === "CallExpression"; ) {
		const inner = n.type === "MemberExpression" ? n.object : n.callee;
		const from = inner.end - node.start;
		const at = whole.indexOf("?.", from);
		if (n.optional && at >= 0) {
			const plain = n.type === "CallExpression" || n.computed ? "" : ".";
			add("chain", "expression", node, whole.slice(0, at) + plain + whole.slice(at + 2));
		}
		n = inner;
		while (n !== undefined && wrappers.has(n.type)) n = n.expression;
	}
}
