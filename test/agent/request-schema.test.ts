/** What a policy says of requests that no request has: fields, types, names of rules, results. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkRequestSchema } from "../../src/agent/policy/request-schema.ts";
import { compile } from "../../src/index.ts";
import { generate, pod } from "../genpolicy/small.ts";
import { sharedFolder } from "./shared.ts";

function findings(text: string): readonly string[] {
	const policy = compile({ "policy.rego": text }, { regoVersion: "auto", data: { pstate: {} } });
	return checkRequestSchema(policy.explainable()).map((f) => `${f.location?.row}: ${f.message}`);
}

const rows: readonly { note: string; policy: string; says: readonly string[] }[] = [
	{ note: "fields that there are", policy: 'CreateContainerRequest if input.OCI.Process.Args[0] == "a"', says: [] },
	{
		note: "a field that no request has",
		policy: 'CreateContainerRequest if input.OIC.Process.Args[0] == "a"',
		says: ['3: CreateContainerRequest has no "OIC": did you mean "OCI"?'],
	},
	{
		note: "one deep in a function, told by its argument",
		policy: "CreateContainerRequest if ok(input.OCI.Process)\nok(p) if not p.Termnial",
		says: ['4: Process has no "Termnial": did you mean "Terminal"?'],
	},
	{
		note: "of what a loop goes over",
		policy: 'CreateContainerRequest if {\n\tsome s in input.storages\n\ts.mountpoint == "/"\n}',
		says: ['5: Storage has no "mountpoint": did you mean "mount_point"?'],
	},
	{
		note: "in every, a comprehension, a set and an else",
		policy:
			'CreateContainerRequest if {\n\tevery d in input.devices { d.typ == "a" }\n} else if {\n\tcount({m.src | some m in input.OCI.Mounts}) > 0\n} else if {\n\tsome x in args\n\tx.y\n}\nargs contains a if some a in input.OCI.Process.Args',
		says: ['4: Device has no "typ"', '6: Mount has no "src"', '9: a text has no "y"'],
	},
	{
		note: "a rule for several requests may read what one of them has",
		policy: "CreateContainerRequest if own\nExecProcessRequest if own\nown if input.OCI\nown if input.process",
		says: [],
	},
	{
		note: "a function for several kinds of things, too",
		policy:
			"CreateContainerRequest if {\n\tok(input.OCI.Process)\n\tok(input.OCI.Root)\n}\nok(x) if x.Path\nok(x) if x.Args",
		says: [],
	},
	{
		note: "another input is anything",
		policy: 'CreateContainerRequest if own with input as {"a": 1}\nown if input.a',
		says: [],
	},
	{
		note: "any key of a map, no key of a text",
		policy: "CreateContainerRequest if {\n\tinput.OCI.Annotations.anything\n\tinput.container_id.x\n}",
		says: ['5: a text has no "x"'],
	},
	{
		note: "types that never meet",
		policy: 'CreateContainerRequest if input.sandbox_pidns == "true"\nExecProcessRequest if input.container_id != 1',
		says: ["3: true or false never equals a text", "4: a text always differs from a number"],
	},
	{ note: "what may be null", policy: "CreateContainerRequest if input.string_user == null", says: [] },
	{
		note: "CopyFile's data, which are not shown",
		policy: 'CopyFileRequest if {\n\tinput.symlink_target == "/a"\n\tinput.file_type == "Symlink"\n\tinput.data\n}',
		says: ['6: CopyFileRequest has no "data"'],
	},
	{
		note: "a variant by another name",
		policy:
			"CreateContainerRequest if {\n\tsome s in input.OCI.Linux.Seccomp.Syscalls\n\ts.ErrnoRet.Errnoret\n\ts.ErrnoRet.errnoret\n}",
		says: ['6: Errnoret has no "errnoret": did you mean "Errnoret"?'],
	},
	{
		note: "a misspelt request",
		policy: "CreateContainerReqest if input.OCI",
		says: [
			"3: no request is called CreateContainerReqest: the agent never asks for the rule: did you mean CreateContainerRequest?",
		],
	},
	{ note: "a rule of one's own", policy: "allowed_images := {1}\nhelper if true", says: [] },
	{
		note: "results that the agent takes for errors",
		policy:
			'CreateContainerRequest := "yes" if input.OCI\nExecProcessRequest := {"ops": [input.exec_id], "allow": true} if input.process',
		says: [
			"3: CreateContainerRequest: its result is no boolean and no object, but a text: an error, which denies the request",
			'4: ExecProcessRequest: its result is an object of allow, ops, without "allowed": an error, which denies the request',
		],
	},
	{ note: "what only prints", policy: "CreateContainerRequest if {\n\tprint(input.nothing)\n\tinput.OCI\n}", says: [] },
	{ note: "another package", policy: "helper if data.other.CreateContainerReqest", says: [] },
];

describe("requests have a schema", () => {
	for (const { note, policy, says } of rows)
		test(note, () => {
			expect(findings(`package agent_policy\n\n${policy}\n`)).toEqual(says);
		});

	test("a policy that is too large to follow is not judged", () => {
		const levels = Array.from({ length: 500 }, (_, i) => `f${i}(x) if f${i + 1}(x)`).join("\n");
		const text = `package agent_policy\n\nCreateContainerRequest if f0(input.OIC)\n${levels}\nf500(x) if x.y\n`;
		expect(findings(text)).toEqual([]);
	});

	test("nothing is found in the policies of the demo", async () => {
		const { documents } = await generate(pod());
		expect(findings(documents[0]?.policy ?? "")).toEqual([]);
	});
});

const recordings = sharedFolder("genpolicy");
const scenarios = sharedFolder("kata");

describe.skipIf(recordings === undefined || scenarios === undefined)("Kata's policies", () => {
	const rules = recordings === undefined ? "" : readFileSync(join(recordings, "rules.rego"), "utf8");
	const folder = join(recordings ?? "", "policy-tests");
	const made =
		recordings === undefined
			? []
			: readdirSync(folder).map((f) => `\npolicy_data := ${readFileSync(join(folder, f, "policy_data.json"), "utf8")}`);

	test("generated ones have nothing that no request has", () => {
		for (const data of made.slice(0, 4)) expect(findings(`${rules}${data}`)).toEqual([]);
	});

	test("those of older agents neither", () => {
		for (const scenario of ["web", "k8s-policy-job"])
			expect(findings(readFileSync(join(scenarios ?? "", scenario, "policy.rego"), "utf8"))).toEqual([]);
	});

	test("every misspelt field is found, where it is", () => {
		const lines = rules.split("\n");
		const places = lines.flatMap((line, row) =>
			/^\s*(?:#|print\()/.test(line)
				? []
				: [...line.matchAll(/\b(?:input|i_[a-z_]+)(?:\.[A-Za-z_]+)+/g)].map((m) => ({
						row,
						end: m.index + m[0].length,
					})),
		);
		expect(places.length).toBeGreaterThan(150);
		// Every fourth: each is a policy to compile.
		const chosen = places.filter((_, i) => i % 4 === 0);
		const missed = chosen.filter(({ row, end }) => {
			const line = lines[row] ?? "";
			const text = lines.with(row, `${line.slice(0, end)}x${line.slice(end)}`).join("\n");
			return !findings(`${text}${made[0]}`).some((f) => f.startsWith(`${row + 1}: `));
		});
		expect(missed).toEqual([]);
		console.log(`request schema: ${chosen.length} of ${chosen.length} misspelt fields found`);
	});
});
