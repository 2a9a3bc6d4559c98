/** uri.*: taking URLs apart, by Go's rules (go/url.ts). */

import { fromByteString } from "../go/byte-string.ts";
import { parseGoUrl, splitHostPort } from "../go/url.ts";
import { setOwn } from "../value/collections.ts";
import type { Value } from "../value/value.ts";
import { type Builtin, define, ofModule, t } from "./define.ts";

export const uri: readonly Builtin[] = ofModule("uri", [
	define("uri.parse", {
		category: "uri",
		pure: true,
		args: [["uri", t.string, "the URI to take apart"]],
		resultName: "output",
		result: t.map(t.string, t.string),
		resultDoc: "`scheme`, `hostname`, `port`, `path`, `raw_path`, `raw_query` and `fragment`, those that are present",
		doc: "The components of a URI, decoded, plus path and query as written.",
		since: "1.16.0",
		eval: (ctx, text) => {
			const url = parseGoUrl(text);
			if ("error" in url) return ctx.error(url.error);
			const { hostname, port } = splitHostPort(url.host);
			const out: { [key: string]: Value } = {};
			const put = (key: string, value: string): void => {
				if (value !== "") setOwn(out, key, fromByteString(value));
			};
			put("scheme", url.scheme);
			put("hostname", hostname);
			put("port", port);
			put("path", url.path);
			put("raw_path", url.rawPath === "" ? url.path : url.rawPath);
			put("raw_query", url.rawQuery);
			put("fragment", url.fragment);
			return out;
		},
	}),
	define("uri.is_valid", {
		category: "uri",
		pure: true,
		args: [["uri", t.string, "the text to check"]],
		resultName: "result",
		result: t.boolean,
		resultDoc: "true for a URI or a relative reference that is not empty",
		doc: "Whether a text is a URI.",
		since: "1.16.0",
		unchecked: true,
		eval: (_ctx, text: unknown) => typeof text === "string" && text !== "" && !("error" in parseGoUrl(text)),
	}),
]);
