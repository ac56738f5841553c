/*
 * The page: what the visitor sees and touches, and the loop that keeps the network alive.
 */
(async () => {
  const { Conductor, HISTORY } = AsynetConduct;
  const { palette, Picture, Rows, Lamps, weights } = AsynetDraw;
  const { Raster, lines, smooth, roundUp } = AsynetTraces;
  const SMOOTH = 50; // steps of the mean that the trace of entropy production shows
  const SPEEDS = [1, 2, 5, 10, 20, 30, 60, 120, Infinity]; // steps a second
  const MODES = {
    dream: "Dreaming: it started from noise and cools to temperature 1.",
    sleep: "Asleep: heated until neurons fire almost on their own.",
    wake: "Waking: on the way to temperature 1.",
    free: "Awake: running free at temperature 1.",
    hand: "The temperature is in your hands.",
  };
  const get = (id) => document.getElementById(id);
  const many = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;

  function trouble(text) {
    get("trouble").textContent = text;
    get("trouble").hidden = false;
    get("verdict").hidden = true;
  }

  if (typeof DecompressionStream === "undefined") {
    trouble("This browser cannot unpack the weights: it has no DecompressionStream (Chrome 80, Firefox 113, Safari 16.4).");
    return;
  }
  const content = await AsynetUnpack.content(JSON.parse(get("content").textContent));
  const conductor = new Conductor(content, AsynetEngine);
  const { network } = conductor;
  const [visible, ...others] = network.populations;

  // ---- What is on the page ----------------------------------------------------------------

  const seen = content.image
    ? new Picture(get("seen"), network, content.image)
    : new Rows(get("seen"), network, visible.size);
  get("seen").setAttribute("aria-label", content.image
    ? "Picture of the visible neurons, on which you can draw"
    : "The visible neurons over time, a row each; draw to hold a row");
  get("seen-count").textContent = visible.size.toLocaleString("en");
  get("rates").closest("label").hidden = !content.image;
  get("brain").hidden = !others.length;
  get("stage").classList.toggle("alone", !others.length);
  get("brain-count").textContent = others.map((p) => p.size.toLocaleString("en")).join(" + ");
  const lamps = others.map((population) => {
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `Neurons of ${population.name}; arrow keys choose one`);
    if (others.length > 1) {
      const name = document.createElement("p");
      name.textContent = population.name;
      get("lamps").append(name);
    }
    get("lamps").append(canvas);
    return new Lamps(canvas, network, population);
  });
  const raster = new Raster(get("raster"), content, network, HISTORY);
  const dial = new AsynetDial.Dial(get("dial"), 0.25, Math.max(4, 2 * conductor.hottest), (temperature) => {
    conductor.setTemperature(temperature);
    changed = true;
  });

  // ---- Drawing ----------------------------------------------------------------------------

  let colours = palette(), changed = true, chosen = { lamp: 0, neuron: 0 };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colours = palette();
    drawFields();
    changed = true;
  });
  new ResizeObserver(() => (changed = true)).observe(document.body);

  /** Draw the synapses between the chosen hidden neuron and the picture, both ways. */
  function drawFields() {
    if (!content.image || !others.length) return;
    const p = chosen.lamp + 1, i = chosen.neuron, { projections } = content.spec;
    const now = content.snapshots[conductor.snapshot].projections;
    const onto = projections.findIndex((one) => one.pre === 0 && one.post === p);
    const from = projections.findIndex((one) => one.pre === p && one.post === 0);
    const n = network.populations[p].size;
    const heard = onto < 0 ? [] : Array.from({ length: visible.size }, (_, v) => now[onto][v * n + i]);
    const told = from < 0 ? [] : Array.from(now[from].subarray(i * visible.size, (i + 1) * visible.size));
    const largest = Math.max(...heard.map(Math.abs), ...told.map(Math.abs), 1);
    get("fields").hidden = false;
    for (const [id, values] of [["heard", heard], ["told", told]]) {
      get(id).style.aspectRatio = `${content.image[1]} / ${content.image[0]}`;
      weights(get(id), values, content.image, largest, colours);
    }
    get("chosen").textContent = others.length > 1 ? `neuron ${i + 1} of ${others[chosen.lamp].name}` : `neuron ${i + 1}`;
  }

  function drawTraces() {
    const width = get("rate").clientWidth;
    const shown = Math.min(HISTORY, Math.max(120, Math.round(width / 2.4)));
    const { history } = conductor;
    raster.draw(colours, conductor.steps, shown);
    const rates = history.rates.map((values, p) => ({
      values: conductor.last(values, shown), colour: p ? colours.hidden : colours.visible, dash: !p,
    }));
    const top = Math.max(roundUp(Math.max(...rates.flatMap((one) => one.values), 0.1)), 0.1);
    lines(get("rate"), rates, shown, { low: 0, high: top, marks: [0, top] }, colours);
    const heat = [{ values: conductor.last(history.temperature, shown), colour: colours.ink }];
    const marks = [1, Number(dial.hottest.toFixed(1))];
    lines(get("heat"), heat, shown, { low: dial.coldest, high: dial.hottest, log: true, marks }, colours);
    const produced = smooth(conductor.last(history.produced, HISTORY), SMOOTH).slice(-shown);
    const high = roundUp(Math.max(...produced, 0.5)), low = -roundUp(Math.max(...produced.map((x) => -x), high / 10));
    lines(get("produced"), [{ values: produced, colour: colours.ink }], shown, { low, high, marks: [0, high] }, colours);
    get("span").textContent = `the last ${shown} steps`;
    const now = (list) => (list.length ? list[list.length - 1] : 0);
    rates.forEach((one, p) => (rateTexts[p].textContent = ` ${(100 * now(one.values)).toFixed(0)}\u202f%`));
    get("heat-text").textContent = conductor.temperature.toFixed(2);
    get("produced-text").textContent = `${now(produced).toFixed(2)} nats a step`;
  }

  const rateTexts = network.populations.map((p, k) => {
    const value = document.createTextNode("");
    for (const id of ["rate-text", "raster-text"]) {
      const name = document.createElement("i"), whole = document.createElement("span");
      name.className = k ? "hidden" : "visible";
      name.textContent = p.name;
      whole.append(name, id === "rate-text" ? value : "");
      get(id).append(whole, " ");
    }
    return value;
  });
  get("raster-text").append("some of each");

  function draw() {
    seen.draw(colours, get("rates").checked);
    lamps.forEach((one) => one.draw(colours));
    drawTraces();
    dial.show(conductor.temperature);
    if (get("mode").textContent !== MODES[conductor.mode]) {
      get("mode").textContent = MODES[conductor.mode];
      for (const button of document.querySelectorAll("[data-mode]")) {
        button.setAttribute("aria-pressed", button.dataset.mode === conductor.mode);
      }
    }
  }

  // ---- Buttons and sliders ----------------------------------------------------------------

  function on(id, event, act) {
    get(id).addEventListener(event, () => {
      act();
      changed = true;
    });
  }

  for (const button of document.querySelectorAll("[data-mode]")) {
    button.addEventListener("click", () => {
      conductor[button.dataset.mode]();
      changed = true;
    });
  }
  on("rates", "change", () => {});
  on("release", "click", () => conductor.releaseAll());
  on("half", "click", () => {
    for (let n = 0; n < visible.size >> 1; n++) conductor.hold(n, network.state[n]);
  });

  const age = get("age");
  age.max = content.snapshots.length - 1;
  age.value = conductor.snapshot;
  age.disabled = content.snapshots.length < 2;
  function showAge() {
    const { label } = content.snapshots[conductor.snapshot];
    get("age-text").textContent = label;
    age.setAttribute("aria-valuetext", label);
  }
  on("age", "input", () => {
    conductor.setSnapshot(Number(age.value));
    showAge();
    drawFields();
  });

  const speed = get("speed");
  speed.max = SPEEDS.length - 1;
  speed.value = SPEEDS.indexOf(30);
  function showSpeed() {
    const rate = SPEEDS[speed.value];
    const text = rate === Infinity ? "as fast as it can" : many(rate, "step") + " a second";
    get("speed-text").textContent = text;
    speed.setAttribute("aria-valuetext", text);
  }
  on("speed", "input", showSpeed);

  let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  function showPlay() {
    get("play").textContent = playing ? "Pause" : "Go on";
  }
  on("play", "click", () => {
    playing = !playing;
    showPlay();
  });
  on("once", "click", () => {
    playing = false;
    showPlay();
    step();
  });

  // ---- Drawing on the visible neurons -----------------------------------------------------

  function touch(neuron) {
    if (neuron < 0) return;
    const tool = document.querySelector("input[name=tool]:checked").value;
    for (const n of seen.brush(neuron)) conductor.hold(n, tool === "" ? null : Number(tool));
    changed = true;
  }

  function at(canvas, event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  let last = null; // where the pointer was, as shares of the canvas
  get("seen").addEventListener("pointerdown", (event) => {
    get("seen").setPointerCapture(event.pointerId);
    seen.cursor = -1;
    last = at(get("seen"), event);
    touch(seen.neuronAt(...last));
  });
  get("seen").addEventListener("pointermove", (event) => {
    if (!last) return;
    const now = at(get("seen"), event);
    for (let k = 1; k <= 12; k++) {
      touch(seen.neuronAt(...now.map((x, d) => last[d] + ((x - last[d]) * k) / 12)));
    }
    last = now;
  });
  for (const end of ["pointerup", "pointercancel"]) get("seen").addEventListener(end, () => (last = null));

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  get("seen").addEventListener("keydown", (event) => {
    if (!(event.key in ARROWS) && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (seen.cursor < 0) seen.cursor = content.image ? (content.image[0] >> 1) * content.image[1] + (content.image[1] >> 1) : 0;
    else if (event.key in ARROWS) seen.cursor = seen.move(seen.cursor, ...ARROWS[event.key]);
    if (!(event.key in ARROWS) || event.shiftKey) touch(seen.cursor);
    changed = true;
  });
  get("seen").addEventListener("blur", () => {
    seen.cursor = -1;
    changed = true;
  });

  function choose(lamp, neuron) {
    if (neuron < 0 || neuron >= lamps[lamp].size) return;
    lamps.forEach((one, k) => (one.chosen = k === lamp ? neuron : -1));
    chosen = { lamp, neuron };
    drawFields();
    changed = true;
  }
  lamps.forEach((one, k) => {
    one.canvas.addEventListener("pointerdown", (event) => choose(k, one.neuronAt(...at(one.canvas, event))));
    one.canvas.addEventListener("keydown", (event) => {
      if (!(event.key in ARROWS)) return;
      event.preventDefault();
      const [dx, dy] = ARROWS[event.key];
      choose(k, Math.max(one.chosen, 0) + dx + dy * one.grid.columns);
    });
  });

  // ---- The loop ---------------------------------------------------------------------------

  function step() {
    const column = conductor.steps;
    conductor.step();
    seen.step();
    lamps.forEach((one) => one.step());
    raster.step(column);
    changed = true;
  }

  let before = performance.now(), owed = 0, counted = { since: before, steps: 0, frames: 0 };
  function frame(now) {
    const elapsed = Math.min(Math.max(now - before, 0), 250) / 1000;
    before = now;
    owed = playing ? Math.min(owed + SPEEDS[speed.value] * elapsed, 1e6) : 0;
    const stop = performance.now() + 24;
    while (owed >= 1 && performance.now() < stop) {
      step();
      counted.steps++;
      owed--;
    }
    if (owed > 30) owed = 0;
    if (changed) {
      changed = false;
      draw();
    }
    counted.frames++;
    if (now - counted.since > 1000) tell(now);
    requestAnimationFrame(frame);
  }

  /** Say how fast it goes. */
  function tell(now) {
    const seconds = (now - counted.since) / 1000;
    const paces = [counted.steps, counted.frames].map((n) => Math.round(n / seconds));
    get("pace").textContent = `${paces[0]} steps, ${paces[1]} frames a second`;
    [document.body.dataset.steps, document.body.dataset.frames] = paces;
    counted = { since: now, steps: 0, frames: 0 };
  }

  function judged(result) {
    const verdict = get("verdict"), n = result.steps.toLocaleString("en");
    const grid = content.snapshots.map((one) => `1/${(2 ** one.bits).toLocaleString("en")}`).reverse();
    const earlier = grid.length > 1 ? `, earlier ones to ${grid[1]}` : "";
    const rounded = content.snapshots.some((one) => one.bits < 16)
      ? ` Weights in this page are rounded to multiples of ${grid[0]}${earlier}.` : "";
    const own = content.test.own;
    const others = !rounded ? "" : own === null
      ? " That changes no spike in these steps."
      : ` The run's own weights give other spikes from step ${own} on.`;
    const speed = Math.round(result.same / result.seconds).toLocaleString("en");
    Object.assign(verdict.dataset, { verdict: result.differs ? "differs" : "same", same: result.same, steps: result.steps });
    verdict.replaceChildren();
    const head = document.createElement("b");
    head.textContent = result.differs ? `✗ Not asynet's spikes from step ${result.same + 1} on` : "✓ These are asynet's spikes";
    verdict.append(head, result.differs
      ? `This browser's arithmetic differs: ${result.same} of ${n} steps are the same.`
      : `${n} of ${n} steps, each of ${many(content.size, "neuron")}, are the same.${rounded}${others}`);
    get("test-text").textContent =
      `When this page opened it simulated ${n} steps (a dream, free steps, every set of weights on the slider, heating, and half a ` +
      `picture held) and compared all ${content.size.toLocaleString("en")} neurons after each with a checksum that asynet wrote ` +
      `here. ${result.same.toLocaleString("en")} of ${n} steps are the same (${speed} steps a second).${rounded}${others}`;
  }

  showAge();
  showSpeed();
  showPlay();
  conductor.dream();
  draw();
  drawFields();
  requestAnimationFrame(frame);
  judged(await AsynetSelfTest.run(content, AsynetEngine, () => new Promise((go) => setTimeout(go))));
})().catch((error) => {
  document.getElementById("trouble").textContent = `This page does not work: ${error.message}`;
  document.getElementById("trouble").hidden = false;
});
