/*
 * What rolls along: a raster of some neurons, and traces of rate, temperature and entropy.
 */
const AsynetTraces = (() => {
  const { css, fitted, sheet, pixel } = AsynetDraw;
  const MOST_ROWS = 64; // neurons of a population in the raster

  /** Return at most `count` of some neurons, evenly spread. */
  function spread(neurons, count) {
    const n = Math.min(neurons.length, count);
    return Array.from({ length: n }, (_, k) => neurons[Math.floor(((k + 0.5) * neurons.length) / n)]);
  }

  /** Return which neurons the raster shows: of those that p* lets fire now and then, if known. */
  function sampled(content, { first, size }) {
    const all = Array.from({ length: size }, (_, k) => first + k);
    const lively = all.filter((n) => n >= content.thresholds.length || content.thresholds[n] > 2 ** 24 / 50);
    return spread(lively.length >= Math.min(size, 8) ? lively : all, MOST_ROWS);
  }

  /** Spikes of some neurons of each population, one column a step. */
  class Raster {
    constructor(canvas, content, network, length) {
      this.canvas = canvas;
      this.network = network;
      this.length = length;
      this.rows = network.populations.flatMap((p, k) => [
        ...(k ? [null] : []),
        ...sampled(content, p).map((n) => ({ n, k })),
      ]);
      this.small = sheet(length, this.rows.length); // a column a step, the first one after the last
      this.past = new Uint8Array(length * this.rows.length);
      this.drawn = 0; // steps that are in the image
    }

    step(at) {
      const from = (at % this.length) * this.rows.length;
      this.rows.forEach((row, r) => (this.past[from + r] = row ? this.network.state[row.n] : 0));
    }

    draw(colours, steps, shown) {
      const { length, small } = this, rows = this.rows.length;
      if (this.colours !== colours) {
        this.colours = colours;
        this.fired = this.rows.map((row) => pixel(row && row.k ? colours.hidden : colours.visible));
        small.pixels.fill(pixel(colours.card));
        this.drawn = Math.max(steps - length, 0);
      }
      const silent = pixel(colours.card);
      for (let step = Math.max(this.drawn, steps - length); step < steps; step++) {
        const column = step % length;
        for (let r = 0; r < rows; r++) {
          small.pixels[r * length + column] = this.past[column * rows + r] ? this.fired[r] : silent;
        }
      }
      this.drawn = steps;
      small.ctx.putImageData(small.image, 0, 0);
      const { ctx, width, height } = fitted(this.canvas);
      ctx.imageSmoothingEnabled = false;
      const first = (((steps - shown) % length) + length) % length;
      const before = Math.min(length - first, shown), edge = (before / shown) * width;
      ctx.drawImage(small.canvas, first, 0, before, rows, 0, 0, edge, height);
      if (before < shown) ctx.drawImage(small.canvas, 0, 0, shown - before, rows, edge, 0, width - edge, height);
    }
  }

  /**
   * Draw lines over the last `shown` steps.
   *
   * lines = [{values, colour, dash}]; scale = {low, high, log, marks: [numbers with a grid line]}.
   */
  function lines(canvas, list, shown, scale, colours) {
    const { ctx, width, height, scale: dpr } = fitted(canvas);
    const place = (v) => (scale.log ? Math.log(v) : v);
    const low = place(scale.low), high = place(scale.high), edge = 3 * dpr;
    const y = (v) => height - edge - ((place(v) - low) / (high - low)) * (height - 2 * edge);
    ctx.clearRect(0, 0, width, height);
    ctx.font = `${10.5 * dpr}px system-ui, sans-serif`;
    ctx.lineWidth = dpr;
    ctx.strokeStyle = css(colours.line);
    for (const mark of scale.marks) {
      ctx.beginPath();
      ctx.moveTo(0, y(mark));
      ctx.lineTo(width, y(mark));
      ctx.stroke();
    }
    ctx.lineWidth = 1.75 * dpr;
    ctx.lineJoin = "round";
    for (const { values, colour, dash } of list) {
      ctx.strokeStyle = css(colour);
      ctx.setLineDash(dash ? [5 * dpr, 3 * dpr] : []);
      ctx.beginPath();
      values.forEach((v, k) => {
        const x = width - ((values.length - 1 - k) * width) / (shown - 1) - dpr;
        if (k) ctx.lineTo(x, y(v));
        else ctx.moveTo(x, y(v));
      });
      ctx.stroke();
    }
    ctx.setLineDash([]);
    labels(ctx, scale.marks.map((mark) => [mark, y(mark)]), height, dpr, colours);
  }

  /** Write numbers beside their grid lines, on a ground that hides what is below. */
  function labels(ctx, marks, height, dpr, colours) {
    ctx.textBaseline = "middle";
    for (const [mark, at] of marks) {
      const y = Math.min(Math.max(at, 8 * dpr), height - 8 * dpr);
      ctx.fillStyle = css(colours.card, 0.85);
      ctx.fillRect(0, y - 7 * dpr, ctx.measureText(String(mark)).width + 6 * dpr, 14 * dpr);
      ctx.fillStyle = css(colours.soft);
      ctx.fillText(String(mark), 2 * dpr, y + dpr);
    }
  }

  /** Return the mean of each value and up to `width` - 1 values before it. */
  function smooth(values, width) {
    let sum = 0;
    return values.map((v, k) => {
      sum += v - (k >= width ? values[k - width] : 0);
      return sum / Math.min(k + 1, width);
    });
  }

  /** Return a round number at least as large as x: 1, 2 or 5 times a power of ten. */
  function roundUp(x) {
    const power = 10 ** Math.floor(Math.log10(x));
    return [1, 2, 5, 10].find((k) => k * power >= x * 0.999) * power;
  }

  return { Raster, lines, smooth, roundUp };
})();
