/** What `help` prints in the interactive shell. */

const commands = `
Examples
========

> data                 # show all documents
> data[x] = _          # show all top level keys
> x := 1               # define a rule of the active package

Commands
========

                 <stmt> : evaluate the statement
         package <term> : change active package
          import <term> : add import to active module
                   show : show active module definition
             show debug : show what is turned on
            unset <ref> : unset rules in currently active module
    unset-package <var> : unset packages in currently active module
                   json : set output format to JSON
                 pretty : set output format to pretty
       pretty-limit <n> : accepted: values are shown whole
           trace [mode] : toggle the trace of all that happens, or of full, notes, fails or debug
                  notes : toggle the trace of notes
                  fails : toggle the trace of what fails
                metrics : toggle how long the stages of a query take
             instrument : the same
                profile : toggle how long the expressions of each line take
  strict-builtin-errors : toggle strict built-in error mode
            dump [path] : print the base documents, or write them to a file
          target [mode] : rego is the only one
           help [topic] : print this message
                   exit : exit out of shell (or ctrl+d)

A statement that is not complete goes on in the next lines; an empty line ends it.

Additional Topics
=================

             help input : how to set input document
`;

const input = `
The input document is what data.repl.input is: load it from a file,

    rego run repl.input:input.json

or say it with a statement: <query> with input as {"user": "alice"}
`;

export function helpText(topic: string | undefined): string {
	if (topic === undefined) return `${commands}\n`;
	return topic === "input" ? `${input}\n` : `unknown topic '${topic}'\n`;
}
