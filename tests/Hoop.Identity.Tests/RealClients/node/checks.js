'use strict';
// What the scripts beside this one share: counted checks, and an end that says how many there were.

let calls = 0;

function done(condition, what) {
  calls += 1;
  if (!condition) throw new Error(what);
}

async function refused(status, part, call) {
  try {
    await call();
  } catch (error) {
    const answered = error.response ? error.response.statusCode : error.statusCode;
    done(answered === status && error.message.includes(part), `${answered} ${error.message} instead of ${status} ${part}`);
    return;
  }
  throw new Error(`nothing was refused where ${status} ${part} was expected`);
}

// Waits for a condition, and never for a time alone.
async function until(what, ask) {
  const end = Date.now() + 60000;
  while (Date.now() < end) {
    if (await ask()) return done(true, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`did not happen within a minute: ${what}`);
}

function run(main) {
  main().then(
    () => {
      console.log(`${calls} answers were as they should be`);
      process.exit(0);
    },
    (error) => {
      console.error(error.stack);
      process.exit(1);
    });
}

module.exports = { done, refused, run, until };
