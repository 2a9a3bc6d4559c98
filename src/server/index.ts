/** `regoplan/server`: OPA's REST API as a function from a Request to a Response. */
export type { Answer } from "./answer.ts";
export type { BodyLimits, Call } from "./call.ts";
export type { DecisionLogOptions } from "./decision-log.ts";
export type { Asked, DecideWith, Decisions } from "./decisions.ts";
export {
	type Answers,
	type AnswerTo,
	createAnswers,
	createHandler,
	type Handler,
	type HandlerOptions,
} from "./handler.ts";
export type { ClientCertificates, Incoming, RequestDetails } from "./incoming.ts";
export type { Params } from "./params.ts";
export type { PluginState, Plugins } from "./plugins.ts";
export { type Change, Runtime, type RuntimeOptions, type Snapshot, type StoredPolicy } from "./runtime.ts";
