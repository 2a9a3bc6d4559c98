/** `rego completion <shell>`: a script that completes commands, flags and files; the names are asked of `rego __complete`. */
import { parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

const scripts: { readonly [shell: string]: string } = {
	bash: `# rego completion for bash: source <(rego completion bash)
_rego() {
	local cur="\${COMP_WORDS[COMP_CWORD]}"
	local words
	words="$(rego __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)"
	COMPREPLY=( $(compgen -W "$words" -- "$cur") )
	if [ "\${#COMPREPLY[@]}" -eq 0 ]; then
		COMPREPLY=( $(compgen -f -- "$cur") )
	fi
}
complete -o filenames -F _rego rego
`,
	zsh: `#compdef rego
# rego completion for zsh: rego completion zsh > "\${fpath[1]}/_rego"
_rego() {
	local -a words_found
	words_found=("\${(@f)$(rego __complete "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
	compadd -a words_found
	_files
}
compdef _rego rego
`,
	fish: `# rego completion for fish: rego completion fish > ~/.config/fish/completions/rego.fish
function __rego_complete
	set -l words (commandline -opc)
	rego __complete $words[2..-1] 2>/dev/null
end
complete -c rego -a '(__rego_complete)'
`,
};

export async function runCompletion(argv: readonly string[], io: CliIo): Promise<number> {
	const { args } = parseFlags([], argv);
	const [shell, ...more] = args;
	const script = shell !== undefined && Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
	if (script === undefined || more.length > 0) {
		throw new CommandError(`specify one shell: ${Object.keys(scripts).join(", ")}`, 1);
	}
	io.stdout(script);
	return 0;
}

/** What may stand after some words of a command line, one a line: commands, or the flags that a help text lists. */
export function completions(words: readonly string[], commands: readonly string[], flags: string | undefined): string {
	if (words.length === 0) return `${commands.join("\n")}\n`;
	const names = [...(flags ?? "").matchAll(/^ {2}(?:-\w, | {4})(--[\w-]+)/gm)].map((m) => m[1] ?? "");
	return names.length === 0 ? "" : `${names.join("\n")}\n`;
}
