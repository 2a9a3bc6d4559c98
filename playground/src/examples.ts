/** What the menu offers. The Kata sample is the one of examples/demo, with its recorded requests. */
import kataPolicy from "../../examples/demo/policy.rego?raw";
import kataRequests from "../../examples/demo/requests.jsonl?raw";
import type { Problem } from "./protocol.ts";

export interface Example extends Problem {
	readonly name: string;
	readonly requests?: readonly ExampleRequest[];
}

export interface ExampleRequest {
	readonly note: string;
	readonly query: string;
	readonly input: string;
	/** What it was recorded with. */
	readonly want: boolean;
}

const pretty = (v: unknown): string => JSON.stringify(v, null, 2);

const kata: readonly ExampleRequest[] = kataRequests
	.trim()
	.split("\n")
	.map((line) => {
		const { request, note, want, input } = JSON.parse(line) as {
			readonly request: string;
			readonly note: string;
			readonly want: boolean;
			readonly input: unknown;
		};
		return { note: `${request}: ${note}`, query: `data.agent_policy.${request}`, input: pretty(input), want };
	});

export const examples: readonly Example[] = [
	{
		name: "Roles",
		version: "v1",
		policy: `package authz

# Nobody may do what no rule allows.
default allow := false

# Admins may do everything.
allow if "admin" in roles

# Everybody may read what is public.
allow if {
	input.method == "GET"
	some prefix in data.public
	startswith(input.path, prefix)
}

# Owners may change what is theirs.
allow if {
	input.method in {"PUT", "DELETE"}
	input.owner == input.user
	print("owner", input.user, "changes", input.path)
}

roles contains role if some role in data.roles[input.user]
`,
		input: pretty({ user: "bob", method: "PUT", path: "/notes/7", owner: "bob" }),
		data: pretty({ roles: { alice: ["admin"], bob: ["author"] }, public: ["/docs/", "/status"] }),
		query: "data.authz.allow",
	},
	{
		name: "Kubernetes admission",
		version: "v1",
		policy: `package kubernetes.admission

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in input.request.object.spec.containers
	not trusted(container.image)
	message := sprintf("container %q: image %q is of no trusted registry", [container.name, container.image])
}

deny contains message if {
	some container in input.request.object.spec.containers
	container.securityContext.privileged
	message := sprintf("container %q is privileged", [container.name])
}

trusted(image) if {
	some registry in data.registries
	startswith(image, registry)
}
`,
		input: pretty({
			request: {
				kind: { kind: "Pod" },
				object: {
					spec: {
						containers: [
							{ name: "web", image: "registry.example.org/web:1.2" },
							{ name: "miner", image: "docker.io/miner", securityContext: { privileged: true } },
						],
					},
				},
			},
		}),
		data: pretty({ registries: ["registry.example.org/"] }),
		query: "data.kubernetes.admission.deny",
	},
	{
		name: "Kata agent, recorded requests",
		version: kataPolicy.includes("import rego.v1") || /\bif \{/.test(kataPolicy) ? "v1" : "v0",
		policy: kataPolicy,
		input: kata[0]?.input ?? "",
		data: "",
		query: kata[0]?.query ?? "",
		requests: kata,
	},
	{
		name: "Queries with bindings",
		version: "v1",
		policy: `package servers

# Every server that speaks plain HTTP on a public network.
exposed contains server.id if {
	some server in input.servers
	"http" in server.protocols
	some port in server.ports
	data.networks[data.ports[port]].public
}
`,
		input: pretty({
			servers: [
				{ id: "app", protocols: ["https"], ports: ["p1"] },
				{ id: "cache", protocols: ["memcache", "http"], ports: ["p2"] },
			],
		}),
		data: pretty({ ports: { p1: "net1", p2: "net2" }, networks: { net1: { public: false }, net2: { public: true } } }),
		query: "some id in data.servers.exposed; some i, s in input.servers; s.id == id",
	},
];
