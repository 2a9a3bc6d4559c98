/**
 * The small policies of ../shared/bench-policies with the inputs that come with them, which mostly
 * fail at the first condition, and inputs of ours that reach each policy's true path. Empty where the
 * folder is absent.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Workload } from "./workload.ts";

const root = "../shared/bench-policies";

/** Inputs that are allowed, by policy. */
function allowed(): { readonly [policy: string]: unknown } {
	return {
		api_access: {
			request: { method: "GET", path: "/api/v3/users/123" },
			user: { authenticated: true, login_time: Date.now() * 1_000_000 },
		},
		azure_keyvault: {
			operation: "Microsoft.KeyVault/vaults/certificates/read",
			principal: { type: "User", userPrincipalName: "security@company.com" },
			context: { conditionalAccess: { compliant: true } },
		},
		azure_nsg: {
			operation: "Microsoft.Network/networkSecurityGroups/securityRules/write",
			rule: {
				direction: "Inbound",
				access: "Allow",
				destinationPortRange: 3389,
				sourceAddressPrefix: "192.168.7.0/24",
				priority: 1200,
			},
		},
		azure_storage: {
			operation: "Microsoft.Storage/storageAccounts/write",
			resource: {
				properties: {
					supportsHttpsTrafficOnly: true,
					minimumTlsVersion: "TLS1_2",
					encryption: { services: { blob: { enabled: true } }, keySource: "Microsoft.Storage" },
					allowBlobPublicAccess: false,
					networkAcls: { defaultAction: "Deny", ipRules: ["10.1.0.0/16"] },
				},
			},
		},
		azure_vm: {
			operation: "Microsoft.Compute/virtualMachines/write",
			resource: {
				location: "northeurope",
				properties: { hardwareProfile: { vmSize: "Standard_D4s_v3" }, osProfile: { adminPassword: null } },
				tags: { environment: "test" },
			},
		},
		data_processing: {
			operation: "export",
			user: { attributes: { clearance: 3 } },
			data: { name: "x", ssn: "000-00-0000" },
		},
		data_sensitivity: { action: "write", user: { id: "u1", roles: ["user", "manager"] }, resource: { owner: "u1" } },
		rbac: {
			user: { role: "admin", permissions: ["all"] },
			action: "delete",
			resource: { classification: "internal" },
		},
		time_based: {
			user: { emergency_access: true },
			action: "diagnose",
			justification: "outage",
			approvals: [],
		},
	};
}

export function policyWorkloads(): readonly Workload[] {
	if (!existsSync(root)) return [];
	return Object.entries(allowed()).map(([name, input]) => {
		const supplied = ["", "2", "3"].map((n) => readFileSync(`${root}/inputs/${name}_input${n}.json`, "utf8"));
		return {
			name: `policy/${name}`,
			modules: { [`${name}.rego`]: readFileSync(`${root}/policies/${name}_policy.rego`, "utf8") },
			regoVersion: "v1" as const,
			data: "{}",
			cases: [
				{ kind: `policy/${name}`, path: "data.bench.allow", input: JSON.stringify(input), want: "true" },
				...supplied.map((text) => ({
					kind: `policy/${name}`,
					path: "data.bench.allow",
					input: JSON.stringify(JSON.parse(text)),
					// The ports are strings, so that none of them is among the dangerous ones.
					want: String(name === "azure_nsg"),
				})),
			],
		};
	});
}
