/** `regoplan/server`: OPA's REST API as a function from a Request to a Response. */
export type { Answer } from "./answer.ts";
export type { BodyLimits, Call, ClientCertificates, RequestDetails } from "./call.ts";
export type { DecisionLogOptions } from "./decision-log.ts";
export { createHandler, createHandlers, type Handler, type HandlerOptions, type Handlers } from "./handler.ts";
export type { PluginState, Plugins } from "./plugins.ts";
export { Runtime, type RuntimeOptions, type Snapshot, type StoredPolicy } from "./runtime.ts";
