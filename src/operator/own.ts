/** Tells the operators of VoxRx itself from those of users: every worker thread has the former. */

let declaring = 0;

/** A function that declares operators, for those of VoxRx itself. */
export function own<F extends () => (declaration: never) => unknown>(declare: F): F;
export function own(declare: () => (declaration: never) => unknown): unknown {
  return () => {
    const inner = declare();
    return (declaration: never) => {
      declaring++;
      try {
        return inner(declaration);
      } finally {
        declaring--;
      }
    };
  };
}

/** Whether the operator that is declared at this moment is one of VoxRx itself. */
export function isOwn(): boolean {
  return declaring > 0;
}
