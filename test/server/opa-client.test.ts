/** The client that OPA publishes for JavaScript, against our server: over a socket, and without one. */
import { OPAClient } from "@open-policy-agent/opa";
import { HTTPClient } from "@open-policy-agent/opa/lib/http";
import { OpaApiClient } from "@open-policy-agent/opa/sdk/sdk";
import { describe, expect, test } from "vitest";
import { createHandler, type Handler, Runtime } from "../../src/server/index.ts";

const policies = {
	"authz.rego": `package authz

default allow := false

allow if input.user == "alice"
grants contains role if some role in input.roles
broken := 1 if input.x
broken := 2 if input.x
has_input if input`,
	"main.rego": 'package system\ndefault main := {"allowed": false}\nmain := {"allowed": true} if input.user == "alice"',
};

/** A client whose requests never leave the process. */
function clientOf(handler: Handler): { readonly opa: OPAClient; readonly api: OpaApiClient } {
	const httpClient = new HTTPClient({
		fetcher: (input, init) =>
			handler(input instanceof Request && init === undefined ? input : new Request(input, init)),
	});
	const sdk = { httpClient };
	return {
		opa: new OPAClient("http://opa.example", { sdk }),
		api: new OpaApiClient({ serverURL: "http://opa.example", httpClient }),
	};
}

describe("the published client", () => {
	const { opa, api } = clientOf(createHandler(new Runtime({ policies })));

	test("evaluate", async () => {
		expect(await opa.evaluate("authz/allow", { user: "alice" })).toBe(true);
		expect(await opa.evaluate("authz/allow", { user: "bob" })).toBe(false);
		expect(await opa.evaluate("authz/grants", { roles: ["b", "a"] })).toEqual(["a", "b"]);
		expect(await opa.evaluate("authz/has_input")).toBe(undefined);
		const read = await opa.evaluate(
			"authz/allow",
			{ user: "alice" },
			{ fromResult: (r) => (r === true ? "yes" : "no") },
		);
		expect(read).toBe("yes");
	});

	test("an error of the evaluation rejects", async () => {
		await expect(opa.evaluate("authz/broken", { x: true })).rejects.toThrow("error(s) occurred while evaluating query");
	});

	test("evaluateDefault", async () => {
		expect(await opa.evaluateDefault({ user: "alice" })).toEqual({ allowed: true });
		expect(await opa.evaluateDefault()).toEqual({ allowed: false });
	});

	test("evaluateBatch, which OPA's server has not and the client makes up for", async () => {
		const inputs = { one: { user: "alice" }, two: { user: "bob" } };
		expect(await opa.evaluateBatch("authz/allow", inputs, { fallback: true })).toEqual({ one: true, two: false });
		await expect(clientOf(createHandler()).opa.evaluateBatch("authz/allow", inputs)).rejects.toThrow();
	});

	test("health", async () => {
		expect((await api.health()).healthyServer).toEqual({});
	});
});
