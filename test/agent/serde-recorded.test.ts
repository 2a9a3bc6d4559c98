/** Random messages of every request type that has fields, with the JSON that Kata's own Rust serde writes for them: byte for byte. */
import { describe, expect, it } from "vitest";
import { serdeJson } from "../../src/agent/policy/serde-json.ts";
import { decodeMessage, elementLimit } from "../../src/agent/protocol/decode.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { toInput } from "../../src/agent/protocol/message.ts";
import { messageType, policyRequests } from "../../src/agent/protocol/protocol.ts";
import { readShared, sharedFolder } from "./shared.ts";

interface Recorded {
	readonly message: string;
	readonly protobuf: string;
	readonly json: string;
}

describe.skipIf(sharedFolder("kata", "serde.jsonl") === undefined)("messages recorded with Kata's serde", () => {
	const recorded = (): readonly Recorded[] =>
		readShared("kata", "serde.jsonl")
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as Recorded);

	it("are of all request types that have fields", () => {
		const seen = new Set(recorded().map((r) => r.message));
		const missing = policyRequests.filter((r) => !seen.has(r.name) && r.fields.length > 0);
		// Which today's agent has no more.
		expect(missing.map((r) => r.name)).toEqual(["PullImageRequest"]);
		expect(seen.size).toBe(36);
	});

	it("give the same text, keys in their order, and the same bytes again", () => {
		let count = 0;
		for (const r of recorded()) {
			const type = messageType(r.message);
			const bytes = Buffer.from(r.protobuf, "hex");
			const message = decodeMessage(bytes, type, { maxElements: elementLimit(type) });
			expect({ message: r.message, json: mapsSorted(serdeJson(toInput(message, type))) }).toEqual({
				message: r.message,
				json: mapsSorted(r.json),
			});
			const again = decodeMessage(encodeMessage(message, type), type);
			expect(serdeJson(toInput(again, type))).toBe(serdeJson(toInput(message, type)));
			count++;
		}
		expect(count).toBe(877);
	});
});

/** Maps are unordered in Rust: theirs alone, which hold strings only or by their name, may come in any order. */
function mapsSorted(json: string): string {
	return json.replace(/"(?:Annotations|Sysctl|options)":\{[^{}]*\}/g, (map) => {
		const at = map.indexOf("{");
		const entries = map.slice(at + 1, -1).match(/"(?:[^"\\]|\\.)*":(?:"(?:[^"\\]|\\.)*"|\d+)/g) ?? [];
		return `${map.slice(0, at)}{${entries.sort().join(",")}}`;
	});
}
