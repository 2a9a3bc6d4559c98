/** Colours of Rego in the editor: a tokenizer of words, not a parser. */
import { LanguageSupport, StreamLanguage, type StringStream } from "@codemirror/language";

const keywords = new Set("package import default not with as if contains in every some else".split(" "));
const atoms = new Set(["true", "false", "null"]);

function token(stream: StringStream, state: { raw: boolean }): string | null {
	if (state.raw) {
		while (!stream.eol())
			if (stream.next() === "`") {
				state.raw = false;
				break;
			}
		return "string";
	}
	if (stream.eatSpace()) return null;
	if (stream.match(/^#.*/)) return "comment";
	if (stream.match(/^\$?"(?:[^"\\]|\\.)*"?/)) return "string";
	if (stream.eat("`")) {
		state.raw = true;
		return "string";
	}
	if (stream.match(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return "number";
	const word = stream.match(/^[A-Za-z_]\w*/);
	if (word !== null && typeof word === "object") {
		const name = word[0];
		if (keywords.has(name)) return "keyword";
		if (atoms.has(name)) return "atom";
		if (name === "input" || name === "data") return "variableName.special";
		return stream.peek() === "(" ? "variableName.function" : "variableName";
	}
	if (stream.match(/^(?::=|==|!=|<=|>=|[=<>+\-*/%&|])/)) return "operator";
	stream.next();
	return null;
}

export function rego(): LanguageSupport {
	const language = StreamLanguage.define({
		name: "rego",
		startState: () => ({ raw: false }),
		token,
		languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"', "`"] } },
	});
	return new LanguageSupport(language);
}
