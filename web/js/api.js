// @ts-check
/** Asking the server. Every answer is JSON of the one published snapshot. */

/** What went wrong, in the server's words where it has some. */
export class ApiError extends Error {
  /**
   * @param {number} status  0 where the server did not answer
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [query]
 * @param {AbortSignal} [signal]
 * @param {any} [body]  sent as JSON; the question is then a POST
 * @returns {Promise<any>}
 */
export async function ask(path, query = {}, signal, body = undefined) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value));
  }
  let response;
  try {
    /** @type {Record<string, string>} */
    const headers = { "Accept-Language": document.documentElement.lang };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    response = await fetch(url, { signal, headers, ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }) });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, String(error));
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, answer?.detail ?? answer?.title ?? `HTTP ${response.status}`);
  return answer;
}
