/*
 * Read what asynet wrote into the page: arrays as text, see asynet/report/live/pack.py.
 */
const AsynetUnpack = (() => {
  /** Return the bytes of a text: base64 of what zlib has deflated. */
  async function inflate(text) {
    const coded = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([coded]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  const array = async (Kind, text) => new Kind((await inflate(text)).buffer);

  /** Return `size` flags, 0 or 1 each, eight of which are a byte. */
  async function flags(text, size) {
    const bytes = await inflate(text);
    return Uint8Array.from({ length: size }, (_, n) => (bytes[n >> 3] >> (n & 7)) & 1);
  }

  /** Return whole numbers times `scale`; changes are added to `before`. */
  async function whole(part, size, before) {
    const bytes = await inflate(part.data);
    const found = new Int32Array(size);
    for (let k = 0; k < part.bytes; k++) {
      for (let n = 0; n < size; n++) found[n] |= bytes[k * size + n] << (8 * k);
    }
    for (let n = 0; n < size; n++) {
      const value = (found[n] >>> 1) ^ -(found[n] & 1);
      found[n] = part.change ? before[n] + value : value;
    }
    return found;
  }

  /** Cut one array into one for each population. */
  function cut(values, populations) {
    let first = 0;
    return populations.map((p) => values.subarray(first, (first += p.size)));
  }

  /**
   * Return the content of the page with its arrays.
   *
   * The weights of each snapshot become multiples of 2^-16, as the engine takes them.
   */
  async function content(raw) {
    if (raw.format !== "asynet-live/1") throw new Error(`unknown format ${raw.format}`);
    const sizes = raw.populations.map((p) => p.size);
    const snapshots = [];
    let before = [];
    for (const one of raw.snapshots) {
      const weights = [];
      for (const [k, p] of raw.projections.entries()) {
        weights.push(await whole(one.weights[k], sizes[p.pre] * sizes[p.post], before[k]));
      }
      before = weights;
      snapshots.push({
        label: one.label,
        bits: one.bits,
        projections: weights.map((w) => w.map((q) => q << (16 - one.bits))),
        bias: cut(await array(Float32Array, one.bias), raw.populations),
      });
    }
    const size = sizes.reduce((a, b) => a + b, 0);
    const parts = [];
    for (const part of raw.test.parts) {
      parts.push({
        snapshot: part.snapshot,
        temperatures: await array(Float64Array, part.temperatures),
        held: await flags(part.held, size),
      });
    }
    return {
      ...raw,
      size,
      spec: { ...raw, rest: cut(await array(Float32Array, raw.rest), raw.populations) },
      snapshots,
      thresholds: await array(Uint32Array, raw.thresholds),
      cooling: await array(Float64Array, raw.cooling),
      test: { own: raw.test.own, parts, checksums: await array(Uint32Array, raw.test.checksums) },
    };
  }

  return { content, array, flags };
})();

if (typeof module !== "undefined") module.exports = AsynetUnpack;
