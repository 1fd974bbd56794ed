/** From so many on, typing a name is quicker than reading down the list. */
export const MANY = 12;

/** Those whose name holds what was typed, in capitals or not. */
export function named<T extends { name: string }>(people: readonly T[], typed: string): T[] {
  const wanted = typed.trim().toLocaleLowerCase();
  return people.filter((one) => one.name.toLocaleLowerCase().includes(wanted));
}
