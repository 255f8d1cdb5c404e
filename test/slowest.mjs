/** Says which test files took longest, and of what: `npm test -- --reporter=default --reporter=./test/slowest.mjs`. A reporter of vitest. */
const MOST = 25;

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(8);

export default class Slowest {
  onTestRunEnd(modules) {
    const files = modules.map((module) => {
      const { collectDuration, duration } = module.diagnostic();
      const [worst] = [...module.children.allTests()]
        .map((test) => ({ name: test.fullName, ms: test.diagnostic()?.duration ?? 0 }))
        .sort((a, b) => b.ms - a.ms);
      return { file: module.relativeModuleId, ms: collectDuration + duration, collectDuration, worst };
    });
    const sum = files.reduce((total, { ms }) => total + ms, 0);
    files.sort((a, b) => b.ms - a.ms);
    console.log(
      `\n${files.length} files, ${seconds(sum).trim()} of tests and imports. The slowest, of that imports, and their slowest test:`,
    );
    for (const { file, ms, collectDuration, worst } of files.slice(0, MOST)) {
      console.log(
        `${seconds(ms)} ${seconds(collectDuration)}  ${file}${worst ? `: ${worst.name}, ${seconds(worst.ms).trim()}` : ''}`,
      );
    }
  }
}
