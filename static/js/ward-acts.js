/* The acts that wait on this tablet, and how one of them travels. */

import { now } from "./clock.js";

export const STORE = "cellchain.ward";
const PATIENCE = 15_000; // ms before an unanswered act is sent again
const LATE_AFTER = 10 * 60_000; // ms

/* Every act that waits or was refused, oldest first. */
export function kept() {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "[]");
  } catch {
    return [];
  }
}

export function store(acts) {
  localStorage.setItem(STORE, JSON.stringify(acts));
}

/* Send one act with the time it has; an older one says why it comes late. */
export function post(act, { late: whyLate, csrf }) {
  const body = new URLSearchParams(act.fields);
  const late = now() - Date.parse(act.at) > LATE_AFTER ? { why_late: whyLate } : {};
  for (const [name, value] of Object.entries({ request_id: act.id, at: act.at, by: act.by, csrf, ...late })) {
    body.append(name, value);
  }
  return fetch(`/bedside/acts/${act.verb}`, {
    method: "POST",
    body,
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(PATIENCE),
  });
}
