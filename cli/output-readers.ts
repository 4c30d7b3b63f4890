/** Who reads the output of a command may stop early (`| head`): there is nobody left to tell. */
let areNeeded = true;

/** From now on, the work goes on without readers: what it makes is not the output. */
export function goOnWithoutReaders(): void {
  areNeeded = false;
}

/** Ends the process quietly when its readers are gone, unless the work goes on without them. */
export function watchReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (areNeeded) process.exit(process.exitCode ?? 0);
    });
  }
}
