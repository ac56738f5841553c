/*
 * What the visitor does to the network: temperature, dreams, neurons that are held, weights.
 */
const AsynetConduct = (() => {
  const HISTORY = 480; // steps that are remembered

  /** Return n temperatures at equal ratios, the last one `to`; the first is a step from `from`. */
  function between(from, to, n) {
    return Array.from({ length: n }, (_, k) => (k === n - 1 ? to : from * (to / from) ** ((k + 1) / n)));
  }

  class Conductor {
    constructor(content, engine) {
      this.content = content;
      this.network = new engine.Network(content.spec, content.seed);
      this.hottest = content.cooling[0];
      this.temperature = 1;
      this.plan = []; // temperatures of the steps to come, before `temperature` stays
      this.mode = "free";
      this.dreams = 0;
      this.steps = 0;
      this.snapshot = -1;
      this.history = {
        temperature: new Float64Array(HISTORY),
        produced: new Float64Array(HISTORY),
        rates: this.network.populations.map(() => new Float64Array(HISTORY)),
      };
      this.setSnapshot(content.snapshots.length - 1);
    }

    /** Take the weights of a time of the training; states and temperature stay. */
    setSnapshot(k) {
      this.snapshot = k;
      this.network.setWeights(this.content.snapshots[k]);
    }

    /** Heat to the temperature at which p* was fitted, and stay there. */
    sleep() {
      this.mode = "sleep";
      this.plan = between(this.temperature, this.hottest, this.content.cooling.length);
      this.then = this.hottest;
    }

    /** Cool, or warm, to T = 1 and go on there. */
    wake() {
      this.mode = "wake";
      this.plan = between(this.temperature, 1, this.content.cooling.length);
      this.then = 1;
    }

    /** Go on at T = 1 from the next step on. */
    free() {
      this.mode = "free";
      this.plan = [];
      this.temperature = 1;
    }

    /** Start from p* with the random numbers of the next chain, and cool. What is held stays. */
    dream() {
      const [low, high] = this.content.chain;
      const sum = low + this.dreams++;
      this.network.restart([sum >>> 0, high + Math.floor(sum / 2 ** 32)]);
      this.network.startHot(this.content.thresholds);
      this.mode = "dream";
      this.plan = Array.from(this.content.cooling);
      this.then = 1;
    }

    /** Set the temperature by hand. */
    setTemperature(temperature) {
      this.mode = "hand";
      this.plan = [];
      this.temperature = temperature;
    }

    /** Hold a neuron at 0 or 1; null lets it go. */
    hold(neuron, value) {
      this.network.held[neuron] = value === null ? 0 : 1;
      if (value !== null) this.network.state[neuron] = value;
    }

    releaseAll() {
      this.network.held.fill(0);
    }

    step() {
      if (this.plan.length) {
        this.temperature = this.plan.shift();
        if (!this.plan.length) this._arrive();
      }
      this.network.step(this.temperature);
      this._remember(this.steps++ % HISTORY);
    }

    _arrive() {
      if (this.mode !== "sleep") this.mode = "free";
      this.temperature = this.then;
    }

    _remember(at) {
      const { state, populations, produced } = this.network;
      this.history.temperature[at] = this.temperature;
      this.history.produced[at] = produced;
      populations.forEach(({ first, size }, p) => {
        let spikes = 0;
        for (let n = first; n < first + size; n++) spikes += state[n];
        this.history.rates[p][at] = spikes / size;
      });
    }

    /** Return the last `count` values of a history, the oldest first. */
    last(values, count) {
      const n = Math.min(count, this.steps, HISTORY);
      return Array.from({ length: n }, (_, k) => values[(this.steps - n + k) % HISTORY]);
    }
  }

  return { Conductor, HISTORY };
})();

if (typeof module !== "undefined") module.exports = AsynetConduct;
