/** The page that Prometheus scrapes, whole: every name, kind and help, and what each of them counts. */
import { expect, test } from "vitest";
import { Metrics } from "../../src/agent/gate/metrics.ts";
import { idle } from "./harness.ts";

test("everything that is counted is on the page", () => {
	const metrics = new Metrics();
	metrics.decision("A", "allowed", 0.00001);
	metrics.decision("A", "allowed", 0.0003);
	metrics.decision("A", "denied", 2);
	metrics.decision("B", "busy", 0.5);
	metrics.call(0.005);
	metrics.count("policies_set");
	metrics.count("policies_set");
	metrics.count("connections");
	const page = metrics.render({
		connections: 1,
		calls: 2,
		policyDigest: "ab",
		allowsFailing: true,
		logLinesLost: 3,
		held: 4,
		waiting: 5,
		restarts: 6,
	});
	expect(page).toBe(`# HELP rego_gate_decisions_total Decisions by request kind and verdict.
# TYPE rego_gate_decisions_total counter
rego_gate_decisions_total{kind="A",verdict="allowed"} 2
rego_gate_decisions_total{kind="A",verdict="denied"} 1
rego_gate_decisions_total{kind="B",verdict="busy"} 1
# HELP rego_gate_decision_seconds Time the policy took to decide.
# TYPE rego_gate_decision_seconds histogram
rego_gate_decision_seconds_bucket{le="0.00001"} 1
rego_gate_decision_seconds_bucket{le="0.000025"} 1
rego_gate_decision_seconds_bucket{le="0.00005"} 1
rego_gate_decision_seconds_bucket{le="0.0001"} 1
rego_gate_decision_seconds_bucket{le="0.00025"} 1
rego_gate_decision_seconds_bucket{le="0.0005"} 2
rego_gate_decision_seconds_bucket{le="0.001"} 2
rego_gate_decision_seconds_bucket{le="0.0025"} 2
rego_gate_decision_seconds_bucket{le="0.01"} 2
rego_gate_decision_seconds_bucket{le="0.1"} 2
rego_gate_decision_seconds_bucket{le="1"} 3
rego_gate_decision_seconds_bucket{le="+Inf"} 4
rego_gate_decision_seconds_sum 2.50031
rego_gate_decision_seconds_count 4
# HELP rego_gate_call_seconds Time from a request's arrival to its answer.
# TYPE rego_gate_call_seconds histogram
rego_gate_call_seconds_bucket{le="0.00001"} 0
rego_gate_call_seconds_bucket{le="0.000025"} 0
rego_gate_call_seconds_bucket{le="0.00005"} 0
rego_gate_call_seconds_bucket{le="0.0001"} 0
rego_gate_call_seconds_bucket{le="0.00025"} 0
rego_gate_call_seconds_bucket{le="0.0005"} 0
rego_gate_call_seconds_bucket{le="0.001"} 0
rego_gate_call_seconds_bucket{le="0.0025"} 0
rego_gate_call_seconds_bucket{le="0.01"} 1
rego_gate_call_seconds_bucket{le="0.1"} 1
rego_gate_call_seconds_bucket{le="1"} 1
rego_gate_call_seconds_bucket{le="+Inf"} 1
rego_gate_call_seconds_sum 0.005
rego_gate_call_seconds_count 1
# HELP rego_gate_upstream_failures_total Calls that failed because the agent could not be reached.
# TYPE rego_gate_upstream_failures_total counter
rego_gate_upstream_failures_total 0
# HELP rego_gate_policies_set_total Policies replaced through SetPolicy.
# TYPE rego_gate_policies_set_total counter
rego_gate_policies_set_total 2
# HELP rego_gate_reads_redacted_total Reads of a container's output whose data were withheld.
# TYPE rego_gate_reads_redacted_total counter
rego_gate_reads_redacted_total 0
# HELP rego_gate_requests_refused_total Requests refused before any decision: unknown, unreadable.
# TYPE rego_gate_requests_refused_total counter
rego_gate_requests_refused_total 0
# HELP rego_gate_connections_total Connections accepted.
# TYPE rego_gate_connections_total counter
rego_gate_connections_total 1
# HELP rego_gate_connections Open connections.
# TYPE rego_gate_connections gauge
rego_gate_connections 1
# HELP rego_gate_calls Calls in progress.
# TYPE rego_gate_calls gauge
rego_gate_calls 2
# HELP rego_gate_policy_allows_failing 1 when the policy sets AllowRequestsFailingPolicy.
# TYPE rego_gate_policy_allows_failing gauge
rego_gate_policy_allows_failing 1
# HELP rego_gate_request_log_lines_lost Lines of the request log that could not be written.
# TYPE rego_gate_request_log_lines_lost gauge
rego_gate_request_log_lines_lost 3
# HELP rego_gate_held_bytes Bytes of requests in progress and of what is written and not read yet.
# TYPE rego_gate_held_bytes gauge
rego_gate_held_bytes 4
# HELP rego_gate_undecided Requests that wait for a decision.
# TYPE rego_gate_undecided gauge
rego_gate_undecided 5
# HELP rego_gate_decider_restarts Threads that were replaced because a decision took too much.
# TYPE rego_gate_decider_restarts gauge
rego_gate_decider_restarts 6
# HELP rego_gate_policy_info SHA-256 of the policy in force.
# TYPE rego_gate_policy_info gauge
rego_gate_policy_info{digest="ab"} 1
`);
	const { policy_allows_failing } = Object.fromEntries(
		new Metrics()
			.render(idle)
			.split("\n")
			.map((line) => line.replace("rego_gate_", "").split(" ") as [string, string]),
	);
	expect(policy_allows_failing).toBe("0");
});
