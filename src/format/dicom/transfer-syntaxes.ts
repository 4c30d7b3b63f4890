/** The transfer syntaxes of DICOM (PS3.6, table A-1): how elements are encoded, and how frames are compressed. */
import { notation } from "./tags.ts";

/** How frames are stored: uncompressed, or compressed in one of these ways. Undefined: not supported. */
export type Codec = "none" | "RLE" | "JPEG" | "JPEG-LS" | "JPEG 2000";

interface TransferSyntax {
  readonly name: string;
  readonly codec: Codec | undefined;
}

/** UIDs with special handling. */
export const syntaxes = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  bigEndian: "1.2.840.10008.1.2.2",
  /** Private to GE: implicit little-endian elements, big-endian pixels. */
  ge: "1.2.840.113619.5.2",
} as const;

const dicom = "1.2.840.10008.1.2";

const known: ReadonlyMap<string, TransferSyntax> = new Map(
  (
    [
      [syntaxes.implicit, "Implicit VR Little Endian", "none"],
      [syntaxes.explicit, "Explicit VR Little Endian", "none"],
      [syntaxes.deflated, "Deflated Explicit VR Little Endian", "none"],
      [syntaxes.bigEndian, "Explicit VR Big Endian", "none"],
      [syntaxes.ge, "GE Private Implicit VR Big Endian", "none"],
      [`${dicom}.1.98`, "Encapsulated Uncompressed Explicit VR Little Endian", undefined],
      [`${dicom}.4.50`, "JPEG Baseline", "JPEG"],
      [`${dicom}.4.51`, "JPEG Extended", "JPEG"],
      [`${dicom}.4.53`, "JPEG Spectral Selection", "JPEG"],
      [`${dicom}.4.55`, "JPEG Full Progression", "JPEG"],
      [`${dicom}.4.57`, "JPEG Lossless", "JPEG"],
      [`${dicom}.4.70`, "JPEG Lossless SV1", "JPEG"],
      [`${dicom}.4.80`, "JPEG-LS Lossless", "JPEG-LS"],
      [`${dicom}.4.81`, "JPEG-LS Near-Lossless", "JPEG-LS"],
      [`${dicom}.4.90`, "JPEG 2000 Lossless", "JPEG 2000"],
      [`${dicom}.4.91`, "JPEG 2000", "JPEG 2000"],
      [`${dicom}.4.92`, "JPEG 2000 Part 2 Lossless", undefined],
      [`${dicom}.4.93`, "JPEG 2000 Part 2", undefined],
      [`${dicom}.4.94`, "JPIP Referenced", undefined],
      [`${dicom}.4.95`, "JPIP Referenced Deflate", undefined],
      [`${dicom}.4.100`, "MPEG2 Main Profile / Main Level", undefined],
      [`${dicom}.4.101`, "MPEG2 Main Profile / High Level", undefined],
      [`${dicom}.4.102`, "MPEG-4 AVC/H.264 High Profile", undefined],
      [`${dicom}.4.103`, "MPEG-4 AVC/H.264 BD-compatible High Profile", undefined],
      [`${dicom}.4.104`, "MPEG-4 AVC/H.264 High Profile for 2D Video", undefined],
      [`${dicom}.4.105`, "MPEG-4 AVC/H.264 High Profile for 3D Video", undefined],
      [`${dicom}.4.106`, "MPEG-4 AVC/H.264 Stereo High Profile", undefined],
      [`${dicom}.4.107`, "HEVC/H.265 Main Profile", undefined],
      [`${dicom}.4.108`, "HEVC/H.265 Main 10 Profile", undefined],
      [`${dicom}.4.110`, "JPEG XL Lossless", undefined],
      [`${dicom}.4.111`, "JPEG XL JPEG Recompression", undefined],
      [`${dicom}.4.112`, "JPEG XL", undefined],
      [`${dicom}.4.201`, "High-Throughput JPEG 2000 Lossless", undefined],
      [`${dicom}.4.202`, "High-Throughput JPEG 2000 with RPCL Options Lossless", undefined],
      [`${dicom}.4.203`, "High-Throughput JPEG 2000", undefined],
      [`${dicom}.4.204`, "JPIP HTJ2K Referenced", undefined],
      [`${dicom}.4.205`, "JPIP HTJ2K Referenced Deflate", undefined],
      [`${dicom}.5`, "RLE Lossless", "RLE"],
      [`${dicom}.8.1`, "Deflated Image Frame Compression", undefined],
    ] as const
  ).map(([uid, name, codec]) => [uid, { name, codec }]),
);

/** How a transfer syntax compresses frames; undefined if it is unknown or not supported. */
export function codecOf(uid: string): Codec | undefined {
  return known.get(uid)?.codec;
}

/** A transfer syntax as messages name it, with the element: `TransferSyntaxUID (0002,0010) RLE Lossless (1.2.…)`. */
export function nameOfSyntax(uid: string): string {
  const name = known.get(uid)?.name ?? "an unknown transfer syntax";
  return `TransferSyntaxUID ${notation(0x00020010)} is ${name}, ${uid}`;
}
