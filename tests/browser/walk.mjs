// Walks the pages of a running dashboard in a real browser, in both languages, themes and widths.
//
//   node tests/browser/walk.mjs http://127.0.0.1:8501 FOLDER
//
// Needs `playwright-core` (and, for the accessibility rules, `axe-core`) where Node finds them, and a
// Chromium: CHROMIUM names it, /usr/bin/chromium by default. Screenshots go to FOLDER. Ends with 1 when a
// page asks anything of another host, logs an error, shows an exception, is wider than the screen, or
// breaks a serious accessibility rule.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [base, folder] = process.argv.slice(2);
const require = createRequire(path.join(process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');
const axe = (() => {
  try { return readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'); } catch { return null; }
})();

const PAGES = { overview: '/', rating: '/rating' };
const LOCALES = { en: 'en-GB', ja: 'ja-JP' };
// Streamlit looks for its server under a deep link's own path first and is told that it is not there.
const KNOWN_404 = /\/_stcore\/(health|host-config)$/;
const faults = [];
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
for (const [name, where] of Object.entries(PAGES))
  for (const lang of Object.keys(LOCALES))
    for (const theme of ['light', 'dark'])
      for (const width of [1400, 390]) await visit(name, where, lang, theme, width);
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults${axe ? '' : ' (axe-core not found: accessibility rules not checked)'}`);
process.exit(faults.length ? 1 : 0);

async function visit(name, where, lang, theme, width) {
  const shot = `${name}-${lang}-${theme}-${width}`;
  const fault = (what) => faults.push(`${shot}: ${what}`);
  const context = await browser.newContext({
    viewport: { width, height: 1000 }, locale: LOCALES[lang], colorScheme: theme, timezoneId: 'Asia/Tokyo',
  });
  const page = await context.newPage();
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== new URL(base).host) fault(`asks ${url}`);
  });
  page.on('response', (r) => { if (r.status() >= 400 && !KNOWN_404.test(r.url())) fault(`${r.status()} ${r.url()}`); });
  page.on('pageerror', (e) => fault(`error ${e.message}`));
  page.on('console', (m) => {
    if (m.type() === 'error' && !KNOWN_404.test(m.location().url)) fault(`console: ${m.text()}`);
  });
  await page.goto(base + where);
  await page.waitForSelector('[data-testid="stMain"] .hy-source, .hy-notice', { timeout: 30_000 });
  await still(page);
  const height = await page.evaluate(() => document.querySelector('[data-testid="stMain"]').scrollHeight);
  await page.setViewportSize({ width, height: Math.max(600, height) });
  await still(page);
  await page.screenshot({ path: path.join(folder, `${shot}.png`) });
  if (await page.locator('[data-testid="stException"]').count()) fault('shows an exception');
  const wider = await page.evaluate(() => {
    const main = document.querySelector('[data-testid="stMain"]');
    return main.scrollWidth - main.clientWidth;
  });
  if (wider > 1) fault(`is ${wider} px wider than the screen`);
  if (axe) await rules(page, fault);
  await context.close();
}

async function still(page) {
  for (let quiet = 0; quiet < 3; ) {
    await page.waitForTimeout(250);
    const state = await page.getAttribute('[data-testid="stApp"]', 'data-test-script-state');
    quiet = state === 'notRunning' ? quiet + 1 : 0;
  }
}

async function rules(page, fault) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of violations.filter((v) => ['serious', 'critical'].includes(v.impact)))
    fault(`${v.impact} ${v.id}: ${v.help}; ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`);
}
