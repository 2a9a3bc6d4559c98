/** What people are told of a long pull, and what Docker Hub's credentials are found under. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Progress } from "../../../src/genpolicy/image/progress.ts";
import { findCredentials } from "../../../src/genpolicy/image/registry/docker-config.ts";
import { temporaryFolder } from "./support.ts";

test("a line now and then, and none for what is quick", async () => {
	let now = 0;
	const lines: string[] = [];
	const progress = new Progress(
		"app:1",
		(line) => lines.push(line),
		() => now,
	);
	progress.expect(3 << 20);
	progress.expect(1 << 20);
	async function* blob(pieces: number, ms: number): AsyncGenerator<Uint8Array> {
		for (let i = 0; i < pieces; i++) {
			now += ms;
			yield new Uint8Array(1 << 20);
		}
	}
	let size = 0;
	for await (const piece of progress.count(blob(1, 100), 1 << 20)) size += piece.length;
	expect(lines).toEqual([]);
	for await (const piece of progress.count(blob(3, 950), 3 << 20)) size += piece.length;
	// At 2,000 ms; at 2,950 it is too early for another.
	expect(lines).toEqual(["app:1: 3 of 4 MiB"]);
	expect(size).toBe(4 << 20);
});

describe("Docker Hub has several names", () => {
	const auth = Buffer.from("robot:secret\0\0").toString("base64");
	for (const key of ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"]) {
		test(key, async () => {
			const folder = temporaryFolder();
			writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [key]: { auth } } }));
			const env = { DOCKER_CONFIG: folder };
			expect(await findCredentials("docker.io", env)).toEqual({ user: "robot", password: "secret" });
			expect(await findCredentials("quay.io", env)).toBe(undefined);
			expect(await findCredentials("docker.io.evil.example", env)).toBe(undefined);
		});
	}
	test("the home folder, where DOCKER_CONFIG is not set", async () => {
		const env = { HOME: temporaryFolder() };
		expect(await findCredentials("docker.io", env)).toBe(undefined);
		expect(await findCredentials("docker.io", {})).toBe(undefined);
	});
});
