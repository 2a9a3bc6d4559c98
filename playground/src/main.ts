/** The page: four texts, a worker that evaluates them as they are typed, and what it answers. */
import "./style.css";
import { Editor, jsonLanguage, regoLanguage } from "./editors.ts";
import { type Example, type ExampleRequest, examples } from "./examples.ts";
import type { NearAnswer } from "./near.ts";
import type { Planned, Problem, Question, Reply } from "./protocol.ts";
import { fromFragment, toFragment } from "./share.ts";

/** The element of an id, which index.html has. */
function element<T extends HTMLElement>(id: string, type: new () => T): T {
	const found = document.getElementById(id);
	if (!(found instanceof type)) throw new Error(`no ${id} in the page`);
	return found;
}

const query = element("query", HTMLInputElement);
const version = element("version", HTMLSelectElement);
const exampleMenu = element("example", HTMLSelectElement);
const requestMenu = element("request", HTMLSelectElement);
const verdict = element("verdict", HTMLElement);
const result = element("result", HTMLPreElement);
const prints = element("prints", HTMLPreElement);
const decided = element("decided", HTMLUListElement);

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
/** What is shown of the last explanation. */
let shownDeciders = "";
let asked = 0;
let sentAt = 0;
/** Answers in the page, for one policy with its data. */
let near: (Pick<Problem, "policy" | "data" | "version"> & { readonly answer: NearAnswer }) | undefined;
/** The last question that was answered so. */
let answeredHere = 0;
/** While a problem is put into the editors, their changes are one. */
let setting = false;

const changed = (): void => {
	if (!setting) ask();
};

const editors = {
	policy: new Editor(element("policy", HTMLElement), "Policy", regoLanguage(), changed),
	input: new Editor(element("input", HTMLElement), "Input", jsonLanguage(), changed),
	data: new Editor(element("data", HTMLElement), "Data", jsonLanguage(), changed),
};

function problem(): Problem {
	return {
		policy: editors.policy.text,
		input: editors.input.text,
		data: editors.data.text,
		query: query.value,
		version: version.value === "v0" ? "v0" : "v1",
	};
}

function ask(): void {
	sentAt = performance.now();
	const question: Question = { id: ++asked, ...problem() };
	document.body.dataset["asked"] = String(question.id);
	// It evaluates meanwhile, and explains.
	worker.postMessage(question);
	// When the editor is done with what was typed.
	if (isNear(question)) queueMicrotask(() => answerHere(question));
}

/** Whether the page may know the answer. */
function isNear(p: Problem): boolean {
	const is = near?.policy === p.policy && near.data === p.data && near.version === p.version;
	document.body.dataset["near"] = String(is);
	return is;
}

function answerHere({ id, ...p }: Question): void {
	if (id !== asked || near === undefined) return;
	const start = performance.now();
	const shown = near.answer(p.query, p.input);
	if (shown === undefined) return;
	answeredHere = id;
	showAnswer({ id, kind: "answer", ...shown, complaints: [], milliseconds: performance.now() - start });
}

/** From now on what is asked of this policy is answered here. */
async function answerFrom({ plan, policy, data, version }: Planned): Promise<void> {
	const { nearAnswer } = await import("./near.ts");
	const answer = await nearAnswer(plan);
	if (answer === undefined) return;
	near = { policy, data, version, answer };
	isNear(problem());
}

function set(p: Partial<Problem>): void {
	setting = true;
	for (const pane of ["policy", "input", "data"] as const) if (p[pane] !== undefined) editors[pane].text = p[pane];
	if (p.query !== undefined) query.value = p.query;
	if (p.version !== undefined) version.value = p.version;
	setting = false;
	ask();
}

worker.onmessage = (e: MessageEvent<Reply>): void => {
	const reply = e.data;
	if (reply.kind === "plan") {
		void answerFrom(reply);
		return;
	}
	// Answers to what has been typed over since are old.
	if (reply.id !== asked) return;
	if (reply.kind === "answer") {
		if (reply.id !== answeredHere) showAnswer(reply);
	} else {
		write(prints, reply.prints.join("\n"));
		const written = JSON.stringify(reply.decided);
		if (written !== shownDeciders) decided.replaceChildren(...reply.decided.map((d) => deciderItem(d.row, d.text)));
		shownDeciders = written;
		document.body.dataset["explained"] = String(reply.id);
	}
};

function showAnswer(reply: Extract<Reply, { kind: "answer" }>): void {
	const took = performance.now() - sentAt;
	const words = { true: "true", false: "false", undefined: "undefined", value: "value", error: "error" };
	verdict.dataset["kind"] = reply.verdict;
	const told = `${words[reply.verdict]} · ${reply.milliseconds.toFixed(1)} ms${expectation(reply.verdict)}`;
	write(verdict, told);
	for (const pane of ["policy", "input", "data"] as const) {
		editors[pane].complain(reply.complaints.filter((c) => c.pane === pane));
	}
	query.setAttribute("aria-invalid", String(reply.complaints.some((c) => c.pane === "query")));
	write(
		result,
		reply.complaints.length === 0
			? (reply.result ?? "")
			: reply.complaints
					.map(({ pane, row, message, hint }) => {
						const at = row === 0 ? pane : `${pane}, line ${row}`;
						return `${at}: ${message}${hint === undefined ? "" : `\n    ${hint}`}`;
					})
					.join("\n"),
	);
	document.body.dataset["answered"] = String(reply.id);
	document.body.dataset["took"] = took.toFixed(2);
	document.body.dataset["by"] = reply.id === answeredHere ? "page" : "worker";
}

/** Text that is there already is not laid out anew. */
function write(into: HTMLElement, text: string): void {
	if (into.textContent !== text) into.textContent = text;
}

/** Beside a recorded request: what it was recorded with. */
function expectation(got: string): string {
	const want = currentRequest()?.want;
	if (want === undefined) return "";
	return String(want) === got || (!want && got === "undefined") ? " · as recorded" : ` · recorded: ${want}`;
}

function deciderItem(row: number, text: string): HTMLLIElement {
	const item = document.createElement("li");
	const button = document.createElement("button");
	button.type = "button";
	button.textContent = `line ${row}: ${text}`;
	button.onclick = () => editors.policy.show(row);
	item.append(button);
	return item;
}

const currentExample = (): Example | undefined => examples[Number(exampleMenu.value)];

function currentRequest(): ExampleRequest | undefined {
	const request = currentExample()?.requests?.[Number(requestMenu.value)];
	return request?.input === editors.input.text && request.query === query.value ? request : undefined;
}

function chooseExample(): void {
	const example = currentExample();
	if (example === undefined) return;
	requestMenu.replaceChildren(...(example.requests ?? []).map((r, i) => new Option(r.note, String(i))));
	element("request-label", HTMLElement).hidden = example.requests === undefined;
	set(example);
}

exampleMenu.replaceChildren(...examples.map((e, i) => new Option(e.name, String(i))));
exampleMenu.onchange = chooseExample;
requestMenu.onchange = () => {
	const request = currentExample()?.requests?.[Number(requestMenu.value)];
	if (request !== undefined) set({ input: request.input, query: request.query });
};
query.oninput = ask;
version.onchange = ask;

element("share", HTMLButtonElement).onclick = async (e) => {
	const button = e.currentTarget as HTMLButtonElement;
	history.replaceState(null, "", await toFragment(problem()));
	try {
		await navigator.clipboard.writeText(location.href);
		button.textContent = "Copied";
	} catch {
		button.textContent = "See the address";
	}
	setTimeout(() => {
		button.textContent = "Copy link";
	}, 1500);
};

const darkByDefault = matchMedia("(prefers-color-scheme: dark)");

function setTheme(dark: boolean): void {
	document.documentElement.dataset["theme"] = dark ? "dark" : "light";
	for (const editor of Object.values(editors)) editor.dark = dark;
}

setTheme(darkByDefault.matches);
darkByDefault.onchange = (e) => setTheme(e.matches);
element("theme", HTMLButtonElement).onclick = () => setTheme(document.documentElement.dataset["theme"] !== "dark");

async function openFragment(): Promise<void> {
	const shared = await fromFragment(location.hash);
	if (shared === undefined) chooseExample();
	else set(shared);
}

window.onhashchange = openFragment;
void openFragment();
