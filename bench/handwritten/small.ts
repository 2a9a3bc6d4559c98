/** The small workloads written out by hand; data is indexed where a programmer would. */
type Decision = (input: never) => unknown;

interface Grant {
	readonly action: string;
	readonly object: string;
}

interface RbacData {
	readonly users: { readonly [user: string]: readonly string[] };
	readonly roles: { readonly [role: string]: readonly Grant[] };
}

function rbac({ users, roles }: RbacData): Decision {
	return (input: { user: string; action: string; object: string }) => {
		const own = Object.hasOwn(users, input.user) ? users[input.user] : undefined;
		if (own === undefined) return false;
		for (const role of own) {
			const grants = roles[role];
			if (grants === undefined) continue;
			for (const g of grants) if (g.action === input.action && g.object === input.object) return true;
		}
		return false;
	};
}

function membership({ members }: { readonly members: readonly string[] }): Decision {
	const set = new Set(members);
	return (input: { user: string }) => set.has(input.user);
}

function tiny(): Decision {
	return (input: { method: string; path: readonly string[]; user: { role: string; active: boolean } }) =>
		(input.method === "GET" && input.path.length === 1 && input.path[0] === "health") ||
		(input.user.role === "admin" && input.user.active);
}

function groupBy(): Decision {
	return ({ items }: { items: readonly { group: string }[] }) => {
		const out: Record<string, number> = {};
		for (const { group } of items) out[group] = (out[group] ?? 0) + 1;
		return out;
	};
}

/** Rules `allow if { input.key == "k<i>"; input.n > i % 100 }`. */
function scaling(rules: number): Decision {
	const least = new Map(Array.from({ length: rules }, (_, i) => [`k${i}`, i % 100]));
	return (input: { key: string; n: number }) => {
		const n = least.get(input.key);
		return n !== undefined && input.n > n;
	};
}

/** The decision of a workload by its name, or undefined where none is written by hand. */
export function smallDecision(name: string, data: unknown): Decision | undefined {
	const [kind, size] = name.split("/");
	switch (kind) {
		case "rbac":
			return rbac(data as RbacData);
		case "membership":
			return membership(data as { readonly members: readonly string[] });
		case "tiny":
			return tiny();
		case "group-by":
			return groupBy();
		case "scaling":
			return scaling(Number(size));
		default:
			return undefined;
	}
}
