/** Paths below data as they are written: `data.a.b[1]["c-d"]`. */
import { termText } from "../value/term-text.ts";
import { decode } from "./constants.ts";
import type { NodeKey } from "./plan.ts";

export function pathText(path: readonly NodeKey[]): string {
	return path.reduce<string>((text, key) => text + stepText(key), "data");
}

function stepText(key: NodeKey): string {
	return typeof key === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `[${termText(decode(key))}]`;
}
