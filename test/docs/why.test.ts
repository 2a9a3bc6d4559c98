/**
 * The explanations in docs/why.md are those that are made. `UPDATE_DOCS=1 npx vitest run test/docs/why.test.ts` writes
 * them anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kataDenials } from "../../bench/why/kata.ts";
import { compile } from "../../src/compile.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import { explanationText } from "../../src/explain/text.ts";
import { sharedFolder } from "../agent/shared.ts";
import { runCli } from "../cli/run-cli.ts";
import { people } from "../explain/people/all.ts";

const file = new URL("../../docs/why.md", import.meta.url);

function check(name: string, text: string): void {
	const page = readFileSync(file, "utf8");
	const begin = `<!-- ${name}:begin -->`;
	const end = `<!-- ${name}:end -->`;
	const start = page.indexOf(begin) + begin.length;
	const stop = page.indexOf(end);
	expect(page.indexOf(begin)).toBeGreaterThan(0);
	const block = `\n${text.trimEnd()}\n`;
	if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, page.slice(0, start) + block + page.slice(stop));
	else expect(page.slice(start, stop)).toBe(block);
}

function fenced(title: string, e: Explanation): string {
	return `**${title}**\n\n\`\`\`\n${explanationText(e, { width: 180 })}\n\`\`\`\n`;
}

/** What was changed in a request that is allowed, and which variant it is. */
const kataRows: readonly (readonly [title: string, variant: string])[] = [
	["Another command", "replace /OCI/Process/Args/"],
	["Another user", "/OCI/Process/User/UID"],
	["An environment variable that nothing allows", "/OCI/Process/Env/"],
	["A capability too much", "add /OCI/Process/Capabilities/"],
	["A mount's options", "/OCI/Mounts/4/options"],
	["A mount's source", "/source"],
	["A masked path taken away", "remove /OCI/Linux/MaskedPaths/"],
	["A namespace's path", "/OCI/Linux/Namespaces/"],
	["The bundle's path, which others are made of", "replace /OCI/Annotations/io.katacontainers.pkg.oci.bundle_path"],
	["A storage's options", "/storages/1/options"],
];

const kata = sharedFolder("kata");
if (kata === undefined) test.skip("skipped: ../shared/kata is absent", () => {});
else {
	test("ten denials of Kata's policies", () => {
		const all = kataDenials(kata);
		const used = new Set<unknown>();
		const blocks = kataRows.map(([title, variant]) => {
			const d = all.find(
				(x) => !used.has(x) && `${x.name.split(" ")[0]} ${x.change.op} ${x.change.path}`.includes(variant),
			);
			if (d === undefined) throw new Error(`no variant is ${variant}`);
			used.add(d);
			const e = explain(d.policy, d.path, d.input, { timeMs: 60_000 });
			return fenced(`${title}: ${d.change.op} \`${d.change.path}\``, e);
		});
		check("kata", `\n${blocks.join("\n")}`);
	});
}

const styles = [
	"RBAC: a role is missing",
	"Gatekeeper: count of violations",
	"conftest: one denial",
	"an allow-list in data",
	"two sets that should be the same",
];

test("five of other styles", () => {
	const blocks = styles.map((note) => {
		const row = people.find((p) => p.note === note);
		if (row === undefined) throw new Error(`no row is called ${note}`);
		const policy = compile({ "policy.rego": `package p\n${row.policy}` }, { data: row.data ?? {} });
		const e = explain(policy, row.path ?? "data.p.allow", row.input, { timeMs: 60_000 });
		return `\`\`\`rego\n${row.policy}\n\`\`\`\n\n\`\`\`\n${explanationText(e, { width: 180 })}\n\`\`\`\n`;
	});
	check("styles", `\n${blocks.join("\n")}`);
});

const policy = `package authz
default allow := false
cfg := {"names": ["^[a-z]+$"], "methods": ["GET", "HEAD"]}
allow if {
	some p in cfg.names
	regex.match(p, input.name)
	input.method in cfg.methods
	input.level <= 3
}
`;

test("coverage", async () => {
	const log = [
		{ name: "ann", method: "GET", level: 1 },
		{ name: "bob", method: "GET", level: 9 },
	];
	const ran = await runCli({
		args: ["coverage", "-d", "policy.rego", "--inputs", "log.jsonl", "data.authz.allow", "--all"],
		files: { "policy.rego": policy, "log.jsonl": log.map((i) => JSON.stringify(i)).join("\n") },
	});
	check("coverage", `\n\`\`\`\n${ran.stdout}\`\`\`\n`);
});

test("diff", async () => {
	const ran = await runCli({
		args: ["diff", "old.rego", "new.rego", "data.authz.allow"],
		files: {
			"old.rego": policy,
			"new.rego": policy.replace("[a-z]", "[a-z0-9]").replace('"HEAD"', '"HEAD", "PUT"').replace("<= 3", "< 3"),
		},
	});
	check("diff", `\n\`\`\`\n${ran.stdout}\`\`\`\n`);
});
