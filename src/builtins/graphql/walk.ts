/**
 * The walk over a query document that validation rules listen to: operations and fragments in order,
 * members before the node itself. On the way every node learns its definition in the schema.
 */
import {
	type Argument,
	type ArgumentDefinition,
	byName,
	type Definition,
	type Directive,
	type Field,
	type FieldDefinition,
	type FragmentDefinition,
	type FragmentSpread,
	type InlineFragment,
	type Literal,
	literalKind,
	type OperationDefinition,
	type QueryDocument,
	type Schema,
	type Selection,
	typeName,
	type VariableDefinition,
} from "./ast.ts";
import type { Position } from "./error.ts";

export interface Walker {
	readonly schema: Schema;
	readonly document: QueryDocument;
	/** Undefined inside fragment definitions. */
	readonly operation: OperationDefinition | undefined;
}

type Listener<T> = (w: Walker, node: T) => void;

/** Listeners by kind of node, called in the order of registration. */
export class Events {
	readonly operation: Listener<OperationDefinition>[] = [];
	readonly field: Listener<Field>[] = [];
	readonly fragment: Listener<FragmentDefinition>[] = [];
	readonly inlineFragment: Listener<InlineFragment>[] = [];
	readonly spread: Listener<FragmentSpread>[] = [];
	readonly directive: Listener<Directive>[] = [];
	readonly directives: Listener<readonly Directive[]>[] = [];
	readonly literal: Listener<Literal>[] = [];
	readonly variable: Listener<VariableDefinition>[] = [];
}

/** Reports a violation. */
export type Report = (message: string, pos: Position | undefined) => void;

export type Rule = (on: Events, report: Report) => void;

const typename: FieldDefinition = {
	Description: "",
	Name: "__typename",
	Arguments: [],
	DefaultValue: undefined,
	Type: { NamedType: "String", Elem: undefined, NonNull: false, pos: undefined },
	Directives: [],
	BeforeDescriptionComment: undefined,
	AfterDescriptionComment: undefined,
	pos: undefined,
};

export function walkQuery(schema: Schema, document: QueryDocument, on: Events): void {
	const walk = new Walk(schema, document, on);
	for (const op of document.Operations) walk.visitOperation(op);
	for (const f of document.Fragments) walk.visitFragment(f);
}

class Walk implements Walker {
	readonly schema: Schema;
	readonly document: QueryDocument;
	operation: OperationDefinition | undefined;
	readonly #on: Events;
	/** Fragments already entered from the current root. */
	#entered: Set<string> = new Set();

	constructor(schema: Schema, document: QueryDocument, on: Events) {
		this.schema = schema;
		this.document = document;
		this.#on = on;
	}

	#tell<T>(listeners: readonly Listener<T>[], node: T): void {
		for (const listen of listeners) listen(this, node);
	}

	visitOperation(op: OperationDefinition): void {
		this.#entered = new Set();
		this.operation = op;
		for (const v of op.VariableDefinitions) {
			v.definition = this.schema.types.get(typeName(v.Type));
			this.#tell(this.#on.variable, v);
			if (v.DefaultValue !== undefined) {
				v.DefaultValue.expectedType = v.Type;
				v.DefaultValue.definition = v.definition;
			}
		}
		for (const v of op.VariableDefinitions) {
			if (v.DefaultValue !== undefined) this.#literal(v.DefaultValue);
			this.#directives(v.Directives, "VARIABLE_DEFINITION");
		}
		const [def, location] = rootType(this.schema, op.Operation);
		this.#directives(op.Directives, location);
		this.#selections(def, op.SelectionSet);
		this.#tell(this.#on.operation, op);
		this.operation = undefined;
	}

	visitFragment(f: FragmentDefinition): void {
		this.#entered = new Set();
		f.definition = this.schema.types.get(f.TypeCondition);
		this.#directives(f.Directives, "FRAGMENT_DEFINITION");
		this.#selections(f.definition, f.SelectionSet);
		this.#tell(this.#on.fragment, f);
	}

	#directives(directives: readonly Directive[], location: string): void {
		for (const d of directives) {
			d.definition = this.schema.directives.get(d.Name);
			d.location = location;
			for (const a of d.Arguments) {
				this.#argument(d.definition === undefined ? undefined : byName(d.definition.Arguments, a.Name), a);
			}
			this.#tell(this.#on.directive, d);
		}
		this.#tell(this.#on.directives, directives);
	}

	#argument(def: ArgumentDefinition | undefined, a: Argument): void {
		if (def !== undefined) this.#expect(a.Value, def);
		this.#literal(a.Value);
	}

	#expect(v: Literal, def: ArgumentDefinition | FieldDefinition): void {
		v.expectedType = def.Type;
		v.expectedTypeHasDefault = def.DefaultValue !== undefined && def.DefaultValue.Kind !== literalKind.null;
		v.definition = this.schema.types.get(typeName(def.Type));
	}

	#literal(v: Literal): void {
		if (v.Kind === literalKind.variable && this.operation !== undefined) {
			v.variableDefinition = this.operation.VariableDefinitions.find((d) => d.Variable === v.Raw);
			if (v.variableDefinition !== undefined) v.variableDefinition.used = true;
		}
		if (v.Kind === literalKind.object) {
			for (const child of v.Children) {
				const def = v.definition === undefined ? undefined : byName(v.definition.Fields, child.Name);
				if (def !== undefined) this.#expect(child.Value, def);
				this.#literal(child.Value);
			}
		}
		if (v.Kind === literalKind.list) {
			for (const child of v.Children) {
				if (v.expectedType?.Elem !== undefined) {
					child.Value.expectedType = v.expectedType.Elem;
					child.Value.definition = v.definition;
				}
				this.#literal(child.Value);
			}
		}
		this.#tell(this.#on.literal, v);
	}

	#selections(parent: Definition | undefined, selections: readonly Selection[]): void {
		for (const s of selections) {
			if (s.kind === "field") this.#field(parent, s);
			else if (s.kind === "inline") this.#inline(parent, s);
			else this.#spread(parent, s);
		}
	}

	#field(parent: Definition | undefined, f: Field): void {
		f.definition = f.Name === "__typename" ? typename : parent && byName(parent.Fields, f.Name);
		f.objectDefinition = parent;
		const next = f.definition && this.schema.types.get(typeName(f.definition.Type));
		for (const a of f.Arguments) this.#argument(f.definition && byName(f.definition.Arguments, a.Name), a);
		this.#directives(f.Directives, "FIELD");
		this.#selections(next, f.SelectionSet);
		this.#tell(this.#on.field, f);
	}

	#inline(parent: Definition | undefined, f: InlineFragment): void {
		f.objectDefinition = parent;
		const next = f.TypeCondition === "" ? parent : this.schema.types.get(f.TypeCondition);
		this.#directives(f.Directives, "INLINE_FRAGMENT");
		this.#selections(next, f.SelectionSet);
		this.#tell(this.#on.inlineFragment, f);
	}

	#spread(parent: Definition | undefined, s: FragmentSpread): void {
		const def = byName(this.document.Fragments, s.Name);
		s.definition = def;
		s.objectDefinition = parent;
		const next = def && this.schema.types.get(def.TypeCondition);
		this.#directives(s.Directives, "FRAGMENT_SPREAD");
		if (def !== undefined && !this.#entered.has(def.Name)) {
			this.#entered.add(def.Name);
			this.#directives(def.Directives, "FRAGMENT_DEFINITION");
			this.#selections(next, def.SelectionSet);
		}
		this.#tell(this.#on.spread, s);
	}
}

/** The type an operation starts from, and the directive location it is. */
export function rootType(schema: Schema, operation: string): readonly [Definition | undefined, string] {
	switch (operation) {
		case "query":
		case "":
			return [schema.query, "QUERY"];
		case "mutation":
			return [schema.mutation, "MUTATION"];
		case "subscription":
			return [schema.subscription, "SUBSCRIPTION"];
		default:
			return [undefined, ""];
	}
}
