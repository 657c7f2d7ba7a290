/** A command as it is executed inside a namespace; `undefined` is the namespace one is in. */

export type Command = readonly [file: string, ...args: string[]];

export function inNamespace(namespace: string | undefined, command: Command): Command {
  return namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command];
}
