/** json.verify_schema and json.match_schema. Verdicts and messages are OPA's. */
import { describe, expect, test } from "vitest";
import { jsonSchema } from "../../src/builtins/json-schema.ts";
import { parseJson } from "../../src/value/json.ts";
import { isArray } from "../../src/value/value.ts";
import { startCost } from "../cost.ts";
import { call, shown, table } from "./support.ts";

describe("json.verify_schema", () => {
	table(jsonSchema, "json.verify_schema", [
		{ args: ["{}"], want: "[true, null]" },
		{ args: ["true"], want: '[false, "jsonschema: wrong type, expected string or object"]' },
		{ args: ['"{}"'], want: "[true, null]" },
		{ args: [String.raw`"{\"type\": \"string\"}"`], want: "[true, null]" },
		{ args: ['"nonsense"'], want: '[false, "jsonschema: invalid JSON string"]' },
		{ args: ['"1"'], want: '[false, "jsonschema: schema is invalid"]' },
		{ args: ['"[]"'], want: '[false, "jsonschema: schema is invalid"]' },
		{ args: ["[]"], want: '[false, "jsonschema: schema is invalid"]' },
		{ args: ["1"], want: '[false, "jsonschema: wrong type, expected string or object"]' },
		{ args: ["null"], want: '[false, "jsonschema: wrong type, expected string or object"]' },
		{
			args: ['{"type":"nope"}'],
			want: '[false, "jsonschema: has a primitive type that is NOT VALID -- given: /nope/ Expected valid values are:[array boolean integer number null object string]"]',
		},
		{ args: ['{"type":["string","string"]}'], want: '[false, "jsonschema: string type is duplicated"]' },
		{
			args: ['{"type":1}'],
			want: '[false, "jsonschema: Invalid type. Expected: type, given: string/Array Of Strings"]',
		},
		{ args: ['{"properties":[]}'], want: '[false, "jsonschema: Properties must be of type object"]' },
		{ args: ['{"properties":{"a":1}}'], want: '[false, "jsonschema: Expected: Valid Schema, given: Invalid JSON"]' },
		{ args: ['{"required":"a"}'], want: '[false, "jsonschema: required must be of an array"]' },
		{ args: ['{"required":["a","a"]}'], want: '[false, "jsonschema: required items must be unique"]' },
		{ args: ['{"required":[1]}'], want: '[false, "jsonschema: Invalid type. Expected: string, given: required"]' },
		{
			args: ['{"items":1}'],
			want: '[false, "jsonschema: Invalid type. Expected: Valid Schema/Array Of Schemas, given: items"]',
		},
		{ args: ['{"minimum":"1"}'], want: '[false, "jsonschema: minimum must be of a Number"]' },
		{ args: ['{"multipleOf":0}'], want: '[false, "jsonschema: multipleOf must be strictly greater than 0"]' },
		{ args: ['{"multipleOf":-1}'], want: '[false, "jsonschema: multipleOf must be strictly greater than 0"]' },
		{ args: ['{"minLength":-1}'], want: '[false, "jsonschema: minLength must be greater than or equal to 0"]' },
		{ args: ['{"minLength":1.5}'], want: '[false, "jsonschema: minLength must be of an integer"]' },
		{
			args: ['{"minLength":3,"maxLength":2}'],
			want: '[false, "jsonschema: minLength cannot be greater than maxLength"]',
		},
		{ args: ['{"minItems":"x"}'], want: '[false, "jsonschema: minItems must be of an integer"]' },
		{ args: ['{"pattern":"("}'], want: '[false, "jsonschema: pattern must be a valid regex"]' },
		{ args: ['{"pattern":"a(?=b)"}'], want: '[false, "jsonschema: pattern must be a valid regex"]' },
		{ args: ['{"pattern":1}'], want: '[false, "jsonschema: Invalid type. Expected: string, given: pattern"]' },
		{ args: ['{"patternProperties":{"(":{}}}'], want: `[false, "jsonschema: Invalid regex pattern '('"]` },
		{ args: ['{"enum":[]}'], want: "[true, null]" },
		{ args: ['{"enum":[1,1]}'], want: '[false, "jsonschema: enum items must be unique"]' },
		{ args: ['{"enum":1}'], want: '[false, "jsonschema: enum must be of an array"]' },
		{ args: ['{"not":1}'], want: '[false, "jsonschema: not must be of an object"]' },
		{ args: ['{"allOf":[]}'], want: "[true, null]" },
		{ args: ['{"anyOf":{}}'], want: '[false, "jsonschema: anyOf must be of an array"]' },
		{ args: ['{"oneOf":[1]}'], want: '[false, "jsonschema: Expected: Valid Schema, given: Invalid JSON"]' },
		{
			args: ['{"dependencies":{"a":1}}'],
			want: '[false, "jsonschema: Dependency must be of type Schema Or Array Of Strings"]',
		},
		{
			args: ['{"definitions":{"a":{"type":"nope"}}}'],
			want: '[false, "jsonschema: has a primitive type that is NOT VALID -- given: /nope/ Expected valid values are:[array boolean integer number null object string]"]',
		},
		{ args: ['{"$ref":"#/definitions/a"}'], want: `[false, "jsonschema: Object has no key 'definitions'"]` },
		{ args: ['{"$ref":1}'], want: '[false, "jsonschema: Invalid type. Expected: string, given: $ref"]' },
		{
			args: ['{"$ref":"http://example.com/s.json"}'],
			want: '[false, "jsonschema: remote reference loading disabled: http://example.com/s.json"]',
		},
		{ args: ['{"$ref":"#/definitions/a","definitions":{"a":{}}}'], want: "[true, null]" },
		{ args: ['{"$schema":"http://json-schema.org/draft-07/schema#","const":1}'], want: "[true, null]" },
		{
			args: ['{"$schema":"http://json-schema.org/draft-04/schema#","exclusiveMinimum":true,"minimum":1}'],
			want: "[true, null]",
		},
		{ args: ['{"$schema":"http://json-schema.org/draft-06/schema#","exclusiveMinimum":1}'], want: "[true, null]" },
		{ args: ['{"$schema":"http://nope"}'], want: "[true, null]" },
		{ args: ['{"$schema":1}'], want: '[false, "jsonschema: $schema must be of type string"]' },
		{ args: ['{"id":"x"}'], want: "[true, null]" },
		{ args: ['{"$id":1}'], want: '[false, "jsonschema: Invalid type. Expected: string, given: $id"]' },
		{ args: ['{"format":1}'], want: '[false, "jsonschema: Invalid type. Expected: string, given: format"]' },
		{ args: ['{"format":"unheard-of"}'], want: "[true, null]" },
		{
			args: ['{"additionalItems":1}'],
			want: '[false, "jsonschema: Invalid type. Expected: boolean/Valid Schema, given: additionalItems"]',
		},
		{ args: ['{"uniqueItems":1}'], want: '[false, "jsonschema: uniqueItems must be of a boolean"]' },
		{ args: ['{"title":1}'], want: '[false, "jsonschema: Invalid type. Expected: string, given: title"]' },
		{ args: ['{"if":1}'], want: '[false, "jsonschema: if must be of an object"]' },
		{
			args: ['{"exclusiveMaximum":true}'],
			want: '[false, "jsonschema: exclusiveMaximum cannot be used without maximum"]',
		},
	]);
});

describe("json.match_schema: types", () => {
	table(jsonSchema, "json.match_schema", [
		{ args: [String.raw`"\"a\""`, '{"type":"string"}'], want: "[true, []]" },
		{
			args: ['"1"', '{"type":"string"}'],
			want: '[false, [{"desc": "Invalid type. Expected: string, given: integer", "error": "(Root): Invalid type. Expected: string, given: integer", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{
			args: ["{}", '{"type":"string"}'],
			want: '[false, [{"desc": "Invalid type. Expected: string, given: object", "error": "(Root): Invalid type. Expected: string, given: object", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{
			args: ["[]", '{"type":"string"}'],
			want: '[false, [{"desc": "Invalid type. Expected: string, given: array", "error": "(Root): Invalid type. Expected: string, given: array", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{ args: ["{}", '{"type":"object"}'], want: "[true, []]" },
		{
			args: ["[]", '{"type":"object"}'],
			want: '[false, [{"desc": "Invalid type. Expected: object, given: array", "error": "(Root): Invalid type. Expected: object, given: array", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{ args: ["[]", '{"type":["array","null"]}'], want: "[true, []]" },
		{
			args: ["{}", '{"type":["array","null"]}'],
			want: '[false, [{"desc": "Invalid type. Expected: [array,null], given: object", "error": "(Root): Invalid type. Expected: [array,null], given: object", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{ args: ['"null"', '{"type":["array","null"]}'], want: "[true, []]" },
		{ args: ['"1"', '{"type":"integer"}'], want: "[true, []]" },
		{ args: ['"1.0"', '{"type":"integer"}'], want: "[true, []]" },
		{
			args: ['"1.5"', '{"type":"integer"}'],
			want: '[false, [{"desc": "Invalid type. Expected: integer, given: number", "error": "(Root): Invalid type. Expected: integer, given: number", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{ args: ['"12345678901234567890123"', '{"type":"integer"}'], want: "[true, []]" },
		{ args: ['"1e400"', '{"type":"integer"}'], want: "[true, []]" },
		{ args: ['"1.5"', '{"type":"number"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"x\""`, '{"type":"number"}'],
			want: '[false, [{"desc": "Invalid type. Expected: number, given: string", "error": "(Root): Invalid type. Expected: number, given: string", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{ args: ['"true"', '{"type":"boolean"}'], want: "[true, []]" },
		{
			args: ['"0"', '{"type":"boolean"}'],
			want: '[false, [{"desc": "Invalid type. Expected: boolean, given: integer", "error": "(Root): Invalid type. Expected: boolean, given: integer", "field": "(Root)", "type": "invalid_type"}]]',
		},
	]);
});

describe("json.match_schema: numbers", () => {
	table(jsonSchema, "json.match_schema", [
		{
			args: ['"0"', '{"minimum":1,"maximum":3}'],
			want: '[false, [{"desc": "Must be greater than or equal to 1", "error": "(Root): Must be greater than or equal to 1", "field": "(Root)", "type": "number_gte"}]]',
		},
		{
			args: ['"4"', '{"minimum":1,"maximum":3}'],
			want: '[false, [{"desc": "Must be less than or equal to 3", "error": "(Root): Must be less than or equal to 3", "field": "(Root)", "type": "number_lte"}]]',
		},
		{ args: ['"2"', '{"minimum":1,"maximum":3}'], want: "[true, []]" },
		{
			args: ['"1"', '{"exclusiveMinimum":1,"exclusiveMaximum":3}'],
			want: '[false, [{"desc": "Must be greater than 1", "error": "(Root): Must be greater than 1", "field": "(Root)", "type": "number_gt"}]]',
		},
		{
			args: ['"3"', '{"exclusiveMinimum":1,"exclusiveMaximum":3}'],
			want: '[false, [{"desc": "Must be less than 3", "error": "(Root): Must be less than 3", "field": "(Root)", "type": "number_lt"}]]',
		},
		{
			args: ['"1"', '{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}'],
			want: '[false, [{"desc": "Must be greater than 1", "error": "(Root): Must be greater than 1", "field": "(Root)", "type": "number_gt"}]]',
		},
		{ args: ['"0.07"', '{"multipleOf":0.01}'], want: "[true, []]" },
		{
			args: ['"0.075"', '{"multipleOf":0.01}'],
			want: '[false, [{"desc": "Must be a multiple of 0.01", "error": "(Root): Must be a multiple of 0.01", "field": "(Root)", "type": "multiple_of"}]]',
		},
		{
			args: ['"10"', '{"multipleOf":3}'],
			want: '[false, [{"desc": "Must be a multiple of 3", "error": "(Root): Must be a multiple of 3", "field": "(Root)", "type": "multiple_of"}]]',
		},
		{ args: ['"9"', '{"multipleOf":3}'], want: "[true, []]" },
		{
			args: ['"12345678901234567891"', '{"maximum": 12345678901234567890}'],
			want: '[false, [{"desc": "Must be less than or equal to 1.234567890123456789e+19", "error": "(Root): Must be less than or equal to 1.234567890123456789e+19", "field": "(Root)", "type": "number_lte"}]]',
		},
		{ args: ['"12345678901234567890"', '{"maximum": 12345678901234567890}'], want: "[true, []]" },
		{
			args: ['"1000001"', '{"maximum":1000000}'],
			want: '[false, [{"desc": "Must be less than or equal to 1e+06", "error": "(Root): Must be less than or equal to 1e+06", "field": "(Root)", "type": "number_lte"}]]',
		},
		{
			args: ['"1.5e300"', '{"maximum":1000000}'],
			want: '[false, [{"desc": "Must be less than or equal to 1e+06", "error": "(Root): Must be less than or equal to 1e+06", "field": "(Root)", "type": "number_lte"}]]',
		},
	]);
});

describe("json.match_schema: strings", () => {
	table(jsonSchema, "json.match_schema", [
		{
			args: [String.raw`"\"a\""`, '{"minLength":2,"maxLength":3}'],
			want: '[false, [{"desc": "String length must be greater than or equal to 2", "error": "(Root): String length must be greater than or equal to 2", "field": "(Root)", "type": "string_gte"}]]',
		},
		{
			args: [String.raw`"\"abcd\""`, '{"minLength":2,"maxLength":3}'],
			want: '[false, [{"desc": "String length must be less than or equal to 3", "error": "(Root): String length must be less than or equal to 3", "field": "(Root)", "type": "string_lte"}]]',
		},
		{ args: [String.raw`"\"😀😀\""`, '{"minLength":2,"maxLength":3}'], want: "[true, []]" },
		{ args: [String.raw`"\"aaa\""`, '{"pattern":"^a+$"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"aab\""`, '{"pattern":"^a+$"}'],
			want: `[false, [{"desc": "Does not match pattern '^a+$'", "error": "(Root): Does not match pattern '^a+$'", "field": "(Root)", "type": "pattern"}]]`,
		},
		{
			args: [String.raw`"\"b\""`, '{"const":"<a>&"}'],
			want: String.raw`[false, [{"desc": "(Root) does not match: \"\\u003ca\\u003e\\u0026\"", "error": "(Root): (Root) does not match: \"\\u003ca\\u003e\\u0026\"", "field": "(Root)", "type": "const"}]]`,
		},
		{ args: [String.raw`"\"<a>&\""`, '{"const":"<a>&"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"b\""`, '{"enum":["a",1,null,[1],{"a":1}]}'],
			want: String.raw`[false, [{"desc": "(Root) must be one of the following: \"a\", 1, null, [1], {\"a\":1}", "error": "(Root): (Root) must be one of the following: \"a\", 1, null, [1], {\"a\":1}", "field": "(Root)", "type": "enum"}]]`,
		},
		{ args: ['"1.0"', '{"enum":["a",1,null,[1],{"a":1}]}'], want: "[true, []]" },
		{ args: ["[1]", '{"enum":["a",1,null,[1],{"a":1}]}'], want: "[true, []]" },
		{ args: ['{"a":1}', '{"enum":["a",1,null,[1],{"a":1}]}'], want: "[true, []]" },
	]);
});

describe("json.match_schema: formats", () => {
	table(jsonSchema, "json.match_schema", [
		{ args: [String.raw`"\"2020-02-29\""`, '{"format":"date"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"2021-02-29\""`, '{"format":"date"}'],
			want: `[false, [{"desc": "Does not match format 'date'", "error": "(Root): Does not match format 'date'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"12:00:00\""`, '{"format":"time"}'], want: "[true, []]" },
		{ args: [String.raw`"\"12:00:00Z\""`, '{"format":"time"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"25:00:00Z\""`, '{"format":"time"}'],
			want: `[false, [{"desc": "Does not match format 'time'", "error": "(Root): Does not match format 'time'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"2020-01-01T00:00:00Z\""`, '{"format":"date-time"}'], want: "[true, []]" },
		{ args: [String.raw`"\"2020-01-01\""`, '{"format":"date-time"}'], want: "[true, []]" },
		{ args: [String.raw`"\"a-b.c\""`, '{"format":"hostname"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"-a\""`, '{"format":"hostname"}'],
			want: `[false, [{"desc": "Does not match format 'hostname'", "error": "(Root): Does not match format 'hostname'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"a@b.c\""`, '{"format":"email"}'], want: "[true, []]" },
		{ args: [String.raw`"\"Joe <a@b>\""`, '{"format":"email"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"@\""`, '{"format":"email"}'],
			want: `[false, [{"desc": "Does not match format 'email'", "error": "(Root): Does not match format 'email'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"1.2.3.4\""`, '{"format":"ipv4"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"1.2.3.256\""`, '{"format":"ipv4"}'],
			want: `[false, [{"desc": "Does not match format 'ipv4'", "error": "(Root): Does not match format 'ipv4'", "field": "(Root)", "type": "format"}]]`,
		},
		{
			args: [String.raw`"\"::1\""`, '{"format":"ipv4"}'],
			want: `[false, [{"desc": "Does not match format 'ipv4'", "error": "(Root): Does not match format 'ipv4'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"::1\""`, '{"format":"ipv6"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"1.2.3.4\""`, '{"format":"ipv6"}'],
			want: `[false, [{"desc": "Does not match format 'ipv6'", "error": "(Root): Does not match format 'ipv6'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"http://a/b\""`, '{"format":"uri"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"/a\""`, '{"format":"uri"}'],
			want: `[false, [{"desc": "Does not match format 'uri'", "error": "(Root): Does not match format 'uri'", "field": "(Root)", "type": "format"}]]`,
		},
		{
			args: [String.raw`"\"\""`, '{"format":"uri"}'],
			want: `[false, [{"desc": "Does not match format 'uri'", "error": "(Root): Does not match format 'uri'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"/a\""`, '{"format":"uri-reference"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"\\\\\""`, '{"format":"uri-reference"}'],
			want: `[false, [{"desc": "Does not match format 'uri-reference'", "error": "(Root): Does not match format 'uri-reference'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"/{a}\""`, '{"format":"uri-template"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"{a\""`, '{"format":"uri-template"}'],
			want: `[false, [{"desc": "Does not match format 'uri-template'", "error": "(Root): Does not match format 'uri-template'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"550e8400-e29b-41d4-a716-446655440000\""`, '{"format":"uuid"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"x\""`, '{"format":"uuid"}'],
			want: `[false, [{"desc": "Does not match format 'uuid'", "error": "(Root): Does not match format 'uuid'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"a+\""`, '{"format":"regex"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"(\""`, '{"format":"regex"}'],
			want: `[false, [{"desc": "Does not match format 'regex'", "error": "(Root): Does not match format 'regex'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"/a/~0\""`, '{"format":"json-pointer"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"a\""`, '{"format":"json-pointer"}'],
			want: `[false, [{"desc": "Does not match format 'json-pointer'", "error": "(Root): Does not match format 'json-pointer'", "field": "(Root)", "type": "format"}]]`,
		},
		{
			args: [String.raw`"\"/~2\""`, '{"format":"json-pointer"}'],
			want: `[false, [{"desc": "Does not match format 'json-pointer'", "error": "(Root): Does not match format 'json-pointer'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"1/a\""`, '{"format":"relative-json-pointer"}'], want: "[true, []]" },
		{
			args: [String.raw`"\"/a\""`, '{"format":"relative-json-pointer"}'],
			want: `[false, [{"desc": "Does not match format 'relative-json-pointer'", "error": "(Root): Does not match format 'relative-json-pointer'", "field": "(Root)", "type": "format"}]]`,
		},
		{ args: [String.raw`"\"anything\""`, '{"format":"unknown"}'], want: "[true, []]" },
	]);
});

describe("json.match_schema: objects", () => {
	table(jsonSchema, "json.match_schema", [
		{
			args: ['{"a":1}', '{"properties":{"a":{"type":"string"}},"required":["a","b"]}'],
			want: '[false, [{"desc": "b is required", "error": "(Root): b is required", "field": "(Root)", "type": "required"}, {"desc": "Invalid type. Expected: string, given: integer", "error": "a: Invalid type. Expected: string, given: integer", "field": "a", "type": "invalid_type"}]]',
		},
		{ args: ['{"a":"","b":1}', '{"properties":{"a":{"type":"string"}},"required":["a","b"]}'], want: "[true, []]" },
		{
			args: ["{}", '{"properties":{"a":{"type":"string"}},"required":["a","b"]}'],
			want: '[false, [{"desc": "a is required", "error": "(Root): a is required", "field": "(Root)", "type": "required"}, {"desc": "b is required", "error": "(Root): b is required", "field": "(Root)", "type": "required"}]]',
		},
		{
			args: ['{"a":1,"b":2,"c":3}', '{"properties":{"a":{}},"additionalProperties":false}'],
			want: '[false, [{"desc": "Additional property b is not allowed", "error": "(Root): Additional property b is not allowed", "field": "(Root)", "type": "additional_property_not_allowed"}, {"desc": "Additional property c is not allowed", "error": "(Root): Additional property c is not allowed", "field": "(Root)", "type": "additional_property_not_allowed"}]]',
		},
		{
			args: ['{"a":1}', '{"additionalProperties":{"type":"string"}}'],
			want: '[false, [{"desc": "Invalid type. Expected: string, given: integer", "error": "a: Invalid type. Expected: string, given: integer", "field": "a", "type": "invalid_type"}]]',
		},
		{
			args: ['{"x1":"a","y":1}', '{"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false}'],
			want: '[false, [{"desc": "Invalid type. Expected: integer, given: string", "error": "x1: Invalid type. Expected: integer, given: string", "field": "x1", "type": "invalid_type"}, {"desc": "Additional property y is not allowed", "error": "(Root): Additional property y is not allowed", "field": "(Root)", "type": "additional_property_not_allowed"}]]',
		},
		{
			args: ["{}", '{"minProperties":1,"maxProperties":1}'],
			want: '[false, [{"desc": "Must have at least 1 properties", "error": "(Root): Must have at least 1 properties", "field": "(Root)", "type": "array_min_properties"}]]',
		},
		{
			args: ['{"a":1,"b":2}', '{"minProperties":1,"maxProperties":1}'],
			want: '[false, [{"desc": "Must have at most 1 properties", "error": "(Root): Must have at most 1 properties", "field": "(Root)", "type": "array_max_properties"}]]',
		},
		{
			args: ['{"ab":1}', '{"propertyNames":{"maxLength":1}}'],
			want: String.raw`[false, [{"desc": "Property name of \"ab\" does not match", "error": "(Root): Property name of \"ab\" does not match", "field": "(Root)", "type": "invalid_property_name"}, {"desc": "String length must be less than or equal to 1", "error": "(Root): String length must be less than or equal to 1", "field": "(Root)", "type": "string_lte"}]]`,
		},
		{
			args: ['{"a":1,"c":1}', '{"dependencies":{"a":["b"],"c":{"required":["d"]}}}'],
			want: '[false, [{"desc": "Has a dependency on b", "error": "(Root): Has a dependency on b", "field": "(Root)", "type": "missing_dependency"}, {"desc": "d is required", "error": "(Root): d is required", "field": "(Root)", "type": "required"}]]',
		},
		{
			args: ['{"a":{"b":[null,1]}}', '{"properties":{"a":{"properties":{"b":{"items":{"type":"null"}}}}}}'],
			want: '[false, [{"desc": "Invalid type. Expected: null, given: integer", "error": "a.b.1: Invalid type. Expected: null, given: integer", "field": "a.b.1", "type": "invalid_type"}]]',
		},
	]);
});

describe("json.match_schema: arrays", () => {
	table(jsonSchema, "json.match_schema", [
		{
			args: ['[1, "a", null]', '{"items":{"type":"integer"}}'],
			want: '[false, [{"desc": "Invalid type. Expected: integer, given: string", "error": "1: Invalid type. Expected: integer, given: string", "field": "1", "type": "invalid_type"}, {"desc": "Invalid type. Expected: integer, given: null", "error": "2: Invalid type. Expected: integer, given: null", "field": "2", "type": "invalid_type"}]]',
		},
		{
			args: ["[1, 2, 3]", '{"items":[{"type":"integer"},{"type":"string"}],"additionalItems":false}'],
			want: '[false, [{"desc": "Invalid type. Expected: string, given: integer", "error": "1: Invalid type. Expected: string, given: integer", "field": "1", "type": "invalid_type"}, {"desc": "No additional items allowed on array", "error": "(Root): No additional items allowed on array", "field": "(Root)", "type": "array_no_additional_items"}]]',
		},
		{
			args: ["[1, 2]", '{"items":[{}],"additionalItems":{"type":"null"}}'],
			want: '[false, [{"desc": "Invalid type. Expected: null, given: integer", "error": "1: Invalid type. Expected: null, given: integer", "field": "1", "type": "invalid_type"}]]',
		},
		{
			args: ["[]", '{"minItems":1,"maxItems":2}'],
			want: '[false, [{"desc": "Array must have at least 1 items", "error": "(Root): Array must have at least 1 items", "field": "(Root)", "type": "array_min_items"}]]',
		},
		{
			args: ["[1, 2, 3]", '{"minItems":1,"maxItems":2}'],
			want: '[false, [{"desc": "Array must have at most 2 items", "error": "(Root): Array must have at most 2 items", "field": "(Root)", "type": "array_max_items"}]]',
		},
		{
			args: ["[1, 1.0]", '{"uniqueItems":true}'],
			want: '[false, [{"desc": "array items[0,1] must be unique", "error": "(Root): array items[0,1] must be unique", "field": "(Root)", "type": "unique"}]]',
		},
		{
			args: ['[{"a": 1, "b": 2}, {"b": 2, "a": 1}]', '{"uniqueItems":true}'],
			want: '[false, [{"desc": "array items[0,1] must be unique", "error": "(Root): array items[0,1] must be unique", "field": "(Root)", "type": "unique"}]]',
		},
		{ args: ["[1, 2, 3]", '{"uniqueItems":true}'], want: "[true, []]" },
		{
			args: ["[1]", '{"contains":{"type":"string"}}'],
			want: '[false, [{"desc": "At least one of the items must match", "error": "(Root): At least one of the items must match", "field": "(Root)", "type": "contains"}, {"desc": "Invalid type. Expected: string, given: integer", "error": "0: Invalid type. Expected: string, given: integer", "field": "0", "type": "invalid_type"}]]',
		},
		{ args: ['[1, "a"]', '{"contains":{"type":"string"}}'], want: "[true, []]" },
	]);
});

describe("json.match_schema: combinations", () => {
	table(jsonSchema, "json.match_schema", [
		{
			args: [String.raw`"\"a\""`, '{"allOf":[{"type":"string"},{"minLength":2}]}'],
			want: '[false, [{"desc": "String length must be greater than or equal to 2", "error": "(Root): String length must be greater than or equal to 2", "field": "(Root)", "type": "string_gte"}, {"desc": "Must validate all the schemas (allOf)", "error": "(Root): Must validate all the schemas (allOf)", "field": "(Root)", "type": "number_all_of"}]]',
		},
		{
			args: ['"1"', '{"anyOf":[{"type":"string"},{"type":"null"}]}'],
			want: '[false, [{"desc": "Must validate at least one schema (anyOf)", "error": "(Root): Must validate at least one schema (anyOf)", "field": "(Root)", "type": "number_any_of"}, {"desc": "Invalid type. Expected: string, given: integer", "error": "(Root): Invalid type. Expected: string, given: integer", "field": "(Root)", "type": "invalid_type"}]]',
		},
		{
			args: ['"2"', '{"oneOf":[{"type":"integer"},{"minimum":1}]}'],
			want: '[false, [{"desc": "Must validate one and only one schema (oneOf)", "error": "(Root): Must validate one and only one schema (oneOf)", "field": "(Root)", "type": "number_one_of"}]]',
		},
		{
			args: ['"0.5"', '{"oneOf":[{"type":"integer"},{"minimum":1}]}'],
			want: '[false, [{"desc": "Must validate one and only one schema (oneOf)", "error": "(Root): Must validate one and only one schema (oneOf)", "field": "(Root)", "type": "number_one_of"}, {"desc": "Must be greater than or equal to 1", "error": "(Root): Must be greater than or equal to 1", "field": "(Root)", "type": "number_gte"}]]',
		},
		{ args: ['"1.5"', '{"oneOf":[{"type":"integer"},{"minimum":1}]}'], want: "[true, []]" },
		{
			args: [String.raw`"\"a\""`, '{"not":{"type":"string"}}'],
			want: '[false, [{"desc": "Must not validate the schema (not)", "error": "(Root): Must not validate the schema (not)", "field": "(Root)", "type": "number_not"}]]',
		},
		{ args: ['"1"', '{"not":{"type":"string"}}'], want: "[true, []]" },
		{
			args: ['"7"', '{"if":{"minimum":5},"then":{"multipleOf":5},"else":{"multipleOf":2}}'],
			want: String.raw`[false, [{"desc": "Must validate \"then\" as \"if\" was valid", "error": "(Root): Must validate \"then\" as \"if\" was valid", "field": "(Root)", "type": "condition_then"}, {"desc": "Must be a multiple of 5", "error": "(Root): Must be a multiple of 5", "field": "(Root)", "type": "multiple_of"}]]`,
		},
		{
			args: ['"3"', '{"if":{"minimum":5},"then":{"multipleOf":5},"else":{"multipleOf":2}}'],
			want: String.raw`[false, [{"desc": "Must validate \"else\" as \"if\" was not valid", "error": "(Root): Must validate \"else\" as \"if\" was not valid", "field": "(Root)", "type": "condition_else"}, {"desc": "Must be a multiple of 2", "error": "(Root): Must be a multiple of 2", "field": "(Root)", "type": "multiple_of"}]]`,
		},
		{ args: ['"10"', '{"if":{"minimum":5},"then":{"multipleOf":5},"else":{"multipleOf":2}}'], want: "[true, []]" },
		{ args: ['"4"', '{"if":{"minimum":5},"then":{"multipleOf":5},"else":{"multipleOf":2}}'], want: "[true, []]" },
		{
			args: ['{"a":1}', '{"properties":{"a":false}}'],
			want: '[false, [{"desc": "False always fails validation", "error": "a: False always fails validation", "field": "a", "type": "false"}]]',
		},
		{ args: ["{}", '{"properties":{"a":false}}'], want: "[true, []]" },
		{ args: ['"1"', "false"], wantError: "eval_builtin_error: wrong type, expected string or object" },
		{ args: ['"1"', "true"], wantError: "eval_builtin_error: wrong type, expected string or object" },
	]);
});

describe("json.match_schema: references", () => {
	table(jsonSchema, "json.match_schema", [
		{
			args: [
				'{"next":{"next":{"v":"x"}}}',
				'{"definitions":{"n":{"type":"object","properties":{"next":{"$ref":"#/definitions/n"},"v":{"type":"integer"}}}},"$ref":"#/definitions/n"}',
			],
			want: '[false, [{"desc": "Invalid type. Expected: integer, given: string", "error": "next.next.v: Invalid type. Expected: integer, given: string", "field": "next.next.v", "type": "invalid_type"}]]',
		},
		{
			args: ['{"a":1}', '{"properties":{"a":{"$ref":"#/properties/b"},"b":{"type":"null"}}}'],
			want: '[false, [{"desc": "Invalid type. Expected: null, given: integer", "error": "a: Invalid type. Expected: null, given: integer", "field": "a", "type": "invalid_type"}]]',
		},
		{
			args: [
				'{"x":1}',
				'{"definitions":{"a/b~c %":{"type":"null"}},"properties":{"x":{"$ref":"#/definitions/a~1b~0c%20%25"}}}',
			],
			want: '[false, [{"desc": "Invalid type. Expected: null, given: integer", "error": "x: Invalid type. Expected: null, given: integer", "field": "x", "type": "invalid_type"}]]',
		},
		{
			args: ['{"x":1}', '{"definitions":{"a":{"$id":"#named","type":"null"}},"properties":{"x":{"$ref":"#named"}}}'],
			want: '[false, [{"desc": "Invalid type. Expected: null, given: integer", "error": "x: Invalid type. Expected: null, given: integer", "field": "x", "type": "invalid_type"}]]',
		},
		{
			args: [
				'{"x":1}',
				'{"$id":"http://example.com/root","definitions":{"a":{"$id":"item","type":"null"}},"properties":{"x":{"$ref":"item"}}}',
			],
			want: '[false, [{"desc": "Invalid type. Expected: null, given: integer", "error": "x: Invalid type. Expected: null, given: integer", "field": "x", "type": "invalid_type"}]]',
		},
		{
			args: ['{"x":{"type":1}}', '{"properties":{"x":{"$ref":"http://json-schema.org/draft-07/schema#"}}}'],
			want: String.raw`[false, [{"desc": "Must validate at least one schema (anyOf)", "error": "x.type: Must validate at least one schema (anyOf)", "field": "x.type", "type": "number_any_of"}, {"desc": "x.type must be one of the following: \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \"string\"", "error": "x.type: x.type must be one of the following: \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \"string\"", "field": "x.type", "type": "enum"}]]`,
		},
		{ args: ["{}", '{"$ref":"#/nope"}'], wantError: "eval_builtin_error: Object has no key 'nope'" },
	]);
});

describe("json.match_schema: operands", () => {
	table(jsonSchema, "json.match_schema", [
		{ args: ["1", "{}"], wantError: "eval_builtin_error: wrong type, expected string or object" },
		{ args: ["null", "{}"], wantError: "eval_builtin_error: wrong type, expected string or object" },
		{ args: ["true", "{}"], wantError: "eval_builtin_error: wrong type, expected string or object" },
		{ args: ['"{"', "{}"], wantError: "eval_builtin_error: invalid JSON string" },
		{ args: ['"a"', "{}"], wantError: "eval_builtin_error: invalid JSON string" },
		{ args: ['""', "{}"], wantError: "eval_builtin_error: invalid JSON string" },
		{ args: ["{}", '"{"'], wantError: "eval_builtin_error: invalid JSON string" },
		{ args: ["{}", "1"], wantError: "eval_builtin_error: wrong type, expected string or object" },
		{ args: ["{}", "null"], wantError: "eval_builtin_error: wrong type, expected string or object" },
		{ args: ["{}", '""'], wantError: "eval_builtin_error: invalid JSON string" },
		{ args: ['"1 2"', "{}"], wantError: "eval_builtin_error: invalid JSON string" },
		{
			args: ['{"$set": [1]}', '{"type": "array"}'],
			wantError: "eval_builtin_error: wrong type, expected string or object",
		},
		{
			args: [
				'{"__proto__": 1}',
				'{"properties": {"__proto__": {"type": "string"}}, "required": ["constructor"], "additionalProperties": false}',
			],
			want: '[false, [{"desc": "constructor is required", "error": "(Root): constructor is required", "field": "(Root)", "type": "required"}, {"desc": "Invalid type. Expected: string, given: integer", "error": "__proto__: Invalid type. Expected: string, given: integer", "field": "__proto__", "type": "invalid_type"}]]',
		},
	]);
});

describe("hostile schemas", () => {
	const match = jsonSchema.find((b) => b.name === "json.match_schema");
	const nest = (depth: number): string => `${'{"properties":{"a":'.repeat(depth)}{}${"}}".repeat(depth)}`;
	const ladder = Array.from(
		{ length: 40 },
		(_, i) => `"d${i}":{"allOf":[{"$ref":"#/definitions/d${i + 1}"},{"$ref":"#/definitions/d${i + 1}"}]}`,
	);
	test.each([
		[
			"a pattern that backtracks",
			'"\\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\\""',
			'{"pattern": "^(a+)+$"}',
			"[false,",
		],
		["a schema that is only itself", "{}", '{"$ref": "#"}', "halt"],
		[
			"two that are each other",
			"{}",
			'{"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"}',
			"halt",
		],
		["itself among alternatives", "{}", '{"anyOf": [{"$ref": "#"}]}', "halt"],
		["deep schemas", "{}", nest(2_000), "halt"],
		[
			"references that double",
			"{}",
			`{"definitions":{${ladder.join(",")},"d40":{"type":"string"}},"$ref":"#/definitions/d0"}`,
			"halt",
		],
		["a remote reference", "{}", '{"$ref": "http://127.0.0.1:1/x.json"}', "eval_builtin_error"],
		["a file", "{}", '{"$ref": "file:///etc/hosts"}', "eval_builtin_error"],
		[
			"many unequal items",
			`[${Array.from({ length: 5_000 }, (_, i) => i).join(",")}]`,
			'{"uniqueItems": true}',
			"[true, []]",
		],
	])("%s", (_, document, schema, want) => {
		const cost = startCost();
		const got = match === undefined ? {} : call(match, [parseJson(document), parseJson(schema)]);
		expect(got.code ?? shown(got.value)).toMatch(new RegExp(`^${want.replaceAll(/[[\]]/g, "\\$&")}`));
		expect(cost()).toBeLessThan(5000);
	});

	test("a deep document under a schema that follows it", () => {
		const document = parseJson(`${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`);
		const got = match === undefined ? {} : call(match, [document, { properties: { a: { $ref: "#" } } }]);
		expect(got.code === "halt" || (got.value !== undefined && isArray(got.value) && got.value[0] === true)).toBe(true);
	});
});
