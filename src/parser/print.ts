import type { Ref } from "./ast.ts";
export function printRef(_: Ref): string {
	return "?";
}
