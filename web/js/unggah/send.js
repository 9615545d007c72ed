// @ts-check
/** Writing to the desk: the server takes it only from its own pages, as JSON or as the bytes of a file. */

import { ApiError } from "../api.js";

/** @param {any} body @param {number} status */
function fault(body, status) {
  const text = [body?.detail ?? body?.title ?? `HTTP ${status}`, body?.hint].filter(Boolean).join(" ");
  return new ApiError(status, text);
}

/**
 * @param {"POST" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {any} [content]
 * @returns {Promise<any>}  null where the answer has no body
 */
export async function send(method, path, content) {
  const headers = { "Accept-Language": document.documentElement.lang, ...(content === undefined ? {} : { "Content-Type": "application/json" }) };
  let response;
  try {
    response = await fetch(path, { method, headers, body: content === undefined ? undefined : JSON.stringify(content) });
  } catch (error) {
    throw new ApiError(0, String(error));
  }
  const body = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw fault(body, response.status);
  return body;
}

/**
 * Sends a file; `told` hears the bytes that are on their way (fetch cannot say that).
 * @param {string} path
 * @param {File} file
 * @param {(sent: number, all: number) => void} told
 * @returns {Promise<any>}
 */
export function sendFile(path, file, told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept-Language", document.documentElement.lang);
    request.upload.addEventListener("progress", (event) => told(event.loaded, event.total || file.size));
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.response) : reject(fault(request.response, request.status))));
    request.addEventListener("error", () => reject(new ApiError(0, "")));
    request.send(file);
  });
}
