/** What the package gives to others: the name of each entry in package.json's exports, and its module. */
import { readFileSync } from "node:fs";

/** The files of src/builtins that a list of categories names. */
const categoriesOf = (list) =>
	[...readFileSync(`src/builtins/${list}.ts`, "utf8").matchAll(/^import \{ \w+ \} from "\.\/([\w-]+)\.ts";$/gm)].map(
		([, file]) => file,
	);

export const optionalCategories = categoriesOf("optional");

/** The files of src/builtins that hold a category. */
export const categories = [...categoriesOf("core"), ...optionalCategories];

export const entries = {
	index: "index.ts",
	core: "core.ts",
	parts: "parts.ts",
	async: "async.ts",
	plan: "plan-only.ts",
	runtime: "aot/runtime.ts",
	explain: "explain.ts",
	// `regoplan/builtins/strings`: its files in dist/node are called builtins-strings.
	...Object.fromEntries(categories.map((file) => [`builtins-${file}`, `builtins/${file}.ts`])),
	server: "server/index.ts",
	bundle: "bundle.ts",
	signatures: "signatures.ts",
	fetch: "host/http-fetch.ts",
	"opa-wasm": "opa-wasm/opa-wasm.ts",
	// Of Node alone.
	http: "host/http-node.ts",
	agent: "agent/index.ts",
	genpolicy: "genpolicy/index.ts",
	node: "node/index.ts",
	vitest: "node/vitest.ts",
};

const onlyNode = ["http", "agent", "genpolicy", "node", "vitest"];

/** What is built for every host. */
export const publicModules = Object.entries(entries)
	.filter(([name]) => !onlyNode.includes(name))
	.map(([, file]) => file);
