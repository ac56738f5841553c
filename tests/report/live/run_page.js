/*
 * Run parts of a live page under Node: `node run_page.js SCRIPTS < questions.json > answers.json`.
 *
 * A question has a `content` (as the page holds it) and one thing to do: `test`, `walk`, `dreams`,
 * `philox` or `sigmoid`. States are texts of 0 and 1.
 */
const path = require("path");
const scripts = process.argv[2];
const load = (name) => require(path.join(scripts, name));
const engine = load("engine.js"), unpack = load("unpack.js");
const selfTest = load("self_test.js"), { Conductor } = load("conduct.js");

const text = (state) => Array.from(state).join("");
const numbers = (state) => Uint8Array.from(state, Number);

function walk(content, { snapshot, chain, start, temperatures, held }) {
  const network = new engine.Network(content.spec, content.seed);
  network.setWeights(content.snapshots[snapshot]);
  network.restart(chain);
  network.state.set(numbers(start));
  network.held.set(numbers(held));
  const states = [], produced = [];
  for (const temperature of temperatures) {
    network.step(temperature);
    states.push(text(network.state));
    produced.push(network.produced);
  }
  return { states, produced, rates: Array.from(new Uint32Array(network.rates.buffer)) };
}

function dreams(content, count) {
  const conductor = new Conductor(content, engine), found = [];
  for (let k = 0; k < count; k++) {
    conductor.dream();
    while (conductor.mode === "dream") conductor.step();
    found.push(text(conductor.network.state));
  }
  return found;
}

async function answer(question) {
  if (question.philox) {
    return question.philox.map(([counter, key]) => {
      const out = new Uint32Array(4);
      engine.philox(...counter, ...key, out);
      return Array.from(out);
    });
  }
  if (question.sigmoid) {
    const x = await unpack.array(Float32Array, question.sigmoid);
    return Array.from(new Uint32Array(x.map(engine.sigmoid).buffer));
  }
  const content = await unpack.content(question.content);
  if (question.test) return selfTest.run(content, engine, async () => {});
  if (question.walk) return walk(content, question.walk);
  return dreams(content, question.dreams);
}

(async () => {
  const questions = JSON.parse(require("fs").readFileSync(0, "utf8")), answers = [];
  for (const question of questions) answers.push(await answer(question));
  console.log(JSON.stringify(answers));
})();
