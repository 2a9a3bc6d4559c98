/**
 * Descriptors of protobuf messages, read from proto3 text. In: the `.proto` texts of this folder
 * (a subset of proto3: messages, nested enums, maps, optional, one oneof level, services). Out:
 * message types whose fields know their key in Kata's JSON, and services with their methods.
 *
 * Reading text at start-up (about a millisecond) keeps one source of truth that people and other
 * protobuf tools can read as it is.
 */

export type Scalar = "string" | "bytes" | "bool" | "int32" | "uint32" | "int64" | "uint64" | "enum";

export interface Field {
	/** Name in the proto text. */
	readonly name: string;
	/** Key in `input`: the name, with `_` appended where Rust would not allow it; the oneof's name for its members. */
	readonly key: string;
	readonly number: number;
	readonly label: "singular" | "optional" | "repeated" | "map" | "oneof";
	/** Undefined for messages. Of the values, for a map. */
	readonly scalar: Scalar | undefined;
	/** Set for messages. Of the values, for a map. */
	readonly message: MessageType | undefined;
	/** For members of a oneof: the variant's name, as serde writes it. */
	readonly variant: string | undefined;
}

export interface MessageType {
	/** Full name, as `grpc.CreateContainerRequest`. */
	readonly fullName: string;
	/** Last part of the name: the name of the policy rule. */
	readonly name: string;
	/** In declaration order, but members of a oneof last, as in Rust's structs and so in Kata's JSON. */
	readonly fields: readonly Field[];
	readonly byNumber: ReadonlyMap<number, Field>;
	/** True when the message or one below it has a `bytes` field. */
	readonly hasBytes: boolean;
}

export interface Method {
	readonly name: string;
	readonly request: MessageType;
	readonly response: MessageType;
}

export interface Service {
	readonly name: string;
	readonly methods: ReadonlyMap<string, Method>;
}

export interface Registry {
	readonly messages: ReadonlyMap<string, MessageType>;
	readonly services: ReadonlyMap<string, Service>;
}

const scalars: ReadonlySet<string> = new Set(["string", "bytes", "bool", "int32", "uint32", "int64", "uint64"]);

/** Rust's keywords that occur, or could, as field names. */
const rustKeywords: ReadonlySet<string> = new Set(
	"as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref return self static struct super trait true type unsafe use where while async await dyn abstract become box do final macro override priv try typeof unsized virtual yield".split(
		" ",
	),
);

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type DraftField = Writable<Field> & { readonly type: string };
interface DraftMessage {
	readonly type: Writable<MessageType>;
	readonly scope: string;
	readonly drafts: DraftField[];
}

/** Read several proto3 texts into one registry. Throws on anything outside the subset: the texts are ours. */
export function parseProtos(texts: readonly string[]): Registry {
	const declared: Declared = { drafts: new Map(), enums: new Set(), rpcs: [] };
	for (const text of texts) new TextReader(text, declared).read();
	const { drafts, enums, rpcs } = declared;
	const messages = new Map<string, MessageType>();
	for (const [name, d] of drafts) messages.set(name, d.type);
	const lookup = <T>(name: string, scope: string, get: (full: string) => T | undefined): T | undefined => {
		for (let s = scope; s !== ""; s = s.includes(".") ? s.slice(0, s.lastIndexOf(".")) : "") {
			const found = get(`${s}.${name}`);
			if (found !== undefined) return found;
		}
		return get(name);
	};
	for (const d of drafts.values()) {
		for (const f of d.drafts) {
			if (scalars.has(f.type)) f.scalar = f.type as Scalar;
			else if (lookup(f.type, d.scope, (n) => (enums.has(n) ? n : undefined)) !== undefined) f.scalar = "enum";
			else
				f.message = required(
					lookup(f.type, d.scope, (n) => messages.get(n)),
					`type ${f.type}`,
				);
		}
	}
	for (const d of drafts.values()) d.type.hasBytes = anyBytes(d.type);
	const services = new Map<string, { readonly name: string; readonly methods: Map<string, Method> }>();
	for (const r of rpcs) {
		const service = services.get(r.service) ?? { name: r.service, methods: new Map<string, Method>() };
		services.set(r.service, service);
		const find = (n: string): MessageType =>
			required(
				lookup(n, r.pkg, (full) => messages.get(full)),
				`message ${n}`,
			);
		service.methods.set(r.name, { name: r.name, request: find(r.types[0]), response: find(r.types[1]) });
	}
	return { messages, services };
}

function anyBytes(type: MessageType): boolean {
	return type.fields.some((f) => f.scalar === "bytes" || (f.message !== undefined && anyBytes(f.message)));
}

function required<T>(x: T | undefined, what: string): T {
	if (x === undefined) throw new Error(`proto text: unknown ${what}`);
	return x;
}

/** What the texts declare, types still by name. */
interface Declared {
	readonly drafts: Map<string, DraftMessage>;
	readonly enums: Set<string>;
	readonly rpcs: Rpc[];
}

interface Rpc {
	readonly service: string;
	readonly name: string;
	readonly types: readonly [request: string, response: string];
	readonly pkg: string;
}

/** Reads the declarations of one text into what is declared. */
class TextReader {
	readonly #tokens: readonly string[];
	readonly #declared: Declared;
	#at = 0;
	#pkg = "";

	constructor(text: string, declared: Declared) {
		this.#tokens = text.replace(/\/\/.*$/gm, "").match(/"[^"]*"|[\w.]+|[^\s\w]/g) ?? [];
		this.#declared = declared;
	}

	read(): void {
		while (this.#at < this.#tokens.length) {
			const word = this.#next();
			switch (word) {
				case "syntax":
					this.#at += 3;
					break;
				case "import":
					this.#at += 2;
					break;
				case "package":
					this.#pkg = this.#next();
					this.#expect(";");
					break;
				case "enum":
					this.#enum(this.#pkg);
					break;
				case "service":
					this.#service();
					break;
				case "message":
					this.#message();
					break;
				default:
					throw new Error(`proto text: unexpected ${word}`);
			}
		}
	}

	#next(): string {
		return this.#tokens[this.#at++] ?? "";
	}

	#expect(...wanted: readonly string[]): void {
		for (const want of wanted) {
			const got = this.#next();
			if (got !== want) throw new Error(`proto text: expected ${want}, found ${got}`);
		}
	}

	/** What is between braces, word by word, to the closing one or the text's end. */
	*#block(): Generator<string> {
		this.#expect("{");
		for (let word = this.#next(); word !== "}"; word = this.#next()) {
			if (word === "") throw new Error("proto text: a block has no end");
			yield word;
		}
	}

	/** Values of enums are numbers to a policy: their names are not kept. */
	#enum(scope: string): void {
		this.#declared.enums.add(`${scope}.${this.#next()}`);
		for (const _ of this.#block());
	}

	#service(): void {
		const service = `${this.#pkg}.${this.#next()}`;
		for (const word of this.#block()) {
			if (word !== "rpc") throw new Error(`proto text: expected rpc, found ${word}`);
			const name = this.#next();
			this.#expect("(");
			const request = this.#next();
			this.#expect(")", "returns", "(");
			const response = this.#next();
			this.#expect(")", ";");
			this.#declared.rpcs.push({ service, name, types: [request, response], pkg: this.#pkg });
		}
	}

	#message(): void {
		const name = this.#next();
		const scope = `${this.#pkg}.${name}`;
		const drafts: DraftField[] = [];
		const byNumber = new Map<number, Field>();
		const type: MessageType = { fullName: scope, name, fields: drafts, byNumber, hasBytes: false };
		this.#declared.drafts.set(scope, { type, scope, drafts });
		const add = (f: DraftField): void => {
			drafts.push(f);
			byNumber.set(f.number, f);
		};
		for (const word of this.#block()) {
			if (word === "enum") this.#enum(scope);
			else if (word === "oneof") {
				const oneof = this.#next();
				for (const first of this.#block()) add(this.#field(first, oneof));
			} else add(this.#field(word, undefined));
		}
		drafts.sort((a, b) => Number(a.label === "oneof") - Number(b.label === "oneof"));
	}

	/** `first` is its first word: a label or a type. */
	#field(first: string, oneof: string | undefined): DraftField {
		let label: Field["label"] = oneof === undefined ? "singular" : "oneof";
		let type = first;
		if (type === "repeated" || type === "optional") {
			label = type;
			type = this.#next();
		} else if (type === "map") {
			label = "map";
			this.#expect("<", "string", ",");
			type = this.#next();
			this.#expect(">");
		}
		const name = this.#next();
		this.#expect("=");
		const number = Number(this.#next());
		if (!(number > 0 && number < 32)) throw new Error(`proto text: field ${name}: numbers 1 to 31 are supported`);
		this.#expect(";");
		const key = oneof ?? (rustKeywords.has(name) ? `${name}_` : name);
		const variant = oneof === undefined ? undefined : pascalCase(name);
		return { name, key, number, label, type, scalar: undefined, message: undefined, variant };
	}
}

function pascalCase(name: string): string {
	return name.replace(/(?:^|_)([a-z])/g, (_, c: string) => c.toUpperCase());
}
