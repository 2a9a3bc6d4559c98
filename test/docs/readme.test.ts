/** The README's code runs and prints what its comments say, and its commands what it shows. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as api from "../../src/index.ts";
import { runCli } from "../cli/run-cli.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Fenced blocks of one language, with what follows them. */
function blocks(language: string): string[] {
	return [...readme.matchAll(/```(\w*)\n(.*?)```/gs)].filter((m) => m[1] === language).map((m) => m[2] as string);
}

describe("README", () => {
	test("the embedding example", () => {
		const [code] = blocks("ts") as [string];
		const printed: string[] = [];
		const body = code.replace(/^import (\{.*?\}) from "regoplan";$/m, "const $1 = api;");
		expect(body).not.toBe(code);
		const run = new Function("api", "console", body) as (a: typeof api, c: { log(x: unknown): void }) => void;
		run(api, { log: (x) => printed.push(String(x)) });
		const wanted = [...code.matchAll(/^console\.log\(.*: (\w+)$/gm)].map((m) => m[1]);
		expect(printed).toEqual(wanted);
		expect(printed.length).toBe(3);
	});

	test("the rego eval example", async () => {
		const command = blocks("sh").find((b) => b.startsWith("npx regoplan eval")) ?? "";
		const [, flags, query] = /^npx regoplan (eval [^']*) '(.*)'\n$/.exec(command) ?? [];
		const ran = await runCli({ args: [...(flags ?? "").split(" "), query ?? ""] });
		expect(ran).toEqual({ exit: 0, stdout: blocks("")[0], stderr: "" });
	});

	test("what rego build is said to write", async () => {
		const files = { "policy.rego": "package authz\n\nallow if input.user" };
		const build = (...args: readonly string[]) => runCli({ args: ["build", "policy.rego", ...args], files });
		const plan = await build();
		expect(api.loadPlan(plan.stdout).rule("data.authz.allow")({ user: "a" })).toBe(true);
		expect((await build("--print-plan")).stdout).toContain('test input["user"]');
		expect((await build("-t", "js", "-e", "authz/allow")).stdout).toContain("export const allow = ");
		expect(await build("-o", "bundle.tar.gz")).toEqual({ exit: 0, stdout: "", stderr: "" });
		for (const flag of ["`rego build policy.rego`", "`-t js -e authz/allow -o policy.mjs`", "`--print-plan`"]) {
			expect(readme.replaceAll("\n", " ")).toContain(flag);
		}
	});

	test("the counts it gives", () => {
		expect(readme).toContain(`All ${api.builtins.size} builtins`);
		const read = (file: string): unknown =>
			JSON.parse(readFileSync(new URL(`../../conformance/${file}`, import.meta.url), "utf8"));
		expect(read("expected-failures.json")).toEqual([]);
		expect((read("superseded.json") as readonly unknown[]).length).toBe(1);
	});

	test("its files and scripts are there", () => {
		const scripts = (
			JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { scripts: object }
		).scripts;
		for (const [, name] of readme.matchAll(/npm run (\w+)/g)) expect(Object.keys(scripts)).toContain(name);
		for (const [, path] of readme.matchAll(/\]\(([\w/.-]+)\)/g)) {
			expect(() => readFileSync(new URL(`../../${path}`, import.meta.url)), path).not.toThrow();
		}
	});
});
