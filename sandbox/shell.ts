/** A shell script that becomes the given command, with its own arguments after the command's. */
export function launcher(...command: string[]): string {
  return `#!/bin/sh\nexec ${command.map(quote).join(' ')} "$@"\n`;
}

/** A text as one word of the shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
