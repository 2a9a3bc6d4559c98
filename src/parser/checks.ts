/**
 * What OPA checks once a whole module is parsed: v1 asks for `if`, `contains` and a value or body,
 * and reserves its keywords as rule names.
 */
import type { Module, Rule } from "./ast.ts";
import type { RuleForm, RuleForms } from "./rules.ts";
import type { ParseProblem } from "./state.ts";
import { isReservedWord } from "./token.ts";

export function checkModule(module: Module, forms: RuleForms): readonly ParseProblem[] {
	const problems: ParseProblem[] = [];
	if (module.regoVersion === "v0") return problems;
	for (const rule of module.rules) {
		for (let r: Rule | undefined = rule; r !== undefined; r = r.else) {
			const form = forms.get(r);
			if (form !== undefined) checkRule(r, form, problems);
		}
	}
	return problems;
}

function checkRule(rule: Rule, form: RuleForm, problems: ParseProblem[]): void {
	const report = (message: string): void => {
		problems.push({ offset: rule.start, message, showLine: false });
	};
	const what = (rule.head.args?.length ?? 0) === 0 ? "rule" : "function";
	const name = rule.head.ref.terms[0];
	if (rule.head.ref.terms.length < 2 && name?.kind === "var" && isReservedWord(name.name, "v1")) {
		report(`${name.name} keyword cannot be used for rule name`);
	}
	if (form.generatedBody && form.generatedValue) report(`${what} must have value assignment and/or body declaration`);
	if (!form.generatedBody && !form.usesIf && !rule.default) report(`\`if\` keyword is required before ${what} body`);
	if (rule.head.key !== undefined && rule.head.value === undefined && !form.usesContains) {
		report("`contains` keyword is required for partial set rules");
	}
}
