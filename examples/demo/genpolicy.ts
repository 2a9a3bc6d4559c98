/**
 * The demo's second half: from a pod's manifest and its image to the policy that guards it, and what that decides. The
 * image is made here, the rules and settings are small ones of the demo; Kata's own are larger and used the same way.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Images } from "../../src/genpolicy/image/images.ts";
import { diagnosticText, type GeneratedDocument, generatePolicies, parseSettings } from "../../src/genpolicy/index.ts";
import { addImage, type Blobs, type ImageSpec, writeLayout } from "../../src/genpolicy/kit/image-writer.ts";
import { compile } from "../../src/index.ts";

export interface Decided {
	readonly note: string;
	readonly decision: "allow" | "deny";
	readonly isWanted: boolean;
}

const greeter: ImageSpec = {
	config: { User: "app", Entrypoint: ["/bin/greet"], Env: ["PATH=/bin"], WorkingDir: "/srv" },
	layers: [
		{
			files: [
				{ path: "etc/passwd", content: "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/srv:/bin/sh\n" },
				{ path: "etc/group", content: "root:x:0:\napp:x:1000:app\n" },
			],
		},
	],
};

function writeImage(folder: string, name: string, tag: string, spec: ImageSpec): void {
	const blobs: Blobs = new Map();
	const image = addImage(blobs, spec);
	writeLayout(join(folder, name), blobs, { [tag]: image });
}

/** `folder` holds the manifest, the settings and the rules. */
async function generate(folder: string): Promise<GeneratedDocument> {
	const images = mkdtempSync(join(tmpdir(), "regoplan-demo-"));
	try {
		writeImage(images, "greeter", "1.0", greeter);
		writeImage(images, "pause", "1", { config: { Entrypoint: ["/pause"] }, layers: [{ files: [] }] });
		const { documents, diagnostics } = await generatePolicies(readFileSync(join(folder, "pod.yaml"), "utf8"), {
			file: "pod.yaml",
			settings: parseSettings({ name: "settings.json", text: readFileSync(join(folder, "settings.json"), "utf8") }),
			rules: readFileSync(join(folder, "rules.rego"), "utf8"),
			images: new Images({ local: [images], registries: false }),
		});
		for (const d of diagnostics) console.log(diagnosticText(d));
		const [document] = documents;
		if (document === undefined) throw new Error("no policy was generated");
		return document;
	} finally {
		rmSync(images, { recursive: true });
	}
}

/** What the shim asks for when it starts the pod's container, with something changed. */
function request(change: { readonly [field: string]: unknown } = {}): object {
	return {
		OCI: {
			Process: {
				Args: ["/bin/greet", "--name", "world"],
				Env: ["PATH=/bin", "WHO=world", "HOSTNAME=greeter"],
				Cwd: "/srv",
				User: { UID: 1000, GID: 1000 },
				...change,
			},
			Mounts: [{ destination: "/proc" }, { destination: "/etc/hosts" }],
			Annotations: {
				"io.kubernetes.cri.image-name": "demo.example/greeter:1.0",
				"io.kubernetes.cri.container-name": "greet",
			},
		},
	};
}

const asked: readonly { readonly note: string; readonly input: object; readonly want: boolean }[] = [
	{ note: "the container of the manifest", input: request(), want: true },
	{ note: "another argument", input: request({ Args: ["/bin/greet", "--name", "mallory"] }), want: false },
	{ note: "a variable more", input: request({ Env: ["PATH=/bin", "LD_PRELOAD=/evil.so"] }), want: false },
	{ note: "root instead of app", input: request({ User: { UID: 0, GID: 0 } }), want: false },
];

export async function decideGenerated(folder: string): Promise<readonly Decided[]> {
	const { policy, digest, annotation } = await generate(folder);
	console.log(
		`\npod.yaml: a policy of ${policy.length} characters, annotation of ${annotation.length}, initdata digest\n${digest}\n`,
	);
	const allow = compile({ "policy.rego": policy }).rule("data.agent_policy.CreateContainerRequest");
	return asked.map(({ note, input, want }) => {
		const allowed = allow(input) === true;
		return { note, decision: allowed ? "allow" : "deny", isWanted: allowed === want };
	});
}
