/** One instruction: its word in capitals, the flags before its arguments, and the rest as it is written. */
export interface Instruction {
  readonly word: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly rest: string;
}

/** A stage: the image it starts from, its name where it has one, and what is done to it. */
export interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  readonly steps: readonly Instruction[];
}

/** The stages of a Dockerfile, as far as ours goes: no heredocs, no instructions before the first FROM. */
export function stagesOf(text: string): Stage[] {
  const stages: { from: string; name: string | undefined; steps: Instruction[] }[] = [];
  for (const instruction of instructionsOf(text)) {
    const [from = '', , name] = instruction.rest.split(/\s+/);
    if (instruction.word === 'FROM') stages.push({ from, name, steps: [] });
    else stages.at(-1)?.steps.push(instruction);
  }
  return stages;
}

/** The arguments of the stage's last instruction of that word, which has to be in the form that needs no shell. */
export function argumentsOf(stage: Stage, word: string): string[] {
  return JSON.parse(stage.steps.findLast((step) => step.word === word)?.rest ?? '[]') as string[];
}

/** What ENV or LABEL set in a stage, without their quotes. */
export function setIn(stage: Stage, word: 'ENV' | 'LABEL'): Record<string, string> {
  return Object.fromEntries(
    stage.steps
      .filter((step) => step.word === word)
      .flatMap(({ rest }) => [...rest.matchAll(/([\w.]+)=("[^"]*"|\S+)/g)])
      .map(([, key = '', value = '']) => [key, value.replace(/^"|"$/g, '')]),
  );
}

function instructionsOf(text: string): Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, word = '', flags = '', rest = ''] = /^(\w+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
      const given = [...flags.matchAll(/--([\w-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]);
      return { word, flags: Object.fromEntries(given) as Record<string, string>, rest: rest.trim() };
    });
}
