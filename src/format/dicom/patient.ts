/** What a DICOM file says of the patient: a pseudonym of the ID, and texts without the patient's names and IDs. */
import { createHmac } from "node:crypto";
import { withoutIdentifiers } from "../identifiers.ts";
import type { DicomDataset } from "./element-values.ts";
import type { Keyword } from "./tags.ts";

const names = ["PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName"] as const;
const ids = ["PatientID", "OtherPatientIDs", "MedicalRecordLocator", "AccessionNumber", "PatientBirthDate"] as const;

/**
 * A pseudonym of the patient, the same for every file with this PatientID and this key: 16 hexadecimal digits of an
 * HMAC-SHA256. Undefined without a PatientID.
 *
 * IDs are few enough to try them all. So without a secret key, whoever has a list of IDs finds those of the pseudonyms.
 */
export function pseudonymOf(dataset: DicomDataset, salt: string): string | undefined {
  const id = dataset.text("PatientID");
  if (id === undefined) return undefined;
  return createHmac("sha256", `voxrx patient ${salt}`).update(id).digest("hex").slice(0, 16);
}

/** A text of the file, in which `***` stands for each of the patient's names, IDs and dates that the file has. */
export function textWithoutPatient(dataset: DicomDataset, keyword: Keyword): string | undefined {
  const text = dataset.text(keyword);
  if (text === undefined) return undefined;
  const identifiers = [...names, ...ids].flatMap((one) => dataset.text(one) ?? []);
  return withoutIdentifiers(text, identifiers);
}
