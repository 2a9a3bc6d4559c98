/** http.send in evaluations that wait: no thread is blocked, and a server in this very thread can answer. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeHttpThread, createAsyncHttpTransport, createHttpCache } from "../../src/host/http-node.ts";
import { compile } from "../../src/index.ts";

let server: Server;
let base = "";
const asked: string[] = [];

beforeAll(async () => {
	server = createServer((request, response) => {
		asked.push(request.url ?? "");
		response.setHeader("content-type", "application/json");
		if (request.url === "/cached") response.setHeader("cache-control", "max-age=60");
		response.end(JSON.stringify({ groups: ["ops"], url: request.url }));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
	closeHttpThread();
	server.close();
});

const modules = {
	"a.rego": `package a
groups := http.send({"method": "get", "url": sprintf("%s/groups/%s", [input.base, input.user])}).body.groups
allow if {
	"ops" in groups
	http.send({"method": "get", "url": sprintf("%s/second", [input.base])}).status_code == 200
}
cached := http.send({"method": "get", "url": sprintf("%s/cached", [input.base]), "cache": true}).body.url
refused := http.send({"method": "get", "url": "http://127.0.0.1:1/", "raise_error": false}).error.code
raised := http.send({"method": "get", "url": "http://127.0.0.1:1/"})`,
};

test("answers come while this thread is free", async () => {
	const policy = compile(modules, { host: { permissions: { httpSendAsync: createAsyncHttpTransport() } } });
	const decision = await policy.decideAsync("data.a.allow", { base, user: "alice" });
	expect(decision.allowed).toBe(true);
	expect(asked).toEqual(["/groups/alice", "/second"]);
	expect(() => policy.decide("data.a.allow", { base, user: "alice" }, { strictBuiltinErrors: true })).toThrow(
		"ask with evaluateAsync or decideAsync",
	);
});

test("caches and errors are as in evaluations that do not wait", async () => {
	const permissions = { httpSendAsync: createAsyncHttpTransport(), httpCache: createHttpCache() };
	const policy = compile(modules, { host: { permissions } });
	asked.length = 0;
	for (let i = 0; i < 2; i++) expect((await policy.evaluateAsync("data.a.cached", { base })).value).toBe("/cached");
	expect(asked).toEqual(["/cached"]);
	expect((await policy.evaluateAsync("data.a.refused")).value).toBe("eval_http_send_network_error");
	const { value, builtinErrors } = await policy.evaluateAsync("data.a.raised");
	expect([value, builtinErrors.map((e) => e.code)]).toEqual([undefined, ["eval_builtin_error"]]);
});

test("hosts that are not allowed stay refused", async () => {
	const permissions = { httpSendAsync: createAsyncHttpTransport({ allowedHosts: ["example.org"] }) };
	const policy = compile(modules, { host: { permissions } });
	const { value, builtinErrors } = await policy.evaluateAsync("data.a.groups", { base, user: "a" });
	expect([value, builtinErrors[0]?.reason]).toEqual([undefined, expect.stringContaining("disallowed host")]);
});
