// Times json-rules-engine on the rules it is given on standard input; one JSON line of microseconds on standard output.
// Node finds the package in the folder it is started in: npm install --prefix FOLDER json-rules-engine
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const { Engine } = createRequire(process.cwd() + "/")("json-rules-engine");
const { facts, rules, runs } = JSON.parse(readFileSync(0, "utf8"));

function engineOf(chosen) {
  const engine = new Engine([], { allowUndefinedFacts: true });
  for (const rule of chosen) engine.addRule({ conditions: { all: rule }, event: { type: "fires" } });
  return engine;
}

async function timed(chosen, times) {
  const engine = engineOf(chosen);
  await engine.run(facts);
  const took = [];
  for (let turn = 0; turn < times; turn += 1) {
    const began = performance.now();
    await engine.run(facts);
    took.push((performance.now() - began) * 1000);
  }
  took.sort((a, b) => a - b);
  return took[Math.floor(took.length / 2)];
}

async function firing(chosen) {
  return (await engineOf(chosen).run(facts)).events.length;
}

console.log(
  JSON.stringify({
    one_us: await timed(rules.slice(0, 1), runs),
    all_us: await timed(rules, Math.max(20, Math.floor(runs / 50))),
    firing: await firing(rules),
  }),
);
