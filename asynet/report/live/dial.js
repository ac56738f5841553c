/*
 * The temperature as a dial that one turns: with a finger, the mouse, its wheel or the keyboard.
 */
const AsynetDial = (() => {
  const TURN = 270; // degrees from the coldest to the hottest
  const SVG = "http://www.w3.org/2000/svg";

  function element(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  }

  /** Return a place on a circle around (100, 100); share 0 is lower left, 1 lower right. */
  function place(share, radius) {
    const angle = ((share - 0.5) * TURN * Math.PI) / 180;
    return [100 + radius * Math.sin(angle), 100 - radius * Math.cos(angle)];
  }

  class Dial {
    /** turned(temperature) is called when the visitor turns the dial. */
    constructor(root, coldest, hottest, turned) {
      Object.assign(this, { root, coldest, hottest, turned });
      this._draw();
      root.setAttribute("aria-valuemin", coldest);
      root.setAttribute("aria-valuemax", hottest);
      root.addEventListener("pointerdown", (event) => this._grasp(event));
      root.addEventListener("pointermove", (event) => this.grasped && this._point(event));
      for (const end of ["pointerup", "pointercancel"]) {
        root.addEventListener(end, () => (this.grasped = false));
      }
      root.addEventListener("keydown", (event) => this._key(event));
      root.addEventListener("wheel", (event) => {
        event.preventDefault();
        this._turn(this.share - Math.sign(event.deltaY) * 0.02);
      }, { passive: false });
    }

    shareOf(temperature) {
      const share = Math.log(temperature / this.coldest) / Math.log(this.hottest / this.coldest);
      return Math.min(Math.max(share, 0), 1);
    }

    /** Show a temperature. */
    show(temperature) {
      if (this.shown === temperature) return;
      this.shown = temperature;
      this.share = this.shareOf(temperature);
      const text = temperature.toFixed(2);
      this.needle.setAttribute("transform", `rotate(${(this.share - 0.5) * TURN} 100 100)`);
      this.number.textContent = text;
      this.root.setAttribute("aria-valuenow", text);
      this.root.setAttribute("aria-valuetext", `${text}, ${temperature > 1.005 ? "warmer than" : temperature < 0.995 ? "colder than" : "that of"} waking`);
    }

    _draw() {
      const svg = element("svg", { viewBox: "0 0 200 186", "aria-hidden": "true" }, this.root);
      const parts = 54;
      for (let k = 0; k < parts; k++) {
        const [x0, y0] = place((k + 0.08) / parts, 84), [x1, y1] = place((k + 0.92) / parts, 84);
        const heat = (k + 0.5) / parts;
        const d = `M${x0} ${y0}A84 84 0 0 1 ${x1} ${y1}`;
        const arc = element("path", { d, class: "dial-arc" }, svg);
        arc.style.setProperty("--heat", `${Math.round(heat * 100)}%`);
      }
      element("circle", { cx: 100, cy: 100, r: 62, class: "dial-face" }, svg);
      for (const mark of [0.25, 0.5, 1, 2, 4, 8].filter((t) => t >= this.coldest && t <= this.hottest)) {
        const [x, y] = place(this.shareOf(mark), 70);
        element("text", { x, y: y + 3.5, class: mark === 1 ? "dial-mark one" : "dial-mark" }, svg).textContent = mark;
      }
      this.needle = element("g", {}, svg);
      element("path", { d: "M100 47l5 12h-10z", class: "dial-needle" }, this.needle);
      this.number = element("text", { x: 100, y: 108, class: "dial-number" }, svg);
      element("text", { x: 100, y: 128, class: "dial-unit" }, svg).textContent = "temperature";
    }

    _grasp(event) {
      this.grasped = true;
      this.root.setPointerCapture(event.pointerId);
      this._point(event);
    }

    _point(event) {
      const box = this.root.getBoundingClientRect();
      const x = event.clientX - box.left - box.width / 2;
      const y = event.clientY - box.top - (box.height * 100) / 186;
      const angle = (Math.atan2(x, -y) * 180) / Math.PI;
      this._turn(angle / TURN + 0.5);
    }

    _key(event) {
      const small = 0.02, moves = {
        ArrowUp: small, ArrowRight: small, ArrowDown: -small, ArrowLeft: -small,
        PageUp: 5 * small, PageDown: -5 * small, Home: -1, End: 1,
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      this._turn(this.share + moves[event.key]);
    }

    _turn(share) {
      const inside = Math.min(Math.max(share, 0), 1);
      let temperature = this.coldest * (this.hottest / this.coldest) ** inside;
      if (Math.abs(inside - this.shareOf(1)) < 0.012) temperature = 1;
      this.turned(temperature);
      this.show(temperature);
    }
  }

  return { Dial };
})();
