// Signs in at the provider's own pages with a real browser: node browser.mjs ADDRESS LOGIN [CODE]. Prints the last page's text.
import { chromium } from 'playwright-core';

const [address, login, code] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.TEST_CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const page = await browser.newPage();
  await page.goto(address);
  if (code) {
    const field = page.locator('input[name=user_code]');
    if (await field.isVisible()) {
      await field.fill(code);
    }
    await page.locator('button[type=submit]').first().click();
  }
  for (let step = 0; step < 8; step += 1) {
    await page.waitForLoadState();
    const text = await page.locator('body').innerText();
    if (/close this page|Sign-in Success|signed in on your device|hoop:/i.test(text)) {
      console.log(text);
      process.exit(0);
    }
    if (await page.locator('input[name=login]').count()) {
      await page.fill('input[name=login]', login);
      await page.fill('input[name=password]', 'x');
    }
    await page.locator('button[type=submit]').first().click();
  }
  console.log(await page.content());
  process.exit(1);
} finally {
  await browser.close();
}
