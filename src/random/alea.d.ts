/** The one generator of seedrandom that is used. Its main module would also load six others and `node:crypto`. */
declare module "seedrandom/lib/alea.js" {
  export default function alea(seed: string): () => number;
}
