/** The oldest version of Node that VoxRx supports, as package.json says. */
export const oldestNode = "20.19";

/** Whether this Node is supported. */
export function isSupportedNode(): boolean {
  return isAtLeast(20, 19);
}

/** Whether this Node imports TypeScript by itself. */
export function stripsTypes(): boolean {
  return isAtLeast(22, 18) && "typescript" in process.features && process.features.typescript !== false;
}

function isAtLeast(major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
