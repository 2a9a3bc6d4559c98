/** `regoplan/vitest`: tests written in Rego as tests of vitest. */
import type { FileOptions, Paths } from "./files.ts";
import { regoTest as register } from "./rego-tests.ts";

/**
 * Registers the `test_` rules below files, folders and patterns as tests of vitest:
 *
 *     import { regoTest } from "regoplan/vitest";
 *     await regoTest("policies/**");
 */
export async function regoTest(patterns: Paths, options: FileOptions = {}): Promise<void> {
	// Loaded when it is called: vitest is only there where its tests run.
	const { describe, test } = await import("vitest");
	await register(patterns, { ...options, describe, test });
}
