/**
 * Looks at files that were looked at before. On a file system of this machine that takes microseconds, many times less
 * than until a thread of Node's pool has done it: a cached item is checked at each use. Where another machine has to
 * answer, the event loop must not wait.
 */
import { type BigIntStats, statSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";

/** Linux's numbers of file systems on disks and in memory: `f_type` of statfs(2). */
const onThisMachine: ReadonlySet<number> = new Set([
  ...[0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010], // ext2 to ext4, XFS, Btrfs, ZFS, F2FS
  ...[0x01021994, 0x794c7630], // tmpfs, overlayfs
]);

/** By device, as a decimal string: whether it is one of those, once that is known. */
const devices = new Map<string, boolean>();

/** What the system says of a file. @param device where it was at an earlier look, as a decimal string */
export async function lookAtFile(path: string, device?: string): Promise<BigIntStats> {
  const isNear = device !== undefined && devices.get(device);
  if (isNear) return statSync(path, { bigint: true });
  const stats = await stat(path, { bigint: true });
  await learn(String(stats.dev), path);
  return stats;
}

async function learn(device: string, path: string): Promise<void> {
  if (devices.has(device)) return;
  devices.set(device, false);
  const type = await statfs(path).then(
    (system) => system.type,
    () => undefined,
  );
  devices.set(device, type !== undefined && onThisMachine.has(type));
}
