/**
 * YAML text to values by the rules OPA uses: Kubernetes' reader, which is go-yaml 2 followed by a
 * conversion to JSON. Scalars are those of YAML 1.1 (`yes`, `017`, `1_000`), timestamps stay strings,
 * merge keys apply, keys become strings, only the first document counts. The text becomes a tree in
 * yaml/ (scanner → nodes → scalars); here it is followed along its aliases and made JSON.
 */

import { setOwn } from "./collections.ts";
import { fromBigInt, numberFromText } from "./number.ts";
import type { Value } from "./value.ts";
import { YamlError } from "./yaml/error.ts";
import { keyText, shownKey, shownValue } from "./yaml/key-text.ts";
import { type AliasNode, type MappingNode, parseYamlNodes, type YamlNode } from "./yaml/nodes.ts";
import { resolveScalar, type YamlScalar } from "./yaml/scalars.ts";

export { YamlError };

/** What a document holds before it is JSON: keys may be any scalars. */
export type YamlValue = YamlMap | YamlScalar | readonly YamlValue[];
export type YamlMap = Map<YamlScalar, YamlValue>;

/**
 * The first document of a YAML text; `null` when there is none. Throws YamlError; and RangeError,
 * where nesting exhausts the stack: the tree is made and read recursively.
 */
export function parseYaml(text: string): Value {
	const root = parseYamlNodes(text);
	if (root === undefined) return null;
	const json = new JsonMaker();
	const v = json.value(new Decoder().root(root));
	if (json.infinite !== undefined) throw new YamlError(`json: unsupported value: ${json.infinite}`);
	return v;
}

/**
 * How much of what was decoded may have come through aliases, so that a few of them cannot multiply
 * into billions of values: nearly all of a small document, a tenth of a huge one.
 */
function allowedAliasRatio(decoded: number): number {
	const [low, high] = [400_000, 4_000_000];
	if (decoded <= low) return 0.99;
	return decoded >= high ? 0.1 : 0.99 - 0.89 * ((decoded - low) / (high - low));
}

class Decoder {
	readonly #open: Set<AliasNode> = new Set();
	#decoded = 1;
	#aliased = 0;
	#inAlias = 0;

	root(node: YamlNode): YamlValue {
		return this.#decode(node);
	}

	#count(): void {
		this.#decoded++;
		if (this.#inAlias > 0) this.#aliased++;
		if (
			this.#aliased > 100 &&
			this.#decoded > 1000 &&
			this.#aliased / this.#decoded > allowedAliasRatio(this.#decoded)
		) {
			throw new YamlError("yaml: document contains excessive aliasing");
		}
	}

	#decode(node: YamlNode): YamlValue {
		this.#count();
		switch (node.kind) {
			case "scalar":
				return resolveScalar(node);
			case "sequence":
				return node.items.map((item) => this.#decode(item));
			case "alias":
				return this.#follow(node, (target) => this.#decode(target));
			default: {
				const out: YamlMap = new Map();
				this.#mapping(node, out);
				return out;
			}
		}
	}

	#follow<T>(alias: AliasNode, read: (target: YamlNode) => T): T {
		if (this.#open.has(alias)) throw new YamlError(`yaml: anchor '${alias.name}' value contains itself`);
		this.#open.add(alias);
		this.#inAlias++;
		const v = read(alias.target);
		this.#inAlias--;
		this.#open.delete(alias);
		return v;
	}

	#mapping(node: MappingNode, out: YamlMap): void {
		for (const [key, value] of node.entries) {
			if (isMergeKey(key)) {
				this.#merge(value, out);
				continue;
			}
			const k = this.#decode(key);
			if (typeof k === "object" && k !== null) throw new YamlError(`yaml: invalid map key: ${shownKey(k)}`);
			out.set(k, this.#decode(value));
		}
	}

	/** Sets the entries of a mapping, or of several of which the first one counts, in another. */
	#merge(node: YamlNode, out: YamlMap): void {
		if (node.kind !== "sequence") this.#mergeOne(node, out);
		else for (const item of [...node.items].reverse()) this.#mergeOne(item, out);
	}

	#mergeOne(node: YamlNode, out: YamlMap): void {
		const target = node.kind === "alias" ? node.target : node;
		if (target.kind !== "mapping") {
			throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
		}
		this.#count();
		if (node.kind === "alias") {
			this.#follow(node, () => {
				this.#count();
				this.#mapping(target, out);
			});
		} else this.#mapping(target, out);
	}
}

function isMergeKey(node: YamlNode): boolean {
	return node.kind === "scalar" && node.value === "<<" && (node.implicit || node.tag === "tag:yaml.org,2002:merge");
}

class JsonMaker {
	/** The first infinity or NaN, which JSON cannot say; told only after all keys have been looked at. */
	infinite: string | undefined;

	value(v: YamlValue): Value {
		if (typeof v === "bigint") return fromBigInt(v);
		if (typeof v === "number") return this.#double(v);
		if (Array.isArray(v)) return v.map((item) => this.value(item));
		if (!(v instanceof Map)) return v;
		const out: { [key: string]: Value } = {};
		for (const [k, item] of v) {
			const key = keyText(k);
			if (key === undefined) {
				const [type, shown] = k === null ? ["%!s(<nil>)", "<nil>"] : ["uint64", `0x${(k as bigint).toString(16)}`];
				throw new YamlError(`unsupported map key of type: ${type}, key: ${shown}, value: ${shownValue(item)}`);
			}
			setOwn(out, key, this.value(item));
		}
		return out;
	}

	/** Spelled as Go's JSON encoder spells it. */
	#double(n: number): Value {
		if (Number.isFinite(n)) return numberFromText(Object.is(n, -0) ? "-0" : String(n));
		this.infinite ??= Number.isNaN(n) ? "NaN" : n > 0 ? "+Inf" : "-Inf";
		return null;
	}
}
