/**
 * Groups of rules with an index: a function for each definition, or for each shape of definitions, and a group that
 * calls those the index selects.
 */
import { at as elementAt } from "../../at.ts";
import type { RuleIndex } from "../../plan/index-rules.ts";
import type { Definition, Func } from "../../plan/plan.ts";
import { type Code, join, js, name } from "./code.ts";
import type { FunctionEmitter } from "./emit-function.ts";
import { withoutProven } from "./emit-guards.ts";
import type { References } from "./emit-references.ts";
import { type Shape, shapesOf } from "./emit-shapes.ts";

/**
 * A group with an index: its definitions become functions of their own (or closures, where there
 * are too many to be worth the text), and the group calls those the index selects.
 */
export function emitIndexed(
	program: References,
	index: number,
	whole: Func,
	emitter: FunctionEmitter,
	ruleIndex: RuleIndex,
): Code {
	program.indexes.set(index, ruleIndex);
	const func =
		ruleIndex.kind === "table" && program.does("proven-guards")
			? { ...whole, definitions: withoutProven(whole.definitions, ruleIndex, program.plan.constants) }
			: whole;
	const args = Array.from({ length: func.arity }, (_, i) => name("a", i));
	const collects = func.kind === "set" || func.kind === "object";
	const shared = emitShapes(program, index, func, emitter);
	if (shared !== undefined) return emitter.emitIndexed(index, ruleIndex, shared);
	const many = func.definitions.length > program.maxDefinitions;
	if (!many) {
		func.definitions.forEach((d, i) => {
			const one = emitter.another(func);
			const body = one.emitOne(d);
			if (one.scope.maxDepth > emitter.scope.maxDepth) emitter.scope.maxDepth = one.scope.maxDepth;
			const params = join([js`c`, ...args, ...(collects ? [name("n", 0)] : [])], ", ");
			program.extra.push(js`function ${name("d", index, i)}(${params}) {\n${body}\n}`);
		});
		const list = func.definitions.map((_, i) => name("d", index, i));
		program.extra.push(js`const ${name("d", index)} = [${join(list, ", ")}];`);
	}
	const call = (i: Code): Code => {
		const operands = join([js`c`, ...args, ...(collects ? [name("n", 0)] : [])], ", ");
		return many
			? js`R.definition(${index}, ${i})(c, [${join(args, ", ")}]${collects ? js`, ${name("n", 0)}` : js``})`
			: js`${name("d", index)}[${i}](${operands})`;
	};
	return emitter.emitIndexed(index, ruleIndex, call);
}

/**
 * A group whose definitions are of few shapes: a function for each shape, and rows of what differs.
 * Undefined where nothing would be shared or too much left over.
 */
function emitShapes(
	program: References,
	index: number,
	func: Func,
	emitter: FunctionEmitter,
): ((i: Code) => Code) | undefined {
	const { definitions } = func;
	const regexMatch = program.plan.builtins.indexOf("regex.match");
	const shapes = shapesOf(definitions, program.plan.constants, regexMatch, program.shareFrom);
	const single = definitions.length - shapes.reduce((n, s) => n + s.members.length, 0);
	if (shapes.length === 0 || shapes.length + single > program.maxDefinitions) return undefined;
	const args = Array.from({ length: func.arity }, (_, i) => name("a", i));
	const collects = func.kind === "set" || func.kind === "object";
	const params = [js`c`, ...args, ...(collects ? [name("n", 0)] : [])];
	const rows: number[][] = definitions.map(() => []);
	const constants: number[][] = [];
	const names: Code[] = [];
	const add = (d: Definition, at: number, shape: Shape | undefined): void => {
		program.shape = shape;
		program.usedSlots = [];
		const one = emitter.another(func);
		const body = one.emitOne(d);
		if (one.scope.maxDepth > emitter.scope.maxDepth) emitter.scope.maxDepth = one.scope.maxDepth;
		const slots = program.usedSlots.map((slot, i) => js`const ${name("s", slot)} = r[${i + 1}];\n`);
		const own = name("d", index, at);
		program.extra.push(js`function ${own}(${join([...params, js`r`], ", ")}) {\n${join(slots)}${body}\n}`);
		const isConstant = program.usedSlots.map((slot) => shape?.kinds.has(slot) === true);
		constants.push(isConstant.flatMap((is, i) => (is ? [i + 1] : [])));
		for (const [member, row] of shape?.members ?? [[at, []] as const]) {
			const filled = program.usedSlots.map((slot) => elementAt(row, slot));
			rows[member] = [names.length, ...filled];
			for (const [i, is] of isConstant.entries()) if (is) program.rowConstants.add(elementAt(filled, i));
		}
		program.shape = undefined;
		names.push(own);
	};
	for (const shape of shapes) add(shape.definition, shape.members[0]?.[0] ?? 0, shape);
	definitions.forEach((d, i) => {
		if (rows[i]?.length === 0) add(d, i, undefined);
	});
	program.rows.set(index, { rows, constants });
	const [only] = names;
	if (only !== undefined && names.length === 1) {
		return (i) => js`${only}(${join([...params, js`${name("r", index)}[${i}]`], ", ")})`;
	}
	program.extra.push(js`const ${name("d", index)} = [${join(names, ", ")}];`);
	return (i) => {
		const row = js`${name("r", index)}[${i}]`;
		return js`${name("d", index)}[${row}[0]](${join([...params, row], ", ")})`;
	};
}
