/**
 * What a policy author waits for: `rego test`, `check` and `fmt` of a large folder beside a real `opa`, as whole processes that
 * take turns. The verdicts are compared in the same run. Exits with 1 where `rego test` is slower in the median.
 *
 *     npm run bench:authors -- [--opa FILE] [--modules N] [--rounds N] [--command FILE]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values: given } = parseArgs({
	options: {
		opa: { type: "string", default: join(process.env["HOME"] ?? "", "go/bin/opa") },
		modules: { type: "string", default: "600" },
		rounds: { type: "string", default: "7" },
		command: { type: "string", default: "bin/rego.js" },
	},
});
const modules = Number(given.modules);
const rounds = Number(given.rounds);

/** A policy of the kind that is written by hand: roles, limits, reasons. */
function policy(n: number): string {
	return `package team${n}.authz

import data.shared.roles

default allow := false

allow if {
	some role in input.user.roles
	some grant in data.grants[role]
	grant.action == input.action
	matches(grant.resource, input.resource)
}

allow if roles.is_owner(input.user, input.resource)

deny contains msg if {
	some container in input.containers
	not startswith(container.image, "registry.example.com/team${n}/")
	msg := sprintf("image %v is from elsewhere", [container.image])
}

deny contains msg if {
	some i, container in input.containers
	memory := to_number(trim_suffix(container.memory, "Mi"))
	memory > ${100 + n}
	msg := sprintf("container %d wants %v", [i, container.memory])
}

matches(pattern, resource) if pattern == "*"

matches(pattern, resource) if glob.match(pattern, ["/"], resource)

total := sum([to_number(trim_suffix(c.memory, "Mi")) | some c in input.containers])

labels[key] := value if {
	some key, value in input.labels
	startswith(key, "team${n}.")
}
`;
}

function tests(n: number): string {
	const image = (team: number, memory: number): string =>
		`{"image": "registry.example.com/team${team}/app", "memory": "${memory}Mi"}`;
	const cases = Array.from({ length: 4 }, (_, i) => {
		return `test_total_${i} if authz.total == ${50 + i} with input as {"containers": [${image(n, 20 + i)}, ${image(n, 30)}]}`;
	});
	return `package team${n}.authz_test

import data.team${n}.authz

grants := {"dev": [{"action": "read", "resource": "docs/*"}, {"action": "write", "resource": "docs/${n}"}], "admin": [{"action": "delete", "resource": "*"}]}

ask(roles, action, resource) := {"user": {"name": "ann", "roles": roles}, "action": action, "resource": resource}

test_reads if authz.allow with input as ask(["dev"], "read", "docs/a") with data.grants as grants

test_does_not_delete if not authz.allow with input as ask(["dev"], "delete", "docs/a") with data.grants as grants

test_admin_deletes if authz.allow with input as ask(["dev", "admin"], "delete", "x") with data.grants as grants

test_owner if authz.allow with input as {"user": {"name": "ann"}, "resource": {"owner": "ann"}}

test_foreign_image if {
	some msg in authz.deny with input as {"containers": [${image(n + 1, 1)}]}
	contains(msg, "from elsewhere")
}

test_memory if count(authz.deny) == 2 with input as {"containers": [${image(n, 900)}, ${image(n, 901)}, ${image(n, 1)}]}

test_labels if authz.labels == {"team${n}.a": "1"} with input as {"labels": {"team${n}.a": "1", "b": "2"}}

${cases.join("\n\n")}
`;
}

interface Row {
	readonly name: string;
	readonly args: readonly string[];
	/** What of standard output both must say. */
	readonly verdict: (stdout: string) => string;
}

const rows: readonly Row[] = [
	{ name: "test", args: ["test", "."], verdict: (stdout) => /^PASS.*$/m.exec(stdout)?.[0] ?? stdout },
	{ name: "check --strict", args: ["check", "--strict", "."], verdict: (stdout) => stdout },
	{ name: "fmt --list", args: ["fmt", "--list", "."], verdict: (stdout) => stdout },
];

const folder = mkdtempSync(join(tmpdir(), "bench-authors-"));
try {
	mkdirSync(join(folder, "shared"));
	writeFileSync(
		join(folder, "shared/roles.rego"),
		"package shared.roles\n\nis_owner(user, resource) if user.name == resource.owner\n",
	);
	for (let n = 0; n < modules; n++) {
		mkdirSync(join(folder, `team${n}`));
		writeFileSync(join(folder, `team${n}/authz.rego`), policy(n));
		writeFileSync(join(folder, `team${n}/authz_test.rego`), tests(n));
	}
	console.log(`${modules} policies, each with a file of 11 tests; medians of ${rounds} processes, seconds`);
	for (const row of rows) compare(row);
} finally {
	rmSync(folder, { recursive: true });
}

function compare({ name, args, verdict }: Row): void {
	const commands = [[process.execPath, resolve(given.command)], ...(existsSync(given.opa) ? [[given.opa]] : [])];
	const times: number[][] = commands.map(() => []);
	const verdicts = new Set<string>();
	for (let i = 0; i < rounds; i++) {
		commands.forEach(([command = "", ...before], c) => {
			const start = performance.now();
			const { status, stdout, stderr } = spawnSync(command, [...before, ...args], { cwd: folder, encoding: "utf8" });
			times[c]?.push((performance.now() - start) / 1000);
			verdicts.add(`${status} ${verdict(stdout)} ${stderr}`);
		});
	}
	if (verdicts.size > 1) throw new Error(`the two say different things of ${name}: ${[...verdicts].join(" / ")}`);
	const [ours = 0, theirs] = times.map(median);
	const ratio = theirs === undefined ? "" : `  opa ${theirs.toFixed(2)}  ${(theirs / ours).toFixed(2)}× as fast`;
	console.log(`${name.padEnd(16)} rego ${ours.toFixed(2)}${ratio}`);
	if (name === "test" && theirs !== undefined && ours > theirs) process.exitCode = 1;
}

function median(of: readonly number[]): number {
	const sorted = [...of].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
