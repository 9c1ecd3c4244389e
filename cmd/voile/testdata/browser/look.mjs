// look.mjs [FOLDER]: opens the page on standard input in headless Chromium, at the widths of a phone and of a desk, without
// scripts' help from outside, and says as JSON what a person would see. With a FOLDER it leaves a picture of each there.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import chromium from '@sparticuz/chromium'
import puppeteer from 'puppeteer-core'

const here = path.dirname(fileURLToPath(import.meta.url))

// The program lies packed in its package, with the libraries and a font that a bare machine lacks. It is unpacked once, beside the packages.
function unpack () {
  const home = path.join(here, '..', 'chromium')
  if (existsSync(home)) return home
  const packed = path.join(path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', '..', 'bin')
  const next = mkdtempSync(home + '-')
  writeFileSync(path.join(next, 'chromium'), brotliDecompressSync(readFileSync(path.join(packed, 'chromium.br'))), { mode: 0o755 })
  for (const name of ['al2023', 'fonts', 'swiftshader']) {
    execFileSync('tar', ['-x', '-C', next], { input: brotliDecompressSync(readFileSync(path.join(packed, name + '.tar.br'))) })
  }
  mkdirSync(path.join(next, 'cache'))
  writeFileSync(path.join(next, 'fonts.conf'), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${home}/fonts</dir><cachedir>${home}/cache</cachedir></fontconfig>`)
  try {
    renameSync(next, home)
  } catch (err) {
    if (!existsSync(home)) throw err // somebody else was faster
    rmSync(next, { recursive: true })
  }
  return home
}

const home = unpack()
const html = readFileSync(0, 'utf8')
const browser = await puppeteer.launch({
  executablePath: path.join(home, 'chromium'),
  headless: 'shell',
  args: puppeteer.defaultArgs({ args: chromium.args, headless: 'shell' }),
  env: { ...process.env, LD_LIBRARY_PATH: path.join(home, 'lib'), FONTCONFIG_PATH: home, HOME: here }
})
const views = []
for (const width of [390, 1280]) {
  const page = await browser.newPage()
  const asked = []; const complaints = []
  page.on('request', r => { if (!r.url().startsWith('about:')) asked.push(r.url()) })
  page.on('console', m => complaints.push(m.text()))
  page.on('pageerror', e => complaints.push(String(e)))
  await page.setViewport({ width, height: 900 })
  await page.setContent(html, { waitUntil: 'load' })
  views.push(await page.evaluate(() => {
    const seen = e => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0 }
    const all = [...document.querySelectorAll('body *')]
    const rows = [...document.querySelectorAll('tbody tr')]
    return {
      width: window.innerWidth,
      scrolls: document.documentElement.scrollWidth,
      beyond: all.filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.tagName),
      rows: rows.length,
      hidden: rows.flatMap(r => [...r.cells]).filter(c => !seen(c)).length,
      overlapping: rows.filter((r, i) => i > 0 && r.parentNode === rows[i - 1].parentNode && r.getBoundingClientRect().top < rows[i - 1].getBoundingClientRect().bottom - 1).length,
      smallest: Math.min(...all.filter(e => e.textContent.trim()).map(e => parseFloat(getComputedStyle(e).fontSize))),
      bars: [...document.querySelectorAll('.bar')].map(b => b.firstElementChild.getBoundingClientRect().width / b.getBoundingClientRect().width),
      headings: [...document.querySelectorAll('h2')].map(h => h.innerText),
      scripts: document.scripts.length,
      linked: document.querySelectorAll('[src], link, [href]').length
    }
  }))
  Object.assign(views.at(-1), { asked, complaints })
  if (process.argv[2]) await page.screenshot({ path: path.join(process.argv[2], width + '.png') })
  await page.close()
}
await browser.close()
console.log(JSON.stringify(views))
