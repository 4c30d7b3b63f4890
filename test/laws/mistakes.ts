/** Mistakes that users make; what the compiler says of each is in mistakes.txt. */
export const mistakes: Readonly<Record<string, string>> = {
  "a wrong key": `scans.pipe(flip({ keys: "imag" }));`,
  "a wrong key in the middle of a pipe": `files.pipe(load(["image"]), flip({ keys: "image" }), rotate({ keys: "imag", angle: 1 }), shuffle(), batch(2));`,
  "a key that was not loaded": `files.pipe(load(["image"]), flip({ keys: "label" }), batch(2));`,
  "a key that holds something else": `scans.pipe(flip({ keys: "age" }));`,
  "a wrong key of load": `files.pipe(load(["imag"]));`,
  "a wrong key inside compose": `scans.pipe(compose(flip({ keys: "image" }), flip({ keys: "imag" })));`,
  "a wrong key inside oneOf": `scans.pipe(oneOf([flip({ keys: "imag" }), flip({ keys: "label" })]));`,
  "a wrong key in RxJS's pipe": `of<{ image: Volume }>().pipe(flip({ keys: "imag" }));`,
  "a wrong name of another field": `scans.pipe(randCropByPosNegLabel({ keys: "image", spatialSize: 8, labelKey: "lable" }));`,
  "a wrong key of selectItems": `scans.pipe(selectItems("imag"));`,
  "a misspelled option": `scans.pipe(orientation({ keys: "image", axecodes: "RAS" }));`,
  "a missing option": `scans.pipe(spacing({ keys: "image" }));`,
  "a wrong choice": `scans.pipe(rotate({ keys: "image", angle: 1, mode: "linear" }));`,
  "keys left out for records": `scans.pipe(flip());`,
  "an operator in a variable, on other fields": `
const flipped = flip({ keys: ["image", "seg"] });
scans.pipe(flipped);`,
  "a field that is not there after an operator": `scans.pipe(selectItems(["image"]), map(({ label }) => label));`,
  "too many operators": `scans.pipe(${Array.from({ length: 21 }, () => "shuffle()").join(", ")});`,
};
