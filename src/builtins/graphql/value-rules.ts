/** The validation rules about literals: whether each has the type expected where it stands. */

import { at } from "../../at.ts";
import { quoteGo } from "../../value/term-text.ts";
import { byName, type Definition, isCompatible, type Literal, literalKind, type TypeRef, typeText } from "./ast.ts";
import { didYouMean } from "./suggest.ts";
import type { Report, Rule } from "./walk.ts";

/** A literal as error texts show it. */
export function literalText(v: Literal): string {
	switch (v.Kind) {
		case literalKind.variable:
			return `$${v.Raw}`;
		case literalKind.string:
		case literalKind.block:
			return quoteGo(v.Raw);
		case literalKind.list:
			return `[${v.Children.map((c) => literalText(c.Value)).join(",")}]`;
		case literalKind.object:
			return `{${v.Children.map((c) => `${c.Name}:${literalText(c.Value)}`).join(",")}}`;
		default:
			return v.Raw;
	}
}

const builtinScalars = ["Int", "Float", "String", "Boolean", "ID"];

export const valuesOfCorrectType: Rule = (on, report) => {
	on.literal.push((_, v) => {
		const def = v.definition;
		const expected = v.expectedType;
		if (def === undefined || expected === undefined) return;
		if (v.Kind === literalKind.null && expected.NonNull) {
			report(`Expected value of type "${typeText(expected)}", found ${literalText(v)}.`, v.pos);
		}
		// Other scalars take what they like.
		if (def.Kind === "SCALAR" && !builtinScalars.includes(def.Name)) return;
		const options = def.Kind === "ENUM" ? def.EnumValues.map((e) => e.Name) : [];
		const hint = (quoted: boolean): string => didYouMean("Did you mean the enum value", v.Raw, options, quoted);
		const unexpected = (): void => report(unexpectedType(v, def, expected), v.pos);
		if (!hasGoValue(v)) unexpected();
		const mustBe = (...types: readonly string[]): void => {
			if (!types.includes(def.Name)) unexpected();
		};
		switch (v.Kind) {
			case literalKind.list:
				if (expected.Elem === undefined) unexpected();
				break;
			case literalKind.int:
				mustBe("Int", "Float", "ID");
				break;
			case literalKind.float:
				mustBe("Float");
				break;
			case literalKind.boolean:
				mustBe("Boolean");
				break;
			case literalKind.string:
			case literalKind.block:
				if (def.Kind === "ENUM") {
					const type = typeText(expected);
					report(`Enum "${type}" cannot represent non-enum value: ${literalText(v)}.${hint(true)}`, v.pos);
				} else mustBe("String", "ID");
				break;
			case literalKind.enum:
				if (def.Kind !== "ENUM") report(unexpectedType(v, def, expected) + hint(false), v.pos);
				else if (byName(def.EnumValues, v.Raw) === undefined) {
					report(`Value "${v.Raw}" does not exist in "${typeText(expected)}" enum.${hint(true)}`, v.pos);
				}
				break;
			case literalKind.object:
				checkObject(v, def, report);
				break;
			default:
		}
	});
};

/** Whether Go can make a value of the literal: integers must fit 64 bits, floats a double. */
function hasGoValue(v: Literal): boolean {
	switch (v.Kind) {
		case literalKind.int: {
			const m = /^([-+]?)0*([0-9]+)$/.exec(v.Raw);
			if (m === null || at(m, 2).length > 19) return false;
			return BigInt(at(m, 2)) < (1n << 63n) + (m[1] === "-" ? 1n : 0n);
		}
		case literalKind.float:
			return /^[-+]?[0-9]/.test(v.Raw) && Number.isFinite(Number(v.Raw));
		case literalKind.boolean:
			return v.Raw === "true" || v.Raw === "false";
		case literalKind.list:
		case literalKind.object:
			return v.Children.every((c) => hasGoValue(c.Value));
		default:
			return true;
	}
}

function checkObject(v: Literal, def: Definition, report: Report): void {
	for (const f of def.Fields) {
		if (!f.Type.NonNull || f.DefaultValue !== undefined) continue;
		if (v.Children.some((c) => c.Name === f.Name)) continue;
		report(`Field "${def.Name}.${f.Name}" of required type "${typeText(f.Type)}" was not provided.`, v.pos);
	}
	for (const d of def.Directives) {
		if (d.Name !== "oneOf") continue;
		const only = v.Children[0];
		if (only === undefined || v.Children.length !== 1) {
			report(`OneOf Input Object "${def.Name}" must specify exactly one key.`, v.pos);
		} else if (only.Value.Kind === literalKind.null) {
			// The library names the type's first field here, whichever was given.
			report(`Field "${def.Name}.${def.Fields[0]?.Name ?? ""}" must be non-null.`, only.Value.pos);
		}
	}
	for (const c of v.Children) {
		if (byName(def.Fields, c.Name) !== undefined) continue;
		const hint = didYouMean(
			"Did you mean",
			c.Name,
			def.Fields.map((f) => f.Name),
		);
		report(`Field "${c.Name}" is not defined by type "${def.Name}".${hint}`, c.pos);
	}
}

function unexpectedType(v: Literal, def: Definition, expected: TypeRef): string {
	const type = typeText(expected);
	const text = literalText(v);
	switch (type) {
		case "Int":
		case "Int!":
			if (/^[-+]?[0-9]+$/.test(v.Raw) && outside32Bits(v.Raw)) {
				return `Int cannot represent non 32-bit signed integer value: ${text}`;
			}
			return `Int cannot represent non-integer value: ${text}`;
		case "String":
		case "String!":
		case "[String]":
			return `String cannot represent a non string value: ${text}`;
		case "Boolean":
		case "Boolean!":
			return `Boolean cannot represent a non boolean value: ${text}`;
		case "Float":
		case "Float!":
			return `Float cannot represent non numeric value: ${text}`;
		case "ID":
		case "ID!":
			return `ID cannot represent a non-string and non-integer value: ${text}`;
		default:
			if (def.Kind === "ENUM") return `Enum "${type}" cannot represent non-enum value: ${text}.`;
			return `Expected value of type "${type}", found ${text}.`;
	}
}

function outside32Bits(digits: string): boolean {
	const n = Number(digits);
	return n > 2_147_483_647 || n < -2_147_483_648;
}

export const variablesInAllowedPosition: Rule = (on, report) => {
	on.literal.push((w, v) => {
		const expected = v.expectedType;
		const variable = v.variableDefinition;
		if (v.Kind !== literalKind.variable || expected === undefined || variable === undefined) return;
		if (w.operation === undefined) return;
		const fallback = variable.DefaultValue;
		const mayBeNull =
			(fallback !== undefined && fallback.Kind !== literalKind.null) || v.expectedTypeHasDefault === true;
		const wanted = mayBeNull ? { ...expected, NonNull: false } : expected;
		if (isCompatible(variable.Type, wanted)) return;
		const types = [typeText(variable.Type), typeText(expected)];
		report(`Variable "${literalText(v)}" of type "${types[0]}" used in position expecting type "${types[1]}".`, v.pos);
	});
	on.literal.push((_, v) => {
		const def = v.definition;
		if (v.Kind !== literalKind.object || def === undefined || byName(def.Directives, "oneOf") === undefined) return;
		for (const { Value: member } of v.Children) {
			const variable = member.variableDefinition;
			if (member.Kind !== literalKind.variable || variable === undefined || variable.Type.NonNull) continue;
			report(
				`Variable "${literalText(member)}" is of type "${typeText(variable.Type)}" but must be non-nullable to be used for OneOf Input Object "${def.Name}".`,
				variable.pos,
			);
		}
	});
};
