/**
 * The smallest embedding: one policy, one rule, decisions as function calls.
 *
 *     node examples/authz/authz.js
 */
import { readFileSync } from "node:fs";
import { compile } from "regoplan";

const text = readFileSync(new URL("authz.rego", import.meta.url), "utf8");
const policy = compile({ "authz.rego": text }, { data: { public: ["/docs/", "/status"] } });
const allow = policy.rule("data.authz.allow");

for (const [user, method, path] of [
	[{ name: "ann", roles: ["admin"] }, "DELETE", "/users/7"],
	[{ name: "bob", roles: [] }, "GET", "/docs/intro"],
	[{ name: "bob", roles: [] }, "DELETE", "/users/7"],
]) {
	console.log(user.name, method, path, allow({ user, method, path }) === true ? "allowed" : "denied");
}
