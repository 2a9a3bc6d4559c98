/** The public API of regoplan. Everything else is internal and may change. */
export {
	type Arg,
	type Builtin,
	type BuiltinBody,
	type BuiltinContext,
	type BuiltinSpec,
	define,
	type HostPermissions,
	type PureContext,
	type Shortcut,
	type TypeOf,
	t,
	type World,
} from "./builtins/define.ts";
export { builtins } from "./builtins/registry.ts";
export { compile } from "./compile.ts";
export type { CompileOptions, Modules } from "./compile-with.ts";
export type { SchemaSet } from "./compiler/typecheck/schemas.ts";
export { type ErrorCode, type ErrorDetails, RegoError, RegoErrors } from "./errors.ts";
export type { Backend } from "./eval/backend.ts";
export { closures } from "./eval/closures/closures.ts";
export type { Host, Limits, PrintLine } from "./eval/context.ts";
export { generated } from "./eval/generated/generated.ts";
export type { ExactJsonValue, JsonValue, ValueOptions } from "./face/json-value.ts";
export type { BuiltinFunction, BuiltinFunctions, CountedFunction, OwnBuiltins } from "./face/own-builtins.ts";
export type { InputMode } from "./face/plain-input.ts";
export { LivePolicy } from "./live-policy.ts";
export { loadPlan } from "./load-plan.ts";
export type { LoadOptions } from "./load-plan-with.ts";
export { type Location, Source } from "./location.ts";
export { parseModule, parseQuery } from "./parse.ts";
export type { Module, RegoVersion } from "./parser/ast.ts";
export type { LanguageFeatures } from "./parser/language.ts";
export type { ParseLimits, ParseOptions, ParseResult } from "./parser/parser.ts";
export { planFromJson, planToJson } from "./plan/json.ts";
export type { PlaceTable } from "./plan/places.ts";
export type { Plan, PlanLocation, PlanOnDemand } from "./plan/plan.ts";
export type {
	AsyncDecision,
	AsyncOptions,
	DecideOptions,
	Decision,
	EvaluateOptions,
	Evaluation,
	Explainable,
	LoadedPolicy,
	PlannedPolicy,
	Printed,
	RuleOptions,
} from "./planned.ts";
export type {
	Policy,
	QueryOptions,
	QueryResult,
	QueryRow,
} from "./policy.ts";
export { type LinearEngine, setLinearEngine } from "./regex/linear-engine.ts";
export { RegoObject, RegoSet } from "./value/collections.ts";
export { compare, equal } from "./value/compare.ts";
export { parseJson, type ToJsonOptions, toJson } from "./value/json.ts";
export { RegoNumber } from "./value/number.ts";
export type { Type } from "./value/types.ts";
export type { ArrayValue, NumberValue, ObjectValue, PlainObject, Value } from "./value/value.ts";
export { opaVersion, version } from "./version.ts";
