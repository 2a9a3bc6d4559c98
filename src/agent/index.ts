/**
 * The agent's side of regoplan, for daemons that embed it: a policy with its state, the gate, ttRPC,
 * and the transports. Needs Node; `rego agent serve` is the same behind a command line.
 *
 *     const policy = await Enforcer.load({ file: "/etc/kata-opa/default-policy.rego" }, { digest: "off" });
 *     const gate = new Gate({ policy, connect: () => dial(parseAddress("unix:///run/agent.sock")) });
 *     await listen(parseAddress("vsock://-1:1024"), (socket) => gate.accept(socket));
 */
export { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
export { type Asker, type Checked, type CheckOptions, Enforcer, type EnforcerOptions } from "./decider/enforcer.ts";
export type { CauseOptions, TellWhy } from "./decider/explainer.ts";
export { localThread } from "./decider/local-thread.ts";
export { type DeciderThread, type StartThread, workerThreads } from "./decider/thread.ts";
export { Gate, type GateOptions } from "./gate/gate.ts";
export { jsonLog, type Log, type LogLevel, silentLog } from "./gate/log.ts";
export { type Gauges, Metrics } from "./gate/metrics.ts";
export type { Connect } from "./gate/upstream.ts";
export { type CreatedPolicies, createPolicies } from "./manifests/create.ts";
export {
	emptyManifest,
	type ManifestEntry,
	ManifestError,
	type ManifestPolicies,
	manifestPolicies,
	withPolicies,
} from "./manifests/manifest.ts";
export { ManifestFileError } from "./manifests/objects.ts";
export { readTeeReport, type TeeReport } from "./manifests/report.ts";
export { type Finding, type FindingStatus, verifyPolicies } from "./manifests/verify.ts";
export { type Workload, workloadsOf } from "./manifests/workloads.ts";
export {
	AgentPolicy,
	type AgentPolicyOptions,
	type SetPolicyOutcome,
} from "./policy/agent-policy.ts";
export { type Decision, denialMessage, printText, type Verdict } from "./policy/decision.ts";
export {
	checkDigest,
	type DigestCheck,
	type DigestRequirement,
	type ExpectedDigest,
	fileDigest,
	hexDigest,
	policyDigest,
	reportDigest,
	type Tee,
	teeValue,
} from "./policy/digest.ts";
export type { CompileEngine, PlannedTexts, PrintLine, RegoVersion } from "./policy/engine.ts";
export { type Initdata, type InitdataOptions, readInitdata, readInitdataFile } from "./policy/initdata.ts";
export { editInitdata, type InitdataChanges } from "./policy/initdata-edit.ts";
export { type InitdataContent, initdataAnnotationValue, writeInitdata } from "./policy/initdata-text.ts";
export { applyPatch, PatchError } from "./policy/json-patch.ts";
export { type FindPlans, keptPlans } from "./policy/kept-plans.ts";
export type { DecisionLimits } from "./policy/limits.ts";
export { PolicyLoadError } from "./policy/load-error.ts";
export type { RequestLogEvents } from "./policy/request-log.ts";
export { RequestLog } from "./policy/request-log.ts";
export { type RecordedRequest, type RecordedRequests, readRequestLog } from "./policy/request-log-reader.ts";
export type { SchemaFinding } from "./policy/request-schema.ts";
export { defaultPolicyFile, initdataAnnotation, type PolicySource, policyAnnotation } from "./policy/source.ts";
export { writePlan } from "./policy/write-plan.ts";
export { type DecodeOptions, decodeMessage } from "./protocol/decode.ts";
export type { Field, MessageType, Method, Service } from "./protocol/descriptors.ts";
export { encodeMessage } from "./protocol/encode.ts";
export type { MessageValue } from "./protocol/message.ts";
export { MessageError, type MessageObject, toInput } from "./protocol/message.ts";
export { findMessage, findMethod, policyRequests, protocol } from "./protocol/protocol.ts";
export { fromSerde } from "./protocol/serde.ts";
export { type Address, formatAddress, parseAddress } from "./transport/address.ts";
export { dial } from "./transport/dial.ts";
export { inheritedDescriptors, type Listener, type ListenOptions, listen } from "./transport/listen.ts";
export { type CallOptions, TtrpcClient } from "./ttrpc/client.ts";
export type { KeyValue } from "./ttrpc/envelope.ts";
export { type ServerCall, ServerConnection, type ServerHandler, type ServerLimits } from "./ttrpc/server.ts";
export type { StatusDetail } from "./ttrpc/status.ts";
export { Code, codeName, TtrpcError } from "./ttrpc/status.ts";
