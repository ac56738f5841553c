/*
 * Run the steps that asynet ran when it wrote the page, and compare all spikes after each.
 */
const AsynetSelfTest = (() => {
  const SLICE = 20; // milliseconds of work between two looks at the page

  /**
   * Return {same, steps, differs, seconds}: how many steps gave asynet's spikes before the first
   * that did not. `pause` is awaited between slices of the work.
   */
  async function run(content, engine, pause) {
    const network = new engine.Network(content.spec, content.seed);
    network.restart(content.chain);
    network.startHot(content.thresholds);
    let step = 0, seconds = 0, began = performance.now();
    for (const part of content.test.parts) {
      network.setWeights(content.snapshots[part.snapshot]);
      network.held.set(part.held);
      for (const temperature of part.temperatures) {
        network.step(temperature);
        if (engine.checksum(network.state) !== content.test.checksums[step]) {
          return { same: step, steps: content.test.checksums.length, differs: true, seconds };
        }
        step++;
        const now = performance.now();
        if (now - began > SLICE) {
          seconds += (now - began) / 1000;
          await pause();
          began = performance.now();
        }
      }
    }
    seconds += (performance.now() - began) / 1000;
    return { same: step, steps: content.test.checksums.length, differs: false, seconds };
  }

  return { run };
})();

if (typeof module !== "undefined") module.exports = AsynetSelfTest;
