/** graphql.* Trees, verdicts and messages are OPA's. */
import { describe, expect, test } from "vitest";
import { graphql } from "../../src/builtins/graphql.ts";
import { startCost } from "../cost.ts";
import { call, type Row, shown, table } from "./support.ts";

const schema = `schema { query: Root mutation: Change subscription: Feed }
interface Named { name(full: Boolean): String }
interface Animal implements Named { name(full: Boolean): String }
type Dog implements Named & Animal { name(full: Boolean): String nick: String volume: Int knows(trick: Trick): Boolean owner: Human }
type Cat implements Named & Animal { name(full: Boolean): String volume: String fur: Fur }
union DogOrCat = Dog | Cat
type Human implements Named { name(full: Boolean): String pets: [Animal!]! friends: [Human]! iq: Int }
enum Trick { SIT HEEL }
enum Fur { BROWN BLACK }
input Filter { must: Boolean! count: Int! = 3 n: Int s: String list: [String] sub: Filter }
input Choice @oneOf { a: String b: Int }
scalar Any
type Root { dog: Dog cat: Cat animal: Animal either: DogOrCat human(id: ID): Human opt(i: Int, x: Float, id: ID, l: [String], f: Filter, any: Any, c: Choice, fur: Fur, s: String = "d"): Int need(i: Int!, j: Int!): Int }
type Change { set(x: Int!): Int }
type Feed { a: Int b: Int }
directive @onQuery on QUERY
directive @many(x: Int!) repeatable on FIELD
`;

/** Rows of a query each, over the schema above. */
function queries(rows: readonly Row[]): readonly Row[] {
	return rows.map((row) => ({ ...row, args: [JSON.stringify(row.args[0]), JSON.stringify(schema)] }));
}

/** Rows whose operands are all strings, written plainly. */
function texts(rows: readonly Row[]): readonly Row[] {
	return rows.map((row) => ({ ...row, args: row.args.map((a) => JSON.stringify(a)) }));
}

describe("graphql.parse_query", () => {
	table(
		graphql,
		"graphql.parse_query",
		texts([
			{
				args: [
					String.raw`query Q($a: [Int!]! = [1] @d) @e { b: c(x: 1, y: -1.5e3, z: "s\n\u00e9", e: E, n: null, t: true, l: [$a], o: {k: """
  block
   text
  """}) @f { ...F ... on T @g { h } ... @i { j } } } fragment F on T { k }`,
				],
				want: String.raw`{"Fragments": [{"Name": "F", "SelectionSet": [{"Alias": "k", "Name": "k"}], "TypeCondition": "T"}], "Operations": [{"Directives": [{"Location": "", "Name": "e"}], "Name": "Q", "Operation": "query", "SelectionSet": [{"Alias": "b", "Arguments": [{"Name": "x", "Value": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "1"}}, {"Name": "y", "Value": {"ExpectedTypeHasDefault": false, "Kind": 2, "Raw": "-1.5e3"}}, {"Name": "z", "Value": {"ExpectedTypeHasDefault": false, "Kind": 3, "Raw": "s\né"}}, {"Name": "e", "Value": {"ExpectedTypeHasDefault": false, "Kind": 7, "Raw": "E"}}, {"Name": "n", "Value": {"ExpectedTypeHasDefault": false, "Kind": 6, "Raw": "null"}}, {"Name": "t", "Value": {"ExpectedTypeHasDefault": false, "Kind": 5, "Raw": "true"}}, {"Name": "l", "Value": {"Children": [{"Name": "", "Value": {"ExpectedTypeHasDefault": false, "Kind": 0, "Raw": "a"}}], "ExpectedTypeHasDefault": false, "Kind": 8, "Raw": ""}}, {"Name": "o", "Value": {"Children": [{"Name": "k", "Value": {"ExpectedTypeHasDefault": false, "Kind": 4, "Raw": "block\n text"}}], "ExpectedTypeHasDefault": false, "Kind": 9, "Raw": ""}}], "Directives": [{"Location": "", "Name": "f"}], "Name": "c", "SelectionSet": [{"Name": "F"}, {"Directives": [{"Location": "", "Name": "g"}], "SelectionSet": [{"Alias": "h", "Name": "h"}], "TypeCondition": "T"}, {"Directives": [{"Location": "", "Name": "i"}], "SelectionSet": [{"Alias": "j", "Name": "j"}], "TypeCondition": ""}]}], "VariableDefinitions": [{"DefaultValue": {"Children": [{"Name": "", "Value": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "1"}}], "ExpectedTypeHasDefault": false, "Kind": 8, "Raw": ""}, "Directives": [{"Location": "", "Name": "d"}], "Type": {"Elem": {"NamedType": "Int", "NonNull": true}, "NamedType": "", "NonNull": true}, "Used": false, "Variable": "a"}]}]}`,
			},
			{
				args: ["{ a }"],
				want: '{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}',
			},
			{
				args: ["subscription S { a } mutation M { b }"],
				want: '{"Operations": [{"Name": "S", "Operation": "subscription", "SelectionSet": [{"Alias": "a", "Name": "a"}]}, {"Name": "M", "Operation": "mutation", "SelectionSet": [{"Alias": "b", "Name": "b"}]}]}',
			},
		]),
	);
});

describe("graphql.parse_schema", () => {
	table(
		graphql,
		"graphql.parse_schema",
		texts([
			{
				args: [
					'schema @a { query: Q } "doc" type Q implements I & J @b { "f" a("x" x: [Int!] = [1] @c): Int! } interface I { a: Int } union U = | A | B enum E { A @d B } input N { a: Int = 1 } scalar S directive @dir(x: Int) repeatable on | FIELD | QUERY extend type Q { b: Int } extend schema { mutation: M }',
				],
				want: '{"Definitions": [{"BuiltIn": false, "Description": "doc", "Directives": [{"Location": "", "Name": "b"}], "Fields": [{"Arguments": [{"DefaultValue": {"Children": [{"Name": "", "Value": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "1"}}], "ExpectedTypeHasDefault": false, "Kind": 8, "Raw": ""}, "Description": "x", "Directives": [{"Location": "", "Name": "c"}], "Name": "x", "Type": {"Elem": {"NamedType": "Int", "NonNull": true}, "NamedType": "", "NonNull": false}}], "Description": "f", "Name": "a", "Type": {"NamedType": "Int", "NonNull": true}}], "Interfaces": ["I", "J"], "Kind": "OBJECT", "Name": "Q"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "INTERFACE", "Name": "I"}, {"BuiltIn": false, "Description": "", "Kind": "UNION", "Name": "U", "Types": ["A", "B"]}, {"BuiltIn": false, "Description": "", "EnumValues": [{"Description": "", "Directives": [{"Location": "", "Name": "d"}], "Name": "A"}, {"Description": "", "Name": "B"}], "Kind": "ENUM", "Name": "E"}, {"BuiltIn": false, "Description": "", "Fields": [{"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "1"}, "Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "INPUT_OBJECT", "Name": "N"}, {"BuiltIn": false, "Description": "", "Kind": "SCALAR", "Name": "S"}], "Directives": [{"Arguments": [{"Description": "", "Name": "x", "Type": {"NamedType": "Int", "NonNull": false}}], "Description": "", "IsRepeatable": true, "Locations": ["FIELD", "QUERY"], "Name": "dir"}], "Extensions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "b", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Q"}], "Schema": [{"Description": "", "Directives": [{"Location": "", "Name": "a"}], "OperationTypes": [{"Operation": "query", "Type": "Q"}]}], "SchemaExtension": [{"Description": "", "OperationTypes": [{"Operation": "mutation", "Type": "M"}]}]}',
			},
		]),
	);
});

describe("graphql.parse", () => {
	table(
		graphql,
		"graphql.parse",
		texts([
			{
				args: ["{ a }", "type Query { a: Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
		]),
	);
});

describe("graphql.parse_query: syntax errors", () => {
	table(
		graphql,
		"graphql.parse_query",
		texts([
			{ args: [""], want: "{}" },
			{ args: ["{"], wantError: "eval_builtin_error: Expected Name, found <EOF> in GraphQL string at location 1:2" },
			{
				args: ["{}"],
				wantError: "eval_builtin_error: expected at least one definition, found } in GraphQL string at location 1:2",
			},
			{ args: ["{ a"], wantError: "eval_builtin_error: Expected Name, found <EOF> in GraphQL string at location 1:4" },
			{ args: ["{ a(}"], wantError: "eval_builtin_error: Expected Name, found } in GraphQL string at location 1:5" },
			{ args: ["{ a: }"], wantError: "eval_builtin_error: Expected Name, found } in GraphQL string at location 1:6" },
			{ args: ["query"], wantError: "eval_builtin_error: Expected {, found <EOF> in GraphQL string at location 1:6" },
			{
				args: ["query {"],
				wantError: "eval_builtin_error: Expected Name, found <EOF> in GraphQL string at location 1:8",
			},
			{ args: ["{ a(b: ) }"], wantError: "eval_builtin_error: Unexpected ) in GraphQL string at location 1:8" },
			{
				args: ["{ a(b: $) }"],
				wantError: "eval_builtin_error: Expected Name, found ) in GraphQL string at location 1:9",
			},
			{
				args: ["fragment on on X { a }"],
				wantError: 'eval_builtin_error: Unexpected Name "on" in GraphQL string at location 1:10',
			},
			{
				args: ["{ ...on }"],
				wantError: "eval_builtin_error: Expected Name, found } in GraphQL string at location 1:9",
			},
			{
				args: ['{ a "x" }'],
				wantError: "eval_builtin_error: Expected Name, found String in GraphQL string at location 1:6",
			},
			{
				args: ["{ a(b: 01) }"],
				wantError: "eval_builtin_error: Unexpected <Invalid> in GraphQL string at location 1:9",
			},
			{
				args: ["{ a(b: 1.) }"],
				wantError: "eval_builtin_error: Unexpected <Invalid> in GraphQL string at location 1:10",
			},
			{
				args: ['{ a(b: "x) }'],
				wantError: "eval_builtin_error: Unexpected <Invalid> in GraphQL string at location 1:13",
			},
			{
				args: [String.raw`{ a(b: "\q") }`],
				wantError: "eval_builtin_error: Unexpected <Invalid> in GraphQL string at location 1:10",
			},
			{
				args: [String.raw`{ a(b: "\u12") }`],
				wantError: "eval_builtin_error: Unexpected <Invalid> in GraphQL string at location 1:10",
			},
			{
				args: ["{ a ? }"],
				wantError: "eval_builtin_error: Expected Name, found <Invalid> in GraphQL string at location 1:5",
			},
			{
				args: ["{ a \u0007 }"],
				wantError: "eval_builtin_error: Expected Name, found <Invalid> in GraphQL string at location 1:5",
			},
			{ args: ["# only a comment"], want: "{}" },
			{
				args: ["type A { a: Int }"],
				wantError: 'eval_builtin_error: Unexpected Name "type" in GraphQL string at location 1:1',
			},
			{
				args: ["{ é }"],
				wantError: "eval_builtin_error: Expected Name, found <Invalid> in GraphQL string at location 1:3",
			},
			{
				args: ['{ a(b: """x) }'],
				wantError: "eval_builtin_error: Unexpected <Invalid> in GraphQL string at location 1:15",
			},
			{
				args: ["nope { a }"],
				wantError: 'eval_builtin_error: Unexpected Name "nope" in GraphQL string at location 1:1',
			},
			{
				args: ["query ($a) { a }"],
				wantError: "eval_builtin_error: Expected :, found ) in GraphQL string at location 1:10",
			},
			{
				args: ["query ($a: ) { a }"],
				wantError: "eval_builtin_error: Expected Name, found ) in GraphQL string at location 1:12",
			},
			{
				args: ["query ($a: Int = $b) { a }"],
				wantError: "eval_builtin_error: Unexpected $ in GraphQL string at location 1:18",
			},
			{ args: ["{ a @ }"], wantError: "eval_builtin_error: Expected Name, found } in GraphQL string at location 1:7" },
			{
				args: ["{ 'a' }"],
				wantError: "eval_builtin_error: Expected Name, found <Invalid> in GraphQL string at location 1:3",
			},
			{ args: ["{ a } }"], wantError: "eval_builtin_error: Unexpected } in GraphQL string at location 1:7" },
		]),
	);
});

describe("graphql.parse: validation", () => {
	table(
		graphql,
		"graphql.parse",
		queries([
			{
				args: ["{ dog { nope } }"],
				wantError: `eval_builtin_error: Cannot query field "nope" on type "Dog". Did you mean "name"?
 in GraphQL string at location 1:9`,
			},
			{
				args: ["{ dog }"],
				wantError: `eval_builtin_error: Field "dog" of type "Dog" must have a selection of subfields. Did you mean "dog { ... }"?
 in GraphQL string at location 1:3`,
			},
			{
				args: ["{ dog { name { x } } }"],
				wantError: `eval_builtin_error: Cannot query field "x" on type "String".
input:1:9: Field "name" must not have a selection since type "String" has no subfields in GraphQL string at location 1:16`,
			},
			{
				args: ["{ dog { name barkk: nik } }"],
				wantError: `eval_builtin_error: Cannot query field "nik" on type "Dog". Did you mean "nick"?
 in GraphQL string at location 1:14`,
			},
			{
				args: ["{ human(ids: 1) { name } }"],
				wantError: `eval_builtin_error: Unknown argument "ids" on field "Root.human". Did you mean "id"?
 in GraphQL string at location 1:3`,
			},
			{
				args: ["{ human(id: 1, id: 2) { name } }"],
				wantError: 'eval_builtin_error: There can be only one argument named "id" in GraphQL string at location 1:16',
			},
			{
				args: ["{ need(i: 1) }"],
				wantError:
					'eval_builtin_error: Field "need" argument "j" of type "Int!" is required, but it was not provided in GraphQL string at location 1:3',
			},
			{
				args: ['{ need(i: null, j: "1") }'],
				wantError: `eval_builtin_error: Expected value of type "Int!", found null.
input:1:21: Int cannot represent non-integer value: "1"
 in GraphQL string at location 1:11`,
			},
			{
				args: ['{ opt(i: "3") }'],
				wantError: `eval_builtin_error: Int cannot represent non-integer value: "3"
 in GraphQL string at location 1:11`,
			},
			{
				args: ["{ opt(i: 99999999999) }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "opt", "Arguments": [{"Name": "i", "Value": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "99999999999"}}], "Name": "opt"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}], "Kind": "INTERFACE", "Name": "Named"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}], "Interfaces": ["Named"], "Kind": "INTERFACE", "Name": "Animal"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "nick", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "volume", "Type": {"NamedType": "Int", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "trick", "Type": {"NamedType": "Trick", "NonNull": false}}], "Description": "", "Name": "knows", "Type": {"NamedType": "Boolean", "NonNull": false}}, {"Description": "", "Name": "owner", "Type": {"NamedType": "Human", "NonNull": false}}], "Interfaces": ["Named", "Animal"], "Kind": "OBJECT", "Name": "Dog"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "volume", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "fur", "Type": {"NamedType": "Fur", "NonNull": false}}], "Interfaces": ["Named", "Animal"], "Kind": "OBJECT", "Name": "Cat"}, {"BuiltIn": false, "Description": "", "Kind": "UNION", "Name": "DogOrCat", "Types": ["Dog", "Cat"]}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "pets", "Type": {"Elem": {"NamedType": "Animal", "NonNull": true}, "NamedType": "", "NonNull": true}}, {"Description": "", "Name": "friends", "Type": {"Elem": {"NamedType": "Human", "NonNull": false}, "NamedType": "", "NonNull": true}}, {"Description": "", "Name": "iq", "Type": {"NamedType": "Int", "NonNull": false}}], "Interfaces": ["Named"], "Kind": "OBJECT", "Name": "Human"}, {"BuiltIn": false, "Description": "", "EnumValues": [{"Description": "", "Name": "SIT"}, {"Description": "", "Name": "HEEL"}], "Kind": "ENUM", "Name": "Trick"}, {"BuiltIn": false, "Description": "", "EnumValues": [{"Description": "", "Name": "BROWN"}, {"Description": "", "Name": "BLACK"}], "Kind": "ENUM", "Name": "Fur"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "must", "Type": {"NamedType": "Boolean", "NonNull": true}}, {"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "3"}, "Description": "", "Name": "count", "Type": {"NamedType": "Int", "NonNull": true}}, {"Description": "", "Name": "n", "Type": {"NamedType": "Int", "NonNull": false}}, {"Description": "", "Name": "s", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "list", "Type": {"Elem": {"NamedType": "String", "NonNull": false}, "NamedType": "", "NonNull": false}}, {"Description": "", "Name": "sub", "Type": {"NamedType": "Filter", "NonNull": false}}], "Kind": "INPUT_OBJECT", "Name": "Filter"}, {"BuiltIn": false, "Description": "", "Directives": [{"Location": "", "Name": "oneOf"}], "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "b", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "INPUT_OBJECT", "Name": "Choice"}, {"BuiltIn": false, "Description": "", "Kind": "SCALAR", "Name": "Any"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "dog", "Type": {"NamedType": "Dog", "NonNull": false}}, {"Description": "", "Name": "cat", "Type": {"NamedType": "Cat", "NonNull": false}}, {"Description": "", "Name": "animal", "Type": {"NamedType": "Animal", "NonNull": false}}, {"Description": "", "Name": "either", "Type": {"NamedType": "DogOrCat", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "id", "Type": {"NamedType": "ID", "NonNull": false}}], "Description": "", "Name": "human", "Type": {"NamedType": "Human", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "i", "Type": {"NamedType": "Int", "NonNull": false}}, {"Description": "", "Name": "x", "Type": {"NamedType": "Float", "NonNull": false}}, {"Description": "", "Name": "id", "Type": {"NamedType": "ID", "NonNull": false}}, {"Description": "", "Name": "l", "Type": {"Elem": {"NamedType": "String", "NonNull": false}, "NamedType": "", "NonNull": false}}, {"Description": "", "Name": "f", "Type": {"NamedType": "Filter", "NonNull": false}}, {"Description": "", "Name": "any", "Type": {"NamedType": "Any", "NonNull": false}}, {"Description": "", "Name": "c", "Type": {"NamedType": "Choice", "NonNull": false}}, {"Description": "", "Name": "fur", "Type": {"NamedType": "Fur", "NonNull": false}}, {"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 3, "Raw": "d"}, "Description": "", "Name": "s", "Type": {"NamedType": "String", "NonNull": false}}], "Description": "", "Name": "opt", "Type": {"NamedType": "Int", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "i", "Type": {"NamedType": "Int", "NonNull": true}}, {"Description": "", "Name": "j", "Type": {"NamedType": "Int", "NonNull": true}}], "Description": "", "Name": "need", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Root"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "x", "Type": {"NamedType": "Int", "NonNull": true}}], "Description": "", "Name": "set", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Change"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}, {"Description": "", "Name": "b", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Feed"}], "Directives": [{"Description": "", "IsRepeatable": false, "Locations": ["QUERY"], "Name": "onQuery"}, {"Arguments": [{"Description": "", "Name": "x", "Type": {"NamedType": "Int", "NonNull": true}}], "Description": "", "IsRepeatable": true, "Locations": ["FIELD"], "Name": "many"}], "Schema": [{"Description": "", "OperationTypes": [{"Operation": "query", "Type": "Root"}, {"Operation": "mutation", "Type": "Change"}, {"Operation": "subscription", "Type": "Feed"}]}]}]',
			},
			{
				args: ["{ opt(fur: BROWNN) }"],
				wantError: `eval_builtin_error: Value "BROWNN" does not exist in "Fur" enum. Did you mean the enum value "BROWN"?
 in GraphQL string at location 1:12`,
			},
			{
				args: ['{ opt(fur: "BROWN") }'],
				wantError: `eval_builtin_error: Enum "Fur" cannot represent non-enum value: "BROWN". Did you mean the enum value "BROWN"?
 in GraphQL string at location 1:13`,
			},
			{
				args: ["{ opt(s: TAN) }"],
				wantError: `eval_builtin_error: String cannot represent a non string value: TAN
 in GraphQL string at location 1:10`,
			},
			{
				args: ['{ opt(f: {n: "x", bad: 1}) }'],
				wantError: `eval_builtin_error: Int cannot represent non-integer value: "x"
input:1:10: Field "Filter.must" of required type "Boolean!" was not provided.
input:1:19: Field "bad" is not defined by type "Filter" in GraphQL string at location 1:15`,
			},
			{
				args: ["{ opt(f: {must: true, must: false}) }"],
				wantError:
					'eval_builtin_error: There can be only one input field named "must" in GraphQL string at location 1:23',
			},
			{
				args: ['{ opt(c: {a: "x", b: 1}) }'],
				wantError:
					'eval_builtin_error: OneOf Input Object "Choice" must specify exactly one key in GraphQL string at location 1:10',
			},
			{
				args: ["{ opt(c: {a: null}) }"],
				wantError: 'eval_builtin_error: Field "Choice.a" must be non-null in GraphQL string at location 1:14',
			},
			{
				args: ["query ($a: String) { opt(c: {a: $a}) }"],
				wantError:
					'eval_builtin_error: Variable "$a" is of type "String" but must be non-nullable to be used for OneOf Input Object "Choice" in GraphQL string at location 1:8',
			},
			{
				args: ["query ($a: Int) { need(i: $a, j: 1) }"],
				wantError:
					'eval_builtin_error: Variable "$a" of type "Int" used in position expecting type "Int!" in GraphQL string at location 1:27',
			},
			{
				args: ["query ($a: Int = 1) { need(i: $a, j: 1) }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "need", "Arguments": [{"Name": "i", "Value": {"ExpectedTypeHasDefault": false, "Kind": 0, "Raw": "a"}}, {"Name": "j", "Value": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "1"}}], "Name": "need"}], "VariableDefinitions": [{"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "1"}, "Type": {"NamedType": "Int", "NonNull": false}, "Used": false, "Variable": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}], "Kind": "INTERFACE", "Name": "Named"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}], "Interfaces": ["Named"], "Kind": "INTERFACE", "Name": "Animal"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "nick", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "volume", "Type": {"NamedType": "Int", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "trick", "Type": {"NamedType": "Trick", "NonNull": false}}], "Description": "", "Name": "knows", "Type": {"NamedType": "Boolean", "NonNull": false}}, {"Description": "", "Name": "owner", "Type": {"NamedType": "Human", "NonNull": false}}], "Interfaces": ["Named", "Animal"], "Kind": "OBJECT", "Name": "Dog"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "volume", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "fur", "Type": {"NamedType": "Fur", "NonNull": false}}], "Interfaces": ["Named", "Animal"], "Kind": "OBJECT", "Name": "Cat"}, {"BuiltIn": false, "Description": "", "Kind": "UNION", "Name": "DogOrCat", "Types": ["Dog", "Cat"]}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "full", "Type": {"NamedType": "Boolean", "NonNull": false}}], "Description": "", "Name": "name", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "pets", "Type": {"Elem": {"NamedType": "Animal", "NonNull": true}, "NamedType": "", "NonNull": true}}, {"Description": "", "Name": "friends", "Type": {"Elem": {"NamedType": "Human", "NonNull": false}, "NamedType": "", "NonNull": true}}, {"Description": "", "Name": "iq", "Type": {"NamedType": "Int", "NonNull": false}}], "Interfaces": ["Named"], "Kind": "OBJECT", "Name": "Human"}, {"BuiltIn": false, "Description": "", "EnumValues": [{"Description": "", "Name": "SIT"}, {"Description": "", "Name": "HEEL"}], "Kind": "ENUM", "Name": "Trick"}, {"BuiltIn": false, "Description": "", "EnumValues": [{"Description": "", "Name": "BROWN"}, {"Description": "", "Name": "BLACK"}], "Kind": "ENUM", "Name": "Fur"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "must", "Type": {"NamedType": "Boolean", "NonNull": true}}, {"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "3"}, "Description": "", "Name": "count", "Type": {"NamedType": "Int", "NonNull": true}}, {"Description": "", "Name": "n", "Type": {"NamedType": "Int", "NonNull": false}}, {"Description": "", "Name": "s", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "list", "Type": {"Elem": {"NamedType": "String", "NonNull": false}, "NamedType": "", "NonNull": false}}, {"Description": "", "Name": "sub", "Type": {"NamedType": "Filter", "NonNull": false}}], "Kind": "INPUT_OBJECT", "Name": "Filter"}, {"BuiltIn": false, "Description": "", "Directives": [{"Location": "", "Name": "oneOf"}], "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "String", "NonNull": false}}, {"Description": "", "Name": "b", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "INPUT_OBJECT", "Name": "Choice"}, {"BuiltIn": false, "Description": "", "Kind": "SCALAR", "Name": "Any"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "dog", "Type": {"NamedType": "Dog", "NonNull": false}}, {"Description": "", "Name": "cat", "Type": {"NamedType": "Cat", "NonNull": false}}, {"Description": "", "Name": "animal", "Type": {"NamedType": "Animal", "NonNull": false}}, {"Description": "", "Name": "either", "Type": {"NamedType": "DogOrCat", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "id", "Type": {"NamedType": "ID", "NonNull": false}}], "Description": "", "Name": "human", "Type": {"NamedType": "Human", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "i", "Type": {"NamedType": "Int", "NonNull": false}}, {"Description": "", "Name": "x", "Type": {"NamedType": "Float", "NonNull": false}}, {"Description": "", "Name": "id", "Type": {"NamedType": "ID", "NonNull": false}}, {"Description": "", "Name": "l", "Type": {"Elem": {"NamedType": "String", "NonNull": false}, "NamedType": "", "NonNull": false}}, {"Description": "", "Name": "f", "Type": {"NamedType": "Filter", "NonNull": false}}, {"Description": "", "Name": "any", "Type": {"NamedType": "Any", "NonNull": false}}, {"Description": "", "Name": "c", "Type": {"NamedType": "Choice", "NonNull": false}}, {"Description": "", "Name": "fur", "Type": {"NamedType": "Fur", "NonNull": false}}, {"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 3, "Raw": "d"}, "Description": "", "Name": "s", "Type": {"NamedType": "String", "NonNull": false}}], "Description": "", "Name": "opt", "Type": {"NamedType": "Int", "NonNull": false}}, {"Arguments": [{"Description": "", "Name": "i", "Type": {"NamedType": "Int", "NonNull": true}}, {"Description": "", "Name": "j", "Type": {"NamedType": "Int", "NonNull": true}}], "Description": "", "Name": "need", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Root"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "x", "Type": {"NamedType": "Int", "NonNull": true}}], "Description": "", "Name": "set", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Change"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}, {"Description": "", "Name": "b", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Feed"}], "Directives": [{"Description": "", "IsRepeatable": false, "Locations": ["QUERY"], "Name": "onQuery"}, {"Arguments": [{"Description": "", "Name": "x", "Type": {"NamedType": "Int", "NonNull": true}}], "Description": "", "IsRepeatable": true, "Locations": ["FIELD"], "Name": "many"}], "Schema": [{"Description": "", "OperationTypes": [{"Operation": "query", "Type": "Root"}, {"Operation": "mutation", "Type": "Change"}, {"Operation": "subscription", "Type": "Feed"}]}]}]',
			},
			{
				args: ["query ($a: Int) { dog { name } }"],
				wantError: 'eval_builtin_error: Variable "$a" is never used in GraphQL string at location 1:8',
			},
			{
				args: ["{ opt(i: $a) }"],
				wantError: 'eval_builtin_error: Variable "$a" is not defined in GraphQL string at location 1:10',
			},
			{
				args: ["query ($a: Dog) { opt(any: $a) }"],
				wantError: `eval_builtin_error: Variable "$a" of type "Dog" used in position expecting type "Any".
input:1:8: Variable "$a" cannot be non-input type "Dog" in GraphQL string at location 1:28`,
			},
			{
				args: ["query ($a: Nope) { opt(any: $a) }"],
				wantError: `eval_builtin_error: Unknown type "Nope".
input:1:29: Variable "$a" of type "Nope" used in position expecting type "Any" in GraphQL string at location 1:8`,
			},
			{
				args: ["query ($a: Int, $a: Int) { opt(i: $a) }"],
				wantError: `eval_builtin_error: Variable "$a" is never used.
input:1:17: There can be only one variable named "$a" in GraphQL string at location 1:17`,
			},
			{
				args: ['query ($a: Int = "x") { opt(i: $a) }'],
				wantError: `eval_builtin_error: Int cannot represent non-integer value: "x"
 in GraphQL string at location 1:19`,
			},
			{
				args: ["query ($a: [Int]) { opt(i: $a) }"],
				wantError:
					'eval_builtin_error: Variable "$a" of type "[Int]" used in position expecting type "Int" in GraphQL string at location 1:28',
			},
			{ args: ["{ ...F }"], wantError: 'eval_builtin_error: Unknown fragment "F" in GraphQL string at location 1:6' },
			{
				args: ["fragment F on Dog { name } { dog { name } }"],
				wantError: 'eval_builtin_error: Fragment "F" is never used in GraphQL string at location 1:1',
			},
			{
				args: ["fragment F on Dog { name } fragment F on Cat { name } { dog { ...F } cat { ...F } }"],
				wantError: `eval_builtin_error: Fragment "F" cannot be spread here as objects of type "Cat" can never be of type "Dog".
input:1:28: There can be only one fragment named "F" in GraphQL string at location 1:79`,
			},
			{
				args: ["fragment F on Dog { ...F } { dog { ...F } }"],
				wantError: 'eval_builtin_error: Cannot spread fragment "F" within itself in GraphQL string at location 1:24',
			},
			{
				args: ["fragment F on Nope { name } { dog { ...F } }"],
				wantError: 'eval_builtin_error: Unknown type "Nope" in GraphQL string at location 1:1',
			},
			{
				args: ["fragment F on Int { name } { dog { ...F } }"],
				wantError: `eval_builtin_error: Cannot query field "name" on type "Int".
input:1:21: Cannot query field "name" on type "Int".
input:1:1: Fragment "F" cannot condition on non composite type "Int" in GraphQL string at location 1:21`,
			},
			{
				args: ["fragment F on Cat { fur } { dog { ...F } }"],
				wantError:
					'eval_builtin_error: Fragment "F" cannot be spread here as objects of type "Dog" can never be of type "Cat" in GraphQL string at location 1:38',
			},
			{
				args: ["{ animal { ... on Human { iq } } }"],
				wantError:
					'eval_builtin_error: Fragment cannot be spread here as objects of type "Animal" can never be of type "Human" in GraphQL string at location 1:16',
			},
			{
				args: ["{ dog { ... on Trick { x } } }"],
				wantError: `eval_builtin_error: Cannot query field "x" on type "Trick".
input:1:13: Fragment cannot condition on non composite type "Trick" in GraphQL string at location 1:24`,
			},
			{
				args: ["{ either { name } }"],
				wantError: `eval_builtin_error: Cannot query field "name" on type "DogOrCat". Did you mean to use an inline fragment on "Animal", "Named", "Cat", or "Dog"?
 in GraphQL string at location 1:12`,
			},
			{
				args: ["{ either { __typename ... on Dog { v: volume } ... on Cat { v: volume } } }"],
				wantError:
					'eval_builtin_error: Fields "v" conflict because they return conflicting types "Int" and "String". Use different aliases on the fields to fetch both if this was intentional in GraphQL string at location 1:61',
			},
			{
				args: ["{ dog { name name: nick } }"],
				wantError:
					'eval_builtin_error: Fields "name" conflict because "name" and "nick" are different fields. Use different aliases on the fields to fetch both if this was intentional in GraphQL string at location 1:14',
			},
			{
				args: ["{ a: dog { name } a: cat { name } }"],
				wantError:
					'eval_builtin_error: Fields "a" conflict because "dog" and "cat" are different fields. Use different aliases on the fields to fetch both if this was intentional in GraphQL string at location 1:19',
			},
			{
				args: ["{ dog { knows(trick: SIT) knows(trick: HEEL) } }"],
				wantError:
					'eval_builtin_error: Fields "knows" conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional in GraphQL string at location 1:27',
			},
			{
				args: ["query A { dog { name } } query A { cat { name } }"],
				wantError: 'eval_builtin_error: There can be only one operation named "A" in GraphQL string at location 1:26',
			},
			{
				args: ["{ dog { name } } query A { cat { name } }"],
				wantError:
					"eval_builtin_error: This anonymous operation must be the only defined operation in GraphQL string at location 1:1",
			},
			{
				args: ["subscription { a b }"],
				wantError:
					"eval_builtin_error: Anonymous Subscription must select only one top level field in GraphQL string at location 1:18",
			},
			{
				args: ["mutation { set(x: 1) @many(x: 1) @many }"],
				wantError:
					'eval_builtin_error: Directive "@many" argument "x" of type "Int!" is required, but it was not provided in GraphQL string at location 1:35',
			},
			{
				args: ["{ dog @skip { name } }"],
				wantError:
					'eval_builtin_error: Directive "@skip" argument "if" of type "Boolean!" is required, but it was not provided in GraphQL string at location 1:8',
			},
			{
				args: ["{ dog @nope { name } }"],
				wantError: 'eval_builtin_error: Unknown directive "@nope" in GraphQL string at location 1:8',
			},
			{
				args: ["query @onQuery { dog @onQuery { name } }"],
				wantError:
					'eval_builtin_error: Directive "@onQuery" may not be used on FIELD in GraphQL string at location 1:23',
			},
			{
				args: ["{ dog @include(if: true) @include(if: true) { name } }"],
				wantError:
					'eval_builtin_error: The directive "@include" can only be used once at this location in GraphQL string at location 1:27',
			},
			{
				args: ["{ dog { name @skip(iff: true) } }"],
				wantError: `eval_builtin_error: Unknown argument "iff" on directive "@skip". Did you mean "if"?
input:1:15: Directive "@skip" argument "if" of type "Boolean!" is required, but it was not provided in GraphQL string at location 1:15`,
			},
			{
				args: ["{ __type { name } }"],
				wantError:
					'eval_builtin_error: Field "__type" argument "name" of type "String!" is required, but it was not provided in GraphQL string at location 1:3',
			},
			{
				args: ["mutation { dog }"],
				wantError: 'eval_builtin_error: Cannot query field "dog" on type "Change" in GraphQL string at location 1:12',
			},
		]),
	);
});

describe("graphql.is_valid", () => {
	table(
		graphql,
		"graphql.is_valid",
		queries([
			{ args: ["{ dog { nope } }"], want: "false" },
			{ args: ["{ dog }"], want: "false" },
			{ args: ["{ dog { name { x } } }"], want: "false" },
			{ args: ["{ dog { name barkk: nik } }"], want: "false" },
			{ args: ["{ human(ids: 1) { name } }"], want: "false" },
			{ args: ["{ human(id: 1, id: 2) { name } }"], want: "false" },
			{ args: ["{ need(i: 1) }"], want: "false" },
			{ args: ['{ need(i: null, j: "1") }'], want: "false" },
			{ args: ['{ opt(i: "3") }'], want: "false" },
			{ args: ["{ opt(i: 99999999999) }"], want: "true" },
			{ args: ["{ opt(fur: BROWNN) }"], want: "false" },
			{ args: ['{ opt(fur: "BROWN") }'], want: "false" },
			{ args: ['{ opt(x: 1, id: 2, l: "one") }'], want: "true" },
			{ args: ["{ opt(s: TAN) }"], want: "false" },
			{ args: ['{ opt(f: {n: "x", bad: 1}) }'], want: "false" },
			{ args: ["{ opt(f: {must: true, must: false}) }"], want: "false" },
			{ args: ['{ opt(c: {a: "x", b: 1}) }'], want: "false" },
			{ args: ["{ opt(c: {a: null}) }"], want: "false" },
			{ args: ["query ($a: String) { opt(c: {a: $a}) }"], want: "false" },
			{ args: ['{ opt(any: {a: [1, "x", E, null]}) }'], want: "true" },
			{ args: ["query ($a: Int) { need(i: $a, j: 1) }"], want: "false" },
			{ args: ["query ($a: Int = 1) { need(i: $a, j: 1) }"], want: "true" },
			{ args: ["query ($a: Int) { dog { name } }"], want: "false" },
			{ args: ["{ opt(i: $a) }"], want: "false" },
			{ args: ["query ($a: Dog) { opt(any: $a) }"], want: "false" },
			{ args: ["query ($a: Nope) { opt(any: $a) }"], want: "false" },
			{ args: ["query ($a: Int, $a: Int) { opt(i: $a) }"], want: "false" },
			{ args: ['query ($a: Int = "x") { opt(i: $a) }'], want: "false" },
			{ args: ["query ($a: [Int]) { opt(i: $a) }"], want: "false" },
			{ args: ["{ ...F }"], want: "false" },
			{ args: ["fragment F on Dog { name } { dog { name } }"], want: "false" },
			{ args: ["fragment F on Dog { name } fragment F on Cat { name } { dog { ...F } cat { ...F } }"], want: "false" },
			{ args: ["fragment F on Dog { ...F } { dog { ...F } }"], want: "false" },
			{ args: ["fragment F on Nope { name } { dog { ...F } }"], want: "false" },
			{ args: ["fragment F on Int { name } { dog { ...F } }"], want: "false" },
			{ args: ["fragment F on Cat { fur } { dog { ...F } }"], want: "false" },
			{ args: ["{ animal { ... on Human { iq } } }"], want: "false" },
			{ args: ["{ dog { ... on Trick { x } } }"], want: "false" },
			{ args: ["{ either { name } }"], want: "false" },
			{ args: ["{ either { __typename ... on Dog { v: volume } ... on Cat { v: volume } } }"], want: "false" },
			{ args: ["{ dog { name name: nick } }"], want: "false" },
			{ args: ["{ a: dog { name } a: cat { name } }"], want: "false" },
			{ args: ["{ dog { knows(trick: SIT) knows(trick: HEEL) } }"], want: "false" },
			{ args: ["query A { dog { name } } query A { cat { name } }"], want: "false" },
			{ args: ["{ dog { name } } query A { cat { name } }"], want: "false" },
			{ args: ["subscription { a b }"], want: "false" },
			{ args: ["mutation { set(x: 1) @many(x: 1) @many }"], want: "false" },
			{ args: ["{ dog @skip { name } }"], want: "false" },
			{ args: ["{ dog @nope { name } }"], want: "false" },
			{ args: ["query @onQuery { dog @onQuery { name } }"], want: "false" },
			{ args: ["{ dog @include(if: true) @include(if: true) { name } }"], want: "false" },
			{ args: ["{ dog { name @skip(iff: true) } }"], want: "false" },
			{ args: ['{ __schema { queryType { name } } __type(name: "Dog") { name } }'], want: "true" },
			{ args: ["{ __type { name } }"], want: "false" },
			{ args: ["mutation { dog }"], want: "false" },
			{ args: ["query { dog { owner { friends { friends { iq } } } } }"], want: "true" },
		]),
	);
});

describe("graphql.schema_is_valid", () => {
	table(
		graphql,
		"graphql.schema_is_valid",
		texts([
			{ args: ["type A { a: Int }"], want: "true" },
			{ args: ["type Query { a: Int }"], want: "true" },
			{ args: ["type Query { a: Nope }"], want: "false" },
			{ args: ["type Query { }"], want: "false" },
			{ args: ["type Query"], want: "false" },
			{ args: ["type Query { a: Int } type Query { b: Int }"], want: "false" },
			{ args: ["type Query { a: Int } extend type Query { b: Int }"], want: "true" },
			{ args: ["type Query { a: Int } extend type Nope { b: Int }"], want: "true" },
			{ args: ["type Query { a: Int } extend enum Query { b }"], want: "false" },
			{ args: ["type Query { __a: Int }"], want: "false" },
			{ args: ["type __A { a: Int } type Query { a: Int }"], want: "false" },
			{ args: ["type Query { a: Int a: Int }"], want: "false" },
			{ args: ["type Query implements I { a: Int } interface I { a: Int b: Int }"], want: "false" },
			{ args: ["type Query implements I { a: String } interface I { a: Int }"], want: "false" },
			{ args: ["type Query implements I { a(x: Int): Int } interface I { a(x: Int, y: Int): Int }"], want: "false" },
			{ args: ["type Query implements I { a(x: Int, y: Int!): Int } interface I { a(x: Int): Int }"], want: "false" },
			{ args: ["type Query implements Nope { a: Int }"], want: "false" },
			{ args: ["type Query implements Query { a: Int }"], want: "false" },
			{ args: ["interface I implements I { a: Int } type Query { a: Int }"], want: "true" },
			{ args: ["union U = Int | A type A { a: Int } type Query { u: U }"], want: "false" },
			{ args: ["union U = Nope type Query { u: U }"], want: "false" },
			{ args: ["enum E { true } type Query { e: E }"], want: "false" },
			{ args: ["enum E { } type Query { e: E }"], want: "false" },
			{ args: ["input I { a: Query } type Query { a: Int }"], want: "false" },
			{ args: ["input I { a: I! } type Query { a(i: I): Int }"], want: "true" },
			{ args: ["type Query { a(x: Query): Int }"], want: "false" },
			{ args: ["type Query { a: I } input I { a: Int }"], want: "false" },
			{ args: ["directive @d on FIELD directive @d on FIELD type Query { a: Int }"], want: "false" },
			{ args: ["directive @d on NOPE type Query { a: Int }"], want: "false" },
			{ args: ["directive @d(x: Int) on FIELD_DEFINITION type Query { a: Int @d(y: 1) }"], want: "false" },
			{ args: ["type Query { a: Int @nope }"], want: "false" },
			{ args: ["type Query @deprecated { a: Int }"], want: "false" },
			{ args: ["directive @a(x: Int @a) on ARGUMENT_DEFINITION type Query { a: Int }"], want: "false" },
			{ args: ["schema { query: Q } type Q { a: Int }"], want: "true" },
			{ args: ["schema { query: Nope }"], want: "false" },
			{ args: ["schema { query: Query } schema { query: Query } type Query { a: Int }"], want: "false" },
			{ args: ["schema { mutation: M } type M { a: Int }"], want: "true" },
			{ args: ["schema { nope: Q } type Q { a: Int }"], want: "false" },
			{ args: ['scalar S @specifiedBy(url: "x") type Query { s: S }'], want: "true" },
			{ args: ['"doc" type Query { "doc" a("doc" x: Int = 1): [Int!]! @deprecated(reason: "r") }'], want: "true" },
			{ args: ['type Query { a(x: Int = "s"): Int }'], want: "true" },
			{ args: ["input I @oneOf { a: Int! } type Query { a(i: I): Int }"], want: "true" },
			{ args: [""], want: "true" },
			{ args: ["# x"], want: "true" },
			{ args: ["{ a }"], want: "false" },
			{ args: ["type Query { a Int }"], want: "false" },
			{ args: ["type Query { a: [Int }"], want: "false" },
			{ args: ["type Query { a: Int! ! }"], want: "false" },
			{ args: ["extend schema { query: Q } type Q { a: Int }"], want: "true" },
		]),
	);
});

describe("graphql.parse: errors of schemas", () => {
	table(
		graphql,
		"graphql.parse",
		texts([
			{
				args: ["{ a }", "type A { a: Int }"],
				wantError: `eval_builtin_error: Schema does not support operation type "query"
 in GraphQL string at location 1:1`,
			},
			{
				args: ["{ a }", "type Query { a: Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{
				args: ["{ a }", "type Query { a: Nope }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:17: Undefined type Nope.",
			},
			{
				args: ["{ a }", "type Query { }"],
				wantError: "eval_builtin_error: expected at least one definition, found } in GraphQL string at location 1:14",
			},
			{
				args: ["{ a }", "type Query"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:6: OBJECT Query: must define one or more fields.",
			},
			{
				args: ["{ a }", "type Query { a: Int } type Query { b: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:28: Cannot redeclare type Query.",
			},
			{
				args: ["{ a }", "type Query { a: Int } extend type Query { b: Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}], "Extensions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "b", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{
				args: ["{ a }", "type Query { a: Int } extend type Nope { b: Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}], "Extensions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "b", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Nope"}]}]',
			},
			{
				args: ["{ a }", "type Query { a: Int } extend enum Query { b }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:35: Cannot extend type Query because the base type is a OBJECT, not ENUM.",
			},
			{
				args: ["{ a }", "type Query { __a: Int }"],
				wantError:
					'eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:14: Name "__a" must not begin with "__", which is reserved by GraphQL introspection.',
			},
			{
				args: ["{ a }", "type __A { a: Int } type Query { a: Int }"],
				wantError:
					'eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:6: Name "__A" must not begin with "__", which is reserved by GraphQL introspection.',
			},
			{
				args: ["{ a }", "type Query { a: Int a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:21: Field Query.a can only be defined once.",
			},
			{
				args: ["{ a }", "type Query implements I { a: Int } interface I { a: Int b: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:6: For Query to implement I it must have a field called b.",
			},
			{
				args: ["{ a }", "type Query implements I { a: String } interface I { a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:27: For Query to implement I the field a must have type Int.",
			},
			{
				args: ["{ a }", "type Query implements I { a(x: Int): Int } interface I { a(x: Int, y: Int): Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:27: For Query to implement I the field a must have the same arguments but it is missing y.",
			},
			{
				args: ["{ a }", "type Query implements I { a(x: Int, y: Int!): Int } interface I { a(x: Int): Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:37: For Query to implement I any additional arguments on a must be optional or have a default value but y is required.",
			},
			{
				args: ["{ a }", "type Query implements Nope { a: Int }"],
				wantError:
					'eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:6: Undefined type "Nope".',
			},
			{
				args: ["{ a }", "type Query implements Query { a: Int }"],
				wantError:
					'eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:6: "Query" is a non interface type OBJECT.',
			},
			{
				args: ["{ a }", "interface I implements I { a: Int } type Query { a: Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Interfaces": ["I"], "Kind": "INTERFACE", "Name": "I"}, {"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{
				args: ["{ a }", "union U = Int | A type A { a: Int } type Query { u: U }"],
				wantError:
					'eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:7: UNION type "Int" must be OBJECT.',
			},
			{
				args: ["{ a }", "union U = Nope type Query { u: U }"],
				wantError:
					'eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:7: Undefined type "Nope".',
			},
			{
				args: ["{ a }", "enum E { true } type Query { e: E }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:6: ENUM E: non-enum value true.",
			},
			{
				args: ["{ a }", "enum E { } type Query { e: E }"],
				wantError: "eval_builtin_error: expected at least one definition, found } in GraphQL string at location 1:10",
			},
			{
				args: ["{ a }", "input I { a: Query } type Query { a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:11: OBJECT a: field must be one of SCALAR, ENUM, INPUT_OBJECT.",
			},
			{
				args: ["{ a }", "input I { a: I! } type Query { a(i: I): Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "I", "NonNull": true}}], "Kind": "INPUT_OBJECT", "Name": "I"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "i", "Type": {"NamedType": "I", "NonNull": false}}], "Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{
				args: ["{ a }", "type Query { a(x: Query): Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:16: cannot use Query as argument x because OBJECT is not a valid input type",
			},
			{
				args: ["{ a }", "type Query { a: I } input I { a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:14: OBJECT Query: field must be one of SCALAR, OBJECT, INTERFACE, UNION, ENUM.",
			},
			{
				args: ["{ a }", "directive @d on FIELD directive @d on FIELD type Query { a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:34: Cannot redeclare directive d.",
			},
			{
				args: ["{ a }", "directive @d on NOPE type Query { a: Int }"],
				wantError: 'eval_builtin_error: Unexpected Name "NOPE" in GraphQL string at location 1:17',
			},
			{
				args: ["{ a }", "directive @d(x: Int) on FIELD_DEFINITION type Query { a: Int @d(y: 1) }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:65: Undefined argument y for directive d.",
			},
			{
				args: ["{ a }", "type Query { a: Int @nope }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:22: Undefined directive nope.",
			},
			{
				args: ["{ a }", "type Query @deprecated { a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:13: Directive deprecated is not applicable on OBJECT.",
			},
			{
				args: ["{ a }", "directive @a(x: Int @a) on ARGUMENT_DEFINITION type Query { a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:22: Directive a cannot refer to itself.",
			},
			{
				args: ["{ a }", "schema { query: Q } type Q { a: Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Q"}], "Schema": [{"Description": "", "OperationTypes": [{"Operation": "query", "Type": "Q"}]}]}]',
			},
			{
				args: ["{ a }", "schema { query: Nope }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:10: Schema root query refers to a type Nope that does not exist.",
			},
			{
				args: ["{ a }", "schema { query: Query } schema { query: Query } type Query { a: Int }"],
				wantError:
					"eval_builtin_error: Error in gqlparser SchemaDocument to Schema conversion: input:1:32: Cannot have multiple schema entry points, consider schema extensions instead.",
			},
			{
				args: ["{ a }", "schema { mutation: M } type M { a: Int }"],
				wantError: `eval_builtin_error: Schema does not support operation type "query"
 in GraphQL string at location 1:1`,
			},
			{
				args: ["{ a }", "schema { nope: Q } type Q { a: Int }"],
				wantError: 'eval_builtin_error: Unexpected Name "nope" in GraphQL string at location 1:10',
			},
			{
				args: ["{ a }", 'scalar S @specifiedBy(url: "x") type Query { s: S }'],
				wantError: `eval_builtin_error: Cannot query field "a" on type "Query". Did you mean "s"?
 in GraphQL string at location 1:3`,
			},
			{
				args: ["{ a }", '"doc" type Query { "doc" a("doc" x: Int = 1): [Int!]! @deprecated(reason: "r") }'],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "doc", "Fields": [{"Arguments": [{"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 1, "Raw": "1"}, "Description": "doc", "Name": "x", "Type": {"NamedType": "Int", "NonNull": false}}], "Description": "doc", "Directives": [{"Arguments": [{"Name": "reason", "Value": {"ExpectedTypeHasDefault": false, "Kind": 3, "Raw": "r"}}], "Location": "", "Name": "deprecated"}], "Name": "a", "Type": {"Elem": {"NamedType": "Int", "NonNull": true}, "NamedType": "", "NonNull": true}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{
				args: ["{ a }", 'type Query { a(x: Int = "s"): Int }'],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"DefaultValue": {"ExpectedTypeHasDefault": false, "Kind": 3, "Raw": "s"}, "Description": "", "Name": "x", "Type": {"NamedType": "Int", "NonNull": false}}], "Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{
				args: ["{ a }", "input I @oneOf { a: Int! } type Query { a(i: I): Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Directives": [{"Location": "", "Name": "oneOf"}], "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": true}}], "Kind": "INPUT_OBJECT", "Name": "I"}, {"BuiltIn": false, "Description": "", "Fields": [{"Arguments": [{"Description": "", "Name": "i", "Type": {"NamedType": "I", "NonNull": false}}], "Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{
				args: ["{ a }", ""],
				wantError: `eval_builtin_error: Schema does not support operation type "query"
 in GraphQL string at location 1:1`,
			},
			{
				args: ["{ a }", "# x"],
				wantError: `eval_builtin_error: Schema does not support operation type "query"
 in GraphQL string at location 1:1`,
			},
			{ args: ["{ a }", "{ a }"], wantError: "eval_builtin_error: Unexpected { in GraphQL string at location 1:1" },
			{
				args: ["{ a }", "type Query { a Int }"],
				wantError: "eval_builtin_error: Expected :, found Name in GraphQL string at location 1:16",
			},
			{
				args: ["{ a }", "type Query { a: [Int }"],
				wantError: "eval_builtin_error: Expected ], found } in GraphQL string at location 1:22",
			},
			{
				args: ["{ a }", "type Query { a: Int! ! }"],
				wantError: "eval_builtin_error: Expected Name, found ! in GraphQL string at location 1:22",
			},
			{
				args: ["{ a }", "extend schema { query: Q } type Q { a: Int }"],
				want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Q"}], "SchemaExtension": [{"Description": "", "OperationTypes": [{"Operation": "query", "Type": "Q"}]}]}]',
			},
		]),
	);
});

describe("graphql.parse_and_verify", () => {
	table(
		graphql,
		"graphql.parse_and_verify",
		texts([
			{
				args: ["{ a }", "type Query { a: Int }"],
				want: '[true, {"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
			},
			{ args: ["{ b }", "type Query { a: Int }"], want: "[false, {}, {}]" },
			{ args: ["{", "type Query { a: Int }"], want: "[false, {}, {}]" },
			{ args: ["{ a }", "type"], want: "[false, {}, {}]" },
		]),
	);
});

describe("operands", () => {
	table(graphql, "graphql.is_valid", [
		{ args: ["1", '"type Query { a: Int }"'], want: "false" },
		{ args: ['"{ a }"', "1"], want: "false" },
		{ args: ["{}", '"type Query { a: Int }"'], want: "true" },
		{ args: ['"{ a }"', "{}"], want: "false" },
		{ args: ['{"__proto__": 1}', '{"constructor": []}'], want: "true" },
	]);
});

describe("graphql.parse: operands", () => {
	table(graphql, "graphql.parse", [
		{
			args: ["1", '"type Query { a: Int }"'],
			wantError: "eval_type_error: operand 0 must be one of {string, object} but got number",
		},
		{ args: ['"{ a }"', "null"], wantError: "eval_type_error: operand 1 must be one of {string, object} but got null" },
		{
			args: ['{"Operations": 1}', '"type Query { a: Int }"'],
			wantError:
				"eval_builtin_error: json: cannot unmarshal number into Go struct field QueryDocument.Operations of type ast.OperationList",
		},
		{
			args: [
				'{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}',
				'"type Query { a: Int }"',
			],
			want: '[{"Operations": [{"Name": "", "Operation": "query", "SelectionSet": [{"Alias": "a", "Name": "a"}]}]}, {"Definitions": [{"BuiltIn": false, "Description": "", "Fields": [{"Description": "", "Name": "a", "Type": {"NamedType": "Int", "NonNull": false}}], "Kind": "OBJECT", "Name": "Query"}]}]',
		},
	]);
});

describe("graphql.parse_query: operands", () => {
	table(graphql, "graphql.parse_query", [
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
});

describe("graphql.parse_schema: operands", () => {
	table(graphql, "graphql.parse_schema", [
		{ args: ["null"], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
});

describe("trees in place of texts", () => {
	const named = (name: string) => graphql.find((b) => b.name === name);
	test("what the parsers give, the others take", () => {
		const [parseQuery, parseSchema, isValid] = ["graphql.parse_query", "graphql.parse_schema", "graphql.is_valid"].map(
			named,
		);
		if (parseQuery === undefined || parseSchema === undefined || isValid === undefined) throw new Error("missing");
		const schemaTree = call(parseSchema, [schema]).value;
		for (const [query, want] of [
			["query Q($f: Boolean) { dog { name(full: $f) } }", "true"],
			["{ dog { fur } }", "false"],
		] as const) {
			const queryTree = call(parseQuery, [query]).value;
			if (queryTree === undefined || schemaTree === undefined) throw new Error("not parsed");
			expect(shown(call(isValid, [queryTree, schemaTree]).value)).toBe(want);
			expect(shown(call(isValid, [query, schemaTree]).value)).toBe(want);
			expect(shown(call(isValid, [queryTree, schema]).value)).toBe(want);
		}
	});
});

describe("hostile documents", () => {
	const fragments = Array.from({ length: 200 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(
		" ",
	);
	test.each([
		["nested selections", "{ a".repeat(100_000), "type Query { a: Query }"],
		["closed nested selections", "{ a ".repeat(400) + "}".repeat(400), "type Query { a: Query }"],
		["nested lists", `{ a(x: ${"[".repeat(50_000)}) }`, "type Query { a(x: Int): Int }"],
		["nested types", "{ a }", `type Query { a: ${"[".repeat(50_000)}Int }`],
		["fragments that double", `{ ...F0 } ${fragments} fragment F200 on Query { a }`, "type Query { a: Int }"],
		["fields that overlap", `{ ${"a ".repeat(3_000)} }`, "type Query { a: Int }"],
		["overlapping objects", `{ ${"a { b } ".repeat(500)} }`, "type Query { a: A } type A { b: Int }"],
		[
			"names close to others",
			`{ ${"abcdefghij".repeat(1_000)} }`,
			`type Query { ${Array.from({ length: 300 }, (_, i) => `abcdefghij${i}: Int`).join(" ")} }`,
		],
		[
			"names of JavaScript's own",
			"{ constructor toString __proto__ }",
			"type Query { constructor: Int toString: Int hasOwnProperty: toString }",
		],
		["a long string", `{ a(x: "${"\\\\u0041".repeat(100_000)}") }`, "type Query { a(x: String): Int }"],
		[
			"many types",
			"{ a }",
			`type Query { a: Int } ${Array.from({ length: 3_000 }, (_, i) => `type T${i} { a: T${i} }`).join(" ")}`,
		],
	])("%s: an answer or an error, soon", (_, query, schemaText) => {
		for (const name of ["graphql.parse", "graphql.is_valid"]) {
			const b = graphql.find((x) => x.name === name);
			const cost = startCost();
			const got = b === undefined ? {} : call(b, [query, schemaText]);
			expect(got).toSatisfy((x: typeof got) => x.code !== undefined || x.value !== undefined);
			expect(cost()).toBeLessThan(5000);
		}
	});

	test("a tree too deep to read", () => {
		const depth = 3_000;
		let selection: object[] = [];
		for (let i = 0; i < depth; i++) selection = [{ Alias: "a", Name: "a", SelectionSet: selection }];
		const operand = { Operations: [{ Name: "", Operation: "query", SelectionSet: selection }] };
		const b = graphql.find((x) => x.name === "graphql.is_valid");
		const got = b === undefined ? {} : call(b, [operand as never, "type Query { a: Query }"]);
		expect(got.code).toBe("halt");
	});
});
