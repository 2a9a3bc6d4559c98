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
            unset <ref> : unset rules in currently active module
    unset-package <var> : unset packages in currently active module
                   json : set output format to JSON
                 pretty : set output format to pretty
  strict-builtin-errors : toggle strict built-in error mode
                   dump : print the base documents
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
	return `${topic === "input" ? input : commands}\n`;
}
