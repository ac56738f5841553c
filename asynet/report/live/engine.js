"use strict";
/*
 * asynet's network in plain JavaScript: the very spikes of asynet/network/kernels/reference.py.
 *
 * Three things make them so:
 * - Random numbers are a function of seed, chain, half-step and neuron (Philox 4x32-10), as in
 *   asynet/numerics/philox.py.
 * - Weights are whole multiples of 2^-16, held here as whole numbers, so that sums are exact.
 * - What is left is a handful of float32 operations a neuron, as in asynet/numerics/exact.py.
 *   Math.fround after one operation on two float32 numbers gives the float32 result (double
 *   precision has more than twice the bits of single precision, plus two).
 */
const AsynetEngine = (() => {
  const f = Math.fround;
  const GRID = f(2 ** -16);
  const RESOLUTION = f(2 ** -24);
  const TILE = 64;
  const LANES = 16;
  const STREAM_NEURONS = 0;
  const STREAM_START = 3;

  // ---- Random numbers ---------------------------------------------------------------------

  /** Return the upper 32 bits of the product of two unsigned 32-bit numbers. */
  function highWord(a, b) {
    const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16;
    const middle = ah * bl + ((al * bl) >>> 16);
    return (ah * bh + Math.floor((middle + al * bh) / 65536)) >>> 0;
  }

  /** Fill out[0..3] with the Philox 4x32-10 block of a counter of four words. */
  function philox(c0, c1, c2, c3, k0, k1, out) {
    let x0 = c0 >>> 0, x1 = c1 >>> 0, x2 = c2 >>> 0, x3 = c3 >>> 0;
    for (let round = 0; round < 10; round++) {
      const h0 = highWord(x0, 0xd2511f53), l0 = Math.imul(x0, 0xd2511f53);
      const h1 = highWord(x2, 0xcd9e8d57), l1 = Math.imul(x2, 0xcd9e8d57);
      x0 = (h1 ^ x1 ^ k0) >>> 0;
      x1 = l1 >>> 0;
      x2 = (h0 ^ x3 ^ k1) >>> 0;
      x3 = l0 >>> 0;
      k0 = (k0 + 0x9e3779b9) >>> 0;
      k1 = (k1 + 0xbb67ae85) >>> 0;
    }
    out[0] = x0; out[1] = x1; out[2] = x2; out[3] = x3;
  }

  const block = new Uint32Array(4);

  /**
   * Fill out[n], first <= n < first + size, with 24 random bits of each neuron.
   *
   * The uniform number of asynet is bits * 2^-24. chain = {seed: [low, high], index: [low, high]}.
   */
  function drawBits(chain, step, first, size, stream, out) {
    const high = ((chain.index[1] & 0xffffff) | (stream << 24)) >>> 0;
    const last = first + size;
    for (let tile = Math.floor(first / TILE); tile * TILE < last; tile++) {
      for (let lane = 0; lane < LANES; lane++) {
        const word = tile * LANES + lane;
        philox(word, step, chain.index[0], high, chain.seed[0], chain.seed[1], block);
        for (let w = 0; w < 4; w++) {
          const neuron = tile * TILE + w * LANES + lane;
          if (neuron >= first && neuron < last) out[neuron] = block[w] >>> 8;
        }
      }
    }
  }

  // ---- Rates ------------------------------------------------------------------------------

  const LOG2_E = f(1.44269504), LN2_HIGH = f(0.693359375), LN2_LOW = f(-2.1219444e-4);
  const ROUND = f(12582912), LARGEST = f(80);
  const P0 = f(1.9875692e-4), P1 = f(1.3981999e-3), P2 = f(8.333452e-3);
  const P3 = f(4.1665796e-2), P4 = f(1.6666666e-1), P5 = f(0.5);
  const power = new Int32Array(1), asFloat = new Float32Array(power.buffer);

  /** Return 1 / (1 + exp(-x)) of a float32 number, with the bits of numerics/exact.py. */
  function sigmoid(x) {
    const v = Math.min(Math.max(-x, -LARGEST), LARGEST);
    const n = f(f(f(v * LOG2_E) + ROUND) - ROUND);
    const r = f(f(v - f(n * LN2_HIGH)) - f(n * LN2_LOW));
    let p = f(f(P0 * r) + P1);
    p = f(f(p * r) + P2);
    p = f(f(p * r) + P3);
    p = f(f(p * r) + P4);
    p = f(f(p * r) + P5);
    p = f(f(f(f(p * r) * r) + r) + 1);
    power[0] = (n + 127) << 23;
    return f(1 / f(1 + f(p * asFloat[0])));
  }

  /** Return ln(1 + exp(x)); only for the entropy production, never for a spike. */
  function softplus(x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  // ---- The network ------------------------------------------------------------------------

  /**
   * A network and one chain of it.
   *
   * spec = {populations: [{name, size}], order: [[number of a population, ...], ...], alpha,
   *         projections: [{pre, post}], rest: [Float32Array of each population]}
   * weights = {projections: [Int32Array], bias: [Float32Array]}, as `setWeights` takes them:
   * projections[k][j * n_post + i] * 2^-16 is the synapse from neuron j to neuron i.
   */
  class Network {
    constructor(spec, seed) {
      this.spec = spec;
      this.populations = [];
      let first = 0;
      for (const p of spec.populations) {
        this.populations.push({ name: p.name, size: p.size, first });
        first += p.size;
      }
      this.size = first;
      this.afferents = this.populations.map((_, post) =>
        spec.projections.map((p, k) => ({ k, pre: p.pre, post: p.post })).filter((p) => p.post === post)
      );
      this.groupOf = new Int32Array(this.populations.length);
      spec.order.forEach((group, g) => group.forEach((p) => (this.groupOf[p] = g)));
      this.selfFree = spec.order.map((group) => spec.alpha === 1 &&
        !spec.projections.some((p) => group.includes(p.pre) && group.includes(p.post)));
      this.keep = f(1 - spec.alpha);
      this.alpha = f(spec.alpha);
      this.state = new Uint8Array(this.size);
      this.before = new Uint8Array(this.size);
      this.held = new Uint8Array(this.size); // 1: the neuron keeps its state
      this.rates = new Float32Array(this.size); // of the last draw of each neuron
      this.bits = new Uint32Array(this.size);
      this.current = new Int32Array(this.size);
      this.chain = { seed, index: [0, 0] };
      this.halfSteps = 0;
      this.steps = 0;
      this.produced = 0; // entropy production of the last step, in nats
    }

    setWeights(weights) {
      if (this.weights === weights) return;
      this.weights = weights;
      this.current.fill(0);
      this.seen = this.spec.projections.map((p) => new Uint8Array(this.populations[p.pre].size));
    }

    /** Let the next step be the first one of a chain. index: [low 32 bits, next 24 bits]. */
    restart(index) {
      this.chain.index = index;
      this.halfSteps = 0;
      this.steps = 0;
    }

    /** Draw a state from p*: neuron n < thresholds.length fires with thresholds[n] * 2^-24. */
    startHot(thresholds) {
      drawBits(this.chain, 0, 0, thresholds.length, STREAM_START, this.bits);
      for (let n = 0; n < this.size; n++) {
        if (this.held[n]) continue;
        this.state[n] = n < thresholds.length && this.bits[n] < thresholds[n] ? 1 : 0;
      }
    }

    /** Resample every group of neurons once, at one temperature. */
    step(temperature) {
      this.produced = 0;
      this.spec.order.forEach((group, g) => {
        this.halfSteps++;
        this._halfStep(group, g, temperature);
      });
      this.steps++;
    }

    _halfStep(group, g, temperature) {
      this.before.set(this.state);
      for (const p of group) {
        const { first, size } = this.populations[p];
        this._sum(p, this.before);
        drawBits(this.chain, this.halfSteps, first, size, STREAM_NEURONS, this.bits);
        this._draw(p, temperature);
      }
      this.produced += this._entropy(group, g, temperature);
    }

    /**
     * Set this.current to what spikes bring to a population, in units of 2^-16.
     *
     * Only neurons that differ from those of the last call change the sums, which are exact.
     */
    _sum(post, state) {
      const { first: to, size: n } = this.populations[post];
      const sum = this.current;
      for (const { k, pre } of this.afferents[post]) {
        const { first: from, size } = this.populations[pre];
        const w = this.weights.projections[k], seen = this.seen[k];
        for (let j = 0; j < size; j++) {
          const now = state[from + j];
          if (now === seen[j]) continue;
          seen[j] = now;
          let at = j * n;
          if (now) for (let i = to; i < to + n; i++, at++) sum[i] += w[at];
          else for (let i = to; i < to + n; i++, at++) sum[i] -= w[at];
        }
      }
    }

    /** Return a = (1 - alpha) s + alpha (W s + b + (T - 1) rest) of one neuron, float32. */
    _drive(p, i, own, warmer) {
      const bias = f(this.weights.bias[p][i] + f(warmer * this.spec.rest[p][i]));
      const brought = f(this.current[this.populations[p].first + i] * GRID);
      return f(f(this.keep * own) + f(this.alpha * f(brought + bias)));
    }

    _draw(p, temperature) {
      const { first, size } = this.populations[p];
      const warmer = f(temperature - 1), cold = f(1 / temperature);
      for (let i = 0, n = first; i < size; i++, n++) {
        const rho = sigmoid(f(this._drive(p, i, this.before[n], warmer) * cold));
        this.rates[n] = rho;
        if (!this.held[n]) this.state[n] = f(this.bits[n] * RESOLUTION) < rho ? 1 : 0;
      }
    }

    /**
     * Return the entropy that a half-step produced, in nats.
     *
     * With A = alpha (W - W')/2, d = s' - s and the resampled group's own part s_g of s it is
     * (1/T) sum_i d_i sum_j A_ij (s + s_g)_j: the `circulation_terms` of asynet/thermodynamics.
     * The symmetric part of the weights is left out; its mean is 0 in a stationary state.
     */
    _entropy(group, g, temperature) {
      const { before, state } = this;
      let flow = 0;
      for (const p of group) {
        const { first, size } = this.populations[p];
        for (let i = 0; i < size; i++) {
          const d = state[first + i] - before[first + i];
          if (d) flow += d * this._asymmetry(p, i, g);
        }
      }
      let total = (this.spec.alpha * flow * 2 ** -16) / 2 / temperature;
      if (this.spec.order.length > 1 && !this.selfFree[g]) {
        total += this._potential(group, temperature);
      }
      return total;
    }

    /** Return sum_j (W_ij - W_ji) (s + s_g)_j of neuron i in population p, in units of 2^-16. */
    _asymmetry(p, i, g) {
      const { projections } = this.spec, { first: to, size: n } = this.populations[p];
      let sum = this.current[to + i]; // sum_j W_ij s_j
      for (let k = 0; k < projections.length; k++) {
        const { pre, post } = projections[k], w = this.weights.projections[k];
        if (post === p && this.groupOf[pre] === g) {
          const { first, size } = this.populations[pre];
          for (let j = 0; j < size; j++) if (this.before[first + j]) sum += w[j * n + i];
        }
        if (pre === p) {
          const { first, size } = this.populations[post];
          let sent = 0;
          for (let j = 0, at = i * size; j < size; j++, at++) sent += this.before[first + j] * w[at];
          sum -= this.groupOf[post] === g ? 2 * sent : sent;
        }
      }
      return sum;
    }

    /** Return the sum over a group of ln(1 + exp(a/T)), after the half-step less before it. */
    _potential(group, temperature) {
      let total = 0;
      for (const [state, sign] of [[this.before, -1], [this.state, 1]]) {
        for (const p of group) {
          this._sum(p, state);
          const { first, size } = this.populations[p];
          for (let i = 0; i < size; i++) {
            const a = this._drive(p, i, state[first + i], f(temperature - 1));
            total += sign * softplus(a / temperature);
          }
        }
      }
      return total;
    }
  }

  // ---- Comparing spikes -------------------------------------------------------------------

  const CRC = new Uint32Array(256).map((_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });

  /** Return the CRC-32 of a state, eight neurons a byte, the first one in the lowest bit. */
  function checksum(state) {
    let crc = 0xffffffff;
    for (let n = 0; n < state.length; n += 8) {
      let byte = 0;
      for (let k = 0; k < 8 && n + k < state.length; k++) byte |= state[n + k] << k;
      crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
    }
    return (crc ^ 0xffffffff) >>> 0;
  }

  return { Network, checksum, philox, sigmoid };
})();

if (typeof module !== "undefined") module.exports = AsynetEngine;
