// A photo or a file on its way to the server.

const FAILED = "Tệp chưa gửi được. Bác xem lại mạng rồi gửi lại giúp tôi.";

// Returns "" when the server has it, else why not, in words for the person.
export async function sendFile(path, id, person, file, caption) {
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
    return (ours && (await answer.text())) || FAILED;
  } catch {
    return FAILED;
  }
}
