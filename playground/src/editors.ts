/** The editors of the page. */
import { json } from "@codemirror/lang-json";
import { HighlightStyle, type LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import { oneDark } from "@codemirror/theme-one-dark";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import type { Complaint } from "./protocol.ts";
import { rego } from "./rego-language.ts";

const light: Extension = syntaxHighlighting(
	HighlightStyle.define([
		{ tag: tags.keyword, color: "#8250df" },
		{ tag: tags.string, color: "#0a6640" },
		{ tag: [tags.number, tags.atom, tags.bool, tags.null], color: "#0550ae" },
		{ tag: tags.comment, color: "#6a737d" },
		{ tag: tags.propertyName, color: "#953800" },
		{ tag: tags.function(tags.variableName), color: "#0550ae" },
		{ tag: tags.special(tags.variableName), color: "#953800" },
	]),
);

export class Editor {
	readonly view: EditorView;
	readonly #theme: Compartment = new Compartment();
	#isUnderlined = false;
	/** The text of a document that was asked for: the same string as long as nothing is typed. */
	#read: { readonly doc: Text; readonly text: string } | undefined;

	constructor(parent: HTMLElement, label: string, language: LanguageSupport, onChange: () => void) {
		this.view = new EditorView({
			parent,
			state: EditorState.create({
				extensions: [
					basicSetup,
					language,
					lintGutter(),
					this.#theme.of(light),
					EditorView.contentAttributes.of({ "aria-label": label }),
					EditorView.updateListener.of((u) => {
						if (u.docChanged) onChange();
					}),
				],
			}),
		});
	}

	get text(): string {
		const { doc } = this.view.state;
		if (this.#read?.doc !== doc) this.#read = { doc, text: doc.toString() };
		return this.#read.text;
	}

	set text(text: string) {
		if (text === this.text) return;
		this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
	}

	set dark(dark: boolean) {
		this.view.dispatch({ effects: this.#theme.reconfigure(dark ? oneDark : light) });
	}

	/** Underlines what is wrong: the word at the place of each complaint. */
	complain(complaints: readonly Complaint[]): void {
		// A change of nothing would be measured and laid out, too.
		if (complaints.length === 0 && !this.#isUnderlined) return;
		this.#isUnderlined = complaints.length > 0;
		const { doc } = this.view.state;
		const diagnostics: Diagnostic[] = complaints.map(({ row, col, message, hint }) => {
			const line = doc.line(Math.min(Math.max(row, 1), doc.lines));
			// Columns count code points.
			const before = [...line.text].slice(0, Math.max(col - 1, 0)).join("").length;
			const from = row === 0 ? line.from : line.from + Math.min(before, line.length);
			const word = /^(?:[\w.]+|\S)/.exec(line.text.slice(from - line.from))?.[0].length ?? 0;
			const to = row === 0 ? line.to : Math.min(from + word, line.to);
			return {
				from: Math.min(from, to),
				to,
				severity: "error",
				message: hint === undefined ? message : `${message}\n${hint}`,
			};
		});
		this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
	}

	/** Puts the cursor at a row. */
	show(row: number): void {
		const line = this.view.state.doc.line(Math.min(Math.max(row, 1), this.view.state.doc.lines));
		this.view.dispatch({
			selection: { anchor: line.from },
			effects: EditorView.scrollIntoView(line.from, { y: "center" }),
		});
		this.view.focus();
	}
}

export const regoLanguage: () => LanguageSupport = rego;
export const jsonLanguage: () => LanguageSupport = json;
