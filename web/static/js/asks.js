/** Asking before a move: the dialogs' script is loaded when something has to be asked first. */
export async function ask(card, step, ...more) {
  if (!step.requires.length) return {};
  const dialogs = await import('heard/ask');
  return dialogs.ask(card, step, ...more);
}
