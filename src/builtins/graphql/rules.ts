/**
 * The validation rules of the specification for queries, one function each, named as in the library
 * OPA uses. They report in the order in which the walk meets the nodes, and at one node in the order
 * of `rules` below, which decides what error comes first.
 */
import { quoteGo } from "../../value/term-text.ts";
import {
	type Argument,
	type ArgumentDefinition,
	byName,
	type Definition,
	type FragmentDefinition,
	type FragmentSpread,
	isComposite,
	isInput,
	isLeaf,
	literalKind,
	type QueryDocument,
	type Schema,
	type Selection,
	typeName,
	typeText,
} from "./ast.ts";
import { GraphqlError, type Position } from "./error.ts";
import { overlappingFieldsCanBeMerged } from "./overlapping-fields.ts";
import { didYouMean, quotedOrList, suggestions } from "./suggest.ts";
import { literalText, valuesOfCorrectType, variablesInAllowedPosition } from "./value-rules.ts";
import { Events, type Report, type Rule, rootType, type Walker, walkQuery } from "./walk.ts";

/** Violations, in order; empty for a valid query. `step` counts work. */
export function validateQuery(schema: Schema, doc: QueryDocument, step: (amount: number) => void): GraphqlError[] {
	const errors: GraphqlError[] = [];
	const on = new Events();
	const report: Report = (message, pos) => errors.push(new GraphqlError(message, pos));
	for (const rule of rules(step)) rule(on, report);
	walkQuery(schema, doc, on);
	return errors;
}

function rules(step: (amount: number) => void): readonly Rule[] {
	return [
		fieldsOnCorrectType,
		fragmentsOnCompositeTypes,
		knownArgumentNames,
		knownDirectives,
		knownFragmentNames,
		knownRootType,
		knownTypeNames,
		loneAnonymousOperation,
		maxIntrospectionDepth,
		noFragmentCycles,
		noUndefinedVariables,
		noUnusedFragments,
		noUnusedVariables,
		overlappingFieldsCanBeMerged(step),
		possibleFragmentSpreads,
		providedRequiredArguments,
		scalarLeafs,
		singleFieldSubscriptions,
		uniqueArgumentNames,
		uniqueDirectivesPerLocation,
		uniqueFragmentNames,
		uniqueInputFieldNames,
		uniqueOperationNames,
		uniqueVariableNames,
		valuesOfCorrectType,
		variablesAreInputTypes,
		variablesInAllowedPosition,
	];
}

const fieldsOnCorrectType: Rule = (on, report) => {
	on.field.push((w, field) => {
		const parent = field.objectDefinition;
		if (parent === undefined || field.definition !== undefined) return;
		let message = `Cannot query field "${field.Name}" on type "${parent.Name}".`;
		const types = typesWithField(w, parent, field.Name);
		if (types.length > 0) message += ` Did you mean to use an inline fragment on ${quotedOrList(types)}?`;
		else if (parent.Kind === "OBJECT" || parent.Kind === "INTERFACE") {
			const names = suggestions(
				field.Name,
				parent.Fields.map((f) => f.Name),
			);
			if (names.length > 0) message += ` Did you mean ${quotedOrList(names)}?`;
		}
		report(message, field.pos);
	});
};

/** Types an abstract type may be that have the field, the interfaces most used first. */
function typesWithField(w: Walker, parent: Definition, name: string): string[] {
	if (parent.Kind !== "INTERFACE" && parent.Kind !== "UNION") return [];
	const objects: string[] = [];
	const interfaces: string[] = [];
	const uses = new Map<string, number>();
	for (const type of w.schema.possibleTypes.get(parent.Name) ?? []) {
		if (byName(type.Fields, name) === undefined) continue;
		objects.push(type.Name);
		for (const i of type.Interfaces) {
			const face = w.schema.types.get(i);
			if (face === undefined || byName(face.Fields, name) === undefined) continue;
			if (!uses.has(i)) interfaces.push(i);
			uses.set(i, (uses.get(i) ?? 0) + 1);
		}
	}
	const count = (t: string): number => uses.get(t) ?? 0;
	return [...interfaces, ...objects].sort((a, b) => count(b) - count(a) || (a < b ? -1 : a > b ? 1 : 0));
}

const fragmentsOnCompositeTypes: Rule = (on, report) => {
	on.inlineFragment.push((w, f) => {
		const type = w.schema.types.get(f.TypeCondition);
		if (type === undefined || isComposite(type)) return;
		report(`Fragment cannot condition on non composite type "${f.TypeCondition}".`, f.pos);
	});
	on.fragment.push((_, f) => {
		if (f.definition === undefined || f.TypeCondition === "" || isComposite(f.definition)) return;
		report(`Fragment "${f.Name}" cannot condition on non composite type "${f.TypeCondition}".`, f.pos);
	});
};

const knownArgumentNames: Rule = (on, report) => {
	const check = (
		args: readonly Argument[],
		defs: readonly ArgumentDefinition[],
		where: string,
		pos: Position | undefined,
	): void => {
		for (const a of args) {
			if (byName(defs, a.Name) !== undefined) continue;
			const hint = didYouMean(
				"Did you mean",
				a.Name,
				defs.map((d) => d.Name),
			);
			report(`Unknown argument "${a.Name}" on ${where}.${hint}`, pos);
		}
	};
	on.field.push((_, f) => {
		if (f.definition === undefined || f.objectDefinition === undefined) return;
		check(f.Arguments, f.definition.Arguments, `field "${f.objectDefinition.Name}.${f.Name}"`, f.pos);
	});
	on.directive.push((_, d) => {
		if (d.definition !== undefined) check(d.Arguments, d.definition.Arguments, `directive "@${d.Name}"`, d.pos);
	});
};

const knownDirectives: Rule = (on, report) => {
	const seen = new Set<string>();
	on.directive.push((_, d) => {
		if (d.definition === undefined) {
			report(`Unknown directive "@${d.Name}".`, d.pos);
			return;
		}
		if (d.definition.Locations.includes(d.location ?? "")) return;
		const key = `${d.Name} ${d.pos?.line} ${d.pos?.column}`;
		if (!seen.has(key)) report(`Directive "@${d.Name}" may not be used on ${d.location}.`, d.pos);
		seen.add(key);
	});
};

const knownFragmentNames: Rule = (on, report) => {
	on.spread.push((_, s) => {
		if (s.definition === undefined) report(`Unknown fragment "${s.Name}".`, s.pos);
	});
};

const knownRootType: Rule = (on, report) => {
	on.operation.push((w, op) => {
		if (rootType(w.schema, op.Operation)[0] !== undefined) return;
		report(`Schema does not support operation type "${op.Operation}"`, op.pos);
	});
};

const knownTypeNames: Rule = (on, report) => {
	on.variable.push((w, v) => {
		const name = typeName(v.Type);
		if (!w.schema.types.has(name)) report(`Unknown type "${name}".`, v.pos);
	});
	on.inlineFragment.push((w, f) => {
		if (f.TypeCondition === "" || w.schema.types.has(f.TypeCondition)) return;
		report(`Unknown type "${f.TypeCondition}".`, f.pos);
	});
	on.fragment.push((w, f) => {
		if (w.schema.types.has(f.TypeCondition)) return;
		const hint = didYouMean("Did you mean", f.TypeCondition, [...w.schema.types.keys()]);
		report(`Unknown type "${f.TypeCondition}".${hint}`, f.pos);
	});
};

const loneAnonymousOperation: Rule = (on, report) => {
	on.operation.push((w, op) => {
		if (op.Name !== "" || w.document.Operations.length <= 1) return;
		report("This anonymous operation must be the only defined operation.", op.pos);
	});
};

const maxIntrospectionDepth: Rule = (on, report) => {
	const listFields = ["fields", "interfaces", "possibleTypes", "inputFields"];
	on.field.push((_, field) => {
		if (field.Name !== "__schema" && field.Name !== "__type") return;
		// Depths at which a fragment was left already: entering it again no deeper finds nothing new.
		const left = new Map<string, number>();
		const inside = new Set<string>();
		const tooDeep = (selections: readonly Selection[], depth: number): boolean =>
			selections.some((s) => {
				if (s.kind === "inline") return tooDeep(s.SelectionSet, depth);
				if (s.kind === "field") {
					const d = listFields.includes(s.Name) ? depth + 1 : depth;
					return d >= 3 || tooDeep(s.SelectionSet, d);
				}
				if (s.definition === undefined || inside.has(s.Name) || (left.get(s.Name) ?? -1) >= depth) return false;
				inside.add(s.Name);
				const found = tooDeep(s.definition.SelectionSet, depth);
				inside.delete(s.Name);
				left.set(s.Name, depth);
				return found;
			});
		if (tooDeep(field.SelectionSet, 0)) report("Maximum introspection depth exceeded", field.pos);
	});
};

const noFragmentCycles: Rule = (on, report) => {
	const visited = new Set<string>();
	on.fragment.push((w, fragment) => {
		const path: FragmentSpread[] = [];
		const indexByName = new Map<string, number>();
		const visit = (f: FragmentDefinition): void => {
			if (visited.has(f.Name)) return;
			visited.add(f.Name);
			const spreads = spreadsIn(f.SelectionSet);
			if (spreads.length === 0) return;
			indexByName.set(f.Name, path.length);
			for (const s of spreads) {
				const start = indexByName.get(s.Name);
				path.push(s);
				if (start === undefined) {
					const next = byName(w.document.Fragments, s.Name);
					if (next !== undefined) visit(next);
				} else {
					const names = path.slice(start, -1).map((p) => `"${p.Name}"`);
					const via = names.length === 0 ? "" : ` via ${names.join(", ")}`;
					report(`Cannot spread fragment "${s.Name}" within itself${via}.`, s.pos);
				}
				path.pop();
			}
			indexByName.delete(f.Name);
		};
		visit(fragment);
	});
};

/** All spreads below a selection set, in the library's order: a set's own first, then those of its last child. */
function spreadsIn(selections: readonly Selection[]): FragmentSpread[] {
	const out: FragmentSpread[] = [];
	const sets = [selections];
	for (let set = sets.pop(); set !== undefined; set = sets.pop()) {
		for (const s of set) {
			if (s.kind === "spread") out.push(s);
			else sets.push(s.SelectionSet);
		}
	}
	return out;
}

const noUndefinedVariables: Rule = (on, report) => {
	on.literal.push((w, v) => {
		const op = w.operation;
		if (op === undefined || v.Kind !== literalKind.variable || v.variableDefinition !== undefined) return;
		const by = op.Name === "" ? "" : ` by operation "${op.Name}"`;
		report(`Variable "${literalText(v)}" is not defined${by}.`, v.pos);
	});
};

const noUnusedFragments: Rule = (on, report) => {
	const used = new Set<string>();
	// Operations are walked first: spreads met after the first fragment definition do not count.
	let inFragments = false;
	on.spread.push((_, s) => {
		if (!inFragments) used.add(s.Name);
	});
	on.fragment.push((_, f) => {
		inFragments = true;
		if (!used.has(f.Name)) report(`Fragment "${f.Name}" is never used.`, f.pos);
	});
};

const noUnusedVariables: Rule = (on, report) => {
	on.operation.push((_, op) => {
		for (const v of op.VariableDefinitions) {
			if (v.used === true || v.Used) continue;
			const where = op.Name === "" ? "" : ` in operation "${op.Name}"`;
			report(`Variable "$${v.Variable}" is never used${where}.`, v.pos);
		}
	});
};

const possibleFragmentSpreads: Rule = (on, report) => {
	const impossible = (w: Walker, parent: Definition | undefined, condition: string): parent is Definition => {
		if (parent === undefined || !isComposite(parent)) return false;
		const own = parent.Kind === "OBJECT" ? [parent] : (w.schema.possibleTypes.get(parent.Name) ?? []);
		const type = w.schema.types.get(condition);
		if (type === undefined || !isComposite(type)) return false;
		const names = new Set(own.map((d) => d.Name));
		return !(w.schema.possibleTypes.get(type.Name) ?? []).some((d) => names.has(d.Name));
	};
	const tail = (parent: Definition, condition: string): string =>
		`cannot be spread here as objects of type "${parent.Name}" can never be of type "${condition}".`;
	on.inlineFragment.push((w, f) => {
		const parent = f.objectDefinition;
		if (impossible(w, parent, f.TypeCondition)) report(`Fragment ${tail(parent, f.TypeCondition)}`, f.pos);
	});
	on.spread.push((w, s) => {
		const parent = s.objectDefinition;
		const condition = s.definition?.TypeCondition;
		if (condition !== undefined && impossible(w, parent, condition)) {
			report(`Fragment "${s.Name}" ${tail(parent, condition)}`, s.pos);
		}
	});
};

const providedRequiredArguments: Rule = (on, report) => {
	const check = (
		defs: readonly ArgumentDefinition[],
		args: readonly Argument[],
		what: string,
		pos: Position | undefined,
	): void => {
		for (const d of defs) {
			if (!d.Type.NonNull || d.DefaultValue !== undefined || byName(args, d.Name) !== undefined) continue;
			report(`${what} argument "${d.Name}" of type "${typeText(d.Type)}" is required, but it was not provided.`, pos);
		}
	};
	on.field.push((_, f) => {
		if (f.definition !== undefined) check(f.definition.Arguments, f.Arguments, `Field "${f.Name}"`, f.pos);
	});
	on.directive.push((_, d) => {
		const def = d.definition;
		if (def !== undefined) check(def.Arguments, d.Arguments, `Directive "@${def.Name}"`, d.pos);
	});
};

const scalarLeafs: Rule = (on, report) => {
	on.field.push((w, f) => {
		const type = f.definition && w.schema.types.get(typeName(f.definition.Type));
		if (f.definition === undefined || type === undefined) return;
		if (isLeaf(type)) {
			if (f.SelectionSet.length === 0) return;
			report(`Field "${f.Name}" must not have a selection since type "${type.Name}" has no subfields.`, f.pos);
		} else if (f.SelectionSet.length === 0) {
			const shape = typeText(f.definition.Type);
			report(
				`Field "${f.Name}" of type "${shape}" must have a selection of subfields. Did you mean "${f.Name} { ... }"?`,
				f.pos,
			);
		}
	});
};

const singleFieldSubscriptions: Rule = (on, report) => {
	on.operation.push((w, op) => {
		if (w.schema.subscription === undefined || op.Operation !== "subscription") return;
		const name = op.Name === "" ? "Anonymous Subscription" : `Subscription ${quoteGo(op.Name)}`;
		const fields = topFields(op.SelectionSet);
		const second = fields[1];
		if (second !== undefined) report(`${name} must select only one top level field.`, second.pos);
		for (const f of fields) {
			if (f.name.startsWith("__")) report(`${name} must not select an introspection top level field.`, f.pos);
		}
	});
};

function topFields(selections: readonly Selection[]): { name: string; pos: Position | undefined }[] {
	const out = new Map<string, Position | undefined>();
	const entered = new Set<string>();
	const visit = (set: readonly Selection[]): void => {
		for (const s of set) {
			if (s.kind === "field") {
				if (!out.has(s.Name)) out.set(s.Name, s.pos);
			} else if (s.kind === "inline") visit(s.SelectionSet);
			else {
				// As the library: an unknown fragment ends its selection set.
				if (s.definition === undefined) return;
				if (entered.has(s.definition.Name)) continue;
				entered.add(s.definition.Name);
				visit(s.definition.SelectionSet);
			}
		}
	};
	visit(selections);
	return [...out].map(([name, pos]) => ({ name, pos }));
}

/** Reports the second of each group of equals, and the others too unless `once`. */
function reportRepeats<T>(
	nodes: readonly T[],
	nameOf: (node: T) => string,
	once: boolean,
	found: (name: string, node: T) => void,
): void {
	const counts = new Map<string, number>();
	for (const node of nodes) {
		const name = nameOf(node);
		const n = counts.get(name) ?? 0;
		if (once ? n === 1 : n > 0) found(name, node);
		counts.set(name, n + 1);
	}
}

const uniqueArgumentNames: Rule = (on, report) => {
	const check = (args: readonly Argument[]): void =>
		reportRepeats(
			args,
			(a) => a.Name,
			true,
			(name, a) => report(`There can be only one argument named "${name}".`, a.pos),
		);
	on.field.push((_, f) => check(f.Arguments));
	on.directive.push((_, d) => check(d.Arguments));
};

const uniqueDirectivesPerLocation: Rule = (on, report) => {
	on.directives.push((_, directives) =>
		reportRepeats(
			directives,
			(d) => d.Name,
			false,
			(name, d) => {
				if (d.definition?.IsRepeatable === true) return;
				report(`The directive "@${name}" can only be used once at this location.`, d.pos);
			},
		),
	);
};

const uniqueFragmentNames: Rule = (on, report) => {
	const seen = new Set<string>();
	on.fragment.push((_, f) => {
		if (seen.has(f.Name)) report(`There can be only one fragment named "${f.Name}".`, f.pos);
		seen.add(f.Name);
	});
};

const uniqueInputFieldNames: Rule = (on, report) => {
	on.literal.push((_, v) => {
		if (v.Kind !== literalKind.object) return;
		reportRepeats(
			v.Children,
			(c) => c.Name,
			false,
			(name, c) => report(`There can be only one input field named "${name}".`, c.pos),
		);
	});
};

const uniqueOperationNames: Rule = (on, report) => {
	const seen = new Set<string>();
	on.operation.push((_, op) => {
		if (seen.has(op.Name)) report(`There can be only one operation named "${op.Name}".`, op.pos);
		seen.add(op.Name);
	});
};

const uniqueVariableNames: Rule = (on, report) => {
	on.operation.push((_, op) =>
		reportRepeats(
			op.VariableDefinitions,
			(v) => v.Variable,
			true,
			(name, v) => report(`There can be only one variable named "$${name}".`, v.pos),
		),
	);
};

const variablesAreInputTypes: Rule = (on, report) => {
	on.operation.push((_, op) => {
		for (const v of op.VariableDefinitions) {
			if (v.definition === undefined || isInput(v.definition)) continue;
			report(`Variable "$${v.Variable}" cannot be non-input type "${typeText(v.Type)}".`, v.pos);
		}
	});
};
