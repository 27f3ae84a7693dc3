/* A pool of JSON values: whatever is equal is there once, and is made when it is first asked for.
 *
 * What it holds, and how, is written in pool.py. Nobody may change what comes out of it.
 */

const LIST = 0;
const OBJECT = 1;

/**
 * Give a function from the number of a value in this pool to the value.
 * @type {(text: string) => (number: number) => any}
 */
export function readPool(text) {
  /** @type {[number[], any[]]} */
  const [roots, parts] = JSON.parse(text);
  /** @type {Map<number, any>} */
  const made = new Map();
  /** @type {(part: any) => any} */
  const make = (part) => {
    if (!Array.isArray(part)) return part;
    const [kind, ...places] = part;
    const values = places.map(at);
    if (kind === LIST) return values;
    if (kind !== OBJECT) return values.join("");
    // Not by assignment: a name may be one that an object has anyway.
    return Object.fromEntries(values.flatMap((value, index) => (index % 2 ? [] : [[value, values[index + 1]]])));
  };
  /** @type {(place: number) => any} */
  const at = (place) => {
    if (!made.has(place)) made.set(place, make(parts[place]));
    return made.get(place);
  };
  return (number) => at(roots[number]);
}

/**
 * The same of a pool that is packed.
 * @type {(packed: string) => Promise<(number: number) => any>}
 */
export async function openPool(packed) {
  const octets = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("gzip"));
  return readPool(await new Response(stream).text());
}
