/** Kata's own test pods: policies made by us, which have to decide Kata's recorded requests as Kata expects. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AgentPolicy } from "../../src/agent/policy/agent-policy.ts";
import { parseTestCases, runTestCase } from "../../src/cli/agent-test.ts";
import { generatePolicies } from "../../src/genpolicy/generate.ts";
import { Images } from "../../src/genpolicy/image/images.ts";
import { parseSettings, type Settings } from "../../src/genpolicy/settings/settings.ts";
import { recordings } from "./recorded.ts";

const folder = recordings ?? "";
const counts = { policies: 0, requests: 0 };

/** Kata's tests have a pause image of their own. */
function settings(): Settings {
	const name = join(folder, "settings/coco/genpolicy-settings.json");
	const patch = [{ op: "replace", path: "/cluster_config/pause_container_image", value: "localhost/kpause:3.6" }];
	const base = { name, text: readFileSync(name, "utf8") };
	return parseSettings(base, [{ name: "pause", text: JSON.stringify(patch) }]);
}

async function policyOf(
	name: string,
	pinImages = false,
): Promise<{ readonly policyData: string; readonly policy: string }> {
	const here = join(folder, "policy-tests", name);
	const configs = readdirSync(here).filter((f) => f.endsWith(".yaml") && f !== "pod.yaml");
	const { documents, diagnostics } = await generatePolicies(readFileSync(join(here, "pod.yaml"), "utf8"), {
		settings: settings(),
		rules: readFileSync(join(folder, "rules.rego"), "utf8"),
		images: new Images({ local: [join(folder, "images")], registries: false }),
		pinImages,
		configs: configs.map((f) => ({ name: f, text: readFileSync(join(here, f), "utf8") })),
	});
	expect(diagnostics.filter((d) => d.severity === "error")).toEqual([]);
	const [document] = documents;
	if (document === undefined) throw new Error("there is no policy");
	return document;
}

describe.skipIf(recordings === undefined)("Kata's requests on policies made by us", () => {
	const names = recordings === undefined ? [] : readdirSync(join(folder, "policy-tests"));
	test("are there", () => expect(names.length).toBeGreaterThan(0));
	for (const name of names)
		test(name, async () => {
			const { policyData, policy } = await policyOf(name);
			const here = join(folder, "policy-tests", name);
			expect(policyData).toBe(readFileSync(join(here, "policy_data.json"), "utf8"));
			counts.policies++;
			const agent = AgentPolicy.load({ text: policy }, { digest: "off" });
			const cases = parseTestCases(readFileSync(join(here, "testcases.json"), "utf8"));
			expect(cases.length).toBeGreaterThan(0);
			for (const c of cases) {
				const result = runTestCase(agent, c);
				expect(result.passed ? "" : `${c.description}: ${result.why}`).toBe("");
				counts.requests++;
			}
		});
});

describe.skipIf(recordings === undefined)("a policy that insists on its image", () => {
	const digest = "sha256:a53148b36f4460e80311a348d620b823fe04294fade4cd2d44ed3e53e04c2d96";
	const rows: readonly { readonly note: string; readonly source: string | undefined; readonly want: boolean }[] = [
		{ note: "as the manifest has it", source: `localhost/gid:latest@${digest}`, want: true },
		{ note: "spelt otherwise", source: `mirror.example/gid@${digest}`, want: true },
		{ note: "another digest", source: `localhost/gid:latest@${digest.replace("a", "b")}`, want: false },
		{ note: "the tag only", source: "localhost/gid:latest", want: false },
		{ note: "two digests", source: `localhost/gid@sha256:0@${digest}`, want: false },
		{ note: "what the pause container has", source: "pause", want: false },
		{ note: "no image that the guest pulls", source: undefined, want: false },
	];
	for (const { note, source, want } of rows)
		test(note, async () => {
			const { policy } = await policyOf("createcontainer-gid", true);
			const agent = AgentPolicy.load({ text: policy }, { digest: "off" });
			const text = readFileSync(join(folder, "policy-tests/createcontainer-gid/testcases.json"), "utf8");
			const [first] = parseTestCases(text);
			if (first === undefined) throw new Error("there is no request");
			const name = `localhost/gid:latest@${digest}`;
			const request = JSON.parse(JSON.stringify(first.request).replaceAll("localhost/gid:latest", name));
			request.storages = source === undefined ? [] : [{ ...request.storages[0], source }];
			expect(runTestCase(agent, { ...first, request, allowed: want })).toMatchObject({ passed: true });
		});
});

afterAll(() => {
	if (recordings !== undefined)
		console.log(
			`genpolicy: ${counts.policies} of Kata's test policies byte-equal, ${counts.requests} requests as expected`,
		);
});
