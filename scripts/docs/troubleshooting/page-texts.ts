/** The parts of docs/errors.md that are about no code. */

/** The beginning of the page. */
export const opening = `# Errors and what to do

Find the code that you saw: each has a section with its causes and remedies. For trouble without an error, see
[below](#symptoms-without-an-error). This page is made by \`npm run docs:errors\`, and most of its messages come from
runs that fail while it is made.

## How errors are made

Every error is a \`VoxRxError\`. Its message says what was wrong, where, and what to do, and its fields say the same to a
program:

| field | what it is |
| --- | --- |
| \`code\` | a stable name, \`VOXRX_…\`: branch on it, search this page for it |
| \`fault\` | what was wrong, without the place and the remedy |
| \`item\` | the id of the item; \`dataset.replay(error.item)\` computes that item alone |
| \`operator\` | the operator that was running |
| \`file\` | the path or URL, without password and query |
| \`remedy\` | what to do |
| \`cause\` | what was thrown first, unchanged: by the system, a library, or your function |

- **Ask with \`isVoxRxError(error, code)\`**, not with \`instanceof\`: errors come from worker threads and other copies of
  the package, too.
- **An error ends the run**, once all files and sockets are closed. \`onError({ skip: true })\` leaves out items that
  fail, up to a limit, and gives each error to \`onSkip\`.
- **\`subscribe\`** needs an \`error\` handler; \`for await\` throws.
- **The \`voxrx\` command** prints the message with the code at its end.
- **A warning** stops nothing. Node prints it with its code; \`onWarning(listener)\` gets it instead.

\`\`\`ts
import { Dataset, isVoxRxError, onWarning } from "voxrx";
import { load, onError } from "voxrx/operators";
onWarning(({ code, message }) => console.warn(code, message));
const scans = Dataset.from([{ image: "scans/001.nii.gz" }]).pipe(
  load(["image"]),
  onError({ skip: true, maxItems: 5, onSkip: ({ code, item, file }) => console.warn(code, item, file) }),
);
try {
  for await (const { image } of scans) console.log(image.shape);
} catch (error) {
  if (!isVoxRxError(error, "VOXRX_TOO_MANY_ERRORS")) throw error;
  console.error(error.message, error.cause);
}
\`\`\`

## All codes`;

/** The end of the page. */
export const symptoms = `## Symptoms without an error

### It is slow

1. \`console.log(String(await training.profile()))\` runs some items and says which step takes the time, whether the
   pipeline or the consumer waits, and what to change: [where the time goes](where-the-time-goes.md).
2. If the consumer waits for the pipeline: \`parallel()\` after the transforms, \`cacheUntilRandom()\` after what is the
   same in every epoch, \`prefetch\` last. If the pipeline waits for the consumer, nothing here helps: the model is the
   limit.
3. \`voxrx doctor\` says whether libdeflate and all cores are used. [Tuning](tuning.md) has settings by case.

### Memory grows

- Look at what is declared: \`prefetch\`, \`parallel\`, \`memoryStore\` and \`lmdbStore\` have a \`maxBytes\` each, listed under
  [memory](tuning.md#memory). Their sum, what the consumer holds, and the items in work are the peak.
- Does your code keep items? \`toArray\`, a list of losses with their tensors, \`tf.tensor\` without \`dispose\`.
- In a container, or with several processes on a machine: \`limitMemory("6GiB")\` in each.
- An RxJS operator with \`ahead: Infinity\`, or \`asObservable()\`, has no backpressure.
- The number in \`top\` stays high after a run: freed memory is kept for the next images, at most some hundred MiB.

### The cache is never warm

1. \`console.log(training.explain())\`: what is cached, and why does it end there? A function without a \`version\`, or a
   random operator before the expensive ones, ends it.
2. \`await training.why(id)\` says for one item whether the cache has it; \`await store.stats()\` counts hits, misses and
   evictions. Evictions: \`maxBytes\` is smaller than one epoch.
3. All misses in a second run: something in the record differs from run to run, such as a date, an absolute path, or a
   signed URL. Give \`cacheUntilRandom({ identify })\`, or keep it out of the record.
4. \`diff(before, now)\` says which changed option makes the cache start again. A \`memoryStore\` ends with its process.

### Items differ between runs

- Is there a \`seed\` in \`Dataset.from(list, { seed: 0 })\`? And is it the same epoch? The second \`for await\` is epoch 1;
  \`dataset.epoch(0)\` pins it.
- Does a function use \`Math.random\`, the time, or the order in which it is called? Draw from the \`random\` that \`map\`
  gives.
- Has the list another order? Without an \`id\`, items are known by their index: \`Dataset.from(list, { id })\`.
- \`console.log(String(await training.digest({ epoch: 0 })))\` in both runs says whether they are the same, and lists
  versions; \`diff(one, other)\` compares the plans, \`why(id)\` tells the files and draws of an item.
  [Where an item came from](where-an-item-came-from.md) explains them; [\`voxrx lock\`](command.md#lock) keeps digests in
  a file.

### The process doesn't end

- Caches, worker threads and progress bars of VoxRx don't keep a process alive. A run that was not read to its end may:
  end one that you iterate by hand with \`await run.return()\`, or unsubscribe.
- A source of your own that has a timer, a socket or a server does: clear it in \`finally\`, or when \`signal\` aborts.
- \`console.log(process.getActiveResourcesInfo())\` lists what Node waits for.

### Nothing comes, and nothing ends

- An RxJS operator waits for later items: where nothing else keeps the process alive, that is
  [\`VOXRX_STALLED\`](#voxrx_stalled). In a server or a notebook it only waits: try \`rxjs(operator, { ahead: 8 })\`.
- A consumer of \`share\` has stopped reading without \`return()\`, and holds back the others: see \`maxLag\`.
- A promise of your own never settles, in \`mapAsync\` or a source. \`peek()\` on shorter and shorter parts of the pipeline
  finds the stage.
- Another process downloads or extracts the same file: this one waits until that is done.
- It works, slowly: \`progress()\` last shows how many items have come.

### Nothing is printed

- Composing does no work. A dataset runs when it is iterated, subscribed to or asked (\`toArray\`, \`peek\`, \`at\`).
- \`subscribe\` without an \`error\` handler: RxJS reports the error outside of your \`try\`.
- A promise that was not awaited: Node may end before it, with exit code 13 for a top-level \`await\` that never settles.
- Warnings go to the functions given to \`onWarning\` instead of stderr; \`node --no-warnings\` hides them.
- \`progress()\` draws in the outermost run only, counts the items at its own place, and draws nothing with
  \`quiet: true\`.`;
