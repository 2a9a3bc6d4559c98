/** What the makers of packages check with: publint, Are The Types Wrong, TypeScript, Jest. Each gives its problems. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { here, run } from "./workspace.js";

export function checks({ folder, app, tarball }, tools) {
	const require = createRequire(join(tools.folder, "package.json"));
	const outcome = ({ status, stdout, stderr }, quiet = false) => {
		if (status !== 0) return `exit ${status}: ${`${stdout}${stderr}`.trim().slice(-1500)}`;
		return quiet && stderr.trim() !== "" ? `stderr: ${stderr.slice(0, 600)}` : undefined;
	};

	/** A project beside the app, with the tools it asks for. */
	const project = (name, manifest, packages) => {
		const root = join(folder, name);
		mkdirSync(join(root, "node_modules/@types"), { recursive: true });
		writeFileSync(join(root, "package.json"), JSON.stringify({ name, private: true, ...manifest }));
		for (const p of packages) {
			mkdirSync(dirname(join(root, "node_modules", p)), { recursive: true });
			symlinkSync(join(tools.folder, "node_modules", p), join(root, "node_modules", p));
		}
		symlinkSync(join(app, "node_modules/regoplan"), join(root, "node_modules/regoplan"));
		return root;
	};

	const typescript = (name, type, file, compilerOptions) => {
		const root = project(`typescript-${name}`, { type }, ["@types/node", "undici-types"]);
		writeFileSync(join(root, file), readFileSync(join(here, "consumer.ts")));
		const common = { target: "es2022", strict: true, skipLibCheck: false, noEmit: true, types: ["node"] };
		writeFileSync(
			join(root, "tsconfig.json"),
			JSON.stringify({ compilerOptions: { ...common, ...compilerOptions }, files: [file] }),
		);
		return outcome(run(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", root]));
	};

	const jest = (name, file, text, config) => {
		const root = project(
			name,
			{},
			["jest", "ts-jest", "typescript", "@jest/globals", "@types/node", "undici-types"].filter((p) => has(p)),
		);
		writeFileSync(join(root, file), text);
		for (const f of ["input.json", "data.json"]) writeFileSync(join(root, f), readFileSync(join(here, f)));
		writeFileSync(join(root, "policies.json"), JSON.stringify(policiesOf(app)));
		writeFileSync(join(root, "answers.json"), readFileSync(join(here, "answers.json")));
		writeFileSync(
			join(root, "jest.config.json"),
			JSON.stringify({ rootDir: root, testEnvironment: "node", ...config }),
		);
		writeFileSync(
			join(root, "tsconfig.json"),
			JSON.stringify({
				compilerOptions: {
					module: "commonjs",
					target: "es2022",
					esModuleInterop: true,
					strict: true,
					resolveJsonModule: true,
					skipLibCheck: false,
				},
			}),
		);
		return outcome(
			run(
				process.execPath,
				[
					require.resolve("jest/bin/jest"),
					"--config",
					join(root, "jest.config.json"),
					"--silent",
					"--reporters",
					"default",
				],
				{ cwd: root },
			),
		);
	};
	const has = (name) => {
		try {
			return (
				require.resolve.paths(name) !== null &&
				readFileSync(join(tools.folder, "node_modules", name, "package.json")).length > 0
			);
		} catch {
			return false;
		}
	};

	const body = `
test("the policies decide as opa", () => {
	const policy = compile(policies, { data });
	const decided = Object.fromEntries(Object.keys(answers).map((n) => [n, policy.rule(\`data.matrix.\${n}.p\`)(input)]));
	expect(JSON.parse(JSON.stringify(decided))).toEqual(answers);
	expect(() => compile({ "a.rego": "package a\\np := " })).toThrow(RegoErrors);
});
`;
	const list = ["policies", "input", "data", "answers"];
	const required = `const { compile, RegoErrors } = require("regoplan");\n${list.map((n) => `const ${n} = require("./${n}.json");`).join("\n")}\n`;
	const imported = `import { expect, test } from "@jest/globals";\nimport { compile, RegoErrors } from "regoplan";\n${list.map((n) => `import ${n} from "./${n}.json";`).join("\n")}\n`;
	return {
		publint: () =>
			outcome(
				run(process.execPath, [join(tools.folder, "node_modules/publint/src/cli.js"), "--strict", tarball]),
				true,
			),
		"are the types wrong": () =>
			outcome(
				run(process.execPath, [
					join(tools.folder, "node_modules/@arethetypeswrong/cli/dist/index.js"),
					tarball,
					"--no-emoji",
					"--no-color",
					"-f",
					"table-flipped",
					// What stands behind the star of `./builtins/*` has to be named.
					"--include-entrypoints",
					...builtinEntries(app),
				]),
			),
		"TypeScript commonjs": () =>
			typescript("commonjs", "commonjs", "main.ts", { module: "commonjs", moduleResolution: "node10" }),
		"TypeScript node16, .cts": () =>
			typescript("node16-cjs", "commonjs", "main.cts", { module: "node16", moduleResolution: "node16" }),
		"TypeScript node16, .mts": () =>
			typescript("node16-esm", "module", "main.mts", { module: "node16", moduleResolution: "node16" }),
		"TypeScript nodenext": () =>
			typescript("nodenext", "module", "main.ts", { module: "nodenext", moduleResolution: "nodenext" }),
		"TypeScript bundler": () =>
			typescript("bundler", "module", "main.ts", { module: "esnext", moduleResolution: "bundler" }),
		Jest: () => jest("jest", "policy.test.js", required + body, {}),
		"Jest, jsdom conditions": () =>
			jest("jest-browser", "policy.test.js", required + body, {
				testEnvironmentOptions: { customExportConditions: ["browser"] },
			}),
		"ts-jest": () => jest("ts-jest", "policy.test.ts", imported + body, { preset: "ts-jest" }),
	};
}

/** The entries of the categories of builtins. */
function builtinEntries(app) {
	const files = readdirSync(join(app, "node_modules/regoplan/dist/node"));
	return files.flatMap((f) => /^builtins-(.*)\.d\.mts$/.exec(f)?.[1] ?? []).map((name) => `./builtins/${name}`);
}

/** The policies that writeApps put into the app, as texts by file name. */
function policiesOf(app) {
	const names = Object.keys(JSON.parse(readFileSync(join(here, "answers.json"), "utf8")));
	return Object.fromEntries(names.map((n) => [`${n}.rego`, readFileSync(join(app, "policies", `${n}.rego`), "utf8")]));
}
