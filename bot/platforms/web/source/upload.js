// A photo or a file on its way to the server.

import { newId } from "./line.js";

// The id of an upload: what is sent again after a failure is the same, for the server may have a part of it already.
export function uploadId(path, person, file, caption) {
  return sessionStorage.getItem(keptAs(path, person, file, caption)) ?? newId();
}

// Returns "" when the server has it, else why not, in words for the person: `unsent` where the server has none.
export async function sendFile(path, id, person, file, caption, unsent) {
  const reason = (await send(path, id, person, file, caption)) ?? unsent;
  const key = keptAs(path, person, file, caption);
  if (reason) sessionStorage.setItem(key, id);
  else sessionStorage.removeItem(key);
  return reason;
}

async function send(path, id, person, file, caption) {
  const address = new URL(path, location.href);
  address.searchParams.set("id", id);
  if (person !== undefined) address.searchParams.set("person", person);
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
    "X-Caption": encodeURIComponent(caption),
  };
  try {
    const answer = await fetch(address, { method: "POST", body: file, headers });
    if (answer.ok) return "";
    const ours = answer.headers.get("Content-Type")?.startsWith("text/plain");
    return (ours && (await answer.text())) || null;
  } catch {
    return null;
  }
}

// A workbook may have been changed meanwhile; of a photo that is chosen again some phones make a new copy.
function keptAs(path, person, file, caption) {
  const changed = file.type.startsWith("image/") ? 0 : file.lastModified;
  return `langso.unsent.${JSON.stringify([path, person, file.name, file.size, changed, caption])}`;
}
