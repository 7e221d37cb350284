// Opens sealed envelopes of version 1 with WebCrypto and nothing else: for
// Node.js (20 or later), Deno, Bun and browsers.
const { subtle } = globalThis.crypto

/**
 * Opens an envelope that was sealed for a place, or throws.
 * @param keys texts of the form `sealkey1.….…`
 * @param place project (its id), environment (its slug), path (`/` or `/a/b`), name, type
 * @returns the value as bytes, because it need not be text, and its generation
 */
export async function open(keys, { project, environment, path, name, type = 'shared' }, envelope) {
  if (!/^sealed\d+\./.test(envelope)) throw new Error('it is no sealed envelope')
  if (!envelope.startsWith('sealed1.')) throw new Error('it is a sealed envelope of a version that this program cannot open')
  const altered = new Error('it was altered, cut or damaged since it was sealed')
  const [, keyId, encoded = '', ...more] = envelope.split('.')
  const payload = decode(encoded)
  if (decode(keyId)?.length !== 6 || !(payload?.length >= 124) || payload.length % 32 !== 28 || more.length) throw altered

  let key
  for (const [i, text] of keys.entries()) {
    const [prefix, material, id, ...more] = text.split('.')
    const raw = decode(material ?? '')
    if (prefix !== 'sealkey1' || raw?.length !== 32 || await idOf(raw) !== id || more.length) throw new Error(`sealing key ${i + 1} is none`)
    if (id === keyId) key = raw
  }
  if (!key) throw new Error('none of the sealing keys has the id that it names')

  const context = join(...['sealed1', keyId, 'infisical-secret', project, environment, path, name, type].flatMap(part => {
    const bytes = utf8(part)
    return [[bytes.length >> 24, bytes.length >> 16, bytes.length >> 8, bytes.length], bytes]
  }))
  const derived = await hkdf(key, payload.slice(0, 32), context, 64)
  // Before anything is decrypted, and without stopping at the first difference.
  if (derived.slice(32).reduce((sum, byte, i) => sum | (byte ^ payload[32 + i]), 0) !== 0) {
    throw new Error('it was sealed for another project, environment, folder, name or type, or under another key')
  }
  const cipher = { name: 'AES-GCM', iv: payload.slice(64, 76), additionalData: context }
  const aes = await subtle.importKey('raw', derived.slice(0, 32), 'AES-GCM', false, ['decrypt'])
  const frame = new Uint8Array(await subtle.decrypt(cipher, aes, payload.slice(76)).catch(() => { throw altered }))
  const end = frame.findLastIndex(byte => byte !== 0)
  if (end < 8 || frame[end] !== 0x80 || frame.length - end > 32) throw altered
  return { value: frame.slice(8, end), generation: new DataView(frame.buffer).getBigUint64(0) }
}

const idOf = async key => encode(String.fromCharCode(...await hkdf(key, new Uint8Array(32), utf8('sealed1 key id'), 6)))

// HKDF-SHA-256 (RFC 5869) by hand: the one of Node.js takes 1024 bytes of context at most.
async function hkdf(key, salt, context, length) {
  const secret = await hmac(salt, key)
  let block = [], out = new Uint8Array()
  for (let i = 1; out.length < length; i++) out = join(out, block = await hmac(secret, join(block, context, [i])))
  return out.slice(0, length)
}

async function hmac(key, message) {
  const imported = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await subtle.sign('HMAC', imported, message))
}

// Base64url without padding, in its one spelling; undefined for anything else.
function decode(text) {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return encode(binary) === text ? Uint8Array.from(binary, c => c.charCodeAt(0)) : undefined
}

const encode = binary => btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const utf8 = text => new TextEncoder().encode(text)
const join = (...parts) => Uint8Array.from(parts.flatMap(part => [...part]))
