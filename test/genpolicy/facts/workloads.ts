/** Workloads of a line, for rows. */
export const workload = (kind: string, spec: string): string =>
	`apiVersion: v1\nkind: ${kind}\nmetadata: {name: w.x, namespace: ns}\nspec: ${spec}\n`;
