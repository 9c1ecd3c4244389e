// capture.js SEED PEOPLE: real envelopes, as the vendors' own clients post them to a loopback server, of PEOPLE people in
// each of four languages. Prints one event a line, with every planted value and its place: ../shared/data/README.md has
// the format. A place is found by looking for the values in what was posted, so that copies that a client makes are known too.
'use strict'

const http = require('node:http')
const zlib = require('node:zlib')

const SEED = Number(process.argv[2]), PEOPLE = Number(process.argv[3])

/** The people: what is planted, by class, in the spelling that is planted and the one that all have in common. */
function peopleOf (faker, language, country) {
  faker.seed(SEED)
  const people = []
  for (let i = 0; i < PEOPLE; i++) {
    const first = faker.person.firstName(), last = faker.person.lastName()
    const number = String(SEED * 1000 + people.length).padStart(6, '0')
    people.push({
      id: language + i, language,
      email: faker.internet.email({ firstName: 'p' + number, lastName: language + faker.string.alpha(6), provider: 'example.org' }),
      phone: faker.phone.number({ style: 'international' }),
      first, last, full: first + ' ' + last,
      street: faker.location.streetAddress({ useFullAddress: true }) + ' ' + faker.string.numeric(6),
      birth: faker.date.birthdate().toISOString().slice(0, 10),
      user: 'u-' + faker.string.numeric(12), loyalty: 'L' + faker.string.numeric(14),
      anonymous: faker.string.uuid(), device: faker.string.uuid(), ad: faker.string.uuid().toUpperCase(),
      ip: i % 3 ? '198.51.100.' + (100 + i) : '2001:db8:' + faker.string.hexadecimal({ length: 4, prefix: '', casing: 'lower' }).replace(/^0/, '1') + '::' + (100 + i),
      country
    })
  }
  return people
}

/** Every spelling that may be posted of a person, and what it is. */
function values (p) {
  const known = new Map()
  const add = (cls, raw, canonical) => known.set(raw, { class: cls, raw, canonical, person: p.id })
  for (const raw of [p.email, p.email.toUpperCase()]) add('email', raw, p.email.toLowerCase())
  add('phone', p.phone, p.phone)
  for (const name of [p.first, p.last, p.full]) add('full_name', name, name.toLowerCase())
  add('street', p.street, p.street)
  add('birth_date', p.birth, p.birth)
  for (const [cls, raw] of [['user_id', p.user], ['loyalty_id', p.loyalty], ['anonymous_id', p.anonymous], ['device_id', p.device], ['ip', p.ip]]) add(cls, raw, raw)
  add('advertising_id', p.ad, p.ad.toLowerCase())
  return known
}

const step = name => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? '.' + name : "['" + name.replace(/\\/g, '\\\\').replace(/'/g, "\\'") + "']"

/** The places in a value where something known lies, in texts inside texts too. */
function places (value, where, known, out) {
  if (typeof value === 'string') text(value, where, known, out)
  else if (Array.isArray(value)) value.forEach((v, i) => places(v, where + '[' + i + ']', known, out))
  else if (value && typeof value === 'object') {
    Object.entries(value).forEach(([name, v], i) => {
      if (known.has(name)) out.push({ where: where.replace(/^(value:|.*\|)/, '$1keys_of:'), occ: i, ...known.get(name) })
      places(v, where + step(name), known, out)
    })
  }
}

function text (s, where, known, out) {
  if (known.has(s)) {
    const k = known.get(s)
    // What is typed into a form may be anything: a text, that holds something known.
    const typed = /\|\$\.data\.data\.(elements\[\d+\]\.)?value$/.test(where)
    return out.push(typed ? { where, class: 'text', raw: s, canonical: s, person: k.person, contains: [[k.class, s]] } : { where, ...k })
  }
  const query = /^(?:https?:\/\/[^?#]*)?\?([^#]+)/.exec(s)
  if (query) {
    for (const [name, v] of new URLSearchParams(query[1])) text(v, where + '|url|query.' + name, known, out)
    return
  }
  const inside = (how, t) => {
    try {
      const v = JSON.parse(t)
      if (v && typeof v === 'object') { places(v, where + how + '|json|$', known, out); return true }
    } catch {}
    return false
  }
  if (inside('', s)) return
  if (/^[A-Za-z0-9_-]{16,}$/.test(s)) inside('|base64url', Buffer.from(s, 'base64url').toString())
  else if (/^[A-Za-z0-9+/]{16,}={0,2}$/.test(s)) inside('|base64', Buffer.from(s, 'base64').toString())
}

const b64 = v => v == null ? null : Buffer.from(v).toString('base64')
let seq = 0

/** Writes one record and its truth. */
function emit (topic, channel, p, key, headers, value) {
  const known = values(p), planted = []
  if (value != null) {
    if (known.has(value)) throw new Error('a whole value is planted')
    places(JSON.parse(value), 'value:$', known, planted)
  }
  const nth = {}
  for (const [name, v] of headers) {
    nth[name] = (nth[name] ?? -1) + 1
    if (known.has(v)) planted.push({ where: 'header:' + name, occ: nth[name], ...known.get(v) })
  }
  if (known.has(key)) planted.push({ where: 'key', ...known.get(key) })
  if (!planted.length) throw new Error('nothing of ' + p.id + ' is in a record of ' + topic)
  process.stdout.write(JSON.stringify({
    topic, partition_hint: 0, key_b64: b64(key), value_b64: b64(value),
    headers: [...headers, ['holdout-seq', String(seq++)]].map(([n, v]) => [n, b64(v)]),
    truth: { person: p.id, channel, expect: 'pass', tags: [p.language], planted }
  }) + '\n')
}

/** The loopback server: it keeps the bodies of what is posted. */
async function server () {
  const bodies = []
  const s = http.createServer((request, response) => {
    const parts = []
    request.on('data', d => parts.push(d))
    request.on('end', () => {
      let body = Buffer.concat(parts)
      if (request.headers['content-encoding'] === 'gzip') body = zlib.gunzipSync(body)
      bodies.push({ path: request.url, headers: request.headers, text: body.toString() })
      response.setHeader('content-type', 'application/json')
      response.end('{"success":true}')
    })
  })
  await new Promise(resolve => s.listen(0, '127.0.0.1', resolve))
  return { bodies, url: 'http://127.0.0.1:' + s.address().port, port: s.address().port, end: () => { s.closeAllConnections(); s.close() } }
}

/** The calls that Segment and RudderStack have in common. */
function calls (client, p) {
  const traits = {
    email: p.email, phone: p.phone, firstName: p.first, lastName: p.last, name: p.full, birthday: p.birth,
    address: { street: p.street, country: p.country }, plan: 'gold'
  }
  const context = {
    ip: p.ip, traits: { email: p.email.toUpperCase(), phone: p.phone }, userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
    device: { id: p.device, advertisingId: p.ad, type: 'android' },
    page: {
      url: 'https://shop.example/cart?step=2&email=' + encodeURIComponent(p.email) + '#top', path: '/cart',
      referrer: 'https://news.example/?c=9&email=' + encodeURIComponent(p.email.toUpperCase()), search: '?step=2&email=' + encodeURIComponent(p.email)
    }
  }
  const who = { userId: p.user, anonymousId: p.anonymous }
  client.identify({ ...who, traits, context })
  client.track({ ...who, event: 'Signed Up', properties: { email: p.email, amount: 12.50, product: 'kettle' }, context })
  client.page({ ...who, name: 'Cart', properties: { url: context.page.url, title: 'Cart' }, context })
  client.screen({ ...who, name: 'Home', properties: { tab: 2 }, context })
  client.group({ ...who, groupId: 'g-1', traits: { industry: 'retail' }, context })
  client.alias({ userId: p.user, previousId: p.anonymous, context })
}

async function segment (people) {
  const { Analytics } = require('@segment/analytics-node')
  for (const p of people) {
    const s = await server()
    const client = new Analytics({ writeKey: 'w', host: s.url, path: '/v1/batch', flushAt: 10 })
    calls(client, p)
    await client.closeAndFlush()
    s.end()
    for (const b of s.bodies) for (const message of JSON.parse(b.text).batch) emit('segment', 'web', p, message.userId, [], JSON.stringify(message))
  }
}

async function rudderstack (people) {
  const Analytics = require('@rudderstack/rudder-sdk-node')
  for (const p of people) {
    const s = await server()
    const client = new Analytics('w', { dataPlaneUrl: s.url, flushAt: 100, logLevel: 'none' })
    calls(client, p)
    await client.flush()
    s.end()
    for (const b of s.bodies) for (const message of JSON.parse(b.text).batch ?? []) emit('rudderstack', 'mobile', p, message.userId, [], JSON.stringify(message))
  }
}

async function snowplow (people) {
  const sp = require('@snowplow/node-tracker')
  for (const p of people) {
    for (const encodeBase64 of [true, false]) {
      const s = await server()
      const tracker = sp.newTracker({ namespace: 'ns', appId: 'web', encodeBase64 }, { endpoint: s.url, eventMethod: 'post', bufferSize: 100 })
      tracker.setUserId(p.user)
      tracker.setIpAddress(p.ip)
      tracker.setDomainUserId(p.device)
      tracker.setNetworkUserId(p.anonymous)
      const context = [
        { schema: 'iglu:com.snowplowanalytics.snowplow.ecommerce/user/jsonschema/1-0-0', data: { id: 'x', is_guest: false, email: p.email } },
        { schema: 'iglu:com.snowplowanalytics.snowplow/mobile_context/jsonschema/1-0-3', data: { osType: 'android', androidIdfa: p.ad } },
        { schema: 'iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2', data: { userId: p.device, sessionIndex: 3 } }
      ]
      tracker.track(sp.buildPageView({ pageUrl: 'https://shop.example/?ref=9&email=' + encodeURIComponent(p.email), pageTitle: 'Cart', referrer: 'https://news.example/?email=' + encodeURIComponent(p.email.toUpperCase()) }), context)
      tracker.track(sp.buildFormSubmission({ formId: 'contact', formClasses: ['f'], elements: [{ name: 'mail', value: p.email, nodeName: 'INPUT', type: 'text' }, { name: 'who', value: p.full, nodeName: 'INPUT', type: 'text' }] }), context)
      tracker.track(sp.buildFormFocusOrChange({ schema: 'change_form', formId: 'contact', elementId: 'phone', nodeName: 'INPUT', elementClasses: [], value: p.phone, type: 'tel' }), context)
      tracker.track(sp.buildSelfDescribingEvent({ event: { schema: 'iglu:com.shop/lead/jsonschema/1-0-0', data: { email: p.email, phone: p.phone, amount: 12.5 } } }), context)
      await tracker.flush()
      await new Promise(resolve => setTimeout(resolve, 50))
      s.end()
      for (const b of s.bodies) emit('snowplow', 'web', p, p.device, [], b.text)
    }
  }
}

async function cloudevents (people) {
  const { CloudEvent, Kafka, HTTP, emitterFor, httpTransport } = require('cloudevents')
  const s = await server()
  const post = emitterFor(httpTransport(s.url), { binding: HTTP, mode: 'structured' })
  for (const p of people) {
    const event = new CloudEvent({
      id: 'e-' + p.id, type: 'shop.sale', source: '/shop/pos', subject: p.loyalty, partitionkey: p.loyalty, authtype: 'app_user', authid: p.user,
      dataclassification: 'confidential', dataregulation: 'GDPR', datacategory: 'standard', data: { store: 'Lyon-2', total: 12.5 }
    })
    const binary = Kafka.binary(event)
    const headers = Object.entries(binary.headers).filter(([, v]) => v !== undefined).map(([n, v]) => [n, String(v)])
    emit('cloudevents', 'pos', p, binary.key, headers, JSON.stringify(binary.value))
    const structured = Kafka.structured(event)
    emit('cloudevents', 'pos', p, structured.key, Object.entries(structured.headers), structured.value)
    await post(event)
    const body = s.bodies.pop()
    emit('cloudevents', 'pos', p, p.loyalty, [['content-type', body.headers['content-type']]], body.text)
  }
  s.end()
}

async function main () {
  const { fakerFR, fakerDE, fakerAR, fakerJA } = await import('@faker-js/faker')
  const people = [[fakerFR, 'fr', 'FR'], [fakerDE, 'de', 'DE'], [fakerAR, 'ar', 'SA'], [fakerJA, 'ja', 'JP']].flatMap(([f, l, c]) => peopleOf(f, l, c))
  await segment(people)
  await rudderstack(people)
  await snowplow(people)
  await cloudevents(people)
}

main().then(() => process.exit(0), e => { console.error(e); process.exit(1) })
