/** Bundles from bytes or an address, compiled: what `regoplan/bundle` and `regoplan/opa-wasm` share, on every host. */
import { isBuiltinName } from "../builtins/category-names.ts";
import { type CompileOptions, compileOptions } from "../compile-with.ts";
import { ignoreFilter } from "../documents/ignore.ts";
import { mergeData } from "../documents/merge-data.ts";
import { RegoErrors } from "../errors.ts";
import { checkOptions, describe, type OptionChecks } from "../face/options.ts";
import { Source } from "../location.ts";
import type { Module, RegoVersion } from "../parser/ast.ts";
import { parseModule } from "../parser/parser.ts";
import { codeOf, messageOf } from "../thrown.ts";
import type { PlainObject } from "../value/value.ts";
import type { WebResponse, WebSignal, WebUrl } from "../web-types.ts";
import { archivedFile, readBundle } from "./bundle.ts";
import { gunzip } from "./gunzip.ts";
import type { Verification } from "./signature.ts";
import { untar } from "./untar.ts";

/** What loadBundle() takes besides the bundle: all that compile() takes, and what to leave out. */
export interface BundleOptions extends CompileOptions {
	/** Shell patterns of names of files and folders to leave out, as `--ignore`. */
	readonly ignore?: readonly string[] | undefined;
	/** The key that the bundle must be signed with: PEM text, or a shared secret for HS algorithms. */
	readonly verificationKey?: string | undefined;
	/** Algorithm of the key; default RS256. */
	readonly signingAlgorithm?: string | undefined;
	/** For bundles that are fetched. */
	readonly signal?: WebSignal | undefined;
}

export const bundleOptions: OptionChecks<BundleOptions> = {
	...compileOptions,
	ignore: "strings",
	verificationKey: "string",
	signingAlgorithm: "string",
	signal: "object",
};

/** The bytes of a .tar.gz, where it is fetched from, or the response to such a request. */
export type BundleSource = Uint8Array | ArrayBuffer | WebUrl | string | WebResponse;

/** What compiles the modules of a bundle. */
type Compile<P> = (modules: readonly Module[], options: CompileOptions) => P;

/** Reads and compiles a bundle. A signed one whose key is not given is refused. */
export async function loadBundleWith<P>(
	compile: Compile<P>,
	source: BundleSource,
	options: BundleOptions,
): Promise<Awaited<P>> {
	checkOptions("loadBundle", options, bundleOptions);
	const { ignore, verificationKey, signingAlgorithm, signal, ...compiling } = options;
	const { name, bytes } = await bytesOf(source, signal);
	const { parseAnnotations } = await import("../parser/annotations.ts");
	const parse = async (file: string, text: string, regoVersion: RegoVersion | "auto"): Promise<Module> => {
		const read = options.annotations === false ? undefined : parseAnnotations;
		const parsed = parseModule(new Source(file, text), { regoVersion, annotations: read, isBuiltin: isBuiltinName });
		if (parsed.value === undefined || parsed.errors.length > 0) throw new RegoErrors(parsed.errors);
		return parsed.value;
	};
	const ignored = ignoreFilter(ignore ?? []);
	const files = untar(await gunzip(bytes)).filter((f) => !f.name.split("/").some((part) => ignored(part, 1)));
	const bundle = await readBundle(name, files.map(archivedFile), {
		regoVersion: options.regoVersion ?? "v1",
		parseModule: parse,
		verification: verificationKey === undefined ? "none" : keyOf(verificationKey, signingAlgorithm),
		onlyRules: true,
		isSignedBy: async (by, text, signature) => (await import("./web-signature.ts")).isSignedBy(by, text, signature),
	});
	return await compile([...bundle.modules.values()], withData(bundle.data, compiling));
}

/** The key of a library's caller. */
export function keyOf(key: string, alg: string = "RS256"): Verification {
	const keyId = "default";
	return { keys: new Map([[keyId, { key, alg, scope: "" }]]), keyId, scope: "", exclude: [] };
}

/** With the data of files below the caller's own. */
export function withData(data: PlainObject, options: CompileOptions): CompileOptions {
	const ownData = options.data as PlainObject | undefined;
	const all = ownData === undefined ? data : mergeData(data, ownData);
	if (all === undefined) throw new Error("the data given and the data loaded disagree");
	return { ...options, data: all };
}

async function bytesOf(
	source: BundleSource,
	signal: WebSignal | undefined,
): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
	if (source instanceof Uint8Array) return { name: "bundle.tar.gz", bytes: source };
	if (source instanceof ArrayBuffer) return { name: "bundle.tar.gz", bytes: new Uint8Array(source) };
	if (source instanceof Response) return { name: source.url, bytes: await bodyOf(source, source.url) };
	const address = String(source);
	if (typeof source !== "string" && !(source instanceof URL)) {
		throw new TypeError(`loadBundle: a bundle is its bytes, an http(s) address or a Response, not ${describe(source)}`);
	}
	if (/^https?:\/\//.test(address)) return { name: address, bytes: await fetchBundle(address, signal) };
	// In a page, an address may be relative to it, as for fetch.
	const page = (globalThis as { readonly location?: { readonly href?: unknown } }).location?.href;
	if (typeof page === "string" && /^https?:\/\//.test(page) && address !== "" && !/^[a-z][a-z\d+.-]*:/i.test(address)) {
		const absolute = new URL(address, page).href;
		return { name: absolute, bytes: await fetchBundle(absolute, signal) };
	}
	throw new TypeError(
		`loadBundle: an address begins with http:// or https://, not ${describe(address)}; files are read by loadBundle of regoplan/node`,
	);
}

/** The bytes that a server answers. */
export async function fetchBundle(address: string, signal: WebSignal | undefined): Promise<Uint8Array> {
	let response: Response;
	try {
		response = await fetch(address, { signal: signal ?? null });
	} catch (e) {
		if (signal?.aborted === true) throw e;
		// What Node says is "fetch failed"; why stands in its cause.
		const why = e instanceof Error && e.cause instanceof Error ? e.cause : e;
		throw new Error(`bundle ${address}: ${messageOf(why) || codeOf(why) || "fetch failed"}`, { cause: e });
	}
	return bodyOf(response, address);
}

async function bodyOf(response: Response, address: string): Promise<Uint8Array> {
	if (!response.ok) {
		const status = `${response.status} ${response.statusText}`.trim();
		throw new Error(`bundle ${address === "" ? "of a Response" : address}: the server answered ${status}`);
	}
	return new Uint8Array(await response.arrayBuffer());
}
