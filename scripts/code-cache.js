/**
 * Makes the command's code cache (bin/rego.js): evaluates a policy in this process, so that V8 has
 * compiled what a start needs, and keeps the code.
 */
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { load, file } = createRequire(import.meta.url)("../bin/rego.js");
rmSync(`${file}.cache`, { force: true });
const { script, main } = load();

const policies = {
	"v1.rego": `# METADATA
# title: warm-up
package warm

default allow := false

roles := {"admin": ["read", "write"], "user": ["read"]}

allow if {
	some role in input.roles
	input.action in roles[role]
	not denied
	print("allowed", role)
}

denied if regex.match(\`^/etc/[a-z]+$\`, input.path)

denied if {
	every part in split(input.path, "/") {
		startswith(part, "x")
	}
	count({p | some p in input.parts; p > 1}) == 2
}

names contains name if name := sprintf("%s-%d", [input.path, count(input.roles)])

level(x) := 1 if x < 10
else := 2
`,
	"v0.rego": `package warm

import future.keywords.in
import future.keywords.every

default allow := false

allow {
	some p in policy_data.paths
	pattern := replace(p, "$(x)", "[a-z]{3}")
	print("pattern", pattern)
	regex.match(pattern, input.path)
	check(p, input.roles)
}

check(p, roles) {
	every r in roles {
		r != "root"
	}
}

check(p, roles) {
	not contains(p, "..")
	object.get(roles[0], "x", 1) == 1
}

policy_data := {"paths": ["^/tmp/$(x)$"], "common": {"a": [1, 2, {"b": null}], "t": true}}
`,
	"input.json": '{"roles": ["user"], "action": "read", "path": "/tmp/abc", "parts": [1, 2.5]}',
};
const { mkdtempSync } = await import("node:fs");
const { tmpdir } = await import("node:os");
const { join } = await import("node:path");
const dir = mkdtempSync(join(tmpdir(), "rego-cache-"));
for (const [name, text] of Object.entries(policies)) writeFileSync(join(dir, name), text);
const io = { stdout() {}, stderr() {}, stdin: () => new Uint8Array(), cwd: dir, env: {} };
for (const args of [
	["eval", "-d", "v1.rego", "-i", "input.json", "data.warm"],
	["eval", "-f", "raw", "--v0-compatible", "-d", "v0.rego", "-i", "input.json", "data.warm.allow"],
	["eval", "-f", "pretty", "1 + 1"],
	["check", "v1.rego"],
]) {
	const code = await main(args, io);
	if (code !== 0) throw new Error(`rego ${args.join(" ")}: exit code ${code}`);
}
rmSync(dir, { recursive: true });
writeFileSync(`${file}.cache`, script.createCachedData());
