import { withShownUrls } from "../shown-url.ts";
import type { Stage } from "./stage.ts";

/** The plan of a stage as text: the lines of each stage, the source first, further inputs indented. */
export function explainStage(stage: Stage<unknown>): string {
  const rows = linesOf(stage, 0);
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  return withShownUrls(rows.map(({ name, rest }) => `${name.padEnd(width)}  ${rest}`.trimEnd()).join("\n"));
}

/** At most this many names of stages are listed. */
const mostNames = 8;

/** The names of the stages of a plan, in the order in which items pass them; those in the middle of a long one left out. */
export function stageNames(stage: Stage<unknown>): string[] {
  const names = linesOf(stage, 0).map(({ name }) => withShownUrls(name.trim()));
  const kept = names.filter((name) => name !== "--");
  if (kept.length <= mostNames) return kept;
  return [...kept.slice(0, mostNames - 2), "…", ...kept.slice(-1)];
}

interface Row {
  readonly name: string;
  readonly rest: string;
}

function linesOf(stage: Stage<unknown>, depth: number): Row[] {
  const { inputs, lines } = stage.explain?.() ?? { inputs: stage.inputs, lines: stage.describe() };
  const [first, ...others] = inputs;
  const pad = "  ".repeat(depth);
  const rows = first ? linesOf(first, others.length > 0 ? depth + 1 : depth) : [];
  for (const other of others) rows.push({ name: `${pad}  --`, rest: "" }, ...linesOf(other, depth + 1));
  const resuming = resumingNotes(stage);
  for (const { name, detail, notes: own = [] } of lines) {
    const notes = [...own, ...resuming];
    const remarks = notes.length > 0 ? `[${notes.join("; ")}]` : "";
    rows.push({ name: pad + name, rest: [detail, remarks].filter(Boolean).join("  ") });
  }
  return rows;
}

/** How a run continues here, if it can't seek. */
function resumingNotes({ unrepeatable, replays }: Stage<unknown>): string[] {
  if (unrepeatable !== undefined) return [`no checkpoints: ${unrepeatable}`];
  return replays ? ["continues by a replay of the epoch"] : [];
}
