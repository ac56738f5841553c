/*
 * Pictures of the network on canvases. Colours come from the style sheet, for light and dark.
 */
const AsynetDraw = (() => {
  /** Return the colours of the style sheet as [r, g, b], by name. */
  function palette() {
    const style = getComputedStyle(document.documentElement);
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const names = ["off", "on", "held", "visible", "hidden", "hot", "cold", "ink", "soft", "line", "card"];
    return Object.fromEntries(names.map((name) => {
      probe.fillStyle = style.getPropertyValue(`--${name}`).trim();
      probe.fillRect(0, 0, 1, 1);
      return [name, [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)]];
    }));
  }

  const css = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;
  const mix = (a, b, share) => a.map((x, k) => Math.round(x + (b[k] - x) * share));

  /** Give a canvas as many pixels as the screen has for it; return its context, size and scale. */
  function fitted(canvas) {
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(Math.round(canvas.clientWidth * scale), 1);
    const height = Math.max(Math.round(canvas.clientHeight * scale), 1);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    return { ctx: canvas.getContext("2d"), width, height, scale };
  }

  /** Return a canvas off the screen, and an image of its size with a whole number a pixel. */
  function sheet(width, height) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    return { canvas, ctx: canvas.getContext("2d"), image, pixels: new Uint32Array(image.data.buffer) };
  }

  /** Return a colour as the number of a pixel (red is its lowest byte). */
  const pixel = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;

  const SHADES = 64;

  /** Return pixels from one colour to another. */
  function shades(from, to) {
    return Uint32Array.from({ length: SHADES }, (_, k) => pixel(mix(from, to, k / (SHADES - 1))));
  }

  /** Return rows and columns in which n neurons make a nearly square grid with few gaps. */
  function gridOf(n) {
    let best = { columns: n, rows: 1, cost: Infinity };
    for (let columns = Math.ceil(Math.sqrt(n)); columns <= 1.6 * Math.sqrt(n) + 1; columns++) {
      const rows = Math.ceil(n / columns);
      const cost = (columns * rows - n) / n + 0.3 * Math.abs(Math.log(columns / rows / 1.05));
      if (cost < best.cost) best = { columns, rows, cost };
    }
    return best;
  }

  /** The visible neurons as an image on which one draws. */
  class Picture {
    constructor(canvas, network, [rows, columns]) {
      Object.assign(this, { canvas, network, rows, columns, cursor: -1 });
      this.small = sheet(columns, rows);
      canvas.style.aspectRatio = `${columns} / ${rows}`;
    }

    /** Return the neuron at a place of the canvas, given as shares of its width and height. */
    neuronAt(x, y) {
      const column = Math.floor(x * this.columns), row = Math.floor(y * this.rows);
      const inside = column >= 0 && column < this.columns && row >= 0 && row < this.rows;
      return inside ? row * this.columns + column : -1;
    }

    /** Return a neuron and, in large images, those beside it: what the brush covers. */
    brush(neuron) {
      const column = neuron % this.columns;
      if (this.columns < 16) return [neuron];
      return [neuron, neuron + this.columns, ...(column + 1 < this.columns ? [neuron + 1, neuron + this.columns + 1] : [])]
        .filter((n) => n < this.rows * this.columns);
    }

    move(neuron, dx, dy) {
      const column = Math.min(Math.max((neuron % this.columns) + dx, 0), this.columns - 1);
      const row = Math.min(Math.max(Math.floor(neuron / this.columns) + dy, 0), this.rows - 1);
      return row * this.columns + column;
    }

    step() {}

    draw(colours, asRates) {
      const { network, small } = this;
      if (this.colours !== colours) {
        this.colours = colours;
        this.free = shades(colours.off, colours.on);
        this.held = shades(mix(colours.off, colours.held, 0.22), colours.held);
      }
      for (let n = 0; n < this.rows * this.columns; n++) {
        const held = network.held[n];
        const value = asRates && !held ? network.rates[n] : network.state[n];
        small.pixels[n] = (held ? this.held : this.free)[Math.round(value * (SHADES - 1))];
      }
      small.ctx.putImageData(small.image, 0, 0);
      const { ctx, width, height, scale } = fitted(this.canvas);
      ctx.imageSmoothingEnabled = false;
      ctx.drawImage(small.canvas, 0, 0, width, height);
      if (this.cursor >= 0) this._outline(ctx, width / this.columns, height / this.rows, scale, colours);
    }

    _outline(ctx, w, h, scale, colours) {
      ctx.strokeStyle = css(colours.held);
      ctx.lineWidth = 2 * scale;
      const x = (this.cursor % this.columns) * w, y = Math.floor(this.cursor / this.columns) * h;
      ctx.strokeRect(x, y, w, h);
    }
  }

  /** The visible neurons over time, for data that are no images: a row each, now at the right. */
  class Rows {
    constructor(canvas, network, size) {
      Object.assign(this, { canvas, network, rows: size, columns: 120, cursor: -1, at: 0 });
      this.small = sheet(this.columns, size);
      this.past = new Uint8Array(this.columns * size); // 0 or 1, 2 more where held, by column
      canvas.style.aspectRatio = "1";
    }

    neuronAt(_, y) {
      const row = Math.floor(y * this.rows);
      return row >= 0 && row < this.rows ? row : -1;
    }

    brush(neuron) {
      return [neuron];
    }

    move(neuron, _, dy) {
      return Math.min(Math.max(neuron + dy, 0), this.rows - 1);
    }

    step() {
      const { state, held } = this.network;
      for (let n = 0; n < this.rows; n++) this.past[this.at * this.rows + n] = state[n] + 2 * held[n];
      this.at = (this.at + 1) % this.columns;
    }

    draw(colours) {
      const faint = mix(colours.off, colours.held, 0.22);
      const four = [colours.off, colours.on, faint, colours.held].map(pixel);
      for (let c = 0; c < this.columns; c++) {
        const from = ((this.at + c) % this.columns) * this.rows;
        for (let n = 0; n < this.rows; n++) {
          this.small.pixels[n * this.columns + c] = four[this.past[from + n]];
        }
      }
      this.small.ctx.putImageData(this.small.image, 0, 0);
      const { ctx, width, height, scale } = fitted(this.canvas);
      ctx.imageSmoothingEnabled = false;
      ctx.drawImage(this.small.canvas, 0, 0, width, height);
      if (this.cursor < 0) return;
      ctx.strokeStyle = css(colours.held);
      ctx.lineWidth = 2 * scale;
      ctx.strokeRect(0, (this.cursor / this.rows) * height, width, height / this.rows);
    }
  }

  const GLOWS = 24; // shades of a neuron that has just fired, or some time ago

  /** A population as a grid of lamps that light up with a spike and fade. */
  class Lamps {
    constructor(canvas, network, population) {
      Object.assign(this, { canvas, network, ...population, chosen: 0 });
      this.grid = gridOf(population.size);
      this.glow = new Float32Array(population.size);
      canvas.style.aspectRatio = `${this.grid.columns} / ${this.grid.rows}`;
    }

    neuronAt(x, y) {
      const n = Math.floor(y * this.grid.rows) * this.grid.columns + Math.floor(x * this.grid.columns);
      return n >= 0 && n < this.size ? n : -1;
    }

    step() {
      for (let n = 0; n < this.size; n++) {
        this.glow[n] = this.network.state[this.first + n] ? 1 : 0.72 * this.glow[n];
      }
    }

    draw(colours) {
      const { ctx, width, height, scale } = fitted(this.canvas);
      const { columns, rows } = this.grid, w = width / columns, h = height / rows;
      if (this.side !== w || this.colours !== colours) this._mould(w, colours);
      ctx.clearRect(0, 0, width, height);
      for (let n = 0; n < this.size; n++) {
        const level = Math.round(this.glow[n] * (GLOWS - 1));
        const x = (n % columns) * w, y = Math.floor(n / columns) * h;
        ctx.drawImage(this.lamps.canvas, level * this.tile, 0, this.tile, this.tile, x, y, w, h);
      }
      ctx.strokeStyle = css(colours.held);
      ctx.lineWidth = 1.5 * scale;
      ctx.strokeRect((this.chosen % columns) * w + 1, Math.floor(this.chosen / columns) * h + 1, w - 2, h - 2);
    }

    /** Draw a lamp once in every shade. */
    _mould(w, colours) {
      Object.assign(this, { side: w, colours, tile: Math.ceil(w) });
      this.lamps = sheet(this.tile * GLOWS, this.tile);
      for (let level = 0; level < GLOWS; level++) {
        const share = level / (GLOWS - 1), ctx = this.lamps.ctx;
        ctx.fillStyle = css(mix(colours.off, colours.hidden, share ** 1.5));
        ctx.beginPath();
        ctx.arc((level + 0.5) * this.tile, this.tile / 2, this.tile * (0.26 + 0.16 * share), 0, 7);
        ctx.fill();
      }
    }
  }

  /** Draw weights as an image, blue below 0 and orange above, the largest in full colour. */
  function weights(canvas, values, [rows, columns], largest, colours) {
    const small = sheet(columns, rows);
    const above = shades(colours.off, colours.hot), below = shades(colours.off, colours.cold);
    for (let n = 0; n < values.length; n++) {
      const share = Math.min(Math.abs(values[n]) / largest, 1);
      small.pixels[n] = (values[n] > 0 ? above : below)[Math.round(share * (SHADES - 1))];
    }
    small.ctx.putImageData(small.image, 0, 0);
    const { ctx, width, height } = fitted(canvas);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(small.canvas, 0, 0, width, height);
  }

  return { palette, css, mix, fitted, sheet, pixel, Picture, Rows, Lamps, weights };
})();
