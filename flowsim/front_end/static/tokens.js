/* JSON Web Tokens in a text: three parts in base64url, of which two are JSON. */

/** @typedef {{ text: string, header: Record<string, unknown>, claims: Record<string, unknown>, signature: string }} Jwt */

const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/**
 * Each token in this text once, with what it says.
 * @type {(text: string) => Jwt[]}
 */
export const findJwts = (text) => [...new Set(text.match(JWT))].flatMap((found) => decodedToken(found) ?? []);

/** @type {(text: string) => Jwt | null} */
function decodedToken(text) {
  const [header, claims, signature] = text.split(".");
  const token = { text, header: decodedPart(header), claims: decodedPart(claims), signature };
  return token.header && token.claims ? { ...token, header: token.header, claims: token.claims } : null;
}

/** @type {(part: string) => Record<string, unknown> | null} */
function decodedPart(part) {
  try {
    const octets = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
    const value = JSON.parse(new TextDecoder().decode(octets));
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
