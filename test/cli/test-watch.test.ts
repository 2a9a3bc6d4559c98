/** `rego test --watch`: tests are run again when a file changes, until the command is told to end. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";

test("what changed is tested, what cannot be loaded is told", async () => {
	const folder = mkdtempSync(join(tmpdir(), "rego-watch-"));
	const ending = new AbortController();
	let said = "";
	const note = (text: string): void => {
		said += text;
	};
	const io = { stdout: note, stderr: note, stdin: () => new Uint8Array(), cwd: folder, env: {}, ending: ending.signal };
	const runs = (n: number): Promise<void> =>
		expect.poll(() => said.split("Watching for changes").length - 1, { timeout: 250_000 }).toBeGreaterThanOrEqual(n);
	try {
		const file = join(folder, "a_test.rego");
		writeFileSync(file, "package a_test\n\ntest_a if true\n");
		const exit = main(["test", "--watch", "."], io);
		await runs(1);
		expect(said).toContain("PASS: 1/1");
		writeFileSync(file, "package a_test\n\ntest_a if true\n\ntest_b if false\n");
		await runs(2);
		await expect.poll(() => said, { timeout: 250_000 }).toContain("FAIL: 1/2");
		writeFileSync(file, "package a_test\n\ntest_a if {\n");
		await expect.poll(() => said, { timeout: 250_000 }).toContain("rego_parse_error");
		ending.abort();
		expect(await exit).toBe(0);
	} finally {
		ending.abort();
		rmSync(folder, { recursive: true });
	}
});
