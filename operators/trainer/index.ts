export type { LentTensorOptions, TensorOperator, WithTensors } from "./shared/with-tensors.ts";
export { type OrtModule, type OrtTensor, type ToOrtOptions, toOrt } from "./to-ort.ts";
export { type TfjsModule, type TfjsTensor, type ToTfjsOptions, toTfjs } from "./to-tfjs.ts";
